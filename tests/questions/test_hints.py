"""Hints while a question is written: right, rarely wrong, never in the way."""

import tomllib
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient

from exchange.paths import DEMO
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


STORY = sorted((DEMO / "questions").glob("*.toml"))


def test_few_good_questions_are_doubted() -> None:
    """Those of the demo story; `tests.bench hints` counts on the clinicians' own."""
    asked = [one for file in STORY for one in tomllib.loads(file.read_text("utf-8"))["question"]]
    found = spoken([(one["title"], one["problem"]) for one in asked])
    assert len(asked) >= 40
    untitled = found.pop("no_question")
    assert not [title for title, _problem in untitled if "?" in title], "those are none"
    assert {kind: len(some) for kind, some in found.items() if len(some) > 2} == {}


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
