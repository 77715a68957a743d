"""What can happen to the figures."""

from dataclasses import dataclass

from exchange.log.facts import Fact


@dataclass(frozen=True, kw_only=True)
class SnapshotTaken(Fact, kind="impact.snapshot_taken", quiet=True):
    """The figures at the end of a year were kept; `sha256`: their digest (hexadecimal)."""

    snapshot_id: int
    year: int
    sha256: str
