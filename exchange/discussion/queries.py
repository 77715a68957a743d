"""Reads of the discussion. Who may read the thread, the hypothesis or the project has been
settled by the caller."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from sqlalchemy import Row, select

from exchange import db
from exchange.discussion.facts import Commented
from exchange.discussion.models import Comment
from exchange.log.models import Event
from exchange.people.models import User

AnyRow: TypeAlias = Row[*tuple[Any, ...]]


def comments_of(
    *, hypothesis_id: int | None = None, project_id: int | None = None
) -> Sequence[AnyRow]:
    """The comments on a hypothesis or a project, oldest first, with their author's name and
    title: one query. `templates/discussion/_comments.html` shows them."""
    return db.session.execute(
        select(
            Comment.id,
            Comment.at,
            Comment.edited_at,
            Comment.html,
            Comment.author_id,
            User.name.label("author"),
            User.title,
        )
        .join(User, User.id == Comment.author_id)
        .where(Comment.hypothesis_id == hypothesis_id, Comment.project_id == project_id)
        .order_by(Comment.id)
    ).all()


def event_of(posted: Comment) -> int:
    """The event by which a comment stands in the story, for its permanent address: one query."""
    rows = db.session.execute(
        select(Event.id, Event.data)
        .where(Event.question_id == posted.question_id, Event.kind == Commented.kind)
        .order_by(Event.id.desc())
    )
    found: int = next(number for number, data in rows if data["comment_id"] == posted.id)
    return found
