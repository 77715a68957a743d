"""Reads of objections."""

from sqlalchemy import select

from exchange import db
from exchange.log.models import Event
from exchange.questions.facts import Contested
from exchange.questions.models import Note, Question


def objection(question: Question) -> Note | None:
    """What the asker said when they last objected: two queries."""
    event = db.session.scalar(
        select(Event)
        .where(Event.question_id == question.id, Event.kind == Contested.kind)
        .order_by(Event.id.desc())
        .limit(1)
    )
    return db.session.get(Note, event.data["note_id"]) if event else None
