"""Opening accounts, for administrators and the command line."""

import re
import secrets
from collections.abc import Sequence

from sqlalchemy import func, select

from exchange import db
from exchange.errors import Refusal
from exchange.i18n import gettext as _
from exchange.log.models import Event
from exchange.log.record import HasId, record
from exchange.people.facts import TeamJoined, UserAdded
from exchange.people.models import DigestPeriod, Membership, Role, Team, User
from exchange.people.passwords import digest
from exchange.text import slug

_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]{2,}")


class CannotAdd(Refusal):
    """The account was not opened; the message says why."""


def add(
    *,
    email: str,
    name: str,
    roles: Sequence[str],
    team_slug: str | None = None,
    by: HasId | None = None,
) -> str:
    """Open an account and return its first password, which is kept nowhere. Raises
    `CannotAdd`. What was posted before does not reach its first digest."""
    email = email.strip().lower()
    require_address(email)
    if not name.strip():
        raise CannotAdd(_("Il manque le nom."))
    if db.session.scalar(select(User.id).where(User.email == email)):
        raise CannotAdd(_("Un compte existe déjà pour %(email)s.", email=email))
    team = _team(team_slug)
    password = secrets.token_urlsafe(12)
    person = User(
        email=email,
        handle=_free_handle(name),
        name=" ".join(name.split()),
        password_hash=digest(password),
        role_bits=int(sum(Role[role.upper()] for role in roles)),
        areas=list(team.areas) if team else [],
        digest=_usual_digest(roles),
        unsubscribe_token=secrets.token_urlsafe(24),
        digest_event_id=db.session.scalar(select(func.max(Event.id))) or 0,
        memberships=[Membership(team=team)] if team else [],
    )
    db.session.add(person)
    db.session.flush()
    record(UserAdded(user_id=person.id), by=by)
    if team:
        record(TeamJoined(team_id=team.id, user_id=person.id), by=by)
    return password


def require_address(email: str) -> None:
    """Raises `CannotAdd` for what no mail reaches."""
    if len(email) > 255 or not email.isascii() or not _ADDRESS.fullmatch(email):
        raise CannotAdd(
            _("« %(email)s » n’est pas une adresse électronique.", email=email), field="email"
        )


def _usual_digest(roles: Sequence[str]) -> DigestPeriod:
    """Laboratories and moderators live in mail; a clinician hears of their own questions at once,
    and of the rest once a week."""
    daily = {"researcher", "moderator"} & {role.lower() for role in roles}
    return DigestPeriod.DAILY if daily else DigestPeriod.WEEKLY


def _team(team_slug: str | None) -> Team | None:
    if not team_slug:
        return None
    team = db.session.scalar(select(Team).where(Team.slug == team_slug))
    if team is None:
        raise CannotAdd(_("Aucune équipe ne s’appelle « %(slug)s ».", slug=team_slug))
    return team


def _free_handle(name: str) -> str:
    wanted = slug(name, separator=".") or "membre"
    taken = set(db.session.scalars(select(User.handle).where(User.handle.startswith(wanted))))
    number = 2
    handle = wanted
    while handle in taken:
        handle, number = f"{wanted}{number}", number + 1
    return handle
