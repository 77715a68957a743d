"""An administrator reads a confidential project: on purpose, with a reason, told to its people."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from exchange import clock, db
from exchange.errors import NotFound
from exchange.log.models import Event
from exchange.outbox.models import Letter
from exchange.people.models import Team, User
from exchange.questions.models import Note, Question
from exchange.questions.policy import may_read
from exchange.research import facts, hypotheses, unsealing
from exchange.research.models import Unsealing
from exchange.research.queries.projects import project_looked_into
from exchange.settings import Settings
from tests import factories
from tests.mail import post

WHY = "Une plainte sur la composition de l’équipe, à instruire."


def test_ada_opens_a_confidential_project_and_its_people_hear_of_it(
    client_of: Callable[[User | None], FlaskClient],
    question: Question,
    claire: User,
    robin: User,
    lena: User,
    mona: User,
    ada: User,
    settings: Settings,
) -> None:
    factories.claimed(question, robin)
    sealed = factories.proposed(question, robin, confidential=True)
    hypotheses.endorse(sealed, by=claire)
    project = factories.started(sealed, robin, claire, confidential=True)
    ref, page, thread = project.ref, f"/projects/{project.ref}", f"/questions/{question.ref}"
    hypothesis = f"/hypotheses/{sealed.ref}"
    administrator, title, number, people = ada.id, project.title, project.id, {robin.id, claire.id}
    post.follow()
    db.session.rollback()
    browser = client_of(ada)
    others = {"Robin": robin, "Léna": lena, "Mona": mona}
    of = {name: client_of(post.again(one)) for name, one in others.items()}
    assert browser.get(page).status_code == 404
    assert ref not in browser.get("/admin/unsealed").text
    asks = "/admin/unsealed/new"
    for data, complaint in (
        ({"project": ref, "reason": " "}, "Dites pourquoi"),
        ({"project": "P-2026-9999", "reason": WHY}, "Aucun projet de ce nom"),
        ({"project": ref, "reason": "M. Jean Dupont, 06 12 34 56 78."}, "identifier un patient"),
    ):
        answer = browser.post(asks, data=data)
        assert answer.status_code == 422
        assert complaint in answer.text
    assert of["Léna"].post(asks, data={"project": ref, "reason": WHY}).status_code == 403
    assert of["Mona"].get(asks).status_code == 403
    assert db.session.scalars(select(Unsealing)).all() == []

    answer = browser.post(asks, data={"project": f" {ref.lower()} ", "reason": WHY})
    assert answer.location == page
    opened = db.session.scalars(select(Unsealing)).one()
    living = opened.id
    last = db.session.scalars(select(Event).order_by(Event.id.desc())).first()
    note = db.session.scalars(select(Note).order_by(Note.id.desc())).first()
    assert last is not None
    assert note is not None
    assert (last.kind, last.actor_id, note.text) == (facts.ProjectUnsealed.kind, administrator, WHY)
    assert last.data == {
        "project_id": number,
        "unsealing_id": living,
        "until": opened.ends_at.date().isoformat(),
        "note_id": note.id,
    }
    assert "Ouvert à vous seul" in browser.get(page).text
    assert browser.get(hypothesis).status_code == 200
    assert browser.get("/admin/unsealed").text.count(ref) == 2
    assert ref not in browser.get("/projects").text
    assert browser.post(f"{page}/stop", data={"reason": "Assez."}).status_code == 404
    again = browser.post(asks, data={"project": ref, "reason": WHY})
    assert "déjà lire" in again.text
    # Its people read who, until when and why; others, nothing.
    assert "plainte" in of["Robin"].get(thread).text
    assert "plainte" in of["Robin"].get(page).text
    assert "plainte" not in of["Léna"].get(thread).text
    assert "plainte" not in browser.get(thread).text
    post.follow()
    told = db.session.scalars(select(Letter.user_id).where(Letter.kind == "unsealed")).all()
    assert set(told) == people
    db.session.commit()
    mails = post.deliver(settings).to(robin)
    said = next(one for one in map(post.text, mails) if "Ada Kessler" in one)
    assert ref in said
    assert "plainte" not in said
    assert title not in said
    # It ends by itself, or by hand.
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
        reader = db.session.get_one(User, administrator)
        with pytest.raises(NotFound):
            project_looked_into(ref, by=reader)
    db.session.rollback()
    assert browser.get(page).status_code == 200
    browser.post(f"/admin/unsealed/{living}/end")
    assert browser.get(page).status_code == 404
    assert browser.get(hypothesis).status_code == 404
    assert "a refermé" in of["Robin"].get(thread).text


def test_a_partner_who_may_not_read_the_question_hears_of_it_too(
    claire: User,
    robin: User,
    lena: User,
    mona: User,
    ada: User,
    settings: Settings,
    client_of: Callable[[User | None], FlaskClient],
    lab: Team,
    other_lab: Team,
) -> None:
    kept = factories.circled(claire, mona, lab)
    factories.claimed(kept, robin)
    idea = factories.proposed(kept, robin, confidential=True)
    hypotheses.endorse(idea, by=claire)
    project = factories.started(idea, robin, claire, confidential=True)
    project.partners.append(other_lab)
    assert not may_read(lena, kept)
    unsealing.unseal(project, reason=WHY, by=ada, confirmed=True)
    ref, question, title = str(project.ref), str(kept.ref), project.title
    bag = post.deliver(settings)
    for person in (claire, robin, lena):
        (mail,) = [one for one in bag.to(person) if "Ada Kessler" in post.text(one)]
        said = f"{mail['Subject']} {post.text(mail)} {post.text(mail, 'html')}"
        assert f"/projects/{ref}#opened" in said
        assert not any(word in said for word in (question, title, kept.title, "plainte"))
    assert "plainte" in client_of(post.again(lena)).get(f"/projects/{ref}").text
