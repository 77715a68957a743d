"""How long a stage takes when some are still waiting.

The median of those that finished flatters: the slow ones are not in it yet. Kaplan and Meier,
“Nonparametric estimation from incomplete observations”, JASA 53 (1958), count the waiting ones
for as long as they have waited.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

_ROUNDING = 1e-9
"""Keeps 3/4 × 2/3 at one half or below."""


class Wait(NamedTuple):
    """One wait, in days; `over`: what was waited for came. Otherwise nothing is known after."""

    days: float
    over: bool


class Quartiles(NamedTuple):
    """Days until a quarter, half and three quarters have come; None: not yet reached."""

    first: float | None
    median: float | None
    third: float | None


def still_waiting(waits: Sequence[Wait]) -> Iterator[tuple[float, float]]:
    """The estimate: each day on which something came, with the share that waits after it. Who
    leaves on a day still counts as waiting on that day."""
    share = 1.0
    ordered = sorted(waits, key=lambda wait: (wait.days, not wait.over))
    for at_risk, wait in zip(range(len(ordered), 0, -1), ordered, strict=True):
        if wait.over:
            share *= 1 - 1 / at_risk
            yield wait.days, share


def quartiles(waits: Sequence[Wait]) -> Quartiles:
    """The first days on which a quarter, half and three quarters no longer wait."""
    curve = list(still_waiting(waits))

    def day_at(share: float) -> float | None:
        return next((day for day, left in curve if left <= share + _ROUNDING), None)

    return Quartiles(first=day_at(0.75), median=day_at(0.5), third=day_at(0.25))
