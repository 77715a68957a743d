"""Letters that come back, and the address that we stop writing to."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from exchange import clock, db
from exchange.errors import Conflict
from exchange.log.models import Event
from exchange.log.record import record
from exchange.mail import addresses, returns
from exchange.mail.incoming.bounces import is_gone, read_report, status_of
from exchange.mail.incoming.parse import parse
from exchange.mail.models import Bounce
from exchange.mail.outgoing import Post, Refused
from exchange.mail.receiving import actions
from exchange.mail.receiving.outcomes import Outcome
from exchange.outbox.letters import put
from exchange.outbox.models import Letter, LetterState
from exchange.people.facts import AddressChanged, AddressDied, AddressRevived
from exchange.people.models import User
from exchange.questions.models import Question
from exchange.settings import Settings
from tests.factories import submitted
from tests.mail.post import Bag, again, deliver, follow, letters_of, text, travel
from tests.mail.receiving.inbox import give, last_letter, reply


def report(
    to: str, *, status: str = "5.1.1", action: str = "failed", headers: str = "", number: int = 0
) -> bytes:
    return f"""Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.example.org>
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <dsn{number}.{status}.{action}@mx.example.org>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"

--=_b
Content-Type: text/plain; charset=us-ascii

This is the mail system.

--=_b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; robin@lab.example.org
Action: {action}
Status: {status}

--=_b
Content-Type: text/rfc822-headers

{headers or "Subject: x"}

--=_b--
""".encode()


def facts_of(user: User) -> list[object]:
    events = db.session.scalars(select(Event).order_by(Event.id))
    return [e.fact for e in events if e.data.get("user_id") == user.id]


def bounce(letter: Letter, here: Settings, **more: object) -> Outcome:
    to = addresses.return_path(again(letter).token or "", here)
    return give(report(to, **more), here).outcome  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sentence", "status", "gone"),
    [
        ("550 5.1.1 <x@y.org>: user unknown", "5.1.1", True),
        ("550 5.4.1 Recipient address rejected: Access denied", "5.4.1", True),
        ("550 no such user here", "5.0.0", True),
        ("552 5.2.2 mailbox full", "5.2.2", False),
        ("550 5.7.1 spam", "5.7.1", False),
        ("421 try later", "4.0.0", False),
        ("10.5.1.12 is an address", "4.0.0", False),
        ("Le courrier n'a pas pu être remis", "4.0.0", False),
    ],
)
def test_what_a_server_s_words_mean(sentence: str, status: str, gone: bool) -> None:
    assert status_of(sentence) == status
    assert is_gone(status) is gone


def test_a_delay_and_good_news_are_no_bounce() -> None:
    assert read_report(parse(report("x@y.org", action="delayed", status="4.4.1"))) is None
    assert read_report(parse(report("x@y.org", action="delivered", status="2.0.0"))) is None
    found = read_report(parse(report("x@y.org")))
    assert found is not None
    assert (found.status, found.hard) == ("5.1.1", True)


def test_two_days_of_hard_bounces_kill_an_address(
    letter: Letter, robin: User, question: Question, here: Settings
) -> None:
    assert bounce(letter, here) is Outcome.BOUNCED
    assert bounce(letter, here, number=1) is Outcome.BOUNCED
    assert again(robin).mail_dead_at is None
    with travel(clock.now() + timedelta(days=1)):
        bounce(letter, here, number=2)
    assert again(robin).mail_dead_at is not None
    assert AddressDied(user_id=robin.id) in facts_of(robin)
    put("news", to=robin.id, reason="more", question_id=question.id, event_id=1, why="follow")
    put("digest", to=robin.id, reason="digest:daily:tomorrow")
    assert deliver(here).to(robin) == []
    states = [one.state for one in letters_of(robin)[-2:]]
    assert states == [LetterState.SITE, LetterState.DROPPED]


def test_what_comes_back_from_an_address_that_was_left_counts_no_more(
    letter: Letter, robin: User, here: Settings
) -> None:
    bounce(letter, here)
    record(AddressChanged(user_id=robin.id), by=again(robin))
    db.session.commit()
    with travel(clock.now() + timedelta(days=1)):
        bounce(letter, here, number=1)
    assert again(robin).mail_dead_at is None


def test_eight_days_of_a_full_mailbox_do_too_and_time_forgets(
    letter: Letter, robin: User, here: Settings
) -> None:
    for day in range(7):
        with travel(clock.now() + timedelta(days=day)):
            bounce(letter, here, status="5.2.2", number=day)
    with travel(clock.now() + timedelta(days=40)):
        bounce(letter, here, status="5.2.2", number=40)
    assert again(robin).mail_dead_at is None
    with travel(clock.now() + timedelta(days=7)):
        assert bounce(letter, here, status="5.2.2", number=8) is Outcome.BOUNCED
        assert again(robin).mail_dead_at is not None


def test_a_report_without_our_return_path_names_the_letter_by_what_it_brings_back(
    letter: Letter, robin: User, here: Settings
) -> None:
    token = again(letter).token
    headers = f"Subject: x\nReply-To: L'Échange\n <questions+r-{token}@chu.example.org>"
    assert give(report("questions@chu.example.org", headers=headers), here).outcome is (
        Outcome.BOUNCED
    )
    assert give(report("questions@chu.example.org", number=2), here).outcome is Outcome.BOUNCE
    assert give(report("x@reply.example.org", action="delayed"), here).outcome is Outcome.DELAYED
    assert db.session.scalar(select(func.count()).select_from(Bounce)) == 1


def test_what_the_relay_refuses_at_once_counts(claire: User, here: Settings) -> None:
    submitted(claire)
    follow()
    post = Post(here)
    post.carrier = Bag(troubles=[Refused("550 5.1.1 user unknown")])
    post.send_due(lambda: False)
    db.begin_write()
    assert db.session.scalars(select(Bounce.status)).all() == ["5.1.1"]


def test_a_reply_proves_that_mail_arrives(letter: Letter, robin: User, here: Settings) -> None:
    again(robin).mail_dead_at = clock.now()
    assert reply(robin, "Me revoilà.", here, to=letter).outcome is Outcome.POSTED
    assert again(robin).mail_dead_at is None
    assert AddressRevived(user_id=robin.id) in facts_of(robin)


def test_the_person_is_told_and_mends_it(
    robin: User, here: Settings, client_of: Callable[[User | None], FlaskClient]
) -> None:
    with pytest.raises(Conflict):
        actions.ask_to_confirm(robin)
    robin.mail_dead_at = clock.now()
    returns.count(robin, status="5.1.1")
    client = client_of(robin)
    assert "ne vous parviennent plus" in client.get("/").text
    assert "5.1.1" in client.get("/settings/replies").text
    assert client.post("/settings/replies/try").status_code == 303
    db.begin_write()
    (mail,) = deliver(here).to(robin)
    letter = last_letter(robin)
    assert f"/mail/arrived/{letter.token}" in text(mail)
    assert "Répondre à ce courriel suffit aussi." in text(mail)
    path = f"/mail/arrived/{letter.token}"
    nobody = client_of(None)
    assert "Mon adresse fonctionne" in nobody.get(path).text
    assert again(robin).mail_dead_at is not None
    db.session.commit()
    assert "repartent" in nobody.post(path).text
    assert again(robin).mail_dead_at is None
    assert nobody.get("/mail/arrived/none").status_code == 404
    db.session.rollback()
    assert "ne vous parviennent plus" not in client.get("/").text


def test_an_answer_to_whether_mail_arrives_is_enough(robin: User, here: Settings) -> None:
    robin.mail_dead_at = clock.now()
    actions.ask_to_confirm(robin)
    deliver(here)
    assert reply(robin, "Oui !", here, to=last_letter(robin)).outcome is Outcome.ARRIVED
    assert again(robin).mail_dead_at is None
    (mail,) = deliver(here).to(robin)
    assert "les courriels repartent" in text(mail)


def test_the_administrator_sees_dead_addresses_and_what_came_in(
    letter: Letter,
    question: Question,
    robin: User,
    ada: User,
    here: Settings,
    client_of: Callable[[User | None], FlaskClient],
) -> None:
    reply(robin, "Mes mots à moi.", here, to=letter)
    again(robin).mail_dead_at = clock.now()
    client = client_of(again(ada))
    page = client.get("/admin/mail/received").text
    assert "Publié dans la discussion" in page
    assert "Mes mots" not in page
    assert str(again(question).ref) not in page
    db.session.rollback()
    assert client.post(f"/admin/mail/addresses/{again(robin).id}/revive").status_code == 303
    assert again(robin).mail_dead_at is None
    assert client.post("/admin/mail/addresses/2147483647/revive").status_code == 404
