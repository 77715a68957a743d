"""Reads of the desk, for moderators only: the views see to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from exchange import db, workdays
from exchange.i18n import local_day, local_today
from exchange.log.models import Event
from exchange.moderation.models import CannedReply
from exchange.people.models import Area, Institution, Team, User
from exchange.questions.models import Note, Question, Stage

QUEUE = 100
"""Items listed at once; the rest is counted."""


@dataclass(frozen=True)
class Waiting:
    """One line of the queue. `left` is how many working days remain of the promise."""

    ref: str
    title: str
    language: str
    area: Area
    institution: str
    since: datetime
    left: int
    returned_before: bool
    probable: bool
    audience: str


def queue(*, promise: int) -> list[Waiting]:
    """Everything that waits for a decision, nearest to being late first: one query. `promise`
    is in working days."""
    rows = db.session.execute(
        select(
            Question.ref,
            Question.title,
            Question.language,
            Question.area,
            Question.stage_since,
            Question.submitted_at,
            Question.probable,
            Question.audience,
            Institution.short,
        )
        .outerjoin(Institution, Institution.id == Question.institution_id)
        .where(Question.stage == Stage.SUBMITTED)
        .order_by(Question.stage_since, Question.id)
        .limit(QUEUE)
    ).all()
    today = local_today()
    return [
        Waiting(
            ref=row.ref,
            title=row.title,
            language=row.language,
            area=row.area,
            institution=row.short or "",
            since=row.stage_since,
            left=days_left(row.stage_since, promise, today),
            returned_before=row.stage_since > row.submitted_at,
            probable=bool(row.probable),
            audience=row.audience,
        )
        for row in rows
    ]


def days_left(since: datetime, promise: int, today: date) -> int:
    """Working days left of a promise of `promise` working days made at `since`; negative: late."""
    return workdays.between(today, workdays.after(local_day(since), promise))


def waiting_count() -> int:
    """How many wait: one query."""
    return (
        db.session.scalar(
            select(func.count()).select_from(Question).where(Question.stage == Stage.SUBMITTED)
        )
        or 0
    )


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


def canned(use: str, locale: str) -> Sequence[CannedReply]:
    """Ready reasons for a move, in the asker's language: one query."""
    return db.session.scalars(
        select(CannedReply)
        .where(CannedReply.use == use, CannedReply.locale == locale)
        .order_by(CannedReply.id)
    ).all()


def canned_by_use(locale: str) -> dict[str, list[CannedReply]]:
    """All ready reasons by move: one query."""
    found: dict[str, list[CannedReply]] = {}
    for reply in db.session.scalars(
        select(CannedReply).where(CannedReply.locale == locale).order_by(CannedReply.id)
    ):
        found.setdefault(reply.use, []).append(reply)
    return found


def decided(*, limit: int = 50) -> Sequence[tuple[datetime, str, str, str, str]]:
    """The last decisions, newest first: when, kind, who, reference, title. One query."""
    kinds = [
        "question.published",
        "question.returned",
        "question.declined",
        "question.merged",
        "question.parked",
        "question.reopened",
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


def team_names(ids: Sequence[int]) -> list[str]:
    """Names of the teams of a circle: one query, none when there are none."""
    if not ids:
        return []
    return list(db.session.scalars(select(Team.name).where(Team.id.in_(ids)).order_by(Team.name)))
