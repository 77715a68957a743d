"""`python -m tests.bench digests`: 10,000 personalised digests, composed and handed to a sink.

Prints letters a second and how memory grows, beside the bare cost of the same bytes: drawing them
with Jinja for each reader, and handing finished mails to the same sink with `smtplib`.
"""

import argparse
import smtplib
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import psutil
from jinja2 import Environment
from sqlalchemy import func, insert, select, update

from exchange import clock, db
from exchange.app import create_app
from exchange.log.models import Event
from exchange.mail import digest
from exchange.mail.outgoing import Post
from exchange.outbox.models import Letter, LetterState
from exchange.people.models import Area, DigestPeriod, User
from exchange.questions.models import Follow, FollowLevel
from exchange.settings import Settings
from tests.bench import seed
from tests.bench.pages import machine
from tests.databases import PostgresMaker, SqliteMaker
from tests.mail.kill import sink

QUESTIONS = 2_000
NEW = 50
"""Questions that were published since the last digest: ten in each area."""


class Kept:
    """A carrier that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, bytes]] = []

    def carry(self, mail: bytes, *, sender: str, recipient: str) -> None:
        self.mails.append((recipient, mail))

    def close(self) -> None:
        """Nothing is open."""


def fill(readers: int) -> None:
    """Everybody has one area and follows three of the new questions; commits."""
    seed.fill(QUESTIONS, people=readers)
    db.begin_write()
    first_new = QUESTIONS - NEW + 1
    since = db.session.scalar(select(func.max(Event.id)).where(Event.question_id < first_new))
    areas = list(Area)
    db.session.execute(
        update(User),
        [{"id": n, "areas": [areas[n % 5].value]} for n in range(1, readers + 1)],
    )
    db.session.execute(
        update(User).values(digest=DigestPeriod.DAILY, digest_event_id=since, digest_days=127)
    )
    db.session.execute(
        insert(Follow),
        [
            {
                "user_id": n,
                "question_id": first_new + (n * 7 + k * 11) % NEW,
                "level": FollowLevel.FOLLOW,
                "read_event_id": 0,
            }
            for n in range(1, readers + 1)
            for k in range(3)
        ],
    )
    db.session.commit()


def send(settings: Settings) -> tuple[float, float, list[float]]:
    """Send what is due: seconds, processor seconds, and MiB held after each quarter."""
    post, process = Post(settings), psutil.Process()
    held, done = [process.memory_info().rss / 2**20], 0
    total = db.session.scalar(select(func.count()).select_from(Letter)) or 1
    db.session.rollback()
    start, used = time.perf_counter(), time.process_time()
    while sent := post.send_due(lambda: False):
        done += sent
        if done * 4 >= total * len(held):
            held.append(process.memory_info().rss / 2**20)
    post.close()
    return time.perf_counter() - start, time.process_time() - used, held


def bare(mails: list[tuple[str, bytes]], port: int) -> tuple[float, float]:
    """Microseconds for each mail: drawn with Jinja from finished words, and sent as it is."""
    template = Environment(autoescape=True).from_string(
        "<h1>{{ subject }}</h1>{% for item in items %}<table><tr><td><p><a href='{{ item.href }}'>"
        "{{ item.title }}</a></p><p>{{ item.why }}</p><p>{{ item.meta }}</p></td></tr></table>"
        "{% endfor %}"
    )
    words = {"href": "http://localhost/questions/Q", "title": "t" * 80, "why": "w", "meta": "m"}
    start = time.perf_counter()
    for _mail in mails:
        template.render(subject="s", items=[words] * 12)
        template.render(subject="s", items=[words] * 12)
    drawn = time.perf_counter() - start
    start = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as server:
        for recipient, mail in mails:
            server.sendmail("exchange@localhost", [recipient], mail)
    return drawn / len(mails) * 1e6, (time.perf_counter() - start) / len(mails) * 1e6


def measure(kind: str, readers: int) -> None:
    databases = PostgresMaker() if kind == "postgresql" else SqliteMaker()
    with databases.fresh() as url, tempfile.TemporaryDirectory() as folder, sink() as port:
        settings = Settings(
            database_url=url,
            data_dir=Path(folder),
            secret_key="a secret of more than 32 characters",
            base_url="http://localhost",
            smtp_url=f"smtp://127.0.0.1:{port}",
        )
        create_app(settings)
        with clock.at(seed.moment_of(QUESTIONS) + timedelta(days=1)):
            fill(readers)
            start = time.perf_counter()
            written = digest.write_due()
            put = time.perf_counter() - start
            kept = Kept()
            looking = Post(settings)
            looking.carrier = kept
            looking.send_due(lambda: len(kept.mails) == 200)
            seconds, cpu, held = send(settings)
            left = db.session.scalar(
                select(func.count()).select_from(Letter).where(Letter.state != LetterState.SENT)
            )
            drawn, sent = bare(kept.mails, port)
        db.session.remove()
    databases.close()
    size = sum(len(mail) for _to, mail in kept.mails) / len(kept.mails)
    count = written - len(kept.mails)
    print(f"\n{machine()}\n")
    print(
        "| database | digests | bytes each | put in the box | sent in | a second | CPU ms each |"
        " Jinja alone | smtplib alone | MiB at each quarter | not sent |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    print(
        f"| {kind} | {count:,} | {size:,.0f} | {put:.1f} s | {seconds:.1f} s |"
        f" {count / seconds:,.0f} | {cpu / count * 1000:.2f} | {drawn / 1000:.2f} ms |"
        f" {sent / 1000:.2f} ms | {' · '.join(f'{mib:.0f}' for mib in held)} | {left} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench digests", description=__doc__)
    parser.add_argument("--readers", type=int, default=10_000)
    parser.add_argument("--databases", default="sqlite")
    told = parser.parse_args()
    for kind in told.databases.split(","):
        measure(kind, told.readers)


if __name__ == "__main__":
    main()
