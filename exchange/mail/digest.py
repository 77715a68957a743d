"""When digests are written: whether or not one visited, at the reader's hour in their own time
zone, once a period. The letter's reason names the period, and the database keeps one letter a
reason. A missed period is caught up once; an empty digest does not leave.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, cast
from zoneinfo import ZoneInfo

from sqlalchemy import Table, bindparam, exists, select, update

from exchange import clock, db, i18n
from exchange.i18n import gettext as _
from exchange.mail.compose import Ready
from exchange.mail.edition import Digest, Edition
from exchange.mail.press import Press
from exchange.mail.reads import Subscriber
from exchange.outbox.letters import Due, put
from exchange.outbox.models import Letter, LetterState
from exchange.people.models import DigestPeriod, User
from exchange.settings import Settings

FRESH = 10
"""Seconds after which what is a reader's own is read again."""

AT_ONCE = 200
"""Readers whose own part is read together."""


class Habit(NamedTuple):
    """When somebody wants their digest. `days`: a bit for each day of the week, Monday 1; who
    wants it weekly has it on the first of them."""

    period: DigestPeriod
    timezone: str
    hour: int
    days: int

    @property
    def weekdays(self) -> list[int]:
        """From 1, a Monday, to 7; every day when none is chosen."""
        chosen = [day for day in range(1, 8) if not self.days or self.days >> (day - 1) & 1]
        return chosen[:1] if self.period is DigestPeriod.WEEKLY else chosen


def write_due() -> int:
    """Put in the box the digests whose hour has come; commits. Returns how many. Two queries
    when nothing is due, but for one more by hour and time zone that readers chose."""
    due = [(user_id, reason) for habit in _habits() for user_id, reason in _unwritten(habit)]
    if not due:
        db.session.rollback()
        return 0
    db.begin_write()
    written = sum(put("digest", to=user_id, reason=reason) for user_id, reason in due)
    db.session.commit()
    return written


def run(
    settings: Settings, *, period: str, email: str | None = None, dry_run: bool = False
) -> Iterator[str]:
    """Digests of this period whatever the hour, for its readers or for one person: put in the
    box (and committed), or with `dry_run` only shown. Yields a line, or the digest, for each."""
    chosen = DigestPeriod(period)
    whose = User.email == email if email else User.digest == chosen
    readers = db.session.execute(
        select(User.id, User.email, User.digest, User.timezone, User.mail_dead_at)
        .where(User.active.is_(True), whose)
        .order_by(User.email)
    ).all()
    if dry_run:
        yield from _shown([row.id for row in readers], settings)
        return
    for row in readers:
        if row.digest is DigestPeriod.NEVER:
            yield f"{row.email}: wants no digest"
            continue
        if row.mail_dead_at is not None:
            yield f"{row.email}: mail to this address comes back"
            continue
        today = clock.now().astimezone(ZoneInfo(row.timezone)).date()
        db.begin_write()
        added = put("digest", to=row.id, reason=_reason(chosen, today))
        db.session.commit()
        yield f"{row.email}: {'written' if added else 'already written for this period'}"


def _shown(ids: Sequence[int], settings: Settings) -> Iterator[str]:
    edition, press = Edition(settings), Press(settings)
    for start in range(0, len(ids), AT_ONCE):
        subscribers = edition.subscribers(ids[start : start + AT_ONCE])
        for reader in sorted(subscribers.values(), key=lambda one: one.email):
            yield f"--- {reader.email}"
            with i18n.speaking(reader.locale, reader.timezone):
                digest = edition.digest(reader)
                yield (
                    press.plain(digest, reader)
                    if digest
                    else _("Rien de nouveau : rien ne partira.")
                )


def gather(user_id: int, settings: Settings) -> tuple[Digest | None, Subscriber]:
    """One reader's digest as it would be now, in the language in force."""
    edition = Edition(settings)
    reader = edition.subscribers([user_id])[user_id]
    return edition.digest(reader), reader


class Printer:
    """Digests as they are at the moment they leave, for thousands of readers: what they share is
    read again when the log says something new, what is each one's own just before."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.press = Press(settings)
        self.edition: Edition | None = None
        self.readers: dict[int, Subscriber] = {}
        self.read_at = 0.0

    def print(self, due: Due, following: Sequence[Due]) -> Ready | None:
        """The digest of this letter; None when there is nothing to say, or the reader wants none.
        What belongs to the readers of the `following` letters is read with this one's."""
        if due.user_id not in self.readers or time.monotonic() - self.read_at > FRESH:
            ids = [one.user_id for one in following if one.kind == "digest"][:AT_ONCE]
            self._read([due.user_id, *ids])
        reader = self.readers.pop(due.user_id)
        if not reader.active or reader.digest is DigestPeriod.NEVER:
            return None
        with i18n.speaking(reader.locale, reader.timezone):
            digest = self.edition.digest(reader) if self.edition else None
            if digest is None:
                return None
            return Ready(
                recipient=reader.email,
                subject=digest.subject,
                last_event_id=digest.last_event_id,
                mail=self.press.mail(digest, due, reader),
            )

    def _read(self, ids: Sequence[int]) -> None:
        if self.edition is None or not self.edition.is_current():
            self.edition = Edition(self.settings)
            self.press.forget()
        self.readers = self.edition.subscribers(ids)
        self.read_at = time.monotonic()


_user = cast(Table, User.__table__)
_READ_UP_TO = (
    update(_user)
    .where(_user.c.id == bindparam("reader"), _user.c.digest_event_id < bindparam("upto"))
    .values(digest_event_id=bindparam("upto"))
)


def read_up_to(user_id: int, event_id: int) -> None:
    """The reader's bookmark: what this digest told is not told again. Never goes backwards."""
    db.rows(_READ_UP_TO, {"reader": user_id, "upto": event_id})


def begin_anew(user: User) -> None:
    """The reader chose another habit: what it would have made due before now is not sent."""
    habit = Habit(user.digest, user.timezone, user.digest_hour, user.digest_days)
    if habit.period is not DigestPeriod.NEVER:
        _at, reason = scheduled(habit, clock.now())
        put("digest", to=user.id, reason=reason, state=LetterState.DROPPED)


def scheduled(habit: Habit, now: datetime) -> tuple[datetime, str]:
    """The last instant, up to `now`, at which a digest of this habit was to be written, and the
    reason of its letter: a local date or week, so that an hour that a clock change skips or
    repeats changes nothing."""
    zone = ZoneInfo(habit.timezone)
    day = now.astimezone(zone).date()
    while day.isoweekday() not in habit.weekdays or _instant(day, habit.hour, zone) > now:
        day -= timedelta(days=1)
    return _instant(day, habit.hour, zone), _reason(habit.period, day)


def next_one(habit: Habit, now: datetime) -> datetime:
    """The first instant after `now` at which a digest of this habit is due."""
    zone = ZoneInfo(habit.timezone)
    day = now.astimezone(zone).date()
    while day.isoweekday() not in habit.weekdays or _instant(day, habit.hour, zone) <= now:
        day += timedelta(days=1)
    return _instant(day, habit.hour, zone)


def _instant(day: date, hour: int, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=zone).astimezone(UTC)


def _reason(period: DigestPeriod, day: date) -> str:
    if period is DigestPeriod.WEEKLY:
        year, week, _weekday = day.isocalendar()
        return f"digest:weekly:{year}-W{week:02}"
    return f"digest:daily:{day.isoformat()}"


def _habits() -> Sequence[Habit]:
    rows = db.session.execute(
        select(User.digest, User.timezone, User.digest_hour, User.digest_days)
        .where(User.active.is_(True), User.digest != DigestPeriod.NEVER)
        .distinct()
    )
    return [Habit(*row) for row in rows]


def _unwritten(habit: Habit) -> Iterable[tuple[int, str]]:
    at, reason = scheduled(habit, clock.now())
    written = exists().where(Letter.user_id == User.id, Letter.reason == reason)
    users = db.session.scalars(
        select(User.id).where(
            User.active.is_(True),
            User.mail_dead_at.is_(None),
            User.digest == habit.period,
            User.timezone == habit.timezone,
            User.digest_hour == habit.hour,
            User.digest_days == habit.days,
            User.created_at < at,
            ~written,
        )
    )
    return [(user_id, reason) for user_id in users]
