"""The sessions of a person: rows, so that each can be seen and ended from another browser.

The browser holds a random name of which only the digest is stored. It lies in the signed cookie,
whose signature is renewed by visits: that is the idle limit (`EXCHANGE_SESSION_HOURS`), and it
costs no write. The row bounds the whole (`EXCHANGE_SESSION_DAYS`).
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from exchange import clock, db
from exchange.people.models import OpenSession, OuterSession, User
from exchange.people.reader import fingerprint

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
"""In the order in which they are looked for: browsers name those they imitate."""


def device(agent: str) -> str:
    """A browser and a system in two words, from what a browser says of itself; empty when it says
    nothing known."""
    found = (
        next((name for mark, name in marks if mark in agent), "") for marks in (_BROWSERS, _SYSTEMS)
    )
    return ", ".join(filter(None, found))


def begin(
    user: User,
    *,
    agent: str,
    limit: timedelta,
    proved: bool = False,
    outer_id: int | None = None,
) -> str:
    """A new session, in which a second factor was shown or not, from that of the identity provider if
    it began there; returns its secret name, kept nowhere here. Sessions older than `limit`, whoever's,
    are swept out."""
    moment = clock.now()
    for table in (OpenSession, OuterSession):
        db.session.execute(delete(table).where(table.began_at < moment - limit))
    token = secrets.token_urlsafe(32)
    db.session.add(
        OpenSession(
            user_id=user.id,
            token_hash=fingerprint(token),
            device=device(agent),
            began_at=moment,
            seen_at=moment,
            proved=proved,
            outer_id=outer_id,
        )
    )
    db.session.flush()
    return token


def of(user: User, *, since: datetime) -> Sequence[OpenSession]:
    """A person's sessions begun after `since`, the last used first: one query."""
    return db.session.scalars(
        select(OpenSession)
        .where(OpenSession.user_id == user.id, OpenSession.began_at > since)
        .order_by(OpenSession.seen_at.desc(), OpenSession.id.desc())
    ).all()


def end(user: User, number: int) -> None:
    """End one of a person's sessions; of others', and of one that ended, nothing."""
    db.session.execute(
        delete(OpenSession).where(OpenSession.user_id == user.id, OpenSession.id == number)
    )


def end_all(user: User) -> None:
    """End every session of a person, at once."""
    db.session.execute(delete(OpenSession).where(OpenSession.user_id == user.id))
