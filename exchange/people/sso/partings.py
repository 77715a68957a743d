"""Ending together: a session here and the one at the identity provider from which it began.

Whoever signs out here may be signed out there, which the provider does without asking when it is
shown the ID token it gave (OpenID Connect RP-Initiated Logout 1.0, section 2); whoever is signed out
there is signed out here, which the provider says by itself (Back-Channel Logout 1.0)."""

import base64
import hashlib
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete, select

from exchange import db
from exchange.people import watch
from exchange.people.models import OpenSession, OuterSession

SKEW = timedelta(seconds=60)
"""By which two clocks may differ. A session that began later than a logout was told is not ended by
it: a message that comes twice harms nobody."""


def remember(*, subject: str, sid: str, id_token: str, key: str) -> int:
    """Write down the provider's session; its number goes with the session that begins here."""
    outer = OuterSession(
        subject=subject, sid=sid, sealed_token=_box(key).encrypt(id_token.encode())
    )
    db.session.add(outer)
    db.session.flush()
    return outer.id


def id_token(number: int, key: str) -> str:
    """The token that the provider gave for this session of its own; nothing when it is not known
    any more, or was sealed with another key."""
    outer = db.session.get(OuterSession, number) if number else None
    try:
        return _box(key).decrypt(outer.sealed_token).decode() if outer else ""
    except InvalidToken:
        return ""


def end(*, subject: str, sid: str, before: datetime) -> None:
    """The provider says that its session is over, or that all of this subject's are: so are those
    which began from it. The caller commits."""
    outer = select(OuterSession.id).where(OuterSession.began_at <= before + SKEW)
    if subject:
        outer = outer.where(OuterSession.subject == subject)
    if sid:
        outer = outer.where(OuterSession.sid == sid)
    ended = db.session.scalars(
        delete(OpenSession).where(OpenSession.outer_id.in_(outer)).returning(OpenSession.user_id)
    ).all()
    db.session.execute(delete(OuterSession).where(OuterSession.id.in_(outer)))
    for user_id in set(ended):
        watch.note("sessions_ended", user_id=user_id, how="provider")


def _box(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"outer:{key}".encode()).digest()))
