"""The mail of the desk: what waits, by reference only, at the hour that each moderator chose, on
working days, when something waits."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from exchange import clock, db, workdays
from exchange.i18n import gettext as _
from exchange.i18n import ngettext
from exchange.mail.compose import Said
from exchange.mail.unsubscribe import DESK
from exchange.moderation import queue
from exchange.moderation.models import DeskHabit
from exchange.outbox.letters import Due, put
from exchange.outbox.models import Letter, LetterState
from exchange.people.models import User
from exchange.settings import Settings

NAMED = 12
"""Entries named; the rest is counted."""


def write_due() -> int:
    """Put in the box the letters whose hour has come; commits. Returns how many. One query when
    nobody wants any, two when nothing is due."""
    due = [
        (row.user_id, reason)
        for row in db.session.execute(
            select(DeskHabit.user_id, DeskHabit.mail_hour, User.timezone)
            .join(User, User.id == DeskHabit.user_id)
            .where(DeskHabit.mail_hour.is_not(None), User.active.is_(True))
        )
        if (reason := _due(row.mail_hour, ZoneInfo(row.timezone), clock.now()))
    ]
    unwritten = [one for one in due if one not in _written(due)] if due else []
    if not unwritten:
        db.session.rollback()
        return 0
    db.begin_write()
    written = sum(put(DESK, to=user_id, reason=reason) for user_id, reason in unwritten)
    db.session.commit()
    return written


def write(due: Due, reader: User, settings: Settings) -> Said | LetterState:
    """What waits now; nothing to say when nothing does, or to somebody who moderates no more."""
    waiting = queue.waiting(settings) if reader.is_moderator else []
    if not waiting:
        return LetterState.DROPPED
    late = sum(entry.left < 0 for entry in waiting)
    subject = ngettext(
        "Triage : %(num)s chose attend", "Triage : %(num)s choses attendent", len(waiting)
    )
    if late:
        subject += ngettext(", dont %(num)s en retard", ", dont %(num)s en retard", late)
    return Said(
        template=DESK,
        subject=subject,
        stops=DESK,
        may_stop=True,
        takes_replies=False,
        words={
            "entries": [
                (
                    _(entry.label),
                    entry.ref,
                    f"{settings.address}{entry.href}",
                    entry.due,
                    entry.left < 0,
                )
                for entry in waiting[:NAMED]
            ],
            "left": len(waiting) - NAMED,
            "href": f"{settings.address}/triage",
        },
    )


def _due(hour: int, zone: ZoneInfo, now: datetime) -> str:
    """The reason of today's letter once its hour has come; empty before, and on days of rest."""
    here = now.astimezone(zone)
    at = datetime(here.year, here.month, here.day, hour, tzinfo=zone).astimezone(UTC)
    return f"desk:{here.date()}" if at <= now and workdays.is_working(here.date()) else ""


def _written(due: list[tuple[int, str]]) -> set[tuple[int, str]]:
    rows = db.session.execute(
        select(Letter.user_id, Letter.reason).where(
            Letter.kind == DESK, Letter.reason.in_({reason for _user, reason in due})
        )
    )
    return {(row.user_id, row.reason) for row in rows}
