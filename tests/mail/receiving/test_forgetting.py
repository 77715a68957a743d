"""What is kept of a reply is kept for some days."""

from datetime import timedelta

from sqlalchemy import func, select

from exchange import clock, db
from exchange.mail.models import MailText
from exchange.mail.receiving import receive
from exchange.outbox.models import Letter
from exchange.people.models import User
from exchange.settings import Settings
from tests.mail.post import travel
from tests.mail.receiving.inbox import reply


def kept() -> int | None:
    return db.session.scalar(select(func.count()).select_from(MailText))


def test_what_was_trimmed_is_forgotten(letter: Letter, robin: User, here: Settings) -> None:
    reply(robin, "Oui.\n\n-- \nRobin", here, to=letter)
    db.session.commit()
    receive.forget_old(days=here.mail_kept_days)
    assert kept() == 1
    with travel(clock.now() + timedelta(days=here.mail_kept_days + 1)):
        receive.forget_old(days=here.mail_kept_days)
    assert kept() == 0
