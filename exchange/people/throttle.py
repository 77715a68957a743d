"""Slowing down those who guess passwords, without ever shutting out the one they attack.

Failed tries are counted in the database, so a restart forgets nothing. A wait doubles with each
try, a time of quiet forgives, and a try made during a wait counts for nothing.

- Under an *account*: with these figures about 22 tries a day once the first dozen is spent (CNIL
  deliberation 2022-100 asks for a wait of a minute after five failures and about 25 tries a day).
- Under a network *address*: wide, since a whole hospital may stand behind one.
- A browser in which the person already signed in has a count of its *own*, so a stranger who
  wears out the account and the address does not keep its owner waiting (OWASP, "Device Cookies").
"""

import hashlib
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from exchange import clock, db
from exchange.errors import TooOften
from exchange.i18n import ngettext
from exchange.people.models import Throttle


@dataclass(frozen=True)
class Limit:
    """`free` tries cost no wait; each `forgives` of quiet forgets one."""

    free: int
    forgives: timedelta


ACCOUNT = Limit(5, timedelta(hours=2))
ADDRESS = Limit(50, timedelta(minutes=1))
MAIL = Limit(3, timedelta(minutes=20))
INVITATIONS = Limit(60, timedelta(minutes=5))
MAIL_FROM = Limit(20, timedelta(minutes=1))
FORGOTTEN = timedelta(days=7)

Keys = Mapping[str, Limit]


def keys(email: str, address: str | None, device: str | None) -> Keys:
    """What a try to sign in is counted under. `device` is the name of a browser known for this
    very account. What was typed as an address is not stored: it might be a password."""
    if device:
        return {f"device:{device}": ACCOUNT}
    return {**of_account(email), f"address:{_network(address)}": ADDRESS}


def of_account(email: str) -> Keys:
    """What tries on this account are counted under, wherever they come from."""
    return {f"account:{_hidden(email)}": ACCOUNT}


def of_factor(number: int, device: str | None) -> Keys:
    """What codes shown after this person's password are counted under."""
    return {f"factor:{device or number}": ACCOUNT}


def of_mail(email: str, address: str | None) -> Keys:
    """What asking the site to write to this address is counted under, whether or not anybody here
    has it."""
    return {f"mail:{_hidden(email)}": MAIL, f"mail-from:{_network(address)}": MAIL_FROM}


def count(tried: Keys) -> None:
    """Count a try before it is made, so that a hundred at once are a hundred. Raises `TooOften`,
    and counts nothing, while one has to wait."""
    moment = clock.now()
    db.session.execute(delete(Throttle).where(Throttle.since < moment - FORGOTTEN))
    rows = _rows(tried, moment)
    wait = max(_wait(row, tried[row.key], moment) for row in rows)
    if wait > timedelta(0):
        minutes = int(wait.total_seconds() // 60) + 1
        raise TooOften(
            ngettext(
                "Trop d’essais. Attendez une minute, puis recommencez.",
                "Trop d’essais. Attendez %(num)s minutes, puis recommencez.",
                minutes,
            ),
            seconds=int(wait.total_seconds()) + 1,
        )
    for row in rows:
        row.tries = _remembered(row, tried[row.key], moment) + 1
        row.since = moment


def forgive(tried: Keys) -> None:
    """The try was right: its account starts afresh, its address gets it back (no more, or a
    guesser would sign in with an account of their own between guesses)."""
    for row in _rows(tried, clock.now()):
        row.tries = max(0, row.tries - 1) if tried[row.key] is ADDRESS else 0


def _rows(tried: Keys, moment: datetime) -> Sequence[Throttle]:
    insert = postgresql.insert if db.is_postgresql() else sqlite.insert
    names = sorted(tried)
    db.session.execute(
        insert(Throttle)
        .values([{"key": name, "since": moment, "tries": 0} for name in names])
        .on_conflict_do_nothing(index_elements=["key"])
    )
    return db.session.scalars(
        select(Throttle)
        .where(Throttle.key.in_(names))
        .order_by(Throttle.key)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _remembered(row: Throttle, limit: Limit, moment: datetime) -> int:
    return max(0, row.tries - int((moment - row.since) / limit.forgives))


def _wait(row: Throttle, limit: Limit, moment: datetime) -> timedelta:
    over = _remembered(row, limit, moment) - limit.free
    if over < 0:
        return timedelta(0)
    return row.since + timedelta(minutes=2 ** min(over, 16)) - moment


def of_inviter(number: int) -> Keys:
    """What the invitations of one member are counted under."""
    return {f"inviter:{number}": INVITATIONS}


def _hidden(email: str) -> str:
    return hashlib.blake2b(email.encode(errors="replace"), digest_size=16).hexdigest()


def _network(address: str | None) -> str:
    """An IPv4 address, or the /64 that one IPv6 subscriber usually holds."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if parsed.version == 6:
        return str(ipaddress.ip_network((int(parsed), 64), strict=False))
    return str(parsed)
