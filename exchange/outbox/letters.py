"""Putting a letter in the box, and taking it out to be sent.

Nothing here commits: the worker and the views do, around these.
"""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.dialects import postgresql, sqlite

from exchange import clock, db
from exchange.errors import Conflict
from exchange.i18n import gettext as _
from exchange.outbox.models import Letter, LetterState

LEASE = timedelta(minutes=10)
"""How long a letter taken by one worker is left alone by the others."""

LONGEST_PAUSE = timedelta(hours=1)
TRIES = 53
"""Pauses of 1, 2, 4 … 32 minutes, then of an hour: the 53rd try is two days after the first
(RFC 5321 section 4.5.4.1 asks for four to five days of a relay; ours is the one behind us)."""


@dataclass(frozen=True)
class Due:
    """A letter that this worker holds until the lease ends. `attempts` tells its lease from that
    of another worker."""

    id: int
    user_id: int
    kind: str
    question_id: int | None
    data: dict[str, Any]
    attempts: int
    message_id: str
    token: str = ""


def put(
    kind: str,
    *,
    to: int,
    reason: str,
    question_id: int | None = None,
    due_at: datetime | None = None,
    state: LetterState = LetterState.WAITING,
    **data: Any,
) -> bool:
    """A letter of `kind` to user `to`, once per `reason`: a second call changes nothing and says
    False."""
    insert = postgresql.insert if db.is_postgresql() else sqlite.insert
    moment = clock.now()
    added = db.session.scalar(
        insert(Letter)
        .values(
            user_id=to,
            kind=kind,
            reason=reason,
            question_id=question_id,
            data=data,
            state=state,
            created_at=moment,
            due_at=due_at or moment,
            attempts=0,
            error="",
            subject="",
            message_id="",
        )
        .on_conflict_do_nothing(index_elements=["user_id", "reason"])
        .returning(Letter.id)
    )
    return added is not None


def any_due() -> bool:
    """Whether a letter waits to be sent now: one query, so that an idle worker locks nothing."""
    return bool(db.session.scalar(select(exists().where(*_is_due()))))


def lease(*, domain: str, limit: int) -> list[Due]:
    """Take up to `limit` letters that are due, the oldest first. Whoever dies holding them lets
    them go after `LEASE`; the Message-ID given here stays, so a repeated mail can be told."""
    letters = db.session.scalars(
        select(Letter)
        .where(*_is_due())
        .order_by(Letter.due_at, Letter.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    until = clock.now() + LEASE
    for letter in letters:
        letter.due_at = until
        letter.attempts += 1
        letter.message_id = letter.message_id or f"<letter.{letter.id}@{domain}>"
        letter.token = letter.token or new_token()
    db.session.flush()
    return [
        Due(
            id=letter.id,
            user_id=letter.user_id,
            kind=letter.kind,
            question_id=letter.question_id,
            data=letter.data,
            attempts=letter.attempts,
            message_id=letter.message_id,
            token=letter.token or "",
        )
        for letter in letters
    ]


def new_token() -> str:
    """128 random bits in small letters and digits (RFC 4648 section 6)."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


def sent(due: Due, *, subject: str, last_event_id: int | None) -> None:
    """It left. `last_event_id`: up to where it told the story, for the letters that follow."""
    told = due.data if last_event_id is None else {**due.data, "last_event_id": last_event_id}
    _settle(
        due,
        state=LetterState.SENT,
        sent_at=clock.now(),
        subject=subject[:255],
        data=told,
        error="",
    )


def dropped(due: Due) -> None:
    """Nothing left to say: neither mail nor notice."""
    _settle(due, state=LetterState.DROPPED, read_at=clock.now(), error="")


def kept(due: Due) -> None:
    """A notice on the site, no mail."""
    _settle(due, state=LetterState.SITE, error="")


def put_off(due: Due, error: str) -> None:
    """Try again later, or never more after two days."""
    if due.attempts >= TRIES:
        failed(due, error)
        return
    pause = min(timedelta(minutes=2 ** min(due.attempts - 1, 10)), LONGEST_PAUSE)
    _settle(due, due_at=clock.now() + pause, error=error[:500])


def failed(due: Due, error: str) -> None:
    """Refused for good."""
    _settle(due, state=LetterState.FAILED, error=error[:500])


def give_back(leased: Sequence[Due]) -> None:
    """Untouched after all: due again, as if never taken."""
    for due in leased:
        _settle(due, due_at=clock.now(), attempts=due.attempts - 1)


def resend(letter: Letter) -> None:
    """An administrator asks for one more round of tries. Raises `Conflict` for a letter that
    left already."""
    if letter.state is LetterState.SENT:
        raise Conflict(_("Ce courriel est déjà parti."))
    letter.state = LetterState.WAITING
    letter.due_at, letter.attempts, letter.error = clock.now(), 0, ""


def discard(letter: Letter) -> None:
    """An administrator stops a letter. Raises `Conflict` for one that left already."""
    if letter.state is LetterState.SENT:
        raise Conflict(_("Ce courriel est déjà parti."))
    letter.state, letter.read_at = LetterState.DROPPED, clock.now()


def mark_read(user_id: int, *, question_id: int | None = None) -> None:
    """The notices of this person are read: those of one question, or all."""
    statement = update(Letter).where(Letter.user_id == user_id, Letter.read_at.is_(None))
    if question_id is not None:
        statement = statement.where(Letter.question_id == question_id)
    db.session.execute(statement.values(read_at=clock.now()))


def _is_due() -> tuple[Any, ...]:
    return Letter.state == LetterState.WAITING, Letter.due_at <= clock.now()


def _settle(due: Due, **values: Any) -> None:
    db.session.execute(
        update(Letter).where(Letter.id == due.id, Letter.attempts == due.attempts).values(**values)
    )
