"""Hints while a question is written: right, rarely wrong, never in the way."""

import json
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from exchange.people.models import User
from exchange.questions.guidance import GUIDES
from exchange.questions.hints import hints
from tests.bench.hints import spoken
from tests.questions.test_asking import TYPED, all_questions

ClientOf = Callable[[User | None], FlaskClient]
GOOD = "Nos patients traités par ipilimumab font une colite une fois sur cinq, sans signe avant."


@pytest.mark.parametrize(
    ("title", "problem", "kinds"),
    [
        ("Qui fera une colite sous ipilimumab ?", GOOD, []),
        ("Predicting colitis under ipilimumab", GOOD, ["no_question"]),
        ("Colite sous ipilimumab : que faire ?", GOOD, []),
        ("Faut-il arrêter l’ipilimumab à la première colite", GOOD, []),
        ("Chez qui l’ipilimumab fait-il une colite", GOOD, []),
        ("What is colitis and how should it be treated?", GOOD, ["two"]),
        ("Pourquoi cette colite ? Faut-il arrêter le traitement ?", GOOD, ["two"]),
        ("Quel poumon va se fibroser, et lequel restera stable ?", GOOD, []),
        ("Is it viral or what?", GOOD, []),
        ("Que faire ?", "Cela ne va pas.", ["vague"]),
        ("Et les vascularites ?", "Personne ne sait les traiter.", []),
        (
            "Quelle cause à cette fièvre ?",
            "Ma patiente revient chaque mois.",
            ["vague", "one_patient"],
        ),
        ("What is it?", "I had a 45-year-old woman with fever and arthritis.", ["one_patient"]),
        (
            "Pourquoi la fièvre revient-elle ?",
            "Les patientes de 50 ans et plus rechutent de vascularite.",
            [],
        ),
        ("Une colite chez un patient sur deux ?", GOOD, []),
        ("Qui " + "va bien " * 10 + "?", GOOD, ["long_title"]),
        ("Qui fera une colite ?", GOOD * 40, ["long_problem"]),
        ("", "", []),
        ("Colite", "", []),
    ],
)
def test_a_hint_speaks_where_it_should(title: str, problem: str, kinds: list[str]) -> None:
    assert [hint.kind for hint in hints(title, problem)] == kinds


def test_our_own_examples_need_none() -> None:
    assert [hints(guide.title, guide.tell) for guide in GUIDES.values()] == [[]] * len(GUIDES)


QUESTIONS = Path(__file__).parents[3] / "shared" / "questions" / "clinical_questions_en.jsonl"


@pytest.mark.skipif(not QUESTIONS.exists(), reason="the clinicians' questions are elsewhere")
def test_few_clinicians_questions_are_doubted() -> None:
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    found = spoken([(row["title"], row["body"]) for row in rows])
    share = {kind: len(some) / len(rows) for kind, some in found.items()}
    assert share.pop("one_patient") < 0.30, "a quarter of them do tell of one patient"
    assert max(share.values()) < 0.06, share


def test_they_show_while_typing_and_on_a_preview_and_hold_nothing_back(
    claire: User, robin: User, client_of: ClientOf
) -> None:
    client = client_of(claire)
    typed = TYPED | {"problem": "Ma patiente, Mme Zélie Durand, a une colite sous ipilimumab."}
    told = unescape(client.post("/questions/look", data=typed).text)
    assert "l’histoire d’un seul malade" in told
    assert "Zélie Durand</mark>" in told
    assert 'data-text="ipilimumab"' in told
    assert all_questions() == [], "nothing is kept"
    page = unescape(client.post("/questions/new", data=typed | {"do": "preview"}).text)
    assert "l’histoire d’un seul malade" in page
    harmless = typed | {"problem": "Ma patiente a une colite sous ipilimumab."}
    assert client.post("/questions/new", data=harmless).status_code == 303
    assert client_of(robin).post("/questions/look", data=typed).status_code == 403
