"""Tables of the log."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from exchange import clock
from exchange.db import Base, Id, Prose
from exchange.log.facts import Fact, fact_of

BigId = BigInteger().with_variant(Integer, "sqlite")


class Event(Base):
    """One thing that happened. Never changed, never deleted: a trigger refuses both."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_question", "question_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    kind: Mapped[str] = mapped_column(String(64), index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    question_id: Mapped[int | None] = mapped_column(ForeignKey("question.id"))
    data: Mapped[dict[str, Any]]

    @property
    def fact(self) -> Fact:
        """The typed fact."""
        return fact_of(self.kind, self.data)


class Bookmark(Base):
    """How far a follower has read; `attempts` and `error` tell of the event it stumbles on."""

    __tablename__ = "bookmark"

    follower: Mapped[str] = mapped_column(String(64), primary_key=True)
    event_id: Mapped[int] = mapped_column(BigId, default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None]
    error: Mapped[Prose]


class ParkedEvent(Base):
    """An event that a follower could not take, set aside so that the rest goes on."""

    __tablename__ = "parked_event"

    id: Mapped[Id]
    follower: Mapped[str] = mapped_column(String(64))
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    error: Mapped[Prose]
