"""A browser leaves for another door and comes back, once, within a quarter of an hour.

What it takes along is the request's own secrets (nonce, verifier), where the person was going, and
what they had typed, which may be long and which the identity guard has not read: it is stored sealed
with a key that lies in the browser's session and nowhere here, and a state that comes back to
another browser, or a second time, opens nothing.
"""

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass, field
from datetime import timedelta

from cryptography.fernet import Fernet, InvalidToken
from flask import session
from sqlalchemy import delete

from exchange import clock, db
from exchange.errors import Refusal
from exchange.i18n import gettext as _
from exchange.people import watch
from exchange.people.models import Detour, Door

LASTS = timedelta(minutes=15)
KEY = "detour"


def _secret() -> str:
    return secrets.token_urlsafe(48)


@dataclass(frozen=True, kw_only=True)
class Luggage:
    """What a browser finds again when it comes back. `linking`: it left from inside an account, to
    bring an identity home."""

    door: Door
    next: str = ""
    kept: str = ""
    kept_to: str = ""
    linking: bool = False
    nonce: str = field(default_factory=_secret)
    verifier: str = field(default_factory=_secret)


def leave(luggage: Luggage) -> str:
    """Write down that this browser leaves; returns the state that it shows when it is back. The
    caller commits."""
    key = str(session.setdefault(KEY, Fernet.generate_key().decode()))
    moment = clock.now()
    db.session.execute(delete(Detour).where(Detour.ends_at < moment))
    state = secrets.token_urlsafe(32)
    sealed = Fernet(key.encode()).encrypt(json.dumps(asdict(luggage)).encode())
    db.session.add(Detour(state_hash=_hash(state), sealed=sealed, ends_at=moment + LASTS))
    db.session.flush()
    return state


def back(state: str, door: Door) -> Luggage:
    """What the browser took along; the state does not hold again. The caller commits, whatever
    comes of it. Raises `Refusal`, in the same words for what is old, used or of another browser."""
    found = db.session.execute(
        delete(Detour)
        .where(Detour.state_hash == _hash(state), Detour.ends_at > clock.now())
        .returning(Detour.sealed)
    ).scalar()
    luggage = _opened(found, str(session.get(KEY, ""))) if found else None
    if luggage is None or luggage.door is not door:
        watch.note("state_refused", user_id=None, door=door.value)
        raise Refusal(
            _("Cette connexion a déjà servi, ou elle a attendu trop longtemps : recommencez.")
        )
    return luggage


def _opened(sealed: bytes, key: str) -> Luggage | None:
    try:
        packed = json.loads(Fernet(key.encode()).decrypt(sealed))
    except (InvalidToken, ValueError):
        return None
    return Luggage(**{**packed, "door": Door(packed["door"])})


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode(errors="replace")).hexdigest()
