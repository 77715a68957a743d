"""Tables of the discussion."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from exchange import clock
from exchange.db import Base, Id, Prose


class Comment(Base):
    """A contribution to a thread; on a hypothesis or a project it is read by whoever may read
    that."""

    __tablename__ = "comment"
    __table_args__ = (Index("ix_comment_thread", "question_id", "id"),)

    id: Mapped[Id]
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    hypothesis_id: Mapped[int | None] = mapped_column(ForeignKey("hypothesis.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    edited_at: Mapped[datetime | None]
    text: Mapped[Prose]
    html: Mapped[Prose]


class Mention(Base):
    """Somebody named in a comment."""

    __tablename__ = "mention"

    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)
