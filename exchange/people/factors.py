"""The second factor: a code of an authenticator application, a passkey, or a recovery code.

Codes follow RFC 6238 and are taken once, a step early or late. The secret of the application is
stored sealed with the site's key, recovery codes as digests.
"""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete, exists, func, or_, select, update

from exchange import clock, db
from exchange.errors import NotAllowed, Refusal
from exchange.i18n import gettext as _
from exchange.log.record import record
from exchange.people import policy, sessions, watch
from exchange.people.facts import FactorAdded, FactorRemoved, FactorsReset
from exchange.people.models import Passkey, RecoveryCode, Totp, User

STEP = 30
"""Seconds (RFC 6238 section 5.2)."""
CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class Factors:
    """What a person can show."""

    totp: bool
    passkeys: Sequence[Passkey]
    codes: int

    @property
    def any(self) -> bool:
        """Whether a second factor is asked for at all."""
        return self.totp or bool(self.passkeys)


def of(user: User) -> Factors:
    """Three queries."""
    return Factors(
        totp=db.session.get(Totp, user.id) is not None,
        passkeys=db.session.scalars(
            select(Passkey).where(Passkey.user_id == user.id).order_by(Passkey.id)
        ).all(),
        codes=db.session.scalar(select(func.count()).where(RecoveryCode.user_id == user.id)) or 0,
    )


def has(user: User) -> bool:
    """Whether this person shows a second factor when they sign in: one query."""
    return bool(
        db.session.scalar(
            select(
                or_(
                    exists().where(Totp.user_id == user.id),
                    exists().where(Passkey.user_id == user.id),
                )
            )
        )
    )


def new_secret() -> str:
    """For an authenticator application: 160 bits (RFC 4226 section 4)."""
    return pyotp.random_base32()


def address_of(secret: str, user: User, site: str) -> str:
    """What the application reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=site)


def add_totp(user: User, secret: str, code: str, *, key: str) -> list[str]:
    """Take the application that shows this code; returns new recovery codes, if there were none.
    Raises `Refusal`."""
    step = _step_of(secret, code)
    if step is None:
        raise Refusal(_("Ce n’est pas le code que montre l’application."), field="code")
    db.session.merge(Totp(user_id=user.id, secret=_seal(secret, key), last_step=step))
    return added(user, "totp")


def added(user: User, factor: str) -> list[str]:
    """A factor was taken: it is told, and codes are made against its loss when there are none."""
    db.session.flush()
    record(FactorAdded(user_id=user.id, factor=factor), by=user)
    watch.note("factor_added", user_id=user.id, factor=factor)
    return [] if of(user).codes else renew_codes(user)


def remove(user: User, factor: str, *, number: int = 0) -> None:
    """Give up the application, or the passkey of this number; with the last one, its codes."""
    if factor == "totp":
        db.session.execute(delete(Totp).where(Totp.user_id == user.id))
    else:
        db.session.execute(delete(Passkey).where(Passkey.user_id == user.id, Passkey.id == number))
    if not has(user):
        db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    record(FactorRemoved(user_id=user.id, factor=factor), by=user)
    watch.note("factor_removed", user_id=user.id, factor=factor)


def reset(user: User, *, by: User) -> None:
    """Everything was lost: an administrator, who knows the person, takes it all away."""
    if not policy.may_administer(by):
        raise NotAllowed(_("Seuls les administrateurs tiennent les comptes et les équipes."))
    for table in (Totp, Passkey, RecoveryCode):
        db.session.execute(delete(table).where(table.user_id == user.id))
    sessions.end_all(user)
    record(FactorsReset(user_id=user.id), by=by)
    watch.note("factors_reset", user_id=user.id, by=by.id)


def renew_codes(user: User) -> list[str]:
    """New recovery codes; the former no longer hold. 118 bits each: enough for a plain digest
    (OWASP ASVS 5.0, 6.5.2)."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = ["-".join(_word() for _part in range(6)) for _code in range(CODES)]
    db.session.add_all(RecoveryCode(user_id=user.id, code_hash=_digest(code)) for code in codes)
    watch.note("codes_renewed", user_id=user.id)
    return codes


def check_code(user: User, typed: str, *, key: str) -> None:
    """Take a code of the application, or a recovery code, once. Raises `Refusal`."""
    code = "".join(typed.split()).lower()
    if not (_takes_totp(user, code, key) or _takes_recovery(user, code)):
        watch.note("refused", user_id=user.id, how="code")
        raise Refusal(_("Ce code n’est pas le bon, ou il a déjà servi."), field="code")


def _takes_totp(user: User, code: str, key: str) -> bool:
    totp = db.session.get(Totp, user.id, populate_existing=True)
    secret = _unseal(totp.secret, key) if totp else None
    step = _step_of(secret, code) if secret else None
    if step is None:
        return False
    taken = db.session.execute(
        update(Totp)
        .where(Totp.user_id == user.id, Totp.last_step < step)
        .values(last_step=step)
        .returning(Totp.user_id)
    )
    return taken.first() is not None


def _takes_recovery(user: User, code: str) -> bool:
    taken = db.session.execute(
        delete(RecoveryCode)
        .where(RecoveryCode.user_id == user.id, RecoveryCode.code_hash == _digest(code))
        .returning(RecoveryCode.id)
    )
    if taken.first() is None:
        return False
    watch.note("recovery_code_used", user_id=user.id)
    return True


def _step_of(secret: str, code: str) -> int | None:
    """The step whose code this is: now, the one before or the one after."""
    typed = "".join(code.split())
    if not (typed.isascii() and typed.isdecimal()):
        return None
    now = int(clock.now().timestamp()) // STEP
    totp = pyotp.TOTP(secret)
    near = [step for step in (now - 1, now, now + 1) if _same(totp.at(step * STEP), typed)]
    return near[-1] if near else None


def _same(one: str, other: str) -> bool:
    return secrets.compare_digest(one, other)


def _digest(code: str) -> str:
    return hashlib.sha256(code.replace("-", "").encode(errors="replace")).hexdigest()


def _word() -> str:
    return "".join(secrets.choice(_LETTERS) for _letter in range(4))


def _seal(secret: str, key: str) -> str:
    return _box(key).encrypt(secret.encode()).decode()


def _unseal(sealed: str, key: str) -> str | None:
    """Nothing when the site's key has changed: the person enrols anew."""
    try:
        return _box(key).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _box(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"totp:{key}".encode()).digest()))
