"""The signed-in person as plain columns, for pages that only look."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from exchange import db
from exchange.people.models import Membership, User


@dataclass(frozen=True)
class Reader:
    """What a page needs to know of a `User` to show itself, at a fifth of the cost: the rights are
    the very same properties. Anything else of a person is an AttributeError here, not a query."""

    id: int
    name: str
    role_bits: int
    locale: str
    timezone: str
    theme: str
    session_epoch: int
    team_ids: list[int]

    is_authenticated = User.is_authenticated
    is_anonymous = User.is_anonymous
    get_id = User.get_id
    roles = User.roles
    is_clinician = User.is_clinician
    is_researcher = User.is_researcher
    is_moderator = User.is_moderator
    is_admin = User.is_admin


_READER = (
    select(
        User.id,
        User.name,
        User.role_bits,
        User.locale,
        User.timezone,
        User.theme,
        User.session_epoch,
        Membership.team_id,
    )
    .outerjoin(Membership, Membership.user_id == User.id)
    .where(User.id == bindparam("id"), User.active)
    .order_by(Membership.id)
)


def reader(number: int) -> Reader | None:
    """The active person of this number: one query."""
    rows = db.rows(_READER, {"id": number}).all()
    if not rows:
        return None
    first = rows[0]
    return Reader(
        id=first.id,
        name=first.name,
        role_bits=first.role_bits,
        locale=first.locale,
        timezone=first.timezone,
        theme=first.theme,
        session_epoch=first.session_epoch,
        team_ids=[row.team_id for row in rows if row.team_id is not None],
    )
