"""Opening accounts: at once, by invitation, or asked for by their owner and then admitted.

An account that is not open yet is a row like any other, but inactive: nobody signs in with it, it is
written nothing but the links of its opening, and no list shows it.
"""

import re
import secrets
from collections.abc import Sequence

from sqlalchemy import delete, func, select

from exchange import clock, db
from exchange.errors import Conflict, NotAllowed, Refusal
from exchange.i18n import gettext as _
from exchange.log.models import Event
from exchange.log.record import HasId, record
from exchange.people import links, policy, watch
from exchange.people.facts import (
    TeamJoined,
    UserAdded,
    UserAdmitted,
    UserApplied,
    UserInvited,
    UserJoined,
    UserTurnedAway,
)
from exchange.people.models import (
    DigestPeriod,
    Institution,
    Link,
    Membership,
    Purpose,
    Role,
    Standing,
    Team,
    User,
)
from exchange.people.passwords import PROVISIONAL, digest
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
    """Open an account and return its first password, which is kept nowhere and lets its owner
    choose their own for a while. Raises `CannotAdd`. What was posted before does not reach its first digest."""
    email = email.strip().lower()
    require_address(email)
    if not name.strip():
        raise CannotAdd(_("Il manque le nom."))
    if _of(email) is not None:
        raise CannotAdd(_("Un compte existe déjà pour %(email)s.", email=email))
    team = _team(team_slug)
    password = secrets.token_urlsafe(12)
    person = _person(email, name, roles=_sum(roles), team=team)
    person.password_hash = digest(password)
    person.password_until = clock.now() + PROVISIONAL
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


# -- by invitation ---------------------------------------------------------------------------------


def invite(*, email: str, name: str, roles: Role, team: Team | None, by: User) -> User:
    """Prepare an account that opens when its owner follows the link. Inviting again sends another
    link. Raises `CannotAdd`, or `NotAllowed` beyond what the inviter may give."""
    email = email.strip().lower()
    require_address(email)
    if not policy.may_invite(by, roles, team):
        raise NotAllowed(_("Vous ne pouvez pas inviter à ce titre."))
    person = _of(email)
    if person is None:
        person = _person(email, name, roles=roles, team=None)
        person.active, person.standing = False, Standing.INVITED
        db.session.add(person)
    elif person.standing is Standing.MEMBER:
        raise CannotAdd(_("Un compte existe déjà pour %(email)s.", email=email), field="email")
    else:
        person.name, person.role_bits = _line(name), int(roles)
        person.standing = Standing.INVITED
    _place(person, team)
    record(UserInvited(user_id=person.id), by=by)
    links.ask(Purpose.INVITATION, person, email=email, by=by)
    watch.note("invited", user_id=person.id, by=by.id)
    return person


def accept(link: Link, *, name: str, title: str, hashed: str) -> User:
    """Follow the invitation: the account opens with this password (its `passwords.digest`)."""
    person = _owner(link, Standing.INVITED)
    _present(person, name, title, hashed)
    link.used_at = clock.now()
    _join(person)
    return person


# -- through another door --------------------------------------------------------------------------


def receive(*, email: str, name: str, role: Role, team: Team | None, pending: bool) -> User:
    """An account for somebody whose address another site has verified, as its administrator's rules
    say: open at once, or a candidate on whom a moderator decides. Raises `CannotAdd`."""
    require_address(email)
    person = _person(email, name, roles=role, team=team)
    if pending:
        person.active, person.standing = False, Standing.CANDIDATE
    db.session.add(person)
    db.session.flush()
    record(UserApplied(user_id=person.id) if pending else UserJoined(user_id=person.id), by=person)
    if team and not pending:
        record(TeamJoined(team_id=team.id, user_id=person.id), by=person)
    return person


# -- by oneself ------------------------------------------------------------------------------------


def institution_of(email: str) -> Institution | None:
    """The institution whose mail domain this address is in, the longest domain first."""
    domain = email.rpartition("@")[2]
    matches = [
        (len(one), house)
        for house in db.session.scalars(select(Institution))
        for one in house.mail_domains
        if domain == one or domain.endswith(f".{one}")
    ]
    return max(matches, key=lambda match: match[0], default=(0, None))[1]


def ask_registration(email: str) -> None:
    """Somebody asks to join: a link goes to the address, whoever has it. Raises `CannotAdd` for an
    address outside the institutions."""
    require_address(email)
    if institution_of(email) is None:
        raise CannotAdd(
            _(
                "Cette adresse n’est pas celle d’un établissement membre : demandez une invitation"
                " à un membre de votre équipe."
            ),
            field="email",
        )
    links.ask(Purpose.REGISTRATION, None, email=email)
    watch.note("registration_asked", user_id=None)


def prepare(link: Link) -> User:
    """The row behind the link that was asked for: a person who is here already, or a new one."""
    person = _of(link.email)
    if person is None:
        person = _person(link.email, link.email.partition("@")[0], roles=Role(0), team=None)
        person.active, person.standing = False, Standing.APPLYING
        db.session.add(person)
        db.session.flush()
    link.user_id = person.id
    return person


def apply(
    link: Link,
    *,
    name: str,
    title: str,
    role: Role,
    team: Team | None,
    hashed: str,
    admitted: bool = False,
) -> User:
    """Follow the link: the address is theirs; a moderator or the team's lead decides, unless a rule
    for another door has (`admitted`)."""
    person = _owner(link, Standing.APPLYING, Standing.CANDIDATE, Standing.TURNED_AWAY)
    _present(person, name, title, hashed)
    person.role_bits, person.standing = int(role), Standing.CANDIDATE
    person.digest = _usual_digest(role)
    _place(person, team)
    person.created_at = clock.now()
    link.used_at = clock.now()
    if admitted:
        _join(person)
    else:
        record(UserApplied(user_id=person.id), by=person)
    return person


def admit(person: User, *, by: User) -> None:
    """Open the account of a candidate; they are told."""
    _require_candidate(person, by)
    _open(person)
    record(UserAdmitted(user_id=person.id), by=by)
    for membership in person.memberships:
        record(TeamJoined(team_id=membership.team_id, user_id=person.id), by=by)
    watch.note("admitted", user_id=person.id, by=by.id)


def turn_away(person: User, *, by: User) -> None:
    """Do not admit a candidate; they are told, and may ask again."""
    _require_candidate(person, by)
    person.standing = Standing.TURNED_AWAY
    record(UserTurnedAway(user_id=person.id), by=by)
    watch.note("turned_away", user_id=person.id, by=by.id)


def _require_candidate(person: User, by: User) -> None:
    if not policy.may_admit(by, person):
        raise NotAllowed(_("Seuls les modérateurs et le responsable de l’équipe en décident."))
    if person.standing is not Standing.CANDIDATE:
        raise Conflict(_("Cette demande a déjà reçu une réponse."))


def _owner(link: Link, *standings: Standing) -> User:
    if link.user is None or link.user.standing not in standings:
        raise Conflict(_("Un compte existe déjà pour %(email)s.", email=link.email))
    return link.user


def _present(person: User, name: str, title: str, hashed: str) -> None:
    if _line(name) != person.name:
        person.handle = _free_handle(name)
    person.name, person.title, person.password_hash = _line(name), _line(title), hashed


def _place(person: User, team: Team | None) -> None:
    """In this team and no other, as whoever asks or invites says now."""
    db.session.flush()
    db.session.execute(delete(Membership).where(Membership.user_id == person.id))
    if team is not None:
        db.session.add(Membership(user_id=person.id, team_id=team.id))
        db.session.flush()
    db.session.expire(person, ["memberships"])


def _join(person: User) -> None:
    _open(person)
    record(UserJoined(user_id=person.id), by=person)
    for membership in person.memberships:
        record(TeamJoined(team_id=membership.team_id, user_id=person.id), by=person)


def _open(person: User) -> None:
    person.active, person.standing = True, Standing.MEMBER
    person.digest_event_id = _last_event_id()
    person.areas = sorted({area for team in person.teams for area in team.areas})


def _person(email: str, name: str, *, roles: Role, team: Team | None) -> User:
    return User(
        email=email,
        handle=_free_handle(name),
        name=_line(name),
        role_bits=int(roles),
        areas=list(team.areas) if team else [],
        digest=_usual_digest(roles),
        unsubscribe_token=secrets.token_urlsafe(24),
        digest_event_id=_last_event_id(),
        memberships=[Membership(team=team)] if team else [],
    )


def _usual_digest(roles: Role) -> DigestPeriod:
    """Laboratories and moderators live in mail; a clinician hears of their own questions at once,
    and of the rest once a week."""
    daily = roles & (Role.RESEARCHER | Role.MODERATOR)
    return DigestPeriod.DAILY if daily else DigestPeriod.WEEKLY


def _sum(names: Sequence[str]) -> Role:
    return Role(sum(Role[name.upper()] for name in names))


def _of(email: str) -> User | None:
    return db.session.scalar(select(User).where(User.email == email))


def _last_event_id() -> int:
    return db.session.scalar(select(func.max(Event.id))) or 0


def _line(text: str) -> str:
    return " ".join(text.split())


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
