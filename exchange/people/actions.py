"""Every change to people, teams and institutions, but opening an account (`accounts`)."""

import secrets
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from exchange import clock, db
from exchange.errors import Conflict, NotAllowed, Refusal
from exchange.guard import gate
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.log.record import record
from exchange.people import facts, links, policy, sessions, throttle, watch
from exchange.people.models import (
    Area,
    Institution,
    InstitutionKind,
    Link,
    Membership,
    Purpose,
    Role,
    Standing,
    Team,
    TeamKind,
    User,
)
from exchange.people.passwords import PROVISIONAL, digest
from exchange.text import render, slug

_ONESELF = _m("On ne se donne pas d’accès à soi-même : demandez à un autre administrateur.")


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What a person says of themselves."""

    name: str
    title: str
    locale: str
    timezone: str


@dataclass(frozen=True, kw_only=True)
class House:
    """An institution, as it is typed."""

    name: str
    short: str
    kind: InstitutionKind
    city: str
    mail_domains: list[str]


@dataclass(frozen=True, kw_only=True)
class Crew:
    """A team, as it is typed."""

    name: str
    kind: TeamKind
    institution: Institution
    description: str
    expertise: list[str]
    techniques: list[str]
    areas: list[Area]


def save_profile(profile: Profile, *, by: User) -> None:
    """A person's own profile; changes nothing for anybody else, so the log does not tell it."""
    by.name, by.title = profile.name, profile.title
    by.locale, by.timezone = profile.locale, profile.timezone


def change_password(user: User, hashed: str, *, by: User) -> None:
    """Store a new password (its `passwords.digest`) and end every session of the person."""
    user.password_hash, user.password_until = hashed, None
    _end_sessions(user)
    record(facts.PasswordChanged(user_id=user.id), by=by)


def ask_reset(user: User | None) -> None:
    """Somebody forgot the password of this account, or of none: the log tells the same."""
    known = user if user is not None and user.active else None
    links.ask(Purpose.RESET, known)
    watch.note("reset_asked", user_id=known.id if known else None)


def reset_password(link: Link, hashed: str) -> None:
    """Follow the link: another password (its `passwords.digest`), and tries are forgiven."""
    user = _follow(link)
    change_password(user, hashed, by=user)
    throttle.forgive(throttle.of_account(user.email))
    watch.note("password_reset", user_id=user.id)


def ask_address(user: User, email: str, *, by: User) -> None:
    """Ask for another address: a link goes there, and the present one may refuse."""
    if user.id != by.id:
        _require_administrator(by)
    if email == user.email:
        raise Refusal(_("C’est déjà l’adresse du compte."), field="email")
    links.ask(Purpose.ADDRESS, user, email=email, former=user.email, by=by)
    watch.note("address_asked", user_id=user.id, by=by.id)


def change_address(link: Link) -> None:
    """Follow the link from the new address."""
    user = _follow(link)
    _take_address(user, link.email)
    record(facts.AddressChanged(user_id=user.id), by=user)
    watch.note("address_changed", user_id=user.id)


def refuse_address(link: Link) -> None:
    """From the former address, before or after the change: it stays or comes back. Whoever asked
    knew the password, so it no longer holds, and sessions end."""
    user = _person_of(link)
    if link.used_at is not None and user.email != link.former:
        _take_address(user, link.former)
    links.revoke(user, Purpose.ADDRESS, Purpose.RESET)
    link.ends_at = clock.now()
    user.password_hash = ""
    _end_sessions(user)
    record(facts.AddressRefused(user_id=user.id), by=user)
    watch.note("address_refused", user_id=user.id)


def renew_password(user: User, *, by: User) -> str:
    """Give a person a password of the site's choice, kept nowhere, with which they choose their
    own for a while; forgive their tries."""
    _require_administrator(by)
    password = secrets.token_urlsafe(12)
    change_password(user, digest(password), by=by)
    user.password_until = clock.now() + PROVISIONAL
    throttle.forgive(throttle.of_account(user.email))
    return password


def end_sessions(user: User, *, by: User) -> None:
    """Sign a person out everywhere: a computer was lost, say."""
    _require_administrator(by)
    _end_sessions(user)


def suspend(user: User, *, by: User) -> None:
    """Close an account; its sessions end at once."""
    if not policy.may_suspend(by, user):
        raise NotAllowed(_("On ne suspend pas son propre compte."))
    if not user.active:
        raise Conflict(_("Ce compte est déjà suspendu."))
    user.active = False
    _end_sessions(user)
    record(facts.UserSuspended(user_id=user.id), by=by)


def reinstate(user: User, *, by: User) -> None:
    """Open a suspended account again; one signs in anew."""
    _require_administrator(by)
    if user.active or user.standing is not Standing.MEMBER:
        raise Conflict(_("Ce compte n’est pas suspendu."))
    user.active = True
    record(facts.UserReinstated(user_id=user.id), by=by)


def set_roles(user: User, roles: Role, *, by: User) -> None:
    """Give and take roles, but give none to oneself: a role or a team opens texts, and whoever
    administers would read without a word to anybody (`research.unsealing` is the way). The person's
    sessions end: other rights, another session."""
    _require_administrator(by)
    if user.id == by.id and not roles & Role.ADMINISTRATOR:
        raise Refusal(_("On ne se retire pas ce rôle à soi-même."), field="roles")
    if user.id == by.id and roles & ~user.roles:
        raise Refusal(_(_ONESELF), field="roles")
    if roles == user.roles:
        return
    record(facts.RolesChanged(user_id=user.id, before=user.role_bits, after=int(roles)), by=by)
    user.role_bits = int(roles)
    _end_sessions(user)


def join_team(user: User, team: Team, *, lead: bool = False, by: User) -> Membership:
    """Make a person a member of a team, but not oneself, as `set_roles` says. Raises `Conflict`
    when they are already."""
    _require_administrator(by)
    if user.id == by.id:
        raise Refusal(_(_ONESELF), field="team")
    try:
        with db.session.begin_nested():
            membership = Membership(user_id=user.id, team_id=team.id, lead=lead)
            db.session.add(membership)
    except IntegrityError:
        raise Conflict(
            _("%(name)s fait déjà partie de cette équipe.", name=user.name), field="team"
        ) from None
    record(facts.TeamJoined(team_id=team.id, user_id=user.id), by=by)
    return membership


def leave_team(user: User, team: Team, *, by: User) -> None:
    """End a membership: everywhere at once, since access is read from it at each request and
    each letter."""
    _require_administrator(by)
    membership = db.session.scalar(
        select(Membership).where(Membership.user_id == user.id, Membership.team_id == team.id)
    )
    if membership is None:
        raise Conflict(_("%(name)s ne fait plus partie de cette équipe.", name=user.name))
    db.session.delete(membership)
    record(facts.TeamLeft(team_id=team.id, user_id=user.id), by=by)


def add_institution(house: House, *, by: User) -> Institution:
    _require_administrator(by)
    made = Institution(slug=_free_slug(Institution, house.short))
    _write_house(made, house)
    db.session.add(made)
    db.session.flush()
    record(facts.InstitutionAdded(institution_id=made.id), by=by)
    return made


def edit_institution(institution: Institution, house: House, *, by: User) -> None:
    """Change an institution; its address stays."""
    _require_administrator(by)
    _write_house(institution, house)
    record(facts.InstitutionChanged(institution_id=institution.id), by=by)


def add_team(crew: Crew, *, by: User, confirmed: bool = False) -> Team:
    _require_administrator(by)
    _check(crew, confirmed)
    made = Team(slug=_free_slug(Team, f"{crew.institution.short} {crew.name}"))
    _write_crew(made, crew)
    db.session.add(made)
    db.session.flush()
    record(facts.TeamAdded(team_id=made.id), by=by)
    return made


def edit_team(team: Team, crew: Crew, *, by: User, confirmed: bool = False) -> None:
    """Change a team; its address stays."""
    _require_administrator(by)
    _check(crew, confirmed)
    _write_crew(team, crew)
    record(facts.TeamChanged(team_id=team.id), by=by)


def _require_administrator(by: User) -> None:
    if not policy.may_administer(by):
        raise NotAllowed(_("Seuls les administrateurs tiennent les comptes et les équipes."))


def _end_sessions(user: User) -> None:
    sessions.end_all(user)
    watch.note("sessions_ended", user_id=user.id)


def _follow(link: Link) -> User:
    link.used_at = clock.now()
    return _person_of(link)


def _person_of(link: Link) -> User:
    if link.user is None or not link.user.active:
        raise NotAllowed(_("Ce compte est fermé."))
    return link.user


def _take_address(user: User, email: str) -> None:
    if db.session.scalar(select(User.id).where(User.email == email)):
        raise Conflict(_("Un autre compte a cette adresse."))
    user.email = email
    user.mail_dead_at = None  # what came back came from the other one


def _write_house(institution: Institution, house: House) -> None:
    institution.name, institution.short = house.name, house.short
    institution.kind, institution.city = house.kind, house.city
    institution.mail_domains = house.mail_domains


def _check(crew: Crew, confirmed: bool) -> None:
    """The page of a team is read by all members: its words pass the guard."""
    words = {
        "description": crew.description,
        "expertise": "\n".join(crew.expertise),
        "techniques": "\n".join(crew.techniques),
    }
    gate.check(words, confirmed=confirmed)


def _write_crew(team: Team, crew: Crew) -> None:
    team.name, team.kind, team.institution = crew.name, crew.kind, crew.institution
    team.description, team.description_html = crew.description, render(crew.description)
    team.expertise, team.techniques = crew.expertise, crew.techniques
    team.areas = [area.value for area in crew.areas]


def _free_slug(table: type[Institution] | type[Team], name: str) -> str:
    wanted = slug(name)[:56].strip("-") or "equipe"
    taken = set(db.session.scalars(select(table.slug).where(table.slug.startswith(wanted))))
    free, number = wanted, 2
    while free in taken:
        free, number = f"{wanted}-{number}", number + 1
    return free
