"""The targets of the site, held in a file that a setting names, and where each stands today.

What a target counts are outcomes of projects or candidates of the register, each once however many
projects it came from. Pure functions, no database.
"""

import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from exchange.impact.queries import Registered, Result, Work
from exchange.research.candidates.models import Make, Progress, Reach
from exchange.research.models import OutcomeKind, Phase, TrialStatus
from exchange.settings import WrongSetting

AMBITION = Path(__file__).with_name("targets.toml")
CANDIDATES = "candidates"
SUMS = {OutcomeKind.JOBS, OutcomeKind.FUNDS, OutcomeKind.PATIENTS}
"""Outcomes that are counted by their number."""

_KEYS = {"name", "fr", "en", "counts", "makes", "phases", "reach", "goal", "growth", "baseline"}


@dataclass(frozen=True)
class Target:
    """`words`: by language. `counts`: "candidates", or a kind of outcome. `goal`: how many; or
    `growth`: how many per cent more than the `baseline`."""

    name: str
    words: tuple[tuple[str, str], ...]
    counts: str
    makes: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    reach: tuple[str, ...] = ()
    goal: int | None = None
    growth: int | None = None
    baseline: int | None = None

    def label(self, locale: str) -> str:
        return dict(self.words).get(locale, self.words[0][1])

    @property
    def aim(self) -> int | None:
        """How many there shall be; None when a growth has no baseline yet."""
        if self.goal is not None or self.baseline is None or self.growth is None:
            return self.goal
        return math.ceil(self.baseline * (100 + self.growth) / 100)


@dataclass(frozen=True)
class Item:
    """One thing that a target may count. `number`: how much it counts for."""

    counts: str
    what: str
    on: date
    number: int
    phase: str | None
    make: str | None
    reach: str | None
    opened: bool
    works: Sequence[Work]


@dataclass(frozen=True)
class Standing:
    """Where a target stands: what counts for it, and what that adds up to with its baseline."""

    target: Target
    items: Sequence[Item]

    @property
    def counted(self) -> int:
        return sum(item.number for item in self.items)

    @property
    def today(self) -> int:
        return (self.target.baseline or 0) + self.counted

    @property
    def percent(self) -> float | None:
        """Of the aim."""
        return 100 * self.today / self.target.aim if self.target.aim else None

    @property
    def works(self) -> list[Work]:
        """The projects behind it, each once."""
        return list(dict.fromkeys(work for item in self.items for work in item.works))


def stand(
    targets: Iterable[Target], outcomes: Iterable[Result], register: Iterable[Registered]
) -> list[Standing]:
    """Where each target stands, by these outcomes and candidates."""
    items = [*map(_of_outcome, outcomes), *map(_of_candidate, register)]
    return [
        Standing(target, [item for item in items if _belongs(target, item)]) for target in targets
    ]


def _of_outcome(outcome: Result) -> Item:
    return Item(
        counts=outcome.kind,
        what=outcome.summary,
        on=outcome.on,
        number=(outcome.quantity or 0) if outcome.kind in SUMS else 1,
        phase=outcome.phase,
        make=None,
        reach=None,
        opened=outcome.status is not TrialStatus.PLANNED,
        works=outcome.works,
    )


def _of_candidate(candidate: Registered) -> Item:
    return Item(
        counts=CANDIDATES,
        what=f"{candidate.name} ({candidate.target})",
        on=candidate.on,
        number=1,
        phase=candidate.progress,
        make=candidate.make,
        reach=candidate.reach,
        opened=True,
        works=candidate.works,
    )


def _belongs(target: Target, item: Item) -> bool:
    """A trial in preparation is none yet."""
    return (
        item.counts == target.counts
        and item.opened
        and (not target.phases or item.phase in target.phases)
        and (not target.makes or item.make in target.makes)
        and (not target.reach or item.reach in target.reach)
    )


def of(file: str) -> tuple[Target, ...]:
    """The targets of this file; empty: the ambition of the biocluster. Raises `WrongSetting`."""
    return _read(Path(file) if file else AMBITION)


@lru_cache(maxsize=4)
def _read(file: Path) -> tuple[Target, ...]:
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WrongSetting(f"EXCHANGE_TARGETS_FILE: {file} cannot be read: {error}.") from None
    rows = told.get("target")
    if set(told) - {"target"} or not isinstance(rows, list):
        raise WrongSetting("EXCHANGE_TARGETS_FILE takes a TOML file of [[target]] tables.")
    found = tuple(_target(row) for row in rows)
    names = [target.name for target in found]
    if len(set(names)) < len(names):
        raise WrongSetting("EXCHANGE_TARGETS_FILE: two targets have the same name.")
    return found


def _target(row: Any) -> Target:
    wrong = _fault(row) if isinstance(row, dict) else "each target is a table"
    if wrong:
        name = row.get("name") if isinstance(row, dict) else row
        raise WrongSetting(f"EXCHANGE_TARGETS_FILE, target {name!r}: {wrong}.")
    return Target(
        name=row["name"],
        words=tuple((locale, row[locale]) for locale in ("fr", "en")),
        counts=row["counts"],
        makes=tuple(row.get("makes", ())),
        phases=tuple(row.get("phases", ())),
        reach=tuple(row.get("reach", ())),
        goal=row.get("goal"),
        growth=row.get("growth"),
        baseline=row.get("baseline"),
    )


def _fault(row: Mapping[str, Any]) -> str:
    """What cannot be used of it, if anything."""
    if unknown := sorted(set(row) - _KEYS):
        return f"{unknown[0]} is no key of a target"
    for name in ("name", "fr", "en", "counts"):
        if not isinstance(row.get(name), str) or not row[name]:
            return f"{name} takes a text"
    if not row["name"].isascii() or not row["name"].replace("-", "").isalnum():
        return "name takes letters, digits and hyphens"
    if row["counts"] != CANDIDATES and row["counts"] not in list(OutcomeKind):
        return f"counts takes {CANDIDATES} or one of {', '.join(OutcomeKind)}"
    for name in ("goal", "growth", "baseline"):
        if name in row and (type(row[name]) is not int or row[name] < 0):
            return f"{name} takes a whole number"
    if ("goal" in row) == ("growth" in row):
        return "it takes a goal or a growth, one of them"
    return _fault_of_lists(row)


def _fault_of_lists(row: Mapping[str, Any]) -> str:
    registered = row["counts"] == CANDIDATES
    known: dict[str, list[str]] = {
        "makes": list(Make) if registered else [],
        "phases": list(Progress) if registered else list(Phase),
        "reach": list(Reach) if registered else [],
    }
    for name, words in known.items():
        given = row.get(name, [])
        if not isinstance(given, list) or any(one not in words for one in given):
            return f"{name} takes a list of {', '.join(words) or 'nothing here'}"
    return ""
