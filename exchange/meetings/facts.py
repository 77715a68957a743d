"""What can happen to a meeting. `sequence` is that of its invitation (RFC 5546 section 2.1.4)."""

from dataclasses import dataclass

from exchange.log.facts import Fact


@dataclass(frozen=True, kw_only=True)
class MeetingProposed(Fact, kind="meeting.proposed"):
    meeting_id: int


@dataclass(frozen=True, kw_only=True)
class MeetingAnswered(Fact, kind="meeting.answered", quiet=True):
    meeting_id: int
    by_mail: bool = False


@dataclass(frozen=True, kw_only=True)
class MeetingFixed(Fact, kind="meeting.fixed"):
    meeting_id: int
    sequence: int


@dataclass(frozen=True, kw_only=True)
class MeetingMoved(Fact, kind="meeting.moved"):
    meeting_id: int
    sequence: int


@dataclass(frozen=True, kw_only=True)
class MeetingCancelled(Fact, kind="meeting.cancelled"):
    """`invited`: an invitation had left, which has to be taken back."""

    meeting_id: int
    sequence: int
    invited: bool
