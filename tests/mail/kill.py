"""Killing the worker while it sends: a real process, a real SMTP server that makes trouble.

`python -m tests.mail.kill DATABASE_URL FOLDER PORT ORIGIN` sends what is due until nothing waits.
The clock it lives by runs a thousand times faster, so that a lease ends, and a letter is tried
again, within the patience of a test.
"""

import contextlib
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from exchange import clock, db
from exchange.app import create_app
from exchange.mail import outgoing
from exchange.mail.outgoing import Post
from exchange.outbox.models import Letter, LetterState
from exchange.settings import Settings

HASTE = 1_000
"""How much faster the clock of the sender runs."""


@contextlib.contextmanager
def sink(log: Path | None = None, *, trouble: int = 0) -> Iterator[int]:
    """A server in a process of its own; gives its port. `trouble`: one answer in so many."""
    told = [f"--log={log}"] if log else []
    with subprocess.Popen(
        [sys.executable, "-m", "tests.mail.sink", f"--trouble={trouble}", *told],
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        yield int(server.stdout.readline())
        server.kill()


def kill_until_sent(url: str, folder: Path, *, trouble: int, kills: int, seed: int) -> list[str]:
    """Send what waits, the sender killed at `kills` random moments; gives the server's log."""
    log, chance = folder / "taken", random.Random(seed)
    origin = time.time()
    with sink(log, trouble=trouble) as port:
        for turn in range(kills + 1):
            sender = subprocess.Popen(
                [sys.executable, "-m", "tests.mail.kill", url, folder, str(port), str(origin)]
            )
            if turn < kills:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    sender.wait(chance.uniform(1.0, 3.5))
            else:
                sender.wait(240)
            sender.kill()
            sender.wait()
    return log.read_text().splitlines()


def repeated_though_known(log: list[str]) -> list[str]:
    """The mails that came again after the sender knew that they had arrived: none may."""
    known: set[str] = set()
    wrong = []
    for line in log:
        verb, name = line.split()
        if verb == "told":
            known.add(name)
        elif name in known:
            wrong.append(name)
    return wrong


def send(url: str, folder: str, port: str, origin: float) -> None:
    """Until no letter waits; or until killed."""
    began = datetime.fromtimestamp(origin, UTC)
    clock.now = lambda: began + HASTE * timedelta(seconds=time.time() - origin)
    outgoing.TIMEOUT = 1
    settings = Settings(
        database_url=url,
        data_dir=Path(folder),
        secret_key="a secret of more than 32 characters",
        base_url="http://localhost",
        smtp_url=f"smtp://127.0.0.1:{port}",
    )
    create_app(settings)
    post = Post(settings)
    while waiting():
        if not post.send_due(lambda: False):
            time.sleep(0.01)
    post.close()


def waiting() -> int:
    """How many letters have still to leave."""
    count = select(func.count()).select_from(Letter).where(Letter.state == LetterState.WAITING)
    number = db.session.scalar(count) or 0
    db.session.rollback()
    return number


if __name__ == "__main__":
    send(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]))
