"""Links that are mailed: each does one thing, once, until a day.

The address holds the number of a row and a signature of it, over a random text that only the row
holds: neither a copy of the table nor the site's key makes a link alone, and no letter waiting to
be sent holds one. A request is written down alike whether or not anybody has the address, and the
letter follows from the log: neither the page nor its time tells who has an account.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import select, update

from exchange import clock, db
from exchange.errors import NotFound
from exchange.i18n import gettext as _
from exchange.log.record import HasId, record
from exchange.people.facts import LinkAsked
from exchange.people.models import Link, Purpose, User

LASTS: Mapping[Purpose, timedelta] = {
    Purpose.RESET: timedelta(hours=2),
    Purpose.ADDRESS: timedelta(days=7),
    Purpose.INVITATION: timedelta(days=14),
    Purpose.REGISTRATION: timedelta(days=3),
}


def ask(
    purpose: Purpose,
    user: User | None,
    *,
    email: str = "",
    former: str = "",
    by: HasId | None = None,
) -> Link:
    """Write down that a link was asked for: a letter takes it to the address."""
    link = make(purpose, user, email=email, former=former)
    record(LinkAsked(link_id=link.id), by=by)
    return link


def make(purpose: Purpose, user: User | None, *, email: str = "", former: str = "") -> Link:
    """A link that no letter takes anywhere: for whoever has just shown that they are the person.
    Only the last one made for the same holds."""
    moment = clock.now()
    link = Link(
        purpose=purpose,
        user_id=user.id if user else None,
        nonce=secrets.token_hex(16),
        email=email,
        former=former,
        made_at=moment,
        ends_at=moment + LASTS[purpose],
    )
    db.session.add(link)
    db.session.flush()
    return link


def revoke(user: User, *purposes: Purpose) -> None:
    """Void the links of a person that were not followed."""
    db.session.execute(
        update(Link)
        .where(Link.user_id == user.id, Link.purpose.in_(purposes), Link.used_at.is_(None))
        .values(ends_at=clock.now())
    )


def token(link: Link, key: str, *, to: str = "confirm") -> str:
    """The last part of the link's address. `to`: what it does, when it can do several things."""
    text = f"{link.purpose}:{to}:{link.id}:{link.nonce}".encode()
    signature = hmac.digest(key.encode(), text, "sha256")
    return f"{link.id}-{urlsafe_b64encode(signature).decode().rstrip('=')}"


def found(token_: str, purpose: Purpose, key: str, *, to: str = "confirm") -> Link:
    """The link of this address while it holds; `confirm` ones hold once. Raises `NotFound`, in the
    same words for what is old, followed or made up."""
    number, _dash, _rest = token_.partition("-")
    usable = number.isascii() and number.isdecimal() and len(number) < 10
    link = db.session.scalar(
        select(Link)
        .where(Link.id == int(number if usable else 0), Link.purpose == purpose)
        .with_for_update()
    )
    right = link is not None and hmac.compare_digest(
        token(link, key, to=to).encode(), token_.encode(errors="replace")
    )
    if link is None or not right or not _holds(link, once=to == "confirm"):
        raise NotFound(_("Ce lien ne vaut plus : il a déjà servi, ou son délai est passé."))
    return link


def _holds(link: Link, *, once: bool) -> bool:
    if link.ends_at <= clock.now() or link.user_id is None:
        return False
    return not once or (link.used_at is None and _is_last(link))


def _is_last(link: Link) -> bool:
    later = select(Link.id).where(
        Link.user_id == link.user_id, Link.purpose == link.purpose, Link.id > link.id
    )
    return db.session.scalar(later.limit(1)) is None
