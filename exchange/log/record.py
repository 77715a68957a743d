"""Writing to the log, in the transaction of the change itself."""

from typing import Protocol

from sqlalchemy import func, select

from exchange import clock, db
from exchange.log.facts import Fact
from exchange.log.models import Event

# Any constant does, as long as nothing else in the database takes the same advisory lock.
LOG_LOCK = 0x65786368


class HasId(Protocol):
    id: int


def record(fact: Fact, *, on: int | None = None, by: HasId | None = None) -> Event:
    """Append `fact` about question `on`, done by `by` (nobody: the site itself).

    PostgreSQL draws ids before the commit, so a slow transaction could appear behind a bookmark
    that already passed it. The advisory transaction lock makes the order of ids the order of
    commits; SQLite has one writer anyway.
    """
    if db.is_postgresql():
        db.session.execute(select(func.pg_advisory_xact_lock(LOG_LOCK)))
    event = Event(
        at=clock.now(),
        kind=fact.kind,
        actor_id=by.id if by is not None else None,
        question_id=on,
        data=fact.data(),
    )
    db.session.add(event)
    db.session.flush()
    return event
