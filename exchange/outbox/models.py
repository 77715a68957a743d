"""The table of letters."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from exchange import clock
from exchange.db import Base, Id, Prose, Short, choice


class LetterState(enum.StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    SITE = "site"  # kept for the page of notices: the reader wants no mail at once
    DROPPED = "dropped"  # nothing left to say, or no longer the reader's to read
    FAILED = "failed"  # refused for good, or tried for two days


class Letter(Base):
    """One mail to one person for one reason. It holds ids; the text is written when it leaves,
    so that access, mute and wording are those of that moment."""

    __tablename__ = "letter"
    __table_args__ = (
        UniqueConstraint("user_id", "reason"),
        UniqueConstraint("token"),
        Index("ix_letter_due", "state", "due_at"),
        Index("ix_letter_reader", "user_id", "id"),
    )

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(128))
    question_id: Mapped[int | None] = mapped_column(ForeignKey("question.id"), index=True)
    data: Mapped[dict[str, Any]]
    state: Mapped[LetterState] = mapped_column(choice(LetterState), default=LetterState.WAITING)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    due_at: Mapped[datetime] = mapped_column(default=clock.now)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[Prose]
    sent_at: Mapped[datetime | None]
    subject: Mapped[Short] = mapped_column(default="")
    message_id: Mapped[Short] = mapped_column(default="")
    read_at: Mapped[datetime | None]
    token: Mapped[str | None] = mapped_column(String(32))
    """Names the letter in the addresses it is replied to and bounces to; random."""
    revoked_at: Mapped[datetime | None]
    """Since when nobody may reply to it any more."""
