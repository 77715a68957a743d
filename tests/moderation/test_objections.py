"""The asker objects to a moderator's wording, and hears why it stays, or gets their words back."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from exchange import db
from exchange.errors import Conflict, NotAllowed
from exchange.moderation import actions as moderation
from exchange.moderation import queue
from exchange.moderation.objections import actions
from exchange.people.models import User
from exchange.questions import facts
from exchange.questions.models import Question
from exchange.settings import Settings
from tests import factories

SignIn = Callable[[User | None], FlaskClient]


def test_the_words_come_back(
    client_of: SignIn, claire: User, mona: User, question: Question, settings: Settings
) -> None:
    own = question.title
    claire_browses, mona_browses = client_of(claire), client_of(mona)
    address = f"/questions/{question.ref}"
    assert "/object" not in claire_browses.get(address).text
    db.begin_write()
    asked = db.session.get_one(Question, question.id)
    moderation.rephrase(asked, title="Autre chose ?", problem="Tout autre.", by=mona)
    db.session.commit()
    assert "/object" in claire_browses.get(address).text
    assert "/object" not in mona_browses.get(address).text
    claire_browses.post(f"{address}/object", data={"reason": "Ce n’est plus ma question."})
    db.session.rollback()
    (entry,) = [one for one in queue.waiting(settings) if one.kind == "objection"]
    db.session.rollback()
    page = mona_browses.get(entry.href).text
    assert "Ce n’est plus ma question." in page
    assert own in page.replace("\u00a0", " ") or own in page
    db.session.rollback()
    done = mona_browses.post(entry.href, data={"reason": "Pardon.", "restore": "1"})
    assert done.status_code == 303
    db.session.rollback()
    db.session.expire_all()
    again = db.session.get_one(Question, question.id)
    assert again.title == own
    assert again.contested_at is None
    assert isinstance(factories.last_fact(again), facts.Restored)
    db.session.rollback()
    assert "/object" not in claire_browses.get(address).text
    assert "rendus par un modérateur" in claire_browses.get(f"{address}/revisions").text


def test_the_wording_stays_with_a_reason(
    claire: User, robin: User, mona: User, question: Question
) -> None:
    with pytest.raises(Conflict):
        actions.contest(question, reason="Rien ne va.", by=claire)
    moderation.rephrase(question, title="Plus clair ?", problem="Plus clair.", by=mona)
    with pytest.raises(NotAllowed):
        actions.contest(question, reason="Non.", by=robin)
    actions.contest(question, reason="Je disais plus.", by=claire)
    with pytest.raises(Conflict):
        actions.contest(question, reason="Encore.", by=claire)
    with pytest.raises(NotAllowed):
        actions.settle(question, restore=True, reason="Moi.", by=claire)
    actions.settle(question, restore=False, reason="Le sens est le même.", by=mona)
    assert question.title.startswith("Plus clair")
    assert isinstance(factories.last_fact(question), facts.ObjectionAnswered)
    with pytest.raises(Conflict):
        actions.settle(question, restore=True, reason="Finalement.", by=mona)
