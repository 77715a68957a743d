"""Reads of what arrived by mail."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from exchange import db
from exchange.discussion.models import Comment, may_see
from exchange.errors import NotFound
from exchange.i18n import gettext as _
from exchange.mail.models import Bounce, MailText, Received
from exchange.outbox.models import Letter
from exchange.people.models import User

PAGE = 50

AnyRow = Row[*tuple[Any, ...]]


def waiting(number: int, *, of: User) -> MailText:
    """A reply that waits for its author: one query. Raises `NotFound`."""
    found = db.session.get(MailText, number)
    if found is None or found.author_id != of.id or not found.text:
        raise NotFound(_("Ce message n’attend plus : il est publié, jeté ou effacé."))
    return found


def arrived(*, before: int | None = None) -> tuple[Sequence[AnyRow], int | None]:
    """What came in, the newest first, and the number to read on from: one query. Nothing of what
    was said, nor of what about: an administrator is no reader."""
    statement = (
        select(Received.id, Received.at, Received.door, Received.outcome, Received.size, User.name)
        .outerjoin(User, User.id == Received.user_id)
        .order_by(Received.id.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        statement = statement.where(Received.id < before)
    rows = db.session.execute(statement).all()
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None


def dead_addresses() -> Sequence[AnyRow]:
    """The people whom mail no longer reaches, with what their server said last: one query."""
    said = (
        select(Bounce.status)
        .where(Bounce.user_id == User.id)
        .order_by(Bounce.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return db.session.execute(
        select(User.id, User.name, User.email, User.handle, User.mail_dead_at, said.label("said"))
        .where(User.mail_dead_at.is_not(None))
        .order_by(User.mail_dead_at)
    ).all()


def last_said(user: User) -> str:
    """The code of the last letter that came back."""
    found = select(Bounce.status).where(Bounce.user_id == user.id).order_by(Bounce.id.desc())
    return db.session.scalar(found.limit(1)) or ""


def open_addresses(user: User, *, since: datetime) -> int:
    """How many letters this person may still reply to."""
    return (
        db.session.scalar(
            select(func.count()).where(
                Letter.user_id == user.id,
                Letter.token.is_not(None),
                Letter.revoked_at.is_(None),
                Letter.created_at > since,
            )
        )
        or 0
    )


def by_token(token: str) -> Letter:
    """The letter that asks whether an address works. Raises `NotFound`."""
    found = db.session.scalar(select(Letter).where(Letter.token == token, Letter.kind == "confirm"))
    if found is None:
        raise NotFound(_("Ce lien n’est plus valable."))
    return found


def trimmed(comment_id: int, *, by: User) -> tuple[Comment, MailText | None]:
    """What was taken for a quote or a signature in a reply: for its author and the moderators.
    Raises `NotFound` for anybody else. None once it was erased."""
    posted = db.session.get(Comment, comment_id)
    if posted is None or not (posted.author_id == by.id or by.is_moderator):
        raise NotFound(_("Rien de ce nom, ou ce n’est pas pour vous."))
    if not may_see(by, posted):
        raise NotFound(_("Rien de ce nom, ou ce n’est pas pour vous."))
    kept = db.session.scalar(select(MailText).where(MailText.comment_id == comment_id))
    return posted, kept
