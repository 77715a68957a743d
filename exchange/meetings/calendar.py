"""The invitation that calendars read, and what they answer: iCalendar (RFC 5545) in the manner of
iTIP (RFC 5546).

It holds a reference, a place and a link; nothing of what was asked. Each reader's own names nobody
else, so that no address of one guest goes to another. The hour is told in the time zone of who
proposed, whose rules come along (RFC 5545 section 3.6.5)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress, vText
from icalendar.parser import Contentline

from exchange.meetings.models import Answer
from exchange.meetings.zones import rules

STATUS = {
    Answer.YES: "ACCEPTED",
    Answer.PERHAPS: "TENTATIVE",
    Answer.NO: "DECLINED",
    None: "NEEDS-ACTION",
}
"""What a guest said on the site, as their calendar says it (RFC 5545 section 3.2.12)."""


_SAID = {word: said for said, word in STATUS.items() if said is not None}


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """What an invitation says to one reader. `organizer`, `attendee`: a name and an address;
    `said`: their answer to this date; `needed`: whether the meeting waits for them."""

    uid: str
    sequence: int
    cancelled: bool
    starts_at: datetime
    minutes: int
    zone: str
    summary: str
    place: str
    href: str
    organizer: tuple[str, str]
    attendee: tuple[str, str]
    said: Answer | None
    needed: bool
    written_at: datetime

    @property
    def method(self) -> str:
        """Of iTIP, which the mail names too (RFC 6047 section 2.4)."""
        return "CANCEL" if self.cancelled else "REQUEST"


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What a calendar answered (RFC 5546 section 3.2.3): to which event, at which of its versions,
    for whom."""

    uid: str
    sequence: int
    attendee: str
    said: Answer


LARGEST = 64 * 1024
"""Bytes of an answer that are read."""


def read_answer(content: bytes) -> Answered | None:
    """The answer in a calendar's text; None when it is none, or not for one person. Only the lines
    of the event are read: nothing in them can cost more than their length."""
    unfolded = re.sub(r"\r?\n[ \t]", "", content[:LARGEST].decode("utf-8", "replace"))
    told: dict[str, list[Any]] = {}
    inside: list[str] = []
    for line in unfolded.splitlines():
        name, _colon, value = line.partition(":")
        if name.upper() == "BEGIN":
            inside.append(value.upper())
        elif name.upper() == "END":
            inside = inside[:-1]
        elif inside in (["VCALENDAR"], ["VCALENDAR", "VEVENT"]):
            told.setdefault(re.split("[;:]", line)[0].upper(), []).append(line)
    wanted = {name: told[name] for name in _WANTED if name in told}
    try:
        return _answered({name: [_parts(line) for line in lines] for name, lines in wanted.items()})
    except ValueError:
        return None


_WANTED = ("METHOD", "UID", "ATTENDEE", "SEQUENCE", "RECURRENCE-ID")


def _parts(line: str) -> tuple[str, Mapping[str, Any], str]:
    """Name, parameters and value. Raises `ValueError`."""
    content = Contentline(line)  # type: ignore[no-untyped-call]
    name, parameters, value = content.parts()
    return str(name), parameters, str(value)


def _answered(told: Mapping[str, Sequence[Any]]) -> Answered | None:
    once = _WANTED[:3]
    if any(len(told.get(name, ())) != 1 for name in once) or "RECURRENCE-ID" in told:
        return None
    (_m, _p, method), (_u, _q, uid), (_a, parameters, attendee) = (told[name][0] for name in once)
    said = _SAID.get(str(parameters.get("PARTSTAT", "")).upper())
    if method.upper() != "REPLY" or said is None:
        return None
    sequence = told["SEQUENCE"][0][2] if "SEQUENCE" in told else "0"
    return Answered(
        uid=uid,
        sequence=int(sequence),
        attendee=re.sub("^mailto:", "", attendee, flags=re.IGNORECASE).strip().lower(),
        said=said,
    )


def write(told: Invitation) -> bytes:
    """The text of the calendar, its lines folded and ended as on the wire."""
    calendar = Calendar()
    calendar.add("PRODID", "-//exchange//meetings//FR")
    calendar.add("VERSION", "2.0")
    calendar.add("METHOD", told.method)
    here = ZoneInfo(told.zone)
    event = Event()
    event.add("UID", told.uid)
    event.add("SEQUENCE", told.sequence)
    event.add("DTSTAMP", told.written_at)
    event.add("DTSTART", told.starts_at.astimezone(here))
    event.add("DTEND", (told.starts_at + timedelta(minutes=told.minutes)).astimezone(here))
    event.add("SUMMARY", told.summary)
    event.add("LOCATION", told.place)
    event.add("DESCRIPTION", told.href)
    event.add("URL", told.href)
    event.add("STATUS", "CANCELLED" if told.cancelled else "CONFIRMED")
    event.add("CLASS", "PRIVATE")
    event.add("ORGANIZER", _address(told.organizer))
    event.add("ATTENDEE", _attendee(told))
    calendar.add_component(rules(here, told.starts_at))
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def _address(who: tuple[str, str]) -> vCalAddress:
    name, email = who
    address = vCalAddress(f"mailto:{email}")
    address.params["CN"] = vText(name)
    return address


def _attendee(told: Invitation) -> vCalAddress:
    attendee = _address(told.attendee)
    attendee.params["CUTYPE"] = vText("INDIVIDUAL")
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT" if told.needed else "OPT-PARTICIPANT")
    attendee.params["PARTSTAT"] = vText(STATUS[told.said])
    attendee.params["RSVP"] = vText("TRUE")
    return attendee
