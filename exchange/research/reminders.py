"""A hypothesis waits for the asker's opinion: it is asked again, once, on a working morning."""

from datetime import date

from sqlalchemy import exists, func, select

from exchange import clock, db, workdays
from exchange.log.models import Event
from exchange.log.record import record
from exchange.questions.models import Question
from exchange.research import facts
from exchange.research.ageing import AGEING, MORNING
from exchange.research.models import LIVING, Endorsement, Hypothesis, Wording
from exchange.settings import Settings

_reminded = exists().where(
    Event.kind == facts.OpinionAskedAgain.kind,
    Event.question_id == Hypothesis.question_id,
    Event.data["hypothesis_id"].as_integer() == Hypothesis.id,
)

_said = (
    select(func.max(Wording.at))
    .where(Wording.hypothesis_id == Hypothesis.id)
    .scalar_subquery()
    .label("at")
)

_WAITING = (
    select(Hypothesis.id, _said)
    .join(Hypothesis.question)
    .where(
        Hypothesis.endorsement == Endorsement.AWAITED,
        Hypothesis.verdict.in_(LIVING),
        Question.stage.in_(AGEING),
        ~_reminded,
    )
    .order_by(Hypothesis.id)
)


def advance(settings: Settings) -> int:
    """Ask again where it is time; commits after each. Returns how many were asked. One query
    when there is none, none outside working hours."""
    now = clock.now().astimezone(settings.zone())
    if now.hour < MORNING or not workdays.is_working(now.date()):
        return 0
    due = [
        row.id
        for row in db.rows(_WAITING)
        if _due(row.at.astimezone(settings.zone()).date(), settings) <= now.date()
    ]
    db.session.rollback()
    return sum(_ask(number) for number in due)


def _due(proposed: date, settings: Settings) -> date:
    return workdays.after(proposed, settings.opinion_days)


def _ask(number: int) -> int:
    """Ask again, unless another worker just did or the opinion came; commits."""
    db.begin_write()
    hypothesis = db.session.get_one(Hypothesis, number, with_for_update=True)
    if db.session.scalar(_WAITING.where(Hypothesis.id == number)) is None:
        db.session.rollback()
        return 0
    record(facts.OpinionAskedAgain(hypothesis_id=number), on=hypothesis.question_id)
    db.session.commit()
    return 1
