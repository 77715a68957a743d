"""The figures, worked out from the courses of questions: pure functions, no database."""

import enum
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from exchange import workdays
from exchange.i18n import mark as _m
from exchange.impact.survival import Quartiles, Wait, quartiles
from exchange.people.models import Area
from exchange.questions.models import Stage

DAY = 86_400
SOON = 90
"""Days within which a claim counts as soon."""


class Step(enum.StrEnum):
    """The way from a question to its outcome."""

    QUESTION = "question"
    CLAIM = "claim"
    HYPOTHESIS = "hypothesis"
    PROJECT = "project"
    OUTCOME = "outcome"


STEPS = tuple(Step)
_PLACE = {step: place for place, step in enumerate(STEPS)}
STEP_LABELS = {
    Step.QUESTION: _m("Publiées"),
    Step.CLAIM: _m("Prises en charge"),
    Step.HYPOTHESIS: _m("Avec une hypothèse"),
    Step.PROJECT: _m("Devenues un projet"),
    Step.OUTCOME: _m("Avec un résultat"),
}
SHORT_LABELS = {
    Step.QUESTION: _m("Questions"),
    Step.CLAIM: _m("En charge"),
    Step.HYPOTHESIS: _m("Hypothèse"),
    Step.PROJECT: _m("Projet"),
    Step.OUTCOME: _m("Résultat"),
}
DELAY_LABELS = {
    Step.CLAIM: _m("De la publication à la prise en charge"),
    Step.HYPOTHESIS: _m("De la prise en charge à l’hypothèse"),
    Step.PROJECT: _m("De l’hypothèse au projet"),
    Step.OUTCOME: _m("Du projet au premier résultat"),
}

_ENDED = {Stage.CONCLUDED, Stage.DECLINED, Stage.WITHDRAWN, Stage.MERGED}
"""Stages in which nothing more is waited for."""


@dataclass(frozen=True, slots=True)
class Course:
    """What became of one question. Instants are whole seconds since 1970, UTC; None: not yet.
    `decided` is the first decision of the desk; `steps` the first time at each `Step`."""

    id: int
    area: Area
    institution_id: int | None
    stage: Stage
    since: int
    imported: bool
    submitted: int
    decided: int | None
    steps: tuple[int | None, ...]

    def at(self, step: Step) -> int | None:
        """When the question first reached this step."""
        return self.steps[_PLACE[step]]

    @property
    def counts(self) -> bool:
        """Published, and a need of its own: a merged question counts with the one it joined."""
        return self.steps[0] is not None and self.stage is not Stage.MERGED

    @property
    def unclaimed(self) -> bool:
        """Open, for any team to take."""
        return self.stage is Stage.OPEN and self.steps[0] is not None

    def wait(self, step: Step, now: int) -> Wait | None:
        """How long the question waited for `step`, a later one than the first, since the step
        before; None when it never came that far."""
        place = _PLACE[step]
        start = self.steps[place - 1]
        if start is None:
            return None
        if (reached := self.steps[place]) is not None:
            return Wait(max(0, reached - start) / DAY, over=True)
        end = self.since if self.stage in _ENDED else now
        return Wait(max(0, end - start) / DAY, over=False)

    def waits_for(self, step: Step) -> bool:
        """Whether this step, a later one than the first, is the next one and may still come."""
        place = _PLACE[step]
        return (
            self.steps[place - 1] is not None
            and self.steps[place] is None
            and self.stage not in _ENDED
        )


@dataclass(frozen=True, slots=True)
class Rate:
    """`part` of `n`. No share without cases."""

    part: int
    n: int

    @property
    def percent(self) -> float | None:
        return 100 * self.part / self.n if self.n else None


@dataclass(frozen=True, slots=True)
class Delay:
    """What it took to reach a step: `n` questions could, `reached` did, `waiting` still may."""

    step: Step
    n: int
    reached: int
    waiting: int
    days: Quartiles


def funnel(courses: Iterable[Course]) -> dict[Step, int]:
    """How many questions ever reached each step."""
    counted = [course.steps for course in courses if course.counts]
    return {
        step: len(counted) - [steps[place] for steps in counted].count(None)
        for step, place in _PLACE.items()
    }


def delays(courses: Iterable[Course], now: int) -> list[Delay]:
    """The delay of each step after the publication."""
    counted = [course for course in courses if course.counts]
    return [_delay(step, counted, now) for step in STEPS[1:]]


def _delay(step: Step, courses: Sequence[Course], now: int) -> Delay:
    waits = [wait for course in courses if (wait := course.wait(step, now)) is not None]
    return Delay(
        step=step,
        n=len(waits),
        reached=sum(wait.over for wait in waits),
        waiting=sum(course.waits_for(step) for course in courses),
        days=quartiles(waits),
    )


def ripe(course: Course, now: int) -> bool:
    """Published long enough ago to say whether it was claimed soon."""
    published = course.at(Step.QUESTION)
    return course.counts and published is not None and now - published >= SOON * DAY


def claimed_soon(course: Course, now: int) -> bool:
    """Ripe, and claimed within `SOON` days of its publication."""
    wait = course.wait(Step.CLAIM, now)
    return ripe(course, now) and wait is not None and wait.over and wait.days <= SOON


@dataclass(frozen=True)
class Promise:
    """A decision within `days` working days, read on the calendar of `zone`."""

    days: int
    zone: ZoneInfo

    def due(self, course: Course, now: int) -> bool:
        """Whether the promise was put to the test: a decision came, or should have. What was
        imported, or taken back before a decision, was promised nothing."""
        if course.imported:
            return False
        return course.decided is not None or (
            course.stage is Stage.SUBMITTED and self._late(course.submitted, now)
        )

    def kept(self, course: Course, now: int) -> bool:
        """Whether the decision came in time."""
        return (
            self.due(course, now)
            and course.decided is not None
            and not self._late(course.submitted, course.decided)
        )

    def _late(self, start: int, end: int) -> bool:
        return self._day(end) >= _too_late(self._day(start), self.days)

    def _day(self, instant: int) -> date:
        return datetime.fromtimestamp(instant, UTC).astimezone(self.zone).date()


@lru_cache(maxsize=4096)
def _too_late(start: date, days: int) -> date:
    """The first day after the promise: a weekend that follows the last day is still in time."""
    return workdays.after(start, days + 1)


def rate(
    courses: Iterable[Course], of: Callable[[Course], bool], among: Callable[[Course], bool]
) -> Rate:
    """How many of those `among` are also `of`."""
    cases = [course for course in courses if among(course)]
    return Rate(sum(of(course) for course in cases), len(cases))


@dataclass(frozen=True, slots=True)
class Line:
    """The questions of one area, institution or year. `oldest` is how long, in days, the one
    that has waited longest for a team has been open."""

    key: str
    label: str
    reached: dict[Step, int]
    unclaimed: int
    oldest: float | None


def line(key: str, label: str, courses: Sequence[Course], now: int) -> Line:
    """The figures of these questions, as one line of a table."""
    opened = [course.since for course in courses if course.unclaimed]
    return Line(
        key=key,
        label=label,
        reached=funnel(courses),
        unclaimed=len(opened),
        oldest=(now - min(opened)) / DAY if opened else None,
    )
