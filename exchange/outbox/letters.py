"""Putting a letter in the box, and taking it out to be sent.

Nothing here commits: the worker and the views do, around these.
"""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

from sqlalchemy import Table, Update, bindparam, exists, select, update
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


_DUE = (
    select(
        Letter.id,
        Letter.user_id,
        Letter.kind,
        Letter.question_id,
        Letter.data,
        Letter.attempts,
        Letter.message_id,
        Letter.token,
    )
    .where(Letter.state == LetterState.WAITING, Letter.due_at <= bindparam("now"))
    .order_by(Letter.due_at, Letter.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_letter = cast(Table, Letter.__table__)
_TAKE = (
    update(_letter)
    .where(_letter.c.id == bindparam("letter"))
    .values(
        due_at=bindparam("until"),
        attempts=bindparam("tries"),
        message_id=bindparam("name"),
        token=bindparam("random"),
    )
)


def lease(*, domain: str, limit: int) -> list[Due]:
    """Take up to `limit` letters that are due, the oldest first. Whoever dies holding them lets
    them go after `LEASE`; the Message-ID given here stays, so a repeated mail can be told."""
    taken = db.rows(_DUE, {"now": clock.now(), "limit": limit}).all()
    if not taken:
        return []
    until = clock.now() + LEASE
    leased = [
        Due(
            id=row.id,
            user_id=row.user_id,
            kind=row.kind,
            question_id=row.question_id,
            data=row.data,
            attempts=row.attempts + 1,
            message_id=row.message_id or f"<letter.{row.id}@{domain}>",
            token=row.token or new_token(),
        )
        for row in taken
    ]
    db.session.connection().execute(
        _TAKE,
        [
            {
                "letter": due.id,
                "until": until,
                "tries": due.attempts,
                "name": due.message_id,
                "random": due.token,
            }
            for due in leased
        ],
    )
    return leased


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


def put_back(leased: Sequence[Due], error: str, *, pause: timedelta) -> None:
    """No fault of theirs: tried again after a pause, which counts as no try."""
    for due in leased:
        _settle(due, due_at=clock.now() + pause, attempts=due.attempts - 1, error=error[:500])


def wait_until(due: Due, moment: datetime) -> None:
    """Its domain has had enough for now, which counts as no try."""
    _settle(due, due_at=moment, attempts=due.attempts - 1)


def give_back(leased: Sequence[Due]) -> None:
    """Untouched after all: due again, as if never taken."""
    for due in leased:
        _settle(due, due_at=clock.now(), attempts=due.attempts - 1)


def resend(letter: Letter) -> None:
    """An administrator asks for one more round of tries. Raises `Conflict` for a letter that has
    left, or is not to leave."""
    _require_pending(letter)
    letter.state = LetterState.WAITING
    letter.due_at, letter.attempts, letter.error = clock.now(), 0, ""


def discard(letter: Letter) -> None:
    """An administrator stops a letter. Raises `Conflict` for one that has left, or is not to
    leave."""
    _require_pending(letter)
    letter.state, letter.read_at = LetterState.DROPPED, clock.now()


def _require_pending(letter: Letter) -> None:
    if letter.state is LetterState.SENT:
        raise Conflict(_("Ce courriel est déjà parti."))
    if letter.state not in {LetterState.WAITING, LetterState.FAILED}:
        raise Conflict(_("Ce courriel n’a plus rien à dire : il ne partira pas."))


def mark_read(user_id: int, *, question_id: int | None = None) -> None:
    """The notices of this person are read: those of one question, or all."""
    statement = update(Letter).where(Letter.user_id == user_id, Letter.read_at.is_(None))
    if question_id is not None:
        statement = statement.where(Letter.question_id == question_id)
    db.session.execute(statement.values(read_at=clock.now()))


def _is_due() -> tuple[Any, ...]:
    return Letter.state == LetterState.WAITING, Letter.due_at <= clock.now()


def _settle(due: Due, **values: Any) -> None:
    db.rows(_settling(frozenset(values)), {"letter": due.id, "tries": due.attempts, **values})


@cache
def _settling(names: frozenset[str]) -> Update:
    """Built once: a statement costs more to build than to run."""
    return (
        update(_letter)
        .where(_letter.c.id == bindparam("letter"), _letter.c.attempts == bindparam("tries"))
        .values({name: bindparam(name) for name in names})
    )
