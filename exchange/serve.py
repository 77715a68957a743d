"""Serving: gunicorn for the web and the worker beside it, started and stopped together."""

import gc
import os
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from exchange import db
from exchange.mail.receiving.imap import Poller
from exchange.settings import Settings
from exchange.worker import Worker

PATIENCE = 30.0
"""Seconds to finish what is under way before a process is killed."""


class Web(BaseApplication):  # type: ignore[misc]
    """gunicorn with threads, configured by our settings."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        super().__init__()

    def load_config(self) -> None:
        options: dict[str, Any] = {
            "bind": f"{self.settings.host}:{self.settings.port}",
            "workers": self.settings.web_workers,
            "threads": self.settings.web_threads,
            "worker_class": "gthread",
            "timeout": 60,
            "graceful_timeout": int(PATIENCE) - 5,
            "keepalive": 15,
            "max_requests": 20_000,
            "max_requests_jitter": 2_000,
            "limit_request_line": 8190,
            "loglevel": "warning",
            "control_socket_disable": True,
            "post_fork": lambda _server, _worker: _forget_connections(),
        }
        for name, value in options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        return self.app


def serve(app: Flask, settings: Settings, *, with_worker: bool = True) -> int:
    """Serve until told to stop; returns the exit code. When one half dies the other is stopped,
    so that whoever watches the process (systemd) starts both again."""
    _forget_connections()
    _keep_for_life()
    children = {_fork(lambda: Web(app, settings).run()): "web"}
    if with_worker:
        children[_fork(Worker(settings).run)] = "worker"
    if with_worker and settings.imap_url:
        children[_fork(Poller(settings).run)] = "mailbox"
    stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        _tell(children, signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    pid, status = os.wait()
    name = children.pop(pid, "?")
    if not stopping:
        print(f"exchange: the {name} process ended; stopping.", file=sys.stderr)
        _tell(children, signal.SIGTERM)
    _wait(children)
    return 0 if stopping else os.waitstatus_to_exitcode(status) or 1


def _fork(work: Callable[[], object]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        work()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _tell(children: dict[int, str], number: signal.Signals) -> None:
    for pid in children:
        os.kill(pid, number)


def _wait(children: dict[int, str]) -> None:
    deadline = time.monotonic() + PATIENCE
    while children and time.monotonic() < deadline:
        pid, _status = os.waitpid(-1, os.WNOHANG)
        if pid:
            children.pop(pid, None)
        else:
            time.sleep(0.05)
    _tell(children, signal.SIGKILL)


def _keep_for_life() -> None:
    """What was loaded before the fork is never garbage: the collector need not walk through it
    (a seventh of the time of a page), nor copy it into each process by doing so."""
    gc.collect()
    gc.freeze()


def _forget_connections() -> None:
    """A forked process opens its own database connections."""
    db.session.remove()
    bound = db.session.get_bind()
    bound.engine.dispose(close=False)
