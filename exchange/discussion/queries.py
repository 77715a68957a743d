"""Reads of the discussion."""

from sqlalchemy import select

from exchange import db
from exchange.discussion.facts import Commented
from exchange.discussion.models import Comment
from exchange.log.models import Event


def event_of(posted: Comment) -> int:
    """The event by which a comment stands in the story, for its permanent address: one query."""
    rows = db.session.execute(
        select(Event.id, Event.data)
        .where(Event.question_id == posted.question_id, Event.kind == Commented.kind)
        .order_by(Event.id.desc())
    )
    found: int = next(number for number, data in rows if data["comment_id"] == posted.id)
    return found
