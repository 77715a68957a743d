"""The feed and the mail of the desk, one moderator at a time.

The address of a feed is its key: it is shown once and kept as a digest, so that a copy of the
database opens no feed. Neither feed nor mail carries a word of what nobody has moderated.
"""

import secrets
from hashlib import sha256

from sqlalchemy import select

from exchange import db
from exchange.errors import NotAllowed, NotFound, Refusal
from exchange.i18n import gettext as _
from exchange.moderation.models import DeskHabit
from exchange.people.models import User

LONGEST_KEY = 80
"""Characters of a key that are looked at."""


def habit_of(user: User) -> DeskHabit | None:
    """One query."""
    return db.session.get(DeskHabit, user.id)


def new_feed(user: User) -> str:
    """A new key; the address before it answers no more."""
    key = secrets.token_urlsafe(32)
    _habit(user).feed_hash = _digest(key)
    return key


def close_feed(user: User) -> None:
    """The address answers no more."""
    _habit(user).feed_hash = None


def mail_at(hour: int | None, user: User) -> None:
    """The hour of the mail, where the person is; None: no mail."""
    if hour is not None and not 0 <= hour <= 23:
        raise Refusal(_("Choisissez une heure."), field="hour")
    _habit(user).mail_hour = hour


def stop_mail(user: User) -> None:
    """No more mail of the desk, whoever asks for it."""
    habit = habit_of(user)
    if habit is not None:
        habit.mail_hour = None


def reader_of(key: str) -> User:
    """Whose feed this is: one query. Raises `NotFound` for a key that opens nothing, or no
    more."""
    reader = None
    if len(key) <= LONGEST_KEY:
        reader = db.session.scalar(
            select(User)
            .join(DeskHabit, DeskHabit.user_id == User.id)
            .where(DeskHabit.feed_hash == _digest(key), User.active.is_(True))
        )
    if reader is None or not reader.is_moderator:
        raise NotFound(_("Cette page n’existe pas, ou n’est pas pour vous."))
    return reader


def _habit(user: User) -> DeskHabit:
    if not user.is_moderator:
        raise NotAllowed(_("Le triage est aux modérateurs."))
    habit = habit_of(user)
    if habit is None:
        habit = DeskHabit(user_id=user.id)
        db.session.add(habit)
    return habit


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()
