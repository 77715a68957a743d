"""Tables of the desk."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
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
