"""The milestones of a project laid out in time, for a chart drawn on the server."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from exchange.i18n import gettext as _
from exchange.i18n import show_date
from exchange.research.models import Milestone

TICKS = 3
NARROWEST = 1.5
"""Per cent: what a bar measures at least, to be seen."""


@dataclass(frozen=True)
class Bar:
    """One line of the chart: `start`, `width` and `planned` (where it was planned to end, when it
    ended on another day) in per cent of the whole."""

    label: str
    start: float
    width: float
    state: str
    dates: str
    instead_of: str = ""
    planned: float | None = None


@dataclass(frozen=True)
class Chart:
    rows: list[Bar]
    ticks: list[str]
    today: float | None


def chart(milestones: Sequence[Milestone], *, since: date, today: date) -> Chart:
    """The chart of milestones in the order of their planned dates. Each bar begins where the one
    before was planned to end (the first: when the project started) and ends when the milestone
    was reached, or is planned."""
    ends = [milestone.done_on or milestone.planned_on for milestone in milestones]
    first = min([since, *ends])
    last = max([first + timedelta(days=1), *ends, *(m.planned_on for m in milestones)])
    days = (last - first).days
    rows = []
    begins = since
    for milestone, end in zip(milestones, ends, strict=True):
        start = 100 * (min(begins, end) - first).days / days
        width = max(NARROWEST, 100 * (end - first).days / days - start)
        rows.append(
            Bar(
                label=milestone.title,
                start=round(min(start, 100 - NARROWEST), 1),
                width=round(width, 1),
                state=_state(milestone, today),
                dates=_dates(milestone),
                instead_of=_("prévu le %(day)s", day=_short(milestone.planned_on))
                if milestone.done_on not in (None, milestone.planned_on)
                else "",
                planned=round(100 * (milestone.planned_on - first).days / days, 1)
                if milestone.done_on not in (None, milestone.planned_on)
                else None,
            )
        )
        begins = milestone.planned_on
    ticks = [
        show_date(first + timedelta(days=round(days * number / (TICKS - 1))), "MMM y")
        for number in range(TICKS)
    ]
    here = 100 * (today - first).days / days
    return Chart(rows, ticks, today=round(here, 1) if 0 <= here <= 100 else None)


def _state(milestone: Milestone, today: date) -> str:
    if milestone.done_on is not None:
        return "done"
    return "late" if milestone.planned_on < today else "ahead"


def _dates(milestone: Milestone) -> str:
    if milestone.done_on == milestone.planned_on:
        return _("atteint le %(day)s, comme prévu", day=_short(milestone.done_on))
    if milestone.done_on is not None:
        return _("atteint le %(day)s", day=_short(milestone.done_on))
    return _("prévu le %(day)s", day=_short(milestone.planned_on))


def _short(day: date) -> str:
    """A date that stays on one line."""
    return show_date(day, "d MMM y").replace(" ", "\u00a0")
