"""Counting who sees a problem too."""

from sqlalchemy import select, update

from exchange import clock, db
from exchange.people.models import User
from exchange.questions.models import Band, Question, Support


def count_support(
    question: Question, user: User, *, band: Band | None, note: str = ""
) -> Support | None:
    """Count this person's need once; None when it already is, or when they are the asker."""
    known = select(Support.id).where(Support.question_id == question.id, Support.user_id == user.id)
    if user.id == question.asker_id or db.session.scalar(known):
        return None
    given = Support(
        question_id=question.id,
        user_id=user.id,
        institution_id=user.team.institution_id if user.team else None,
        band=band,
        note=note,
        at=clock.now(),
    )
    db.session.add(given)
    shift(question, 1)
    return given


def shift(question: Question, change: int) -> None:
    """Move the counter beside the row's version: a support must not refuse a decision."""
    db.session.flush()
    db.session.execute(
        update(Question)
        .where(Question.id == question.id)
        .values(support_count=Question.support_count + change)
        .execution_options(synchronize_session="evaluate")
    )
