"""Followers: functions of one event, each with a bookmark. What they write and the bookmark
commit together, so a crash repeats nothing and loses nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from exchange import clock, db
from exchange.log.models import Bookmark, Event, ParkedEvent

ATTEMPTS = 5
"""Tries on one event before it is parked, one minute more apart each time."""

_log = structlog.get_logger()


@dataclass(frozen=True)
class Follower:
    """`follow` is called with each event in order; it must bear being called again."""

    name: str
    follow: Callable[[Event], None]


def advance(follower: Follower, *, batch: int = 200) -> int:
    """Read up to `batch` events after the bookmark; commits. Returns how many were read.

    Another process reading for the same follower is waited out by nobody: it simply finds the
    bookmark taken and returns 0.
    """
    db.begin_write()
    bookmark = _take(follower.name)
    if bookmark is None or (bookmark.retry_at and bookmark.retry_at > clock.now()):
        db.session.rollback()
        return 0
    events = _after(bookmark.event_id, batch)
    read = 0
    for event in events:
        if not _follow(follower, event, bookmark):
            break
        bookmark.event_id = event.id
        read += 1
    db.session.commit()
    return read


def catch_up(followers: Sequence[Follower]) -> int:
    """Advance every follower to the end of the log. Returns how many events were read."""
    total = 0
    for follower in followers:
        while read := advance(follower):
            total += read
    return total


def _take(name: str) -> Bookmark | None:
    statement = select(Bookmark).where(Bookmark.follower == name)
    bookmark = db.session.scalar(statement.with_for_update(skip_locked=True))
    if bookmark is None and db.session.get(Bookmark, name) is None:
        try:
            with db.session.begin_nested():
                bookmark = Bookmark(follower=name, event_id=0, attempts=0, error="")
                db.session.add(bookmark)
        except IntegrityError:
            return None
    return bookmark


def _after(event_id: int, batch: int) -> Sequence[Event]:
    return db.session.scalars(
        select(Event).where(Event.id > event_id).order_by(Event.id).limit(batch)
    ).all()


def _follow(follower: Follower, event: Event, bookmark: Bookmark) -> bool:
    try:
        with db.session.begin_nested():
            follower.follow(event)
    except Exception as error:
        return _stumbled(follower, event, bookmark, error)
    bookmark.attempts, bookmark.retry_at, bookmark.error = 0, None, ""
    return True


def what_failed(error: Exception) -> str:
    """The kind of an error and its words; a database error's words hold rows, so only its kind."""
    kind = type(error).__name__
    return kind if isinstance(error, SQLAlchemyError) else f"{kind}: {error}"[:500]


def _stumbled(follower: Follower, event: Event, bookmark: Bookmark, error: Exception) -> bool:
    """Note the failure; True when the event was tried often enough and is now parked."""
    told = what_failed(error)
    bookmark.attempts += 1
    _log.warning("follower.stumbled", follower=follower.name, event_id=event.id, error=told)
    if bookmark.attempts < ATTEMPTS:
        bookmark.retry_at = clock.now() + timedelta(minutes=bookmark.attempts)
        bookmark.error = told
        return False
    db.session.add(ParkedEvent(follower=follower.name, event_id=event.id, error=told))
    bookmark.attempts, bookmark.retry_at, bookmark.error = 0, None, ""
    _log.error("follower.parked", follower=follower.name, event_id=event.id, error=told)
    return True
