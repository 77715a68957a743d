"""Running the migrations. On PostgreSQL an advisory lock lets two starting hosts do it once."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from exchange.paths import MIGRATIONS

_LOCK = 0x65786D67


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to `revision`, in one transaction."""
    with engine.connect() as connection:
        # SQLite batch operations rebuild tables: references are checked again afterwards.
        _sqlite(connection, "PRAGMA foreign_keys=OFF")
        with connection.execution_options(exchange_begin="IMMEDIATE").begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            command.upgrade(_config(connection), revision)
        _sqlite(connection, "PRAGMA foreign_keys=ON")


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database back to `revision`."""
    with engine.connect() as connection:
        _sqlite(connection, "PRAGMA foreign_keys=OFF")
        with connection.begin():
            command.downgrade(_config(connection), revision)
        _sqlite(connection, "PRAGMA foreign_keys=ON")


def revise(engine: Engine, message: str, number: str) -> None:
    """Write a migration from the difference between models and database (for developers)."""
    with engine.connect() as connection:
        command.revision(_config(connection), message, autogenerate=True, rev_id=number)


def check(engine: Engine) -> None:
    """Raise `alembic.util.CommandError` when models and migrations differ."""
    with engine.connect() as connection:
        command.check(_config(connection))


def is_made(engine: Engine) -> bool:
    """Whether the database was ever migrated."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() is not None


def is_current(engine: Engine) -> bool:
    """Whether the database is at the newest revision."""
    with engine.connect() as connection:
        at = MigrationContext.configure(connection).get_current_revision()
        return at == ScriptDirectory.from_config(_config(connection)).get_current_head()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _sqlite(connection: Connection, statement: str) -> None:
    if connection.dialect.name == "sqlite":
        connection.connection.driver_connection.execute(statement)  # type: ignore[union-attr]
