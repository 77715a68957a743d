"""The database: engine, session, base class, column types. Only edges (views, commands, the
worker) commit; a guard test holds them to it."""

import enum
import json
import math
import sqlite3
import time
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import (
    Connection,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    Enum,
    Executable,
    MetaData,
    String,
    Text,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError, IntegrityError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, scoped_session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import JSON, TypeDecorator

session: scoped_session[Session] = scoped_session(sessionmaker(expire_on_commit=False))

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in the database (SQLite forgets the zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        dict[str, str]: JSON(),
        list[str]: JSON(),
        list[int]: JSON(),
    }


def choice(kind: type[enum.StrEnum]) -> Enum:
    """A column type for a closed list of words, stored as text so that a new word needs no
    migration of the type."""
    return Enum(
        kind,
        native_enum=False,
        length=32,
        create_constraint=False,
        values_callable=lambda members: [member.value for member in members],
    )


Id = Annotated[int, mapped_column(primary_key=True)]
Short = Annotated[str, mapped_column(String(255))]
Prose = Annotated[str, mapped_column(Text, default="")]


def connect(url: str, *, synchronous: str = "NORMAL", echo: bool = False) -> Engine:
    """An engine for `url`. On SQLite: write-ahead log, foreign keys, what is deleted
    overwritten, and explicit `BEGIN`, so that a writer can ask for `BEGIN IMMEDIATE`. `synchronous` NORMAL survives the crash of the
    process, FULL survives a power cut too (and costs a disk flush per commit)."""
    if make_url(url).get_backend_name() != "sqlite":
        engine = create_engine(url, echo=echo)
        event.listen(engine, "checkin", _note_use)
        event.listen(engine, "checkout", _ask_if_alive)
        return engine
    engine = create_engine(
        url,
        connect_args={"timeout": 15, "check_same_thread": False},
        json_deserializer=_read_json,
        echo=echo,
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.create_function("by_name", 1, _key_of_name, deterministic=True)
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA synchronous={synchronous}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get("exchange_begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


class by_name(GenericFunction[str]):  # noqa: N801 (written as the function of SQL that it is)
    """What a name is sorted by, as dictionaries do: Étienne before Fabre, Médecine before
    Microenvironnement. The same on every database, whatever collations it was built with."""

    type = String()
    inherit_cache = True


def _bare(letter: str) -> str:
    return unicodedata.normalize("NFD", letter)[0]


_MARKED = "".join(letter for letter in map(chr, range(0xC0, 0x180)) if _bare(letter) != letter)
_BARE = "".join(map(_bare, _MARKED))
_WITHOUT_MARKS = str.maketrans(_MARKED, _BARE) | {ord("œ"): "oe", ord("Œ"): "OE"}


@compiles(by_name, "postgresql")
def _on_postgresql(element: by_name, compiler: SQLCompiler, **more: Any) -> str:
    name = compiler.process(element.clauses, **more)
    whole = f"replace(replace({name}, 'œ', 'oe'), 'Œ', 'OE')"
    return f"lower(translate({whole}, '{_MARKED}', '{_BARE}')) COLLATE \"C\""


def _key_of_name(name: str | None) -> str:
    """What `by_name` is on SQLite."""
    return (name or "").translate(_WITHOUT_MARKS).lower()


IDLE = 5.0
"""Seconds after which a connection is asked whether it still lives before it is used again. One
that was in use a moment ago is trusted, which spares a round trip of each page; should its server
have gone in between, that one page fails and the pool forgets all its connections."""


def _note_use(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info["used"] = time.monotonic()


def _ask_if_alive(
    connection: DBAPIConnection, record: ConnectionPoolEntry, proxy: PoolProxiedConnection
) -> None:
    if time.monotonic() - record.info.get("used", math.inf) < IDLE:
        return
    try:
        connection.cursor().execute("SELECT 1")
        connection.rollback()
    except Exception:
        raise DisconnectionError from None


_decoder = json.JSONDecoder()


def _read_json(text: str) -> Any:
    """What this site wrote: no blanks around it to look for, at a third of the cost."""
    return _decoder.raw_decode(text)[0]


def bind(engine: Engine) -> None:
    """Use this engine for the sessions of the process."""
    session.remove()
    session.configure(bind=engine)


def begin_write() -> None:
    """Start a transaction that will write: on SQLite it waits for its turn now, instead of
    failing in the middle after having read. What was read before is forgotten, also what a commit
    left in memory: it is read again where it is needed."""
    session.rollback()
    session.expire_all()
    session.connection(execution_options={"exchange_begin": "IMMEDIATE"})


def begin_look() -> None:
    """Start a request that only reads. On PostgreSQL each statement then stands alone, which
    spares the round trips that open and close a transaction; at its level READ COMMITTED each
    would have seen its own snapshot anyway (manual, section 13.2.1)."""
    if is_postgresql() and not session().in_transaction():
        session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})


def rows(statement: Executable, values: Mapping[str, Any] | None = None) -> CursorResult[Any]:
    """Run a statement that selects columns, without the ORM's part of the work: half the cost.
    It sees what the session has written, like any other read."""
    session.flush()
    return session.connection().execute(statement, values)


UNIQUE_VIOLATIONS = {"23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}
"""PostgreSQL's SQLSTATE (appendix A of its manual), and SQLite's names of result codes."""


def is_duplicate(error: IntegrityError) -> bool:
    """Whether a row was refused because another has taken its name."""
    told = error.orig
    names = {getattr(told, "sqlstate", None), getattr(told, "sqlite_errorname", None)}
    return bool(names & UNIQUE_VIOLATIONS)


def is_postgresql() -> bool:
    """Whether the session talks to PostgreSQL."""
    return session.get_bind().dialect.name == "postgresql"
