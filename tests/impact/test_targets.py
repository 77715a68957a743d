"""Targets and the register of drug candidates: what counts, for whom, once; and a wrong file."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from exchange import db
from exchange.errors import Conflict, NotAllowed, Refusal
from exchange.impact import targets
from exchange.people.models import User
from exchange.questions.models import Question
from exchange.research import hypotheses, outputs
from exchange.research.candidates import actions as candidates
from exchange.research.candidates import facts
from exchange.research.candidates.models import Make, Progress
from exchange.research.models import OutcomeKind, Phase, Project, TrialStatus
from exchange.settings import WrongSetting
from tests.factories import candidate, claimed, last_fact, proposed, started
from tests.impact.test_board import rows

Browser = Callable[[User | None], FlaskClient]


@pytest.fixture
def works(question: Question, robin: User, claire: User) -> list[Project]:
    """A project for all, and a confidential one."""
    claimed(question, robin)
    made = []
    for secret in (False, True):
        idea = proposed(question, robin, confidential=secret)
        hypotheses.endorse(idea, by=claire)
        made.append(started(idea, robin, claire, confidential=secret))
    return made


def today(client: FlaskClient) -> dict[str, str]:
    names = [target.name for target in targets.of("")]
    told = rows(client, "/impact/targets.csv")[1:]
    return {name: row[2] for name, row in zip(names, told, strict=True)}


def test_a_candidate_counts_once_and_only_for_those_who_may_know(
    client_of: Browser, works: list[Project], question: Question, robin: User, lena: User
) -> None:
    shown, secret = works
    candidates.enter(shown, candidate(shown), by=robin)
    entered = last_fact(question)
    assert isinstance(entered, facts.CandidateEntered)
    assert (entered.make, entered.progress, entered.reach) == ("antibody", "2", "niche")
    candidates.enter(secret, candidate(secret, name="amu-12"), by=robin)
    candidates.enter(secret, candidate(secret, name="AMU-99"), by=robin)
    mine, hers = client_of(robin), client_of(lena)
    assert (today(mine)["antibodies"], today(hers)["antibodies"]) == ("2", "1")
    assert [row[0] for row in rows(mine, "/impact/candidates.csv")[1:]] == ["AMU-12", "AMU-99"]
    assert [row[7:] for row in rows(hers, "/impact/candidates.csv")[1:]] == [
        [shown.ref, str(question.ref)]
    ]
    assert len(rows(mine, "/impact/candidates.csv?progress=approved")) == 1
    one = candidates.of_project(shown)[0]
    candidates.change(one, shown, candidate(shown, progress=Progress.APPROVED), by=robin)
    db.session.commit()
    assert (today(hers)["antibodies"], today(hers)["niche"]) == ("0", "1")
    listed = hers.get("/impact/targets/niche").get_data(as_text=True)
    assert "AMU-12" in listed
    assert secret.ref not in listed
    with pytest.raises(Conflict):
        candidates.enter(shown, candidate(shown, make=Make.CELL), by=robin)
    with pytest.raises(NotAllowed):
        candidates.enter(shown, candidate(shown, name="X"), by=lena)
    with pytest.raises(Refusal):
        candidates.enter(shown, candidate(shown, name="X", question_id=0), by=robin)


def test_its_people_enter_it_on_the_page_of_the_project(
    client_of: Browser, works: list[Project], question: Question, robin: User
) -> None:
    client, address = client_of(robin), f"/projects/{works[0].ref}"
    typed = {"name": " AMU-7 ", "target": "IL-6", "make": "antibody", "progress": "1"}
    refused = client.post(f"{address}/candidates/new", data=typed)
    assert refused.status_code == 422
    assert "IL-6" in refused.get_data(as_text=True)
    sent = typed | {"question_id": str(question.id)}
    assert client.post(f"{address}/candidates/new", data=sent).status_code == 303
    page = client.get(address).get_data(as_text=True)
    number = candidates.of_project(works[0])[0].id
    assert f"{address}/candidates/{number}" in page
    changed = client.post(f"{address}/candidates/{number}", data=sent | {"progress": "2"})
    assert changed.status_code == 303
    db.session.expire_all()
    assert candidates.of_project(works[0])[0].progress is Progress.TWO
    assert client.get(f"/projects/{works[1].ref}/candidates/{number}").status_code == 404


def test_an_outcome_of_two_projects_adds_up_once(
    client_of: Browser, works: list[Project], robin: User, lena: User
) -> None:
    shown, secret = works
    jobs = outputs.note(shown, kind=OutcomeKind.JOBS, summary="Deux postes", quantity=2, by=robin)
    outputs.link(jobs, secret, by=robin)
    for status in (TrialStatus.PLANNED, TrialStatus.STOPPED):
        outputs.note(
            secret, kind=OutcomeKind.TRIAL, summary="Un essai", phase=Phase.ONE, status=status,
            by=robin,
        )  # fmt: skip
    mine, hers = client_of(robin), client_of(lena)
    assert (today(mine)["jobs"], today(mine)["trials"]) == ("2", "1")
    assert (today(hers)["jobs"], today(hers)["trials"]) == ("2", "0")
    jobs_line = rows(mine, "/impact/targets.csv")[6]
    assert jobs_line[-1] == f"{shown.ref}, {secret.ref}"
    assert rows(hers, "/impact/targets.csv")[6][-1] == shown.ref
    assert today(client_of(lena)) == {
        name: row[2]
        for name, row in zip(
            today(hers), rows(hers, "/impact/targets.csv?area=infectious")[1:], strict=True
        )
    }


def test_a_growth_is_measured_from_its_baseline(tmp_path: Path) -> None:
    file = tmp_path / "targets.toml"
    line = '[[target]]\nname = "t"\nfr = "Essais"\nen = "Trials"\ncounts = "trial"\ngrowth = 50\n'
    file.write_text(line)
    (unknown,) = targets.of(str(file))
    assert (unknown.aim, targets.Standing(unknown, []).percent) == (None, None)
    known = tmp_path / "known.toml"
    known.write_text(line + "baseline = 9\n")
    (from_nine,) = targets.of(str(known))
    standing = targets.Standing(from_nine, [])
    assert (from_nine.aim, standing.today) == (14, 9)
    assert standing.percent == pytest.approx(64.3, abs=0.1)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("x = [", "read"),
        ("goals = 1", "[[target]]"),
        ("[[target]]\nname = 't'", "fr takes a text"),
        ("counts = 'cats'", "counts takes candidates"),
        ("counts = 'trial'", "a goal or a growth"),
        ("counts = 'trial'\ngoal = -1", "goal takes"),
        ("counts = 'trial'\ngoal = 1\nphases = ['9']", "phases takes"),
        ("counts = 'trial'\ngoal = 1\nmakes = ['antibody']", "makes takes"),
        ("counts = 'trial'\ngoal = 1\ncats = 1", "cats is no key"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_name(
    tmp_path: Path, text: str, word: str
) -> None:
    file = tmp_path / "targets.toml"
    known = "[[target]]\nname = 't'\nfr = 'T'\nen = 'T'\n"
    file.write_text(known + text if text.startswith("counts") else text)
    with pytest.raises(WrongSetting, match="EXCHANGE_TARGETS_FILE") as refused:
        targets.of(str(file))
    assert word in str(refused.value)
