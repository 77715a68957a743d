"""Where one replies and where it bounces to: a random token that names the letter."""

import pytest

from exchange.mail import addresses
from exchange.mail.addresses import Address, Kind
from exchange.outbox.letters import new_token
from exchange.people.models import User
from exchange.settings import Settings, WrongSetting
from tests.factories import opened, submitted
from tests.mail.post import deliver, letters_of, text

TOKEN = "abcdefghijklmnopqrstuvwxyz"


def test_a_token_fits_in_a_local_part_and_survives_a_change_of_case() -> None:
    token = new_token()
    here = Settings(reply_domain="reply.example.org")
    address = addresses.reply_to(token, here)
    assert len(address.partition("@")[0]) <= 64
    assert addresses.find([address.upper()], here) == Address(Kind.REPLY, token)
    assert token != new_token()


def test_one_mailbox_takes_the_replies_of_all_letters() -> None:
    here = Settings(
        reply_mailbox="questions@chu.example.org", mail_from="questions@chu.example.org"
    )
    address = addresses.reply_to(TOKEN, here)
    assert address == f"questions+r-{TOKEN}@chu.example.org"
    assert addresses.find(["x@y.org", address], here) == Address(Kind.REPLY, TOKEN)
    assert addresses.return_path(TOKEN, here) == "questions@chu.example.org"


def test_what_is_not_ours() -> None:
    here = Settings(reply_domain="reply.example.org", ask_address="Demander@example.org")
    assert addresses.find(["bar-abc@x.org", "robin@example.org", ""], here) is None
    assert addresses.find(["demander@example.org"], here) == Address(Kind.ASK)
    assert addresses.reply_to(TOKEN, Settings()) == ""
    assert addresses.return_path(TOKEN, Settings(mail_from="É <x@example.org>")) == "x@example.org"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REPLY_MAILBOX", "nobody"),
        ("REPLY_MAILBOX", "a" * 36 + "@example.org"),
        ("ASK_ADDRESS", "nobody"),
        ("IMAP_URL", "https://example.org"),
        ("MAIL_KEPT_DAYS", "0"),
    ],
)
def test_settings_that_make_no_sense(name: str, value: str) -> None:
    with pytest.raises(WrongSetting, match=name):
        Settings.from_env({f"EXCHANGE_{name}": value})


def test_a_letter_promises_a_reply_only_where_mail_comes_in(
    settings: Settings, claire: User, mona: User
) -> None:
    submitted(claire)
    (mail,) = deliver(settings).to(claire)
    assert mail["Reply-To"] is None
    assert "Répondez à ce courriel" not in text(mail)
    opened(claire, mona)
    here = settings.replaced(reply_domain="reply.example.org")
    first, second = deliver(here).to(claire)[:2]
    letter = letters_of(claire)[1]
    assert f"r-{letter.token}@reply.example.org" in first["Reply-To"]
    assert first["Reply-To"] != second["Reply-To"]
    assert text(first).startswith("— répondez au-dessus de cette ligne —")
    assert "Répondez à ce courriel" in text(first)
    assert "Répondez à ce courriel" in text(first, "html")
