"""The dossier of a project: what its people say, what others read, what looks wrong."""

import json
import re
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from exchange import db
from exchange.people.models import User
from exchange.questions.models import Question
from exchange.research import hypotheses
from exchange.research.dossier import facts
from exchange.research.dossier.formats import doubts
from exchange.research.dossier.models import (
    Category,
    Decision,
    Dossier,
    Methodology,
    Rights,
    Risk,
)
from exchange.research.models import Project
from exchange.sheets import exporting
from tests import factories

Browser = Callable[[User | None], FlaskClient]


@pytest.fixture
def project(question: Question, robin: User, claire: User) -> Project:
    factories.claimed(question, robin)
    idea = factories.proposed(question, robin)
    hypotheses.endorse(idea, by=claire)
    return factories.started(idea, robin, claire)


def seen(browser: FlaskClient, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text.replace("\u00a0", " ")).split())


def test_its_people_tell_every_part_and_a_doubt_refuses_nothing(
    client_of: Browser, project: Project, question: Question, robin: User, lena: User
) -> None:
    browser, here = client_of(robin), f"/projects/{project.ref}"
    said = {
        "frame": {"sponsor": " AP-HM ", "trl": "4", "translation": "t1"},
        "regulation": {
            "category": "riph3",
            "cpp": "Sud-Est I",
            "methodology": "mr001",
            "methodology_on": "2018-07-16",
            "nct": "NCT123",
        },
        "rights": {"rights": "filed", "patent": "FR2600001"},
    }
    for part, values in said.items():
        assert browser.get(f"{here}/{part}").status_code == 200
        assert browser.post(f"{here}/{part}", data=values).status_code == 303
    kept = db.session.scalars(select(Dossier)).one()
    assert (kept.sponsor, kept.trl, kept.category) == ("AP-HM", 4, Category.RIPH3)
    assert (kept.nct, kept.rights, kept.patent) == ("NCT123", Rights.FILED, "FR2600001")
    assert [f for f in factories.facts(question) if isinstance(f, facts.DossierChanged)] == [
        facts.DossierChanged(project_id=kept.project_id, dossier_id=kept.id, part=part)
        for part in said
    ]
    page = seen(browser, here)
    assert "TRL 4 : la méthode est validée au laboratoire" in page
    for doubt in ("par exemple NCT01234567", "avant le dépôt au CPP", "ne va pas d’ordinaire"):
        assert doubt in page
    assert "Une version plus récente est en vigueur, du 19 mars 2026." in page
    again = browser.post(f"{here}/frame", data=said["frame"])
    assert "Rien n’a changé." in again.text
    wrong = browser.post(f"{here}/frame", data={"trl": "11", "sponsor": "Institut neuf"})
    assert (wrong.status_code, "Institut neuf" in wrong.text) == (422, True)
    named = browser.post(f"{here}/frame", data={"sponsor": "06 12 34 56 78"})
    assert named.status_code == 422
    outsider = client_of(lena)
    assert "FR2600001" in page
    assert "FR2600001" not in seen(outsider, here), "rights are for the circle"
    assert "Sud-Est I" in seen(outsider, here)
    assert outsider.get(f"{here}/rights").status_code == 403
    assert outsider.post(f"{here}/frame", data=said["frame"]).status_code == 403


def test_risks_change_and_decisions_stay(
    client_of: Browser, project: Project, question: Question, robin: User, claire: User
) -> None:
    browser, here = client_of(robin), f"/projects/{project.ref}"
    risk = {
        "what": "Peu d’inclusions.",
        "likelihood": "high",
        "effect": "medium",
        "answer": "Ouvrir.",
    }
    assert browser.post(f"{here}/risks/new", data=risk).status_code == 303
    noted = db.session.scalars(select(Risk)).one()
    number = noted.id
    assert factories.last_fact(question) == facts.RiskNoted(project_id=project.id, risk_id=number)
    assert browser.get(f"{here}/risks/{number}").status_code == 200
    answer = browser.post(f"{here}/risks/{number}", data=risk | {"likelihood": "low"})
    assert answer.status_code == 303
    assert browser.get(f"{here}/risks/{number + 1}").status_code == 404
    assert "Peu probable" in seen(browser, here)
    decision = {
        "taken_on": "2026-01-05",
        "who": "Promoteur",
        "what": "Ouvrir à Nice.",
        "why": "Lent.",
    }
    late = browser.post(f"{here}/decisions/new", data=decision | {"taken_on": "2100-01-05"})
    assert (late.status_code, "Ouvrir à Nice." in late.text) == (422, True)
    assert client_of(claire).post(f"{here}/decisions/new", data=decision).status_code == 303
    kept = db.session.scalars(select(Decision)).one()
    assert kept.taken_on == date(2026, 1, 5)
    line = f"a noté une décision du projet {project.ref}"
    assert line in seen(browser, f"/questions/{question.ref}")


def test_numbers_that_are_right_raise_no_doubt() -> None:
    right = Dossier(
        category=Category.RIPH1, methodology=Methodology.MR001, methodology_on=date(2026, 3, 19),
        cpp="Sud", id_rcb="2026-A01234-56", nct="NCT01234567", eu_ct="2026-512345-12-00",
    )  # fmt: skip
    assert doubts(right) == {}
    outside = Dossier(category=Category.NOT_RIPH, cpp="Sud", id_rcb="", nct="", eu_ct="2026-1")
    assert set(doubts(outside)) == {"cpp", "eu_ct"}


def test_an_export_holds_the_dossier_but_not_its_rights(
    project: Project, robin: User, lena: User
) -> None:
    factories.documented(project, robin)
    for email in (lena.email, None):
        (row,) = [
            json.loads(line)
            for line in exporting.run("jsonl", email=email, what="projects").splitlines()
        ]
        assert (row["ref"], row["trl"], row["category"]) == (project.ref, 4, "riph2")
        assert (row["risks"], row["decisions"], row["outcomes"]) == (1, 1, 0)
        assert "FR1" not in str(row), "rights are for the circle, on the site"
    assert exporting.run("csv", what="projects").decode("utf-8-sig").startswith("ref,title,state")
    project.confidential = True
    db.session.flush()
    assert exporting.run("jsonl", email=lena.email, what="projects") == b""
    assert exporting.run("jsonl", what="projects") == b""
