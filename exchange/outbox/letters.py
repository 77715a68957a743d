"""Putting a letter in the box."""

from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from exchange import clock, db
from exchange.outbox.models import Letter, LetterState


def put(
    kind: str,
    *,
    to: int,
    reason: str,
    question_id: int | None = None,
    due_at: datetime | None = None,
    **data: Any,
) -> None:
    """A letter of `kind` to user `to`, once per `reason`: a second call changes nothing."""
    insert = postgresql.insert if db.is_postgresql() else sqlite.insert
    moment = clock.now()
    db.session.execute(
        insert(Letter)
        .values(
            user_id=to,
            kind=kind,
            reason=reason,
            question_id=question_id,
            data=data,
            state=LetterState.WAITING,
            created_at=moment,
            due_at=due_at or moment,
            attempts=0,
            error="",
            subject="",
            message_id="",
        )
        .on_conflict_do_nothing(index_elements=["user_id", "reason"])
    )
