"""Reads about people."""

from collections.abc import Sequence

from sqlalchemy import select

from exchange import db
from exchange.people.demo import DEMO_DOMAIN, DEMO_HANDLES
from exchange.people.models import User


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
