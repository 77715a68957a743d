"""What can happen to a report. Told to those concerned only, never on the timeline."""

from dataclasses import dataclass

from exchange.log.facts import Fact


@dataclass(frozen=True, kw_only=True)
class Flagged(Fact, kind="flag.raised", quiet=True):
    """`hides`: the text is out of sight until the decision; `author_id` wrote it."""

    flag_id: int
    author_id: int
    hides: bool


@dataclass(frozen=True, kw_only=True)
class FlagDecided(Fact, kind="flag.decided", quiet=True):
    """One for each report of the same text. `hidden`: it was out of sight until now."""

    flag_id: int
    reporter_id: int
    author_id: int
    verdict: str
    hidden: bool
