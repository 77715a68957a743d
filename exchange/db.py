"""The database: engine, session, base class, column types. Only edges (views, commands, the
worker) commit; a guard test holds them to it."""

import enum
import json
import sqlite3
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
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, scoped_session, sessionmaker
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
        return create_engine(url, pool_pre_ping=True, echo=echo)
    engine = create_engine(
        url,
        connect_args={"timeout": 15, "check_same_thread": False},
        json_deserializer=_read_json,
        echo=echo,
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
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
