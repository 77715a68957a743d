"""After a redaction, the files of the database still hold what rows no longer do: old pages, the
write-ahead log, dead rows, the planner's samples of columns. They are rewritten by the worker, once
the words are out. The write-ahead log of PostgreSQL is the server's: it goes as it is recycled."""

from datetime import datetime, timedelta
from typing import cast

import structlog
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import OperationalError

from exchange import clock, db
from exchange.log.models import Bookmark, Event
from exchange.moderation.redaction.stores import swept
from exchange.questions.facts import Redacted

NAME = "scrub"
PAUSE = timedelta(minutes=1)
"""Before the next try, when somebody was using the files."""

_log = structlog.get_logger()


class Scrubber:
    """Rewrites the files once for all redactions since the last time."""

    def __init__(self) -> None:
        self.wait_until: datetime | None = None

    def advance(self) -> int:
        """Rewrite them if need be; commits. Returns 1 when it did."""
        last = db.session.scalar(select(func.max(Event.id)).where(Event.kind == Redacted.kind))
        bookmark = db.session.get(Bookmark, NAME)
        done = bookmark.event_id if bookmark else 0
        db.session.rollback()
        if (last or 0) <= done or (self.wait_until and clock.now() < self.wait_until):
            return 0
        try:
            rewrite(cast(Engine, db.session.get_bind()))
        except (OperationalError, Busy) as error:
            _log.warning("scrub.busy", error=str(error))
            self.wait_until = clock.now() + PAUSE
            return 0
        db.begin_write()
        db.session.merge(Bookmark(follower=NAME, event_id=last, attempts=0, error=""))
        db.session.commit()
        return 1


class Busy(Exception):
    """Somebody reads what is to be overwritten."""


def rewrite(engine: Engine) -> None:
    """Leave in the files nothing but what the rows hold. Raises `Busy` or `OperationalError` when
    others are at it: the next try goes on."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SET lock_timeout = '5s'"))
            for table in swept():
                connection.execute(text(f'VACUUM (FULL, ANALYZE) "{table.name}"'))
            connection.execute(text("VACUUM (FULL) pg_statistic"))
            connection.execute(text("RESET lock_timeout"))
        return
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if any(busy for busy, _pages, _moved in cursor.fetchall()):
            raise Busy("the write-ahead log is being read")
    finally:
        raw.close()
