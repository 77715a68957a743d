"""The table of reports."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exchange import clock
from exchange.db import Base, Id, Prose, choice
from exchange.i18n import mark as _m
from exchange.moderation.grounds import Ground
from exchange.people.models import User
from exchange.questions.models import Question


class Kind(enum.StrEnum):
    """What can be reported."""

    QUESTION = "question"
    COMMENT = "comment"
    HYPOTHESIS = "hypothesis"
    ATTACHMENT = "attachment"


class Verdict(enum.StrEnum):
    DISMISSED = "dismissed"
    CORRECTED = "corrected"
    REMOVED = "removed"


VERDICT_LABELS = {
    Verdict.DISMISSED: _m("Rien à changer : le texte est visible"),
    Verdict.CORRECTED: _m("Corrigé : le texte est de nouveau visible"),
    Verdict.REMOVED: _m("Le texte reste masqué"),
}


class Flag(Base):
    """One person's report of one text; open until a moderator decides."""

    __tablename__ = "flag"
    __table_args__ = (
        Index(
            "ix_flag_once",
            "reporter_id",
            "kind",
            "target_id",
            unique=True,
            sqlite_where=text("decided_at IS NULL"),
            postgresql_where=text("decided_at IS NULL"),
        ),
        Index("ix_flag_waiting", "decided_at", "at"),
    )

    id: Mapped[Id]
    kind: Mapped[Kind] = mapped_column(choice(Kind))
    target_id: Mapped[int]
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), index=True)
    reporter_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    ground: Mapped[Ground] = mapped_column(choice(Ground))
    text: Mapped[Prose]
    at: Mapped[datetime] = mapped_column(default=clock.now)
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    verdict: Mapped[Verdict | None] = mapped_column(choice(Verdict))
    answer: Mapped[Prose]

    question: Mapped[Question] = relationship()
    reporter: Mapped[User] = relationship(foreign_keys=[reporter_id])
