"""The rules of a time zone, as calendars want them beside a date (RFC 5545 section 3.6.5).

Each change of the clocks near the date is told; as a yearly rule where the next year follows it,
which is how Outlook recognises a zone. (`icalendar` lists every change since 1970 instead, as dates,
which Outlook does not read.)"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Component, Timezone, TimezoneDaylight, TimezoneStandard, vRecur

YEAR = timedelta(days=370)
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True)
class Change:
    """Clocks go from one offset to another. `wall`: what they showed before."""

    wall: datetime
    before: timedelta
    after: timedelta
    name: str
    summer: bool


def rules(zone: ZoneInfo, at: datetime) -> Timezone:
    """The time zone as it is around this instant."""
    told = Timezone()
    told.add("TZID", zone.key)
    changes = list(_changes(zone, at - YEAR, at + YEAR))
    past = {change.summer: change for change in changes if change.wall.replace(tzinfo=UTC) <= at}
    if not past:
        told.add_component(_observance(_none(zone, at), []))
    for change in past.values():
        told.add_component(_observance(change, changes))
    return told


def _changes(zone: ZoneInfo, first: datetime, last: datetime) -> Iterator[Change]:
    day = first.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while day < last:
        following = day + timedelta(hours=1)
        before, after = (one.astimezone(zone).utcoffset() for one in (day, following))
        if before is not None and after is not None and before != after:
            local = following.astimezone(zone)
            yield Change(
                (following + before).replace(tzinfo=None),
                before,
                after,
                local.tzname() or "",
                bool(local.dst()),
            )
        day = following


def _none(zone: ZoneInfo, at: datetime) -> Change:
    """A zone whose clocks never change."""
    local = at.astimezone(zone)
    offset = local.utcoffset() or timedelta(0)
    return Change(datetime(1970, 1, 1), offset, offset, local.tzname() or "", False)  # noqa: DTZ001


def _observance(change: Change, changes: list[Change]) -> Component:
    told = TimezoneDaylight() if change.summer else TimezoneStandard()
    told.add("DTSTART", change.wall)
    told.add("TZOFFSETFROM", change.before)
    told.add("TZOFFSETTO", change.after)
    told.add("TZNAME", change.name)
    later = [one for one in changes if one.summer == change.summer and one.wall > change.wall]
    week = _week(change.wall.date())
    if later and all(one.wall.month == change.wall.month and _week(one.wall.date()) == week
                     for one in later):  # fmt: skip
        rule = {"FREQ": "YEARLY", "BYMONTH": change.wall.month, "BYDAY": week}
        told.add("RRULE", vRecur(rule))
    return told


def _week(day: date) -> str:
    """Which Sunday (or other day) of its month: `-1SU` for the last, `2SU` for the second."""
    last = (day + timedelta(days=7)).month != day.month
    return f"{-1 if last else (day.day - 1) // 7 + 1}{DAYS[day.weekday()]}"
