"""Searching as somebody: the index proposes, the database decides what may be read."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from exchange import db
from exchange.discussion.actions import comment
from exchange.moderation import actions as moderation
from exchange.people.models import Team, User
from exchange.questions import actions as asking
from exchange.questions.models import Question
from exchange.search import queries
from exchange.search.follower import SearchFollower
from tests.counting import count_queries
from tests.factories import circled, claimed, content, opened, proposed, submitted

SignIn = Callable[[User | None], FlaskClient]


@pytest.fixture
def follower(tmp_path: Path, session: None) -> SearchFollower:
    return SearchFollower(tmp_path / "index")


def found(follower: SearchFollower, text: str, reader: User) -> list[str]:
    db.session.commit()
    follower.catch_up()
    return [one.ref for one in queries.find(follower.index, text, reader=reader).found]


def test_a_published_question_is_found_without_its_accents(
    follower: SearchFollower, question: Question, robin: User
) -> None:
    assert found(follower, "melanomes anti PD1 ne repondent pas", robin) == [question.ref]


def test_a_circle_is_found_by_its_team_only(
    follower: SearchFollower, claire: User, mona: User, robin: User, lena: User, lab: Team
) -> None:
    secret = circled(claire, mona, lab, title="Un canari jaune dans la rate", problem="Zébrulon.")
    assert found(follower, "zébrulon", robin) == [secret.ref]
    results = queries.find(follower.index, "zébrulon", reader=lena)
    assert (results.found, results.total, results.more) == ([], 0, False)
    assert queries.similar(follower.index, "un canari jaune dans la rate", reader=lena) == []


def test_what_waits_at_the_desk_is_found_by_the_desk_and_the_asker(
    follower: SearchFollower, claire: User, mona: User, robin: User
) -> None:
    waiting = submitted(claire, problem="Les patients zébrulés rechutent.")
    assert found(follower, "zébrulés", robin) == []
    assert found(follower, "zébrulés", mona) == [waiting.ref]
    assert found(follower, "zébrulés", claire) == [waiting.ref]


def test_a_draft_is_never_indexed(follower: SearchFollower, claire: User) -> None:
    asking.save_draft(content(problem="Les patients zébrulés."), by=claire)
    assert found(follower, "zébrulés", claire) == []


def test_a_comment_makes_its_question_found(
    follower: SearchFollower, question: Question, robin: User, lena: User
) -> None:
    assert found(follower, "cytomégalovirus", lena) == []
    comment(question, text="Et le cytomégalovirus ?", by=robin, confirmed=True)
    assert found(follower, "cytomégalovirus", lena) == [question.ref]


def test_a_confidential_hypothesis_is_found_by_its_readers_only(
    follower: SearchFollower, question: Question, robin: User, lena: User, claire: User
) -> None:
    claimed(question, robin)
    hypothesis = proposed(question, robin, confidential=True)
    assert hypothesis.ref in found(follower, "épuisement lymphocytes TIGIT", claire)
    assert hypothesis.ref not in found(follower, "épuisement lymphocytes TIGIT", lena)


def test_a_duplicate_gives_way_to_the_one_that_lives(
    follower: SearchFollower, question: Question, claire: User, mona: User, robin: User
) -> None:
    twin = opened(claire, mona, title="Prévoir l’échec de l’anti-PD-1 dans le mélanome")
    moderation.merge(twin, question, by=mona)
    db.session.commit()
    follower.catch_up()
    near = queries.similar(follower.index, "échec de l’anti-PD-1 dans le mélanome", reader=robin)
    assert [one.ref for one in near] == [question.ref]


def test_a_rewording_replaces_what_was_indexed(
    follower: SearchFollower, question: Question, claire: User
) -> None:
    asking.edit(question, content(problem="Le zébrulon seul."), by=claire, confirmed=True)
    assert found(follower, "zébrulon", claire) == [question.ref]
    question = db.session.get_one(Question, question.id)  # the rebuilt index let go of its rows
    asking.edit(question, content(problem="Plus rien de tel."), by=claire, confirmed=True)
    assert found(follower, "zébrulon", claire) == []


def test_the_index_is_disposable(follower: SearchFollower, question: Question, robin: User) -> None:
    before = found(follower, "mélanome", robin)
    assert follower.rebuild() == 1
    follower.index.refresh()
    assert found(follower, "mélanome", robin) == before


@pytest.mark.parametrize(
    "address",
    [
        "/search",
        "/search?q=",
        "/search?q=*?*?*",
        "/search?q=[a TO z]",
        "/search?q=%22",
        "/search?q=" + "a" * 4000,
        "/search?q=m%C3%A9lanome&kind=nothing&page=-3",
        "/search?q=m%C3%A9lanome&page=99999999999999999999",
        "/search?q=title:x AND NOT (",
    ],
)
def test_any_words_get_an_answer(client_of: SignIn, robin: User, address: str) -> None:
    assert client_of(robin).get(address).status_code == 200


def test_search_costs_a_fixed_number_of_queries(
    client_of: SignIn, follower: SearchFollower, claire: User, mona: User, robin: User
) -> None:
    for number in range(25):
        opened(claire, mona, title=f"Rechute numéro {number} sous anti-TNF")
    db.session.commit()
    follower.catch_up()
    browser = client_of(robin)
    browser.get("/search?q=rechute")
    with count_queries() as statements:
        page = browser.get("/search?q=rechute").text
    assert "25 résultats" in page
    assert len(statements) <= 5
