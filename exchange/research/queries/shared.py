"""What the reads of the research half share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    literal,
    select,
    tuple_,
)

from exchange import db
from exchange.discussion.models import Comment, in_sight_of
from exchange.log.models import Event
from exchange.people.models import (
    User,
)
from exchange.questions.models import Note
from exchange.questions.queries import Cursor

AnyRow: TypeAlias = Row[*tuple[Any, ...]]

PAGE = 20
"""Lines on a page of a list."""


@dataclass(frozen=True)
class Listed:
    """A page of a list; `newer` and `older` are the cursors of its neighbours."""

    rows: Sequence[AnyRow]
    newer: str | None
    older: str | None


def page(
    statement: Select[*tuple[Any, ...]], at: Any, number: Any, cursor: Cursor | None
) -> Listed:
    back = cursor is not None and cursor.back
    if cursor is not None:
        here = tuple_(literal(cursor.value, at.type), literal(cursor.id))
        place = tuple_(at, number)
        statement = statement.where(place > here if back else place < here)
    order = (at.asc(), number.asc()) if back else (at.desc(), number.desc())
    found = db.session.execute(statement.order_by(*order).limit(PAGE + 1)).all()
    more = len(found) > PAGE
    rows = found[:PAGE][::-1] if back else found[:PAGE]
    if not rows:
        return Listed(rows, None, None)
    first, last = rows[0], rows[-1]
    return Listed(
        rows,
        newer=Cursor(first.at, first.id).encode() if (more if back else cursor) else None,
        older=Cursor(last.at, last.id).encode() if (back or more) else None,
    )


def comments(condition: ColumnElement[bool], *, to: User) -> Sequence[AnyRow]:
    """The comments that meet the condition and are in sight, in order, with their authors: one
    query."""
    return db.session.execute(
        select(
            Comment.id,
            Comment.at,
            Comment.edited_at,
            Comment.html,
            Comment.hidden_at,
            Comment.author_id,
            User.name.label("author"),
            User.title,
        )
        .join(User, User.id == Comment.author_id)
        .where(condition, in_sight_of(to))
        .order_by(Comment.id)
    ).all()


def told(kinds: Sequence[str], *conditions: ColumnElement[bool]) -> Sequence[AnyRow]:
    return db.session.execute(
        select(
            Event.kind,
            Event.at,
            Event.actor_id,
            Event.data,
            User.name.label("by"),
            Note.html,
        )
        .outerjoin(User, User.id == Event.actor_id)
        .outerjoin(Note, Note.id == Event.data["note_id"].as_integer())
        .where(Event.kind.in_(kinds), *conditions)
        .order_by(Event.id)
    ).all()
