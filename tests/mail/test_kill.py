"""The worker is killed while it sends: no letter is lost, none comes twice once it is known to
have arrived. `python -m tests.bench kills` does the same with two thousand letters, repeatedly."""

from pathlib import Path

from sqlalchemy import select

from exchange import db
from exchange.outbox.letters import put
from exchange.outbox.models import Letter, LetterState
from exchange.people.models import User
from tests.factories import submitted
from tests.mail.kill import kill_until_sent, repeated_though_known

LETTERS = 150


def test_a_killed_worker_loses_no_letter_and_repeats_none(
    database_url: str, tmp_path: Path, claire: User
) -> None:
    question = submitted(claire)
    for number in range(LETTERS):
        put("receipt", to=claire.id, reason=f"r:{number}", question_id=question.id, event_id=1)
    db.session.commit()
    log = kill_until_sent(database_url, tmp_path, trouble=30, kills=3, seed=7)
    letters = db.session.scalars(select(Letter).execution_options(populate_existing=True)).all()
    assert {letter.state for letter in letters} == {LetterState.SENT}
    taken = [line.split()[1] for line in log if line.startswith("taken")]
    assert set(taken) == {letter.message_id for letter in letters}
    assert len(letters) == LETTERS
    assert repeated_though_known(log) == []
