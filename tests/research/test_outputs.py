"""Outputs: rows of their own, known by their number, counted once."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from exchange import db
from exchange.errors import Conflict
from exchange.i18n import zone
from exchange.impact.queries import Scope, results
from exchange.people.models import User
from exchange.questions.models import Question
from exchange.research import facts, hypotheses, outputs
from exchange.research.models import Outcome, OutcomeKind, Phase, Project, TrialStatus
from tests import factories

Browser = Callable[[User | None], FlaskClient]
NCT = {"kind": "trial", "summary": "Un essai.", "reference": "NCT01234567"}


@pytest.fixture
def two(question: Question, robin: User, claire: User, mona: User) -> tuple[Project, Project]:
    """Two projects of Robin's team, on two questions."""
    made = []
    for asked in (question, factories.opened(claire, mona, title="Et dans le rein ?")):
        factories.claimed(asked, robin)
        idea = factories.proposed(asked, robin)
        hypotheses.endorse(idea, by=claire)
        made.append(factories.started(idea, robin, claire))
    return made[0], made[1]


@pytest.mark.parametrize(
    ("reference", "key"),
    [
        ("doi: 10.1038/S41586-018-0130-2.", "doi:10.1038/s41586-018-0130-2"),
        ("Essai NCT01234567", "nct:nct01234567"),
        ("FR 26 00001", "patent:fr2600001"),
        ("EP2600001A1", "patent:ep2600001a1"),
        ("https://example.org/these", ""),
        ("", ""),
    ],
)
def test_the_number_under_which_the_world_knows_it(reference: str, key: str) -> None:
    assert outputs.identity_of(reference) == key


def test_the_same_trial_in_two_projects_is_offered_and_counts_once(
    client_of: Browser, two: tuple[Project, Project], robin: User, mona: User, lena: User
) -> None:
    (first, second), browser = [f"/projects/{one.ref}" for one in two], client_of(robin)
    number, asked = two[1].id, two[1].hypotheses[0].question
    full = {**NCT, "phase": "2", "standing": "including", "quantity": "1 200"}
    assert browser.post(f"{first}/outcomes/new", data=full).status_code == 303
    made = db.session.scalars(select(Outcome)).one()
    output = made.id
    assert (made.phase, made.status, made.quantity) == (Phase.TWO, TrialStatus.INCLUDING, 1200)
    page = browser.get(first).text.replace("\u202f", " ").replace("\u00a0", " ")
    assert "Phase 2 · Inclusions ouvertes · 1200 patients inclus" in page
    twice = browser.post(f"{first}/outcomes/new", data=NCT)
    assert twice.status_code == 409
    offered = browser.post(f"{second}/outcomes/new", data=NCT)
    assert (offered.status_code, "Un essai." in offered.text) == (409, True)
    link = f"{second}/outcomes/{output}/link"
    assert link in offered.text
    assert client_of(lena).post(link).status_code == 403
    assert browser.post(link).status_code == 303
    assert browser.post(link).status_code == 409
    assert factories.last_fact(asked) == facts.OutcomeLinked(project_id=number, outcome_id=output)
    assert "NCT01234567" in browser.get(second).text
    assert "aussi dans" in browser.get(first).text
    found = results(db.session.get_one(User, mona.id), Scope(zone=zone()))
    assert [(one.kind, len(one.questions)) for one in found] == [(OutcomeKind.TRIAL, 2)]
    later = {"summary": "Un essai.", "reference": "NCT01234567", "standing": "completed"}
    here = f"{second}/outcomes/{output}"
    assert 'value="1200"' in browser.get(here).text
    assert browser.post(here, data=later).status_code == 303
    db.session.expire_all()
    assert db.session.get_one(Outcome, output).status is TrialStatus.COMPLETED
    assert browser.get(f"{second}/outcomes/{output + 1}").status_code == 404


def test_what_one_may_not_know_of_is_not_told_and_still_counts_once(
    two: tuple[Project, Project], robin: User, lena: User, mona: User
) -> None:
    hidden, seen = two
    hidden.confidential = True
    seen.colead_id = lena.id
    db.session.flush()
    for project, person in ((hidden, robin), (seen, lena)):
        outputs.note(
            project, kind=OutcomeKind.PATENT, summary="Un brevet", reference="FR2600001", by=person
        )
    assert db.session.scalar(select(func.count(Outcome.id))) == 2
    with pytest.raises(Conflict, match="confidentiel"):
        outputs.link(hidden.outcomes[0], seen, by=robin)
    (found,) = results(mona, Scope(zone=zone()))
    assert len(found.questions) == 2


def test_jobs_need_a_number(client_of: Browser, two: tuple[Project, Project], robin: User) -> None:
    address = f"/projects/{two[0].ref}/outcomes/new"
    browser = client_of(robin)
    jobs = {"kind": "jobs", "summary": "Deux postes."}
    assert "Donnez le nombre." in browser.post(address, data=jobs).text
    assert "un nombre entier" in browser.post(address, data=jobs | {"quantity": "deux"}).text
    assert browser.post(address, data=jobs | {"quantity": "2"}).status_code == 303
    assert "2 emplois" in browser.get(f"/projects/{two[0].ref}").text.replace("\u00a0", " ")
