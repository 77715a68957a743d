"""Proof of priority, and the opinion that is asked again once."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import func, select

from exchange import db
from exchange.cli import main
from exchange.errors import Conflict, NotAllowed
from exchange.log.models import Event
from exchange.people.models import User
from exchange.questions.models import Question
from exchange.research import facts, frozen, hypotheses, reminders
from exchange.research.models import Hypothesis, Wording
from exchange.settings import Settings
from tests import factories
from tests.research.test_ageing import START, morning


@pytest.fixture
def hypothesis(question: Question, robin: User) -> Hypothesis:
    factories.claimed(question, robin)
    return factories.proposed(question, robin)


def test_robin_freezes_each_wording_once(hypothesis: Hypothesis, robin: User, lena: User) -> None:
    with pytest.raises(NotAllowed):
        frozen.freeze(hypothesis, by=lena)
    frozen.freeze(hypothesis, by=robin)
    (seal,) = frozen.seals_of(hypothesis)
    assert (seal.number, seal.whole) == (1, True)
    assert factories.last_fact(hypothesis.question) == facts.HypothesisFrozen(
        hypothesis_id=hypothesis.id, sha256=seal.sha256
    )
    with pytest.raises(Conflict):
        frozen.freeze(hypothesis, by=robin)
    changed = replace(factories.idea(), plan="Chez cent patients.")
    hypotheses.revise(hypothesis, changed, since=1, by=robin)
    assert frozen.seals_of(hypothesis) == [seal], "what was frozen stays so"
    frozen.freeze(hypothesis, by=robin)
    first, second = frozen.seals_of(hypothesis)
    assert (second.number, second.whole) == (2, True)
    assert first.sha256 != second.sha256
    assert json.loads(frozen.file_of(hypothesis, 1))["sha256"] == first.sha256
    assert json.loads(frozen.file_of(hypothesis))["sha256"] == second.sha256
    wording = db.session.scalars(select(Wording).where(Wording.number == 1)).one()
    wording.texts = {**wording.texts, "plan": "[…]"}
    db.session.flush()
    assert [seal.whole for seal in frozen.seals_of(hypothesis)] == [False, True]


def test_the_file_is_verified_without_the_site(
    client_of: Callable[[User | None], FlaskClient],
    hypothesis: Hypothesis,
    robin: User,
    tmp_path: Path,
) -> None:
    ref = hypothesis.ref
    browser = client_of(robin)
    assert browser.get(f"/hypotheses/{ref}/frozen.json").status_code == 409
    assert "/freeze" in browser.get(f"/hypotheses/{ref}").text
    assert browser.get(f"/hypotheses/{ref}/freeze").status_code == 200
    assert browser.post(f"/hypotheses/{ref}/freeze").status_code == 303
    kept = browser.get(f"/hypotheses/{ref}/frozen.json").text
    told = json.loads(kept)
    assert told["sha256"] in browser.get(f"/hypotheses/{ref}").text
    for text, code, words in (
        (kept, 0, "The content is that of the digest."),
        (kept.replace("soixante", "six cents"), 1, "The content was changed."),
        ("{}", 1, "cannot be verified"),
        ("[" * 100_000, 1, "cannot be verified"),
    ):
        (tmp_path / "kept.json").write_text(text, encoding="utf-8")
        answer = CliRunner().invoke(main, ["verify", str(tmp_path / "kept.json")])
        assert (answer.exit_code, words in answer.output) == (code, True)


def test_the_opinion_is_asked_again_once(
    settings: Settings, claire: User, mona: User, robin: User
) -> None:
    with time_machine.travel(morning(START), tick=False):
        question = factories.opened(claire, mona)
        factories.claimed(question, robin)
        first, second = factories.proposed(question, robin), factories.proposed(question, robin)
        hypotheses.endorse(second, by=claire)
        db.session.commit()
    for days, asked in ((11, 0), (12, 0), (14, 1), (15, 0), (60, 0)):
        with time_machine.travel(morning(START + timedelta(days=days)), tick=False):
            assert reminders.advance(settings) == asked
    kind = facts.OpinionAskedAgain.kind
    assert db.session.scalars(select(Event.data).where(Event.kind == kind)).all() == [
        {"hypothesis_id": first.id}
    ]
    assert db.session.scalar(select(func.count()).where(Event.kind == kind)) == 1
