"""Mail that comes back, and the address it makes us stop writing to."""

from datetime import timedelta

from sqlalchemy import delete, func, select

from exchange import clock, db
from exchange.log.models import Event
from exchange.log.record import record
from exchange.mail.incoming.bounces import is_gone, status_of
from exchange.mail.models import Bounce
from exchange.outbox.models import Letter
from exchange.people import facts
from exchange.people.models import User

HARD = 4
SOFT = 1
DEAD = 8
"""Points. Two days on which an address is said not to exist, or eight on which it takes nothing,
within `REMEMBERED`: one report alone may be a server's bad night."""

REMEMBERED = timedelta(days=30)


def count(user: User, *, status: str, letter_id: int | None = None) -> None:
    """A letter to this person came back with this code (RFC 3463)."""
    db.session.add(
        Bounce(
            user_id=user.id,
            letter_id=letter_id,
            at=clock.now(),
            hard=is_gone(status),
            status=status,
        )
    )
    db.session.flush()
    if user.mail_dead_at is None and score(user) >= DEAD:
        user.mail_dead_at = clock.now()
        record(facts.AddressDied(user_id=user.id))


def refused(user_id: int, sentence: str, *, letter_id: int) -> None:
    """The relay refused the recipient at once, in these words."""
    user = db.session.get_one(User, user_id)
    count(user, status=status_of(sentence), letter_id=letter_id)


def score(user: User) -> int:
    """The points of the last month: of each day, only the worst report counts, and none on a
    letter that was written for an address which the person has left since."""
    left = select(func.max(Event.at)).where(
        Event.kind.in_([facts.AddressChanged.kind, facts.AddressRefused.kind]),
        Event.actor_id == user.id,
    )
    since = db.session.scalar(left) or clock.now() - REMEMBERED
    rows = db.session.execute(
        select(Bounce.at, Bounce.hard)
        .outerjoin(Letter, Letter.id == Bounce.letter_id)
        .where(
            Bounce.user_id == user.id,
            Bounce.at > clock.now() - REMEMBERED,
            func.coalesce(Letter.created_at, Bounce.at) > since,
        )
    )
    days: dict[object, int] = {}
    for row in rows:
        day = row.at.date()
        days[day] = max(days.get(day, 0), HARD if row.hard else SOFT)
    return sum(days.values())


def revive(user: User, *, by: User | None = None) -> None:
    """The address works: mail leaves again, and what came back before counts no more."""
    if user.mail_dead_at is None:
        return
    user.mail_dead_at = None
    db.session.execute(delete(Bounce).where(Bounce.user_id == user.id))
    record(facts.AddressRevived(user_id=user.id), by=by)
