"""Leaving by mail: a token that names a person and what they stop, without a session
(RFC 8058). It dies when the person's own secret changes."""

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import select

from exchange import db
from exchange.moderation.habits.actions import stop_mail
from exchange.people.models import DigestPeriod, User
from exchange.questions.actions import mute
from exchange.questions.models import Question
from exchange.questions.queries import LARGEST_ID
from exchange.settings import Settings

DIGEST = "digest"
ALL = "all"
DESK = "desk"

LONGEST = 200
"""Characters of a token."""


def token(user: User, purpose: str, settings: Settings) -> str:
    """Opaque to whoever carries it; `purpose` is the reference of a question, `DIGEST`,
    `DESK` or `ALL`."""
    return str(_signer(user, settings).dumps([user.id, purpose]))


def read(given: str, settings: Settings) -> tuple[User, str] | None:
    """Whose token it is and what for; None for one that is not ours. Its signature depends on
    whom it names, so that this is read first: only a short one, never compressed (which begins
    with a point), is looked at."""
    if len(given) > LONGEST or given.startswith("."):
        return None
    try:
        _fine, claimed = URLSafeSerializer("").loads_unsafe(given)
        user_id, purpose = claimed
        known = isinstance(user_id, int) and 0 < user_id <= LARGEST_ID
        user = db.session.get(User, user_id) if known else None
        if user is None or _signer(user, settings).loads(given) != [user_id, purpose]:
            return None
    except (BadData, TypeError, ValueError):
        return None
    return user, str(purpose)


def stop(user: User, purpose: str) -> None:
    """Stop one thread, the digests, or every mail that answers no act of one's own. Letters
    already waiting look at this when they leave."""
    if purpose in {DESK, ALL}:
        stop_mail(user)
    if purpose in {DIGEST, ALL}:
        user.digest = DigestPeriod.NEVER
    if purpose == ALL:
        user.instant_mail = False
    elif purpose not in {DIGEST, DESK}:
        question = db.session.scalar(select(Question).where(Question.ref == purpose))
        if question is not None:
            mute(question, user)


def _signer(user: User, settings: Settings) -> URLSafeSerializer:
    return URLSafeSerializer(f"{settings.key()}{user.unsubscribe_token}", salt="unsubscribe")
