"""`python -m tests.bench kills`: the worker killed at random moments while it sends 2,000 letters to
an SMTP server that greylists, hangs and drops. Every letter arrives; none comes twice once the
sender knew that it had arrived. Minutes, not seconds: `make test` does it with fewer letters.
"""

import argparse
import tempfile
import time
from pathlib import Path

from sqlalchemy import select

from exchange import db
from exchange.app import create_app
from exchange.log.models import Event
from exchange.outbox.letters import put
from exchange.outbox.models import Letter, LetterState
from exchange.people.models import User
from exchange.settings import Settings
from tests.bench import seed
from tests.databases import PostgresMaker, SqliteMaker
from tests.mail.kill import kill_until_sent, repeated_though_known


def measure(kind: str, letters: int, kills: int, turn: int) -> None:
    """One round; raises when a letter was lost or came again."""
    databases = PostgresMaker() if kind == "postgresql" else SqliteMaker()
    with databases.fresh() as url, tempfile.TemporaryDirectory() as folder:
        create_app(Settings(database_url=url, data_dir=Path(folder), secret_key="x" * 32))
        seed.fill(10)
        asker = db.session.scalars(select(User.id).where(User.id == 13)).one()
        event = db.session.scalars(
            select(Event.id).where(Event.question_id == 5, Event.kind == "question.submitted")
        ).one()
        db.begin_write()
        for number in range(letters):
            put("receipt", to=asker, reason=f"r:{number}", question_id=5, event_id=event)
        db.session.commit()
        start = time.perf_counter()
        log = kill_until_sent(url, Path(folder), trouble=60, kills=kills, seed=turn)
        took = time.perf_counter() - start
        sent = db.session.scalars(
            select(Letter.message_id).where(Letter.state == LetterState.SENT)
        ).all()
        db.session.remove()
    databases.close()
    taken = [line.split()[1] for line in log if line.startswith("taken")]
    assert set(taken) == set(sent), "a letter was lost"
    assert len(sent) == letters, "a letter was given up"
    assert not repeated_though_known(log), "a letter came again"
    print(f"| {kind} | {letters:,} | {kills} | {len(taken) - letters} | {took:.0f} s |")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench kills", description=__doc__)
    parser.add_argument("--letters", type=int, default=2_000)
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--databases", default="sqlite")
    told = parser.parse_args()
    print("| database | letters | kills | came again, unknown to the sender | in |")
    print("|---|---|---|---|---|")
    for kind in told.databases.split(","):
        for turn in range(told.rounds):
            measure(kind, told.letters, told.kills, turn)


if __name__ == "__main__":
    main()
