"""Administrators change the vocabulary: the index, the tags and the other processes follow."""

from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from exchange import db
from exchange.errors import NotAllowed, Refusal
from exchange.log.models import Event
from exchange.people.models import User
from exchange.questions.models import Question
from exchange.search import queries as searching
from exchange.search.follower import SearchFollower
from exchange.vocabulary import actions, current
from exchange.vocabulary.concepts import Concept, curated
from exchange.vocabulary.facts import ConceptChanged
from tests import factories
from tests.mail.post import again

ClientOf = Callable[[User | None], FlaskClient]
TYPED = {
    "french": "marseillimab\nanti-PHOCEA",
    "english": "marseillimab",
    "category": "drugs",
    "broader": "immune-checkpoint-inhibitor",
}


@pytest.fixture
def follower(tmp_path: Path, session: None) -> SearchFollower:
    return SearchFollower(tmp_path / "index")


def found(follower: SearchFollower, text: str, reader: User) -> list[str]:
    db.session.commit()
    follower.catch_up()
    seen = searching.find(follower.index, text, reader=again(reader)).found
    return [one.ref for one in seen]


def test_a_new_drug_is_known_without_a_rebuild(
    follower: SearchFollower, client_of: ClientOf, ada: User, mona: User, claire: User
) -> None:
    asked = factories.opened(claire, mona, title="L’anti-PHOCEA marche-t-il ?", problem="Peu.")
    assert found(follower, "immunothérapie", claire) == []
    before = current.stamp()
    client, browser = client_of(again(ada)), client_of(again(claire))
    added = client.post("/admin/vocabulary/new", data=TYPED)
    assert added.location == "/admin/vocabulary/marseillimab"
    assert found(follower, "immunothérapie", claire) == [again(asked).ref], (
        "broader, in what was there"
    )
    assert current.stamp() != before
    assert [c.key for c in current.in_force().about("anti-PHOCEA")] == ["marseillimab"]
    assert "marseillimab" in unescape(client.get("/admin/vocabulary?q=phocea").text)
    assert client.post("/admin/vocabulary/new", data=TYPED).status_code == 409
    later = factories.opened(
        again(claire), again(mona), title="Quand arrêter le marseillimab ?", problem="Tard."
    )
    assert later.tags == ["marseillimab"]
    first, ref = str(again(asked).ref), str(later.ref)
    db.session.commit()
    client.post("/admin/vocabulary/marseillimab/retire")
    assert found(follower, "immunothérapie", claire) == []
    assert "tag=marseillimab" not in browser.get(f"/questions/{ref}").text
    client.post("/admin/vocabulary/marseillimab/back")
    assert set(found(follower, "immunothérapie", claire)) == {first, ref}
    assert "tag=marseillimab" in browser.get(f"/questions/{ref}").text
    follower.rebuild()
    assert set(found(follower, "immunothérapie", claire)) == {first, ref}


def test_a_shipped_concept_gets_a_name_and_the_file_stays(
    follower: SearchFollower, client_of: ClientOf, ada: User, question: Question, claire: User
) -> None:
    melanoma = curated().concepts["melanoma"]
    data = {
        "french": "\n".join([*melanoma.french, "progresse"]),
        "english": "\n".join(melanoma.english),
        "category": melanoma.category,
        "broader": ", ".join(curated().concepts[key].fr.upper() for key in melanoma.broader),
    }
    client = client_of(ada)
    assert client.post("/admin/vocabulary/melanoma", data=data).status_code == 303
    found(follower, "x", claire)
    assert "progresse" in current.in_force().concepts["melanoma"].french
    assert current.in_force().concepts["melanoma"].broader == melanoma.broader
    assert "progresse" not in curated().concepts["melanoma"].french
    assert "changé" in client.get("/admin/vocabulary?changed=1").text


def test_what_cannot_be_is_refused(client_of: ClientOf, ada: User, robin: User) -> None:
    with pytest.raises(NotAllowed):
        actions.retire("melanoma", by=robin)
    circular = Concept("cancer", "cancers", ("cancer",), ("cancer",), ("melanoma",))
    with pytest.raises(Refusal):
        actions.change(circular, by=ada)
    same = curated().concepts["melanoma"]
    actions.change(same, by=ada)
    client = client_of(ada)
    for wrong in (
        {"broader": "nonsense"},
        {"french": " "},
        {"english": "..."},
        {"english": "中"},
        {"french": "a" * 90},
    ):
        assert client.post("/admin/vocabulary/new", data=TYPED | wrong).status_code == 422, wrong
    assert client.get("/admin/vocabulary/nonsense").status_code == 404
    assert client_of(robin).get("/admin/vocabulary").status_code == 403


def test_every_change_is_on_the_log(ada: User) -> None:
    actions.retire("melanoma", by=ada)
    actions.retire("melanoma", by=ada)
    actions.bring_back("melanoma", by=ada)
    kinds = [event.fact for event in db.session.scalars(select(Event).order_by(Event.id))]
    assert kinds == [ConceptChanged(concept="melanoma")] * 2
