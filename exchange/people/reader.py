"""The person of a session: whole, or as plain columns for pages that only look. One query each."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from exchange import db
from exchange.people.models import Membership, OpenSession, Team, User


@dataclass(frozen=True)
class Reader:
    """What a page needs to know of a `User` to show itself, at a fifth of the cost: the rights are
    the very same properties. Anything else of a person is an AttributeError here, not a query."""

    id: int
    session_id: int
    proved: bool
    name: str
    role_bits: int
    locale: str
    timezone: str
    theme: str
    team_ids: list[int]

    is_authenticated = User.is_authenticated
    is_anonymous = User.is_anonymous
    get_id = User.get_id
    roles = User.roles
    is_clinician = User.is_clinician
    is_researcher = User.is_researcher
    is_moderator = User.is_moderator
    is_admin = User.is_admin


_OPEN = (
    OpenSession.token_hash == bindparam("token_hash"),
    OpenSession.began_at > bindparam("since"),
    User.active,
)
_READER = (
    select(
        User.id,
        OpenSession.id.label("session_id"),
        OpenSession.proved,
        User.name,
        User.role_bits,
        User.locale,
        User.timezone,
        User.theme,
        Membership.team_id,
    )
    .join(OpenSession, OpenSession.user_id == User.id)
    .outerjoin(Membership, Membership.user_id == User.id)
    .where(*_OPEN)
    .order_by(Membership.id)
)
_PERSON = (
    select(User, OpenSession)
    .join(OpenSession, OpenSession.user_id == User.id)
    .where(*_OPEN)
    .options(joinedload(User.memberships).joinedload(Membership.team).joinedload(Team.institution))
)


def fingerprint(token: str) -> str:
    """What is stored of a session's name: a copy of the table opens no session."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def reader(token: str, *, since: datetime) -> Reader | None:
    """The active person of the session of this name, begun after `since`: one query."""
    rows = db.rows(_READER, {"token_hash": fingerprint(token), "since": since}).all()
    if not rows:
        return None
    first = rows[0]
    return Reader(
        id=first.id,
        session_id=first.session_id,
        proved=first.proved,
        name=first.name,
        role_bits=first.role_bits,
        locale=first.locale,
        timezone=first.timezone,
        theme=first.theme,
        team_ids=[row.team_id for row in rows if row.team_id is not None],
    )


def person(token: str, *, since: datetime) -> tuple[User, OpenSession] | None:
    """The same as objects, with teams and institutions: one query."""
    values = {"token_hash": fingerprint(token), "since": since}
    row = db.session.execute(_PERSON, values).unique().one_or_none()
    return (row[0], row[1]) if row else None
