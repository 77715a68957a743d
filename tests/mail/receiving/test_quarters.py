"""A project that says nothing: asked once a quarter, answered by mail."""

from datetime import timedelta

import time_machine
from sqlalchemy import select

from exchange import clock, db
from exchange.discussion.models import Comment
from exchange.log.models import Event
from exchange.mail.receiving.outcomes import Outcome
from exchange.outbox.models import Letter
from exchange.people.models import User
from exchange.research import facts, hypotheses, quarters
from exchange.research.models import Project
from exchange.settings import Settings
from tests import factories
from tests.mail.post import deliver, follow, text
from tests.mail.receiving.inbox import reply
from tests.research.test_ageing import START, morning


def test_a_silent_project_is_asked_each_quarter_and_answers_by_mail(
    claire: User, mona: User, robin: User, lena: User, here: Settings
) -> None:
    with time_machine.travel(morning(START), tick=False):
        question = factories.opened(claire, mona)
        factories.claimed(question, robin)
        idea = factories.proposed(question, robin)
        hypotheses.endorse(idea, by=claire)
        project = factories.started(idea, robin, claire)
        number = project.id
        db.session.commit()
    follow()
    for days, asked in ((89, 0), (90, 0), (91, 1), (92, 0), (181, 0), (182, 1), (183, 0)):
        with time_machine.travel(morning(START + timedelta(days=days)), tick=False):
            assert quarters.advance(here) == asked, days
            assert quarters.advance(here) == 0, "whatever runs twice"
    kind = facts.ProjectNewsAsked.kind
    assert len(db.session.scalars(select(Event.id).where(Event.kind == kind)).all()) == 2
    db.session.commit()
    with time_machine.travel(morning(START + timedelta(days=183)), tick=False):
        follow()
        put = select(Letter).where(Letter.kind == "quarter").order_by(Letter.id.desc())
        found = db.session.scalars(put).all()
        assert {one.user_id for one in found} == {robin.id, claire.id}
        letter = next(one for one in found if one.user_id == robin.id)
        db.session.commit()
        said = [text(mail) for mail in deliver(here).to(robin)]
        assert any("une ligne suffit" in one for one in said)
        receipt = reply(robin, "Rien de neuf, nous attendons le CPP.", here, to=letter)
        assert receipt.outcome is Outcome.POSTED
        posted = db.session.scalars(select(Comment).order_by(Comment.id.desc())).first()
        assert posted is not None
        assert (posted.project_id, posted.text) == (number, "Rien de neuf, nous attendons le CPP.")
        heard = quarters.last_heard(db.session.get_one(Project, number))
        assert heard == clock.now()
        db.session.commit()
    with time_machine.travel(morning(START + timedelta(days=271)), tick=False):
        assert quarters.advance(here) == 0, "a line breaks the silence"
