"""The demo story's accounts: one password that everybody knows, for addresses in a domain that
can never exist (RFC 2606 section 2)."""

from sqlalchemy import select

from exchange import db
from exchange.people.models import User

DEMO_PASSWORD = "marseille-immuno-2026"  # noqa: S105
DEMO_DOMAIN = "@demo.invalid"
DEMO_HANDLES = ("claire.martel", "robin.aubert", "mona.ferrand", "ada.kessler")
"""One of each role: whom the sign-in page offers."""


def are_here() -> bool:
    """Whether the invented people are in the database: one query."""
    invented = select(User.id).where(User.email.endswith(DEMO_DOMAIN)).limit(1)
    return db.session.scalar(invented) is not None
