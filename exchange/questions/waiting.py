"""An open question that nobody takes is not forgotten: each quarter the site says so to whoever
asked, and on the timeline. Silence kills such a site."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from exchange import clock, db
from exchange.log.models import Event
from exchange.log.record import record
from exchange.questions.facts import StillUnclaimed
from exchange.questions.models import Question, Stage

QUARTER = timedelta(days=91)
PAUSE = timedelta(hours=1)
BATCH = 50


class Quarters:
    """Looks once an hour, in the worker."""

    def __init__(self) -> None:
        self.next_at: datetime | None = None

    def advance(self) -> int:
        """Write what is due; commits. Returns how many questions it told of."""
        if self.next_at is not None and clock.now() < self.next_at:
            return 0
        db.begin_write()
        told = [question for question in _long_open() if _tell(question)]
        db.session.commit()
        if len(told) < BATCH:
            self.next_at = clock.now() + PAUSE
        return len(told)


def _long_open() -> list[Question]:
    """Questions that have been open for a quarter and were told of no later than one ago; another
    worker's are left to it."""
    told = (
        select(func.max(Event.at))
        .where(Event.question_id == Question.id, Event.kind == StillUnclaimed.kind)
        .correlate(Question)
        .scalar_subquery()
    )
    before = clock.now() - QUARTER
    statement = (
        select(Question)
        .where(
            Question.stage == Stage.OPEN,
            Question.stage_since <= before,
            func.coalesce(told, before) <= before,
        )
        .order_by(Question.id)
        .limit(BATCH)
    )
    return list(db.session.scalars(statement.with_for_update(skip_locked=True)))


def _tell(question: Question) -> bool:
    """Say it once for the quarters that have passed, however long the worker was away."""
    quarters = (clock.now() - question.stage_since) // QUARTER
    last = db.session.scalar(
        select(Event)
        .where(
            Event.question_id == question.id,
            Event.kind == StillUnclaimed.kind,
            Event.at >= question.stage_since,
        )
        .order_by(Event.id.desc())
        .limit(1)
    )
    if last is not None and last.data["quarters"] >= quarters:
        return False
    record(StillUnclaimed(quarters=quarters), on=question.id)
    return True
