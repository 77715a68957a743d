"""An open question that nobody takes: its asker hears of it each quarter, once."""

from datetime import timedelta

import time_machine

from exchange import clock, db
from exchange.people.models import User
from exchange.questions import facts
from exchange.questions.models import Question
from exchange.questions.waiting import Quarters
from exchange.settings import Settings
from tests import factories
from tests.mail import post


def told(question: Question) -> list[facts.StillUnclaimed]:
    db.session.rollback()
    return [one for one in factories.facts(question) if isinstance(one, facts.StillUnclaimed)]


def test_each_quarter_the_asker_hears_that_nobody_took_it(
    claire: User, question: Question, settings: Settings
) -> None:
    post.deliver(settings)
    with time_machine.travel(clock.now(), tick=False) as moment:
        moment.shift(timedelta(days=90))
        assert Quarters().advance() == 0
        moment.shift(timedelta(days=2))
        quarters = Quarters()
        assert quarters.advance() == 1
        assert quarters.advance() == 0
        assert Quarters().advance() == 0
        assert told(question) == [facts.StillUnclaimed(quarters=1)]
        (mail,) = post.deliver(settings).to(claire)
        assert "Aucune équipe ne l’a encore prise en charge" in post.text(mail)
        moment.shift(timedelta(days=300))  # the worker was away
        assert Quarters().advance() == 1
        assert Quarters().advance() == 0
        assert told(question)[-1] == facts.StillUnclaimed(quarters=4)


def test_a_question_that_was_taken_is_left_alone(
    robin: User, question: Question, settings: Settings
) -> None:
    factories.claimed(question, robin)
    db.session.commit()
    with time_machine.travel(clock.now() + timedelta(days=200), tick=False):
        assert Quarters().advance() == 0
    assert not told(question)
