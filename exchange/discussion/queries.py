"""Reads of the discussion."""

from sqlalchemy import bindparam, select

from exchange import db
from exchange.discussion.facts import Commented
from exchange.discussion.models import Comment
from exchange.log.models import Event

_EVENT_OF = (
    select(Event.id)
    .where(
        Event.question_id == bindparam("question"),
        Event.kind == Commented.kind,
        Event.data["comment_id"].as_integer() == bindparam("comment"),
    )
    .order_by(Event.id.desc())
    .limit(1)
)


def event_of(posted: Comment) -> int:
    """The event by which a comment stands in the story, for its permanent address: one query,
    which reads the story from its end."""
    found: int = db.rows(
        _EVENT_OF, {"question": posted.question_id, "comment": posted.id}
    ).scalar_one()
    return found
