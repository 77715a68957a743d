"""Reads about people, teams and institutions, and about the health of the worker. Nothing here
touches a question: see `exchange.teams` for what a reader may know of a team's work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, tuple_
from sqlalchemy.orm import joinedload, selectinload

from exchange import clock, db
from exchange.errors import NotFound
from exchange.i18n import gettext as _
from exchange.log.models import Bookmark, Event, ParkedEvent
from exchange.outbox.models import Letter, LetterState
from exchange.people import policy
from exchange.people.demo import DEMO_DOMAIN, DEMO_HANDLES
from exchange.people.models import Institution, Membership, Role, Standing, Team, User

PAGE = 50
"""Rows on a page."""
PEOPLE = 20
"""People on a page: each is a card on a phone."""


def by_email(email: str) -> User | None:
    """The person with this address (in lower case): one query."""
    return db.session.scalar(select(User).where(User.email == email))


def demo_people() -> Sequence[User]:
    """The four people whom a newcomer may try, none on a site without the demo story: one
    query."""
    found = db.session.scalars(
        select(User).where(
            User.handle.in_(DEMO_HANDLES), User.email.endswith(DEMO_DOMAIN), User.active
        )
    )
    return sorted(found, key=lambda person: DEMO_HANDLES.index(person.handle))


# -- administration ------------------------------------------------------------------------------


@dataclass(frozen=True)
class PeoplePage:
    """One page of people; `newer` and `older` are the handles to turn the page from."""

    people: Sequence[User]
    newer: str | None
    older: str | None


def people(
    *,
    words: str = "",
    role: Role | None = None,
    suspended: bool = False,
    after: str = "",
    before: str = "",
) -> PeoplePage:
    """People by name, with their teams, a page at a time: three queries (one less at the
    start)."""
    chosen = [_named(word) for word in words.split()[:6]]
    if role:
        chosen.append(User.role_bits.bitwise_and(int(role)) != 0)
    if suspended:
        chosen += [User.active.is_(False), User.standing == Standing.MEMBER]
    place = tuple_(db.by_name(User.name), User.id)
    turned = bool(before)
    anchor = _place_of(before or after)
    if anchor:
        there = tuple_(*anchor)
        chosen.append(place < there if turned else place > there)
    name = db.by_name(User.name)
    order = (name.desc(), User.id.desc()) if turned else (name, User.id)
    found = list(
        db.session.scalars(
            select(User)
            .where(*chosen)
            .order_by(*order)
            .limit(PEOPLE + 1)
            .options(selectinload(User.memberships).joinedload(Membership.team))
        )
    )
    more = len(found) > PEOPLE
    shown = found[:PEOPLE][::-1] if turned else found[:PEOPLE]
    earlier, later = (more, bool(anchor)) if turned else (bool(anchor), more)
    return PeoplePage(
        shown,
        newer=shown[0].handle if shown and earlier else None,
        older=shown[-1].handle if shown and later else None,
    )


def _named(word: str) -> ColumnElement[bool]:
    return or_(
        User.name.icontains(word, autoescape=True),
        User.email.icontains(word, autoescape=True),
        User.handle.icontains(word, autoescape=True),
    )


def _place_of(handle: str) -> tuple[ColumnElement[str], int] | None:
    if not handle:
        return None
    row = db.session.execute(select(User.name, User.id).where(User.handle == handle)).one_or_none()
    return (db.by_name(row.name), row.id) if row else None


def person(handle: str) -> User:
    """A person with their teams, for administrators: one query. Raises `NotFound`."""
    found = db.session.scalar(
        select(User)
        .where(User.handle == handle)
        .options(
            joinedload(User.memberships).joinedload(Membership.team).joinedload(Team.institution)
        )
    )
    if found is None:
        raise NotFound(_("Aucun compte de ce nom."))
    return found


def candidates(*, to: User) -> Sequence[User]:
    """Those who ask to join and on whom this person decides, the longest wait first: two
    queries."""
    return db.session.scalars(
        select(User)
        .where(policy.admissible_by(to))
        .order_by(User.created_at, User.id)
        .limit(PAGE)
        .options(selectinload(User.memberships).joinedload(Membership.team))
    ).all()


def institutions() -> Sequence[Institution]:
    """All of them, by name: one query."""
    return db.session.scalars(select(Institution).order_by(db.by_name(Institution.name))).all()


def institution(slug: str) -> Institution:
    """One query. Raises `NotFound`."""
    found = db.session.scalar(select(Institution).where(Institution.slug == slug))
    if found is None:
        raise NotFound(_("Aucun établissement de ce nom."))
    return found


def teams() -> Sequence[Team]:
    """All of them with their institution, by name: one query."""
    return db.session.scalars(
        select(Team).options(joinedload(Team.institution)).order_by(db.by_name(Team.name), Team.id)
    ).all()


def team(slug: str) -> Team:
    """A team with its institution: one query. Raises `NotFound`."""
    found = db.session.scalar(
        select(Team).where(Team.slug == slug).options(joinedload(Team.institution))
    )
    if found is None:
        raise NotFound(_("Aucune équipe de ce nom."))
    return found


# -- the worker's health ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Health:
    """How far the worker is with what it follows. `behind` and `oldest` are its delay in events
    and the instant of the letter that has been due longest."""

    followers: Sequence[Any]
    behind: int
    parked: Sequence[Any]
    waiting: int
    oldest: datetime | None
    failed: int

    @property
    def late(self) -> bool:
        """Whether a letter has been due for more than a quarter of an hour."""
        return self.oldest is not None and clock.now() - self.oldest > timedelta(minutes=15)


def health() -> Health:
    """What is left to follow and to send: four queries."""
    last = db.session.scalar(select(func.max(Event.id))) or 0
    followers = db.session.execute(
        select(
            Bookmark.follower,
            (last - Bookmark.event_id).label("behind"),
            Bookmark.attempts,
            Bookmark.error,
        ).order_by(Bookmark.follower)
    ).all()
    parked = db.session.execute(
        select(ParkedEvent.follower, ParkedEvent.event_id, ParkedEvent.at, ParkedEvent.error)
        .order_by(ParkedEvent.id.desc())
        .limit(20)
    ).all()
    letters = db.session.execute(
        select(Letter.state, func.count().label("number"), func.min(Letter.due_at).label("oldest"))
        .where(
            or_(
                Letter.state == LetterState.FAILED,
                (Letter.state == LetterState.WAITING) & (Letter.due_at <= clock.now()),
            )
        )
        .group_by(Letter.state)
    ).all()
    by_state = {row.state: row for row in letters}
    due = by_state.get(LetterState.WAITING)
    failed = by_state.get(LetterState.FAILED)
    return Health(
        followers=followers,
        behind=max((row.behind for row in followers), default=last),
        parked=parked,
        waiting=due.number if due else 0,
        oldest=due.oldest if due else None,
        failed=failed.number if failed else 0,
    )
