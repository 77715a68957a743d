"""What is put aside: it comes back by itself, its age stays honest, and the asker hears only what
the moderator chose to say."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from exchange import clock, db
from exchange.errors import Conflict, NotAllowed, Refusal
from exchange.guard.gate import IdentityFound
from exchange.home.queries import nav
from exchange.i18n import local_today
from exchange.moderation import actions, queue
from exchange.moderation.deferrals import actions as deferrals
from exchange.moderation.models import Deferral
from exchange.outbox.models import Letter
from exchange.people.models import User
from exchange.questions import facts as moves
from exchange.questions.actions import resubmit
from exchange.settings import Settings
from tests import factories
from tests.factories import facts, submitted
from tests.mail import post

SignIn = Callable[[User | None], FlaskClient]
SOON = timedelta(days=10)


@pytest.fixture(autouse=True)
def _writing(app: Flask) -> None:
    db.begin_write()


def test_a_question_is_put_aside_by_a_moderator_and_comes_back_by_itself(
    settings: Settings, client_of: SignIn, mona: User, claire: User
) -> None:
    with clock.at(clock.now() - timedelta(days=30)):
        pending = submitted(claire)
    here, until = f"/triage/{pending.ref}", local_today() + SOON
    browser = client_of(mona)
    typed = {"until": until.isoformat(), "reason": "J’attends le comité."}
    sent = browser.post(f"/triage/aside?item={here}", data=typed)
    assert sent.status_code == 303
    page = browser.get(here).text
    assert "J’attends le comité." in page
    assert "de retard" in page, "the promise goes on"
    assert "Rien n’attend" in page
    post.follow()
    assert not db.session.scalars(select(Letter).where(Letter.kind == "decision")).all()
    assert not any(isinstance(fact, moves.Postponed) for fact in facts(pending))
    with client_of(mona).application.test_request_context():
        assert nav(mona)["waiting"] == 0
    with clock.at(clock.now() + SOON):
        (back,) = queue.waiting(settings)
    assert (back.ref, back.aside, back.until) == (pending.ref, False, until)
    assert browser.post("/triage/resume", data={"item": here}).status_code == 303
    assert browser.post("/triage/resume", data={"item": here}).status_code == 409
    assert browser.get(f"/triage/aside?item={here}x").status_code == 404


def test_the_asker_is_told_in_the_words_that_were_chosen(
    settings: Settings, client_of: SignIn, mona: User, claire: User
) -> None:
    pending, to = submitted(claire), claire.email
    typed = {
        "until": (local_today() + SOON).isoformat(),
        "reason": "Congrès.",
        "word": "Nous la relisons après le congrès.",
    }
    client_of(mona).post(f"/triage/aside?item=/triage/{pending.ref}", data=typed)
    post.follow()
    mails = [post.text(mail) for address, mail in post.deliver(settings).mails if address == to]
    (told,) = [text for text in mails if "après le congrès" in text]
    assert "Congrès." not in told
    assert "y revient au plus tard le" in told


def test_what_comes_anew_is_not_aside(settings: Settings, mona: User, claire: User) -> None:
    pending = submitted(claire)
    (entry,) = queue.waiting(settings)
    deferrals.defer(entry, until=local_today() + SOON, reason="Plus tard.", by=mona)
    assert queue.waiting(settings) == []
    actions.return_(pending, reason="Combien de patients ?", by=mona)
    resubmit(pending, answer="Une trentaine.", by=claire)
    (entry,) = queue.waiting(settings)
    assert (entry.aside, entry.until) == (False, None)
    with pytest.raises(Conflict):
        deferrals.resume(entry, by=mona)


def test_a_silence_is_put_aside_too(
    settings: Settings, client_of: SignIn, mona: User, claire: User, robin: User
) -> None:
    with clock.at(clock.now() - timedelta(days=95)):
        quiet = factories.opened(claire, mona)
        factories.claimed(quiet, robin)
    db.session.commit()
    browser = client_of(mona)
    page = browser.get("/triage/decisions").text
    assert f"/triage/aside?item=/questions/{quiet.ref}" in page
    form = browser.get(f"/triage/aside?item=/questions/{quiet.ref}").text
    assert "Un mot à la personne" not in form
    typed = {"until": (local_today() + SOON).isoformat(), "reason": "Ils publient en mars."}
    browser.post(f"/triage/aside?item=/questions/{quiet.ref}", data=typed)
    db.session.rollback()
    assert queue.waiting(settings) == []
    assert db.session.scalars(select(Deferral.question_id)).all() == [quiet.id]


def test_several_are_put_aside_and_taken_up_again(
    settings: Settings, client_of: SignIn, mona: User, claire: User
) -> None:
    refs = [submitted(claire, title=f"La question numéro {n} ?").ref for n in (1, 2, 3)]
    db.session.commit()
    browser = client_of(mona)
    typed = {"item": refs[:2], "decision": "defer", "until": "", "why": "Vacances."}
    assert browser.post("/triage/list", data=typed).status_code == 422
    typed["until"] = (local_today() + SOON).isoformat()
    assert browser.post("/triage/list", data=typed).status_code == 303
    db.session.rollback()
    assert [one.ref for one in queue.waiting(settings)] == refs[2:]
    again = {"item": refs[:1], "decision": "resume"}
    assert browser.post("/triage/list", data=again).status_code == 303
    db.session.rollback()
    assert {one.ref for one in queue.waiting(settings)} == {refs[0], refs[2]}


def test_what_is_refused(settings: Settings, mona: User, robin: User, claire: User) -> None:
    submitted(claire)
    (entry,) = queue.waiting(settings)
    soon = local_today() + SOON
    for day in (local_today(), local_today() + timedelta(days=400)):
        with pytest.raises(Refusal):
            deferrals.defer(entry, until=day, reason="Plus tard.", by=mona)
    with pytest.raises(IdentityFound):
        deferrals.defer(entry, until=soon, reason="NIR 2 55 08 14 168 025 38", by=mona)
    with pytest.raises(NotAllowed):
        deferrals.defer(entry, until=soon, reason="Plus tard.", by=robin)
