"""Reads of the header and the home page."""

from sqlalchemy import func, select

from exchange import db
from exchange.outbox.models import Letter
from exchange.people.models import User
from exchange.questions.models import Question, Stage


def nav(user: User) -> dict[str, int]:
    """What the header counts, in one query: `unread` notices, `waiting` at the desk."""
    unread = (
        select(func.count())
        .select_from(Letter)
        .where(Letter.user_id == user.id, Letter.read_at.is_(None), Letter.kind != "digest")
        .scalar_subquery()
    )
    columns = [unread.label("unread")]
    if user.is_moderator:
        waiting = (
            select(func.count()).select_from(Question).where(Question.stage == Stage.SUBMITTED)
        )
        columns.append(waiting.scalar_subquery().label("waiting"))
    return dict(db.session.execute(select(*columns)).one()._mapping)
