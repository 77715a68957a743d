"""Reads of the desk, for moderators only: the views see to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from exchange import db
from exchange.log.models import Event
from exchange.moderation.models import Batch, BatchItem, CannedReply
from exchange.people.models import Role, Team, User
from exchange.questions.models import Note, Question, Stage


@dataclass(frozen=True)
class Exchanged:
    """One message between the desk and the asker."""

    author: str
    at: datetime
    html: str


def correspondence(question: Question) -> list[Exchanged]:
    """What was written between the desk and the asker: one query."""
    rows = db.session.execute(
        select(User.name, Note.at, Note.html)
        .join(User, User.id == Note.author_id)
        .where(Note.question_id == question.id)
        .order_by(Note.id)
    )
    return [Exchanged(author=row.name, at=row.at, html=row.html) for row in rows]


def history_of(asker_id: int, *, but: int) -> Sequence[tuple[str, str, Stage]]:
    """The asker's other questions, newest first: one query."""
    return [
        (row.ref, row.title, row.stage)
        for row in db.session.execute(
            select(Question.ref, Question.title, Question.stage)
            .where(Question.asker_id == asker_id, Question.id != but, Question.stage != Stage.DRAFT)
            .order_by(Question.id.desc())
            .limit(8)
        )
    ]


def canned_by_use(locale: str) -> dict[str, list[CannedReply]]:
    """All ready reasons by move: one query."""
    found: dict[str, list[CannedReply]] = {}
    for reply in db.session.scalars(
        select(CannedReply).where(CannedReply.locale == locale).order_by(CannedReply.id)
    ):
        found.setdefault(reply.use, []).append(reply)
    return found


def last_event(question: Question) -> int:
    """The number of the last thing that happened to it: one query."""
    number = select(func.max(Event.id)).where(Event.question_id == question.id)
    return db.session.scalar(number) or 0


def happened_since(question: Question, event_id: int) -> Sequence[tuple[str, str]]:
    """What somebody did to it after that event, the oldest first: who, and the kind of fact. One
    query."""
    rows = db.session.execute(
        select(User.name, Event.kind)
        .join(User, User.id == Event.actor_id)
        .where(Event.question_id == question.id, Event.id > event_id)
        .order_by(Event.id)
        .limit(5)
    )
    return [(row.name, row.kind) for row in rows]


def decided(*, limit: int = 50) -> Sequence[tuple[datetime, str, str, str, str]]:
    """The last decisions, newest first: when, kind, who, reference, title. One query."""
    kinds = [
        "question.published",
        "question.returned",
        "question.declined",
        "question.merged",
        "question.parked",
        "question.reopened",
        "question.reconsidered",
        "question.rephrased",
    ]
    rows = db.session.execute(
        select(Event.at, Event.kind, User.name, Question.ref, Question.title)
        .join(User, User.id == Event.actor_id)
        .join(Question, Question.id == Event.question_id)
        .where(Event.kind.in_(kinds))
        .order_by(Event.id.desc())
        .limit(limit)
    )
    return [(row.at, row.kind, row.name, row.ref, row.title) for row in rows]


def batch_lines(batch: Batch) -> Sequence[Any]:
    """The questions of a batch as they stand, and what it did to each: one query."""
    return db.session.execute(
        select(
            Question.ref,
            Question.title,
            Question.language,
            Question.stage,
            BatchItem.event_id,
            BatchItem.seen_event,
        )
        .join(Question, Question.id == BatchItem.question_id)
        .where(BatchItem.batch_id == batch.id)
        .order_by(Question.id)
    ).all()


def pending_batch(question: Question) -> tuple[Batch, str] | None:
    """The decision taken with others that can still be undone, and by whom: one query."""
    row = db.session.execute(
        select(Batch, User.name)
        .join(BatchItem, BatchItem.batch_id == Batch.id)
        .join(User, User.id == Batch.by_id)
        .where(
            BatchItem.question_id == question.id,
            BatchItem.seen_event > 0,
            Batch.done_at.is_(None),
            Batch.undone_at.is_(None),
        )
        .order_by(Batch.id)
    ).first()
    return (row.Batch, row.name) if row else None


def moderators() -> Sequence[User]:
    """Everybody who decides here, by name: one query."""
    bits = User.role_bits.op("&")(int(Role.MODERATOR))
    return db.session.scalars(
        select(User).where(User.active.is_(True), bits != 0).order_by(db.by_name(User.name))
    ).all()


def team_names(ids: Sequence[int]) -> list[str]:
    """Names of the teams of a circle: one query, none when there are none."""
    if not ids:
        return []
    return list(
        db.session.scalars(
            select(Team.name).where(Team.id.in_(ids)).order_by(db.by_name(Team.name))
        )
    )
