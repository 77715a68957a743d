"""Tables of the desk."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from exchange import clock
from exchange.db import Base, Id, Prose, Short


class CannedReply(Base):
    """A reason written once and offered where it fits (`use`: the name of a move)."""

    __tablename__ = "canned_reply"

    id: Mapped[Id]
    use: Mapped[str] = mapped_column(String(32), index=True)
    locale: Mapped[str] = mapped_column(String(8), default="fr")
    title: Mapped[Short]
    text: Mapped[Prose]


class Reading(Base):
    """Who has an entry of the queue open, and when their page last gave a sign of life. `item` is
    the entry's address."""

    __tablename__ = "reading"

    item: Mapped[str] = mapped_column(String(120), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(default=clock.now)


class Assignment(Base):
    """An entry of the queue that one moderator took, or was given by another."""

    __tablename__ = "assignment"

    item: Mapped[str] = mapped_column(String(120), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)


class Deferral(Base):
    """An entry of the queue that a moderator put aside until a day. It holds for what waited at
    `at`: what comes anew under the same address is not aside."""

    __tablename__ = "deferral"

    item: Mapped[str] = mapped_column(String(120), primary_key=True)
    question_id: Mapped[int | None] = mapped_column(ForeignKey("question.id"), index=True)
    until: Mapped[date]
    reason: Mapped[Prose]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)


class Doubt(Base):
    """A text that went out with a passage that its author confirmed: for a moderator to reread.
    It holds the event that brought the text, never its words."""

    __tablename__ = "doubt"
    __table_args__ = (Index("ix_doubt_waiting", "settled_at", "found_at"),)

    id: Mapped[Id]
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), unique=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), index=True)
    found_at: Mapped[datetime] = mapped_column(default=clock.now)
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class Checked(Base):
    """A point of the eligibility checklist that somebody ticked for a question."""

    __tablename__ = "checked"

    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), primary_key=True)
    point: Mapped[str] = mapped_column(String(32), primary_key=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)


class Score(Base):
    """What one reviewer thinks of a question, 0 to 3 on each scale; None: no opinion."""

    __tablename__ = "score"

    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    importance: Mapped[int | None]
    uncertainty: Mapped[int | None]
    feasibility: Mapped[int | None]
    potential: Mapped[int | None]
    novelty: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(default=clock.now)


class DeskHabit(Base):
    """How a moderator hears of the queue: the address of their feed (kept as a digest of it), and
    the hour of their mail; None: not at all."""

    __tablename__ = "desk_habit"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    feed_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    mail_hour: Mapped[int | None]


class Batch(Base):
    """One decision on several questions at once. It takes effect (`done_at`) once it can no longer
    be undone; until then nothing moved and nobody has heard of it."""

    __tablename__ = "batch"

    id: Mapped[Id]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    decision: Mapped[str] = mapped_column(String(16))
    cause: Mapped[str] = mapped_column(String(16), default="")
    reason: Mapped[Prose]
    at: Mapped[datetime] = mapped_column(default=clock.now)
    undone_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None] = mapped_column(index=True)


class BatchItem(Base):
    """One question of a batch: the last event that the moderator could know of, and the event of
    the decision once it took effect (none: somebody touched the question meanwhile)."""

    __tablename__ = "batch_item"

    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), primary_key=True)
    seen_event: Mapped[int] = mapped_column(BigInteger, default=0)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"), unique=True)
