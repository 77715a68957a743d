"""The hot pages, measured: `python -m tests.bench pages`.

For each database and size: requests per second at 1 and 8 connections, p50 and p99 in
milliseconds, processor milliseconds per request (server and, on PostgreSQL, database; the worker's
apart), queries and bytes per page; beside each, in the same run, a bare Flask route that returns the same bytes.
"""

import contextlib
import http.client
import io
import os
import platform
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import psutil
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import event
from werkzeug.test import run_wsgi_app

from exchange import db, migrate
from exchange.app import create_app
from exchange.people.models import User
from exchange.search.follower import SearchFollower
from exchange.settings import Settings
from tests import databases, factories
from tests.bench import seed
from tests.bench.load import Ask, Load, Pids, cpu_seconds, family, load, memory_mib, yardstick

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

READER = 2
"""A researcher of the seeded people."""

TARGETS = {"list": 1.5, "thread": 2.5, "unchanged": 0.8, "search": 5.0, "comment": 2.0}
"""Processor milliseconds on SQLite (SPEED); PostgreSQL may take twice as much."""


@dataclass(frozen=True)
class Page:
    name: str
    path: str
    queries: int
    size: int
    alone_ms: float
    """Processor milliseconds of the application alone, without a server: the best of sixty batches,
    which neighbours on the same cores disturb least."""


def measure(kind: str, questions: int, requests: int) -> None:
    """Print one table."""
    with _database(kind) as (url, postmaster), tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            database_url=url,
            data_dir=Path(folder),
            secret_key=secrets.token_urlsafe(32),
            host="127.0.0.1",
            port=_free_port(),
            demo=False,
        )
        _fill(settings, questions)
        cookie = _sign_in(settings)
        pages = _pages(settings, questions, cookie)
        print(f"\n## {kind}, {questions:,} questions\n")
        print(
            "| page | conn. | req/s | p50 ms | p99 ms | CPU ms | target | alone, best | worker ms"
            " | bare route req/s | bare CPU ms | queries | bytes |"
        )
        print("|---|---|---|---|---|---|---|---|---|---|---|---|---|")
        yards = [yardstick()]
        with _served(settings) as (pid, cold):
            worker = _worker_of(pid)
            _let_it_settle(worker)

            def pids() -> list[int]:
                web = [one for one in family(pid) if one != worker]
                return [*web, *(family(postmaster) if postmaster else [])]

            memory = memory_mib(family(pid))
            rows = [
                (
                    page,
                    connections,
                    _load(settings, page, cookie, connections, requests, pids, lambda: [worker]),
                )
                for page in pages
                for connections in (1, 8)
            ]
            after = memory_mib(family(pid))
        yards.append(yardstick())
        bare = _bare(settings, pages, requests)
        for page, connections, found in rows:
            _row(page, connections, found, bare[page.name], kind)
        print(
            f"\ncold start {cold:.2f} s to the first page; memory {memory:.0f} MiB at rest,"
            f" {after:.0f} MiB after the run (web, worker and supervisor, proportional);"
            f" yardstick {yards[0]:.2f} ms before, {yards[1]:.2f} ms after"
        )


def _row(page: Page, connections: int, found: Load, bare: Load, kind: str) -> None:
    target = TARGETS[page.name] * (2 if kind == "postgresql" else 1)
    failed = f" ({found.failures} failed)" if found.failures else ""
    print(
        f"| {page.name}{failed} | {connections} | {found.per_second:.0f} | {found.p50:.1f} |"
        f" {found.p99:.1f} | {found.cpu_ms:.2f} | {target:.1f} | {page.alone_ms:.2f} | {found.worker_ms:.2f} | {bare.per_second:.0f} |"
        f" {bare.cpu_ms:.2f} | {page.queries} | {page.size:,} |"
    )


def _fill(settings: Settings, questions: int) -> None:
    app = create_app(settings)
    with app.app_context():
        migrate.upgrade(app.extensions["engine"])
        seed.fill(questions)
        SearchFollower(settings.data_dir / "index").rebuild()
        db.session.remove()
        app.extensions["engine"].dispose()


def _sign_in(settings: Settings) -> str:
    """The reader's cookie."""
    app = create_app(settings)
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    with app.app_context():
        token = factories.session_of(db.session.get_one(User, READER))
    signed = serializer.dumps(
        {
            "_user_id": token,
            "_fresh": True,
            "_permanent": True,
            "_signed": int(time.time()),
            "csrf_token": secrets.token_hex(20),
        }
    )
    app.extensions["engine"].dispose()
    return f"session={signed}"


def _pages(settings: Settings, questions: int, cookie: str) -> list[Page]:
    """Each page with its queries and bytes, asked once in this process."""
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    long = f"/questions/Q-2025-{questions:04d}"
    client = app.test_client()
    client.set_cookie("session", cookie.partition("=")[2])
    statements: list[str] = []
    listener = lambda _c, _k, statement, *_r: statements.append(statement)  # noqa: E731
    found = []
    for name, path in (
        ("list", "/questions"),
        ("thread", long),
        ("unchanged", long),
        ("search", "/search?" + urlencode({"q": "rechute anti-TNF"})),
        ("comment", f"{long}/comments"),
    ):
        ask = client.post if name == "comment" else client.get
        data = {"data": {"text": _COMMENT}} if name == "comment" else {}
        ask(path, **data)
        statements.clear()
        event.listen(app.extensions["engine"], "before_cursor_execute", listener)
        headers = {"If-None-Match": client.get(path).headers["ETag"]} if name == "unchanged" else {}
        statements.clear()
        answer = ask(path, headers=headers, **data)
        event.remove(app.extensions["engine"], "before_cursor_execute", listener)
        if answer.status_code not in {200, 303, 304}:
            raise SystemExit(f"{path} answered {answer.status_code}")
        environ = answer.request.environ
        alone = _alone(app, environ, urlencode(data["data"]).encode() if data else b"")
        found.append(Page(name, path, len(statements), len(answer.data), alone))
    db.session.remove()
    app.extensions["engine"].dispose()
    return found


def _alone(app: Flask, environ: "WSGIEnvironment", body: bytes) -> float:
    batches = []
    for _batch in range(60):
        start = time.process_time()
        for _turn in range(5):
            run_wsgi_app(app, {**environ, "wsgi.input": io.BytesIO(body)})
        batches.append((time.process_time() - start) / 5)
    return min(batches) * 1000


_COMMENT = "Nous voyons la même chose, avec un délai plus court après la première dose."


def _load(
    settings: Settings,
    page: Page,
    cookie: str,
    connections: int,
    requests: int,
    pids: Pids,
    worker: Pids,
) -> Load:
    headers = {"Cookie": cookie}
    if page.name == "unchanged":
        headers["If-None-Match"] = _etag(settings, page, cookie)
    if page.name == "comment":
        form_token = _form_token(settings, page, cookie)
        headers["Content-Type"] = "application/x-www-form-urlencoded"

        def ask(connection: http.client.HTTPConnection, number: int) -> int:
            body = urlencode({"text": f"{_COMMENT} ({number})", "csrf_token": form_token})
            connection.request("POST", page.path, body, headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
    else:

        def ask(connection: http.client.HTTPConnection, number: int) -> int:
            connection.request("GET", page.path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status

    load(settings.address, ask, connections=connections, requests=40 * connections, pids=pids)
    return load(
        settings.address, ask, connections=connections, requests=requests, pids=pids, worker=worker
    )


def _etag(settings: Settings, page: Page, cookie: str) -> str:
    connection = http.client.HTTPConnection(settings.host, settings.port)
    connection.request("GET", page.path, headers={"Cookie": cookie})
    answer = connection.getresponse()
    answer.read()
    return answer.headers["ETag"] or ""


def _form_token(settings: Settings, page: Page, cookie: str) -> str:
    connection = http.client.HTTPConnection(settings.host, settings.port)
    connection.request("GET", page.path.removesuffix("/comments"), headers={"Cookie": cookie})
    text = connection.getresponse().read().decode()
    found = re.search(r'name="csrf_token" value="([^"]+)"', text)
    assert found is not None
    return found[1]


BARE = """
import sys
from flask import Flask
app = Flask("bare")
@app.get("/<int:size>")
def answer(size):
    return b"x" * size
"""


def _bare(settings: Settings, pages: list[Page], requests: int) -> dict[str, Load]:
    """A route that only returns as many bytes, behind the same server."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "bare.py").write_text(BARE)
        port = _free_port()
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "bare:app",
            "--chdir",
            folder,
            "--bind",
            f"127.0.0.1:{port}",
            "--workers",
            str(settings.web_workers),
            "--threads",
            str(settings.web_threads),
            "--worker-class",
            "gthread",
            "--keep-alive",
            "15",
            "--log-level",
            "error",
        ]
        process = subprocess.Popen(command)
        try:
            _wait_for("127.0.0.1", port)
            return {
                page.name: load(
                    f"http://127.0.0.1:{port}",
                    _plain(page.size),
                    connections=1,
                    requests=requests,
                    pids=lambda: family(process.pid),
                )
                for page in pages
            }
        finally:
            process.terminate()
            process.wait()


def _plain(size: int) -> Ask:
    def ask(connection: http.client.HTTPConnection, _number: int) -> int:
        connection.request("GET", f"/{size}")
        answer = connection.getresponse()
        answer.read()
        return answer.status

    return ask


@contextlib.contextmanager
def _served(settings: Settings) -> Iterator[tuple[int, float]]:
    environment = {
        **os.environ,
        "EXCHANGE_DATABASE_URL": settings.database,
        "EXCHANGE_DATA_DIR": str(settings.data_dir),
        "EXCHANGE_SECRET_KEY": settings.secret_key,
        "EXCHANGE_HOST": settings.host,
        "EXCHANGE_PORT": str(settings.port),
    }
    exchange = shutil.which("exchange", path=str(Path(sys.executable).parent))
    assert exchange is not None
    start = time.perf_counter()
    process = subprocess.Popen([exchange, "serve"], env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait_for(settings.host, settings.port)
        cold = time.perf_counter() - start
        time.sleep(1)
        yield process.pid, cold
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(40)


def _worker_of(pid: int) -> int:
    """The child that serves nobody: the other one has forked its own."""
    return next(one.pid for one in psutil.Process(pid).children() if not one.children())


def _let_it_settle(worker: int) -> None:
    """Wait until the worker has read what the seed wrote: at most two minutes."""
    for _try in range(60):
        before = cpu_seconds([worker])
        time.sleep(2)
        if cpu_seconds([worker]) - before < 0.1:
            return


def _wait_for(host: str, port: int) -> None:
    for _try in range(600):
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection(host, port, timeout=5)
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            return
        time.sleep(0.02)
    raise SystemExit("the server did not start")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.contextmanager
def _database(kind: str) -> Iterator[tuple[str, int]]:
    if kind == "sqlite":
        yield "", 0
        return
    maker = databases.PostgresMaker()
    try:
        with maker.fresh() as url:
            yield url, maker.server.get_pid() or 0
    finally:
        maker.close()


def machine() -> str:
    """What it ran on."""
    return (
        f"{platform.python_implementation()} {platform.python_version()}, {platform.system()},"
        f" {psutil.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB"
    )
