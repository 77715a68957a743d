"""What can happen to an entry of the queue. Told to moderators only, never on the timeline."""

from dataclasses import dataclass

from exchange.log.facts import Fact


@dataclass(frozen=True, kw_only=True)
class Deferred(Fact, kind="desk.deferred", quiet=True):
    """`item` is the address of the entry; `until` the day it comes back."""

    item: str
    until: str


@dataclass(frozen=True, kw_only=True)
class Resumed(Fact, kind="desk.resumed", quiet=True):
    """Somebody took it up before that day."""

    item: str
