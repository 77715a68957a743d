"""Tables of what a person chose to hear of, beside the questions they follow; and of what arrives
by mail. What a person wrote becomes a comment, a draft or a claim; here is only that something arrived, and what its author or a moderator may still want to see of it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from exchange import clock
from exchange.db import Base, Id, Prose, Short


class Received(Base):
    """One message at one of our addresses, and what became of it: never what it said. `key` names
    message and address, so that a message given twice is read once."""

    __tablename__ = "received"
    __table_args__ = (
        Index("ix_received_sender", "user_id", "at"),
        Index("ix_received_unseen", "outcome", "looked_at"),
    )

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(64), unique=True)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    door: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str] = mapped_column(String(32), default="")
    size: Mapped[int]
    message_id: Mapped[Short]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    question_id: Mapped[int | None] = mapped_column(ForeignKey("question.id"))
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"))
    looked_at: Mapped[datetime | None]
    """When a moderator saw that it was refused."""


class MailText(Base):
    """What is kept of a reply for some time: the words its author has still to confirm on the site
    (`text`), and those that were taken for a quote or a signature (`cut`), sure identifiers
    masked."""

    __tablename__ = "mail_text"

    id: Mapped[Id]
    received_id: Mapped[int] = mapped_column(ForeignKey("received.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), index=True)
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id"), unique=True)
    at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
    text: Mapped[Prose]
    cut: Mapped[Prose]


class Bounce(Base):
    """A letter came back: for good (`hard`) or for now. `status` is the code of RFC 3463."""

    __tablename__ = "bounce"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    hard: Mapped[bool]
    status: Mapped[str] = mapped_column(String(16))


class TeamWatch(Base):
    """Somebody hears of what a team asks and takes up."""

    __tablename__ = "team_watch"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True, index=True)


class TagWatch(Base):
    """Somebody hears of the new questions that carry a tag, or a more precise one."""

    __tablename__ = "tag_watch"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    concept: Mapped[str] = mapped_column(String(64), primary_key=True)


class SavedFilter(Base):
    """Filters of the list of questions, kept under a name: what is published and fits them comes
    with the digest. `query` is the part of the list's address after the question mark."""

    __tablename__ = "saved_filter"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    query: Mapped[str] = mapped_column(String(500))
    at: Mapped[datetime] = mapped_column(default=clock.now)


class SavedSearch(Base):
    """Words of a search that somebody keeps: a new question that has them all comes with the
    digest, or `at_once`."""

    __tablename__ = "saved_search"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    words: Mapped[str] = mapped_column(String(300))
    at_once: Mapped[bool] = mapped_column(default=False, index=True)
    at: Mapped[datetime] = mapped_column(default=clock.now)
