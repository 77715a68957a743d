"""The one queue: what stands in it, in which order, who reads it, and how it is left."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from exchange import clock, db
from exchange.discussion.actions import comment
from exchange.errors import NotAllowed
from exchange.log.followers import Follower, catch_up
from exchange.moderation import actions, doubts, queue
from exchange.people.models import Role, User
from exchange.questions.actions import resubmit
from exchange.questions.models import Question
from exchange.research import hypotheses
from exchange.settings import Settings
from tests import factories
from tests.counting import count_queries
from tests.factories import submitted

SignIn = Callable[[User | None], FlaskClient]


def reread() -> None:
    """The worker's step on passages."""
    db.session.commit()
    catch_up([Follower("doubts", doubts.follow)])
    db.begin_write()


def test_a_question_is_said_to_be_back_only_once_its_asker_sent_it_again(
    settings: Settings, mona: User, claire: User
) -> None:
    pending = submitted(claire)
    assert [one.kind for one in queue.waiting(settings)] == ["submitted"]
    actions.return_(pending, reason="Combien de patients ?", by=mona)
    assert queue.waiting(settings) == []
    resubmit(pending, answer="Une trentaine.", by=claire)
    assert [one.kind for one in queue.waiting(settings)] == ["resubmitted"]


def test_what_will_be_late_first_comes_first_whatever_it_is(
    settings: Settings, mona: User, claire: User, robin: User
) -> None:
    with clock.at(clock.now() - timedelta(days=95)):
        quiet = factories.opened(claire, mona, title="Une équipe se tait-elle ?")
        factories.claimed(quiet, robin)
    with clock.at(clock.now() - timedelta(days=1)):
        fresh = submitted(claire, title="Une question d’hier ?")
    with clock.at(clock.now() - timedelta(days=40)):
        old = submitted(claire, title="Une question oubliée ?")
    found = queue.waiting(settings)
    assert [(one.kind, one.item) for one in found] == [
        ("claim", quiet.ref),
        ("submitted", old.ref),
        ("submitted", fresh.ref),
    ]
    assert [one.left < 0 for one in found] == [True, True, False]
    assert [one.left for one in found] == sorted(one.left for one in found)
    comment(quiet, text="Où en êtes-vous ?", by=mona)
    assert quiet.ref not in {one.item for one in queue.waiting(settings)}, "they were asked"


def test_a_project_that_says_nothing_comes_to_the_desk_until_somebody_speaks(
    settings: Settings, mona: User, claire: User, robin: User
) -> None:
    with clock.at(clock.now() - timedelta(days=120)):
        question = factories.opened(claire, mona)
        factories.claimed(question, robin)
        idea = factories.proposed(question, robin)
        hypotheses.endorse(idea, by=claire)
        project = factories.started(idea, robin, claire)
    assert [(one.kind, one.item) for one in queue.waiting(settings)] == [("project", project.ref)]
    comment(question, text="Où en êtes-vous ?", by=mona, project_id=project.id)
    assert queue.waiting(settings) == []


def test_a_confirmed_passage_waits_until_it_was_reread(
    client_of: SignIn, settings: Settings, mona: User, robin: User, question: Question
) -> None:
    comment(question, text="Le Dr Fabre suit cette cohorte.", by=robin, confirmed=True)
    comment(question, text="Rien à signaler.", by=robin)
    comment(question, text="Mme Martin en parlait.", by=mona, confirmed=True)
    browser = client_of(mona)
    reread()
    entry = queue.waiting(settings)[0]
    assert (entry.kind, len(queue.waiting(settings))) == ("doubt", 1)
    assert "Dr Fabre" in browser.get(entry.href).text
    assert "Rien à signaler" not in browser.get(entry.href).text
    assert browser.post(entry.href).status_code == 303
    db.session.rollback()
    assert queue.waiting(settings) == []
    reread()
    assert queue.waiting(settings) == [], "the follower may run again without harm"


def test_mona_sees_that_julien_reads_and_opens_the_next_one(
    client_of: SignIn, mona: User, claire: User
) -> None:
    julien = factories.user("Julien Abadie", mona.roles)
    with clock.at(clock.now() - timedelta(days=1)):
        first = submitted(claire, title="La première question ?")
    second = submitted(claire, title="La seconde question ?")
    at_monas, at_juliens = client_of(mona), client_of(julien)
    answer = at_juliens.post("/triage/reading", data={"item": f"/triage/{first.ref}"})
    assert answer.json == {"readers": []}
    answer = at_monas.post("/triage/reading", data={"item": f"/triage/{first.ref}"})
    assert answer.json == {"readers": ["Julien Abadie"]}
    page = at_monas.get("/triage").text
    assert "Julien Abadie la lit" in page
    assert f'/triage/{second.ref}" aria-current' in page
    assert "a cette page ouverte" in at_monas.get(f"/triage/{first.ref}").text
    assert at_monas.post("/triage/reading", data={"item": "//example.org"}).status_code == 404


def test_a_question_given_to_julien_is_his(client_of: SignIn, mona: User, claire: User) -> None:
    julien = factories.user("Julien Abadie", mona.roles)
    pending = submitted(claire)
    here = f"/triage/{pending.ref}"
    browser = client_of(mona)
    assert browser.post("/triage/assign", data={"item": here, "to": julien.id}).status_code == 303
    assert "confiée à Julien Abadie" in browser.get("/triage").text
    browser.post("/triage/assign", data={"item": here, "to": claire.id})
    assert "Choisissez un modérateur" in browser.get(here).text
    with pytest.raises(NotAllowed):
        queue.assign(here, claire, by=mona)


def test_the_queue_costs_three_queries(settings: Settings, mona: User, claire: User) -> None:
    assert mona.roles == Role.MODERATOR
    for number in range(8):
        submitted(claire, title=f"Une question numéro {number} ?")
    with count_queries() as statements:
        assert len(queue.desk(settings, but=mona).waiting) == 8
    assert len(statements) == 3
