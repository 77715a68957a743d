"""Tables of the discussion."""

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, true
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from exchange import clock
from exchange.db import Base, Id, Prose
from exchange.people.models import User


class Comment(Base):
    """A contribution to a thread; on a hypothesis or a project it is read by whoever may read
    that."""

    __tablename__ = "comment"
    __table_args__ = (
        Index("ix_comment_thread", "question_id", "id"),
        Index(
            "ix_comment_hidden",
            "hidden_at",
            postgresql_where=sql("hidden_at IS NOT NULL"),
            sqlite_where=sql("hidden_at IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    hypothesis_id: Mapped[int | None] = mapped_column(ForeignKey("hypothesis.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    edited_at: Mapped[datetime | None]
    text: Mapped[Prose]
    html: Mapped[Prose]
    hidden_at: Mapped[datetime | None]
    """Out of sight since then, for everyone but moderators."""


class Mention(Base):
    """Somebody named in a comment."""

    __tablename__ = "mention"

    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)


def may_see(user: User, posted: Comment) -> bool:
    """Whether the comment is in sight, for somebody who may read where it stands."""
    return posted.hidden_at is None or user.is_moderator


def in_sight_of(user: User) -> ColumnElement[bool]:
    """`may_see`, as SQL over `comment`."""
    if user.is_moderator:
        return true()
    return Comment.hidden_at.is_(None)
