"""Counting who sees a problem too."""

from sqlalchemy import ColumnElement, SQLColumnExpression, case, update
from sqlalchemy.dialects import postgresql, sqlite

from exchange import clock, db
from exchange.people.models import User
from exchange.questions.models import Band, Question, Support

MOST_SUPPORTS = 5
"""Departments that count in the need of a question."""


def count_support(
    question: Question, user: User, *, band: Band | None, note: str = ""
) -> Support | None:
    """Count this person's need once; None when it already is, or when they are the asker."""
    if user.id == question.asker_id:
        return None
    insert = postgresql.insert if db.is_postgresql() else sqlite.insert
    statement = insert(Support).values(
        question_id=question.id,
        user_id=user.id,
        institution_id=user.team.institution_id if user.team else None,
        band=band,
        note=note,
        at=clock.now(),
    )
    # Two clicks at the same instant: the constraint keeps one, the other is told so.
    given: Support | None = db.session.scalar(
        statement.on_conflict_do_nothing(index_elements=["question_id", "user_id"]).returning(
            Support
        )
    )
    if given is None:
        return None
    shift(question, 1)
    return given


def shift(question: Question, change: int) -> None:
    """Move the counter beside the row's version: a support must not refuse a decision."""
    db.session.flush()
    count = Question.support_count + change
    db.session.execute(
        update(Question)
        .where(Question.id == question.id)
        .values(support_count=count, need=need_of(merit=Question.merit, supports=count))
        .execution_options(synchronize_session="evaluate")
    )


def need_of(
    *, merit: SQLColumnExpression[int] | int, supports: SQLColumnExpression[int]
) -> ColumnElement[int]:
    """How much a question is needed, in tenths: what its reviewers' grades add up to, and one
    point for each department that sees the problem too, five at most."""
    return merit + 10 * case((supports > MOST_SUPPORTS, MOST_SUPPORTS), else_=supports)
