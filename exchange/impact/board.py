"""Everything the page of figures shows, read together so that its parts agree."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from exchange import clock
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.impact import figures, queries
from exchange.impact.figures import STEPS, Course, Delay, Line, Promise, Rate, Step
from exchange.impact.queries import Followed, Participation, Result, Scope
from exchange.impact.targets import Standing, Target, stand
from exchange.people.models import AREA_LABELS, Area, User
from exchange.research.models import OutcomeKind

SUMMED: dict[str, frozenset[OutcomeKind]] = {
    "patients": frozenset({OutcomeKind.TRIAL, OutcomeKind.PATIENTS}),
    "jobs": frozenset({OutcomeKind.JOBS}),
    "funds": frozenset({OutcomeKind.FUNDS}),
}
"""What adds up, by the word that names it in an address, and the kinds of results that carry it.
Patients of trials and patients included elsewhere are never the same: the form says so."""

SUM_LABELS = {
    "patients": _m("Patients inclus"),
    "jobs": _m("Emplois créés"),
    "funds": _m("Euros levés"),
}


@dataclass(frozen=True)
class Sum:
    """`total`, of the results that tell a number."""

    name: str
    results: list[Result]

    @classmethod
    def of(cls, name: str, results: Iterable[Result]) -> Self:
        return cls(name, [one for one in results if one.kind in SUMMED[name] and one.quantity])

    @property
    def total(self) -> int:
        return sum(result.quantity or 0 for result in self.results)


@dataclass(frozen=True)
class Board:
    """The figures of one reader. `now` is the date of the data."""

    now: datetime
    funnel: dict[Step, int]
    delays: list[Delay]
    soon: Rate
    kept: Rate
    participation: Participation
    areas: list[Line]
    institutions: list[Line]
    years: list[Line]
    unfollowed: list[Line]
    unfollowed_tags: dict[str, int]
    results: list[Result]
    standings: list[Standing]

    @property
    def sums(self) -> list[Sum]:
        """Patients, jobs and euros, of the results in scope."""
        return [Sum.of(name, self.results) for name in SUMMED]

    @property
    def across(self) -> Rate:
        """Commitments of teams of another institution."""
        return Rate(self.participation.across, self.participation.claims)


def read(
    user: User,
    scope: Scope,
    promise: Promise,
    houses: Sequence[Any],
    targets: Sequence[Target],
    followed: Followed,
) -> Board:
    """The figures of what this reader may read: six queries at most."""
    now = clock.now()
    instant = int(now.timestamp())
    results = queries.results(user, scope)
    courses = queries.courses(user, scope, results)
    areas = _by_area(courses, scope, instant)
    tagged = queries.tagged(user, scope)
    return Board(
        now=now,
        funnel=figures.funnel(courses),
        delays=figures.delays(courses, instant),
        soon=figures.rate(
            courses,
            lambda course: figures.claimed_soon(course, instant),
            among=lambda course: figures.ripe(course, instant),
        ),
        kept=figures.rate(
            courses,
            lambda course: promise.kept(course, instant),
            among=lambda course: promise.due(course, instant),
        ),
        participation=queries.participation(user, scope),
        areas=areas,
        institutions=_by_institution(courses, houses, instant),
        years=_by_year(courses, scope, instant),
        unfollowed=[line for line in areas if line.key not in followed.areas],
        unfollowed_tags={key: count for key, count in tagged.items() if key not in followed.tags},
        results=results,
        standings=standings(user, Scope(scope.zone), targets, results if scope.is_whole else None),
    )


def standings(
    user: User, scope: Scope, targets: Sequence[Target], results: Sequence[Result] | None = None
) -> list[Standing]:
    """Where the targets stand, by all that this reader may read: two queries, one when the
    `results` of that scope are known."""
    known = queries.results(user, scope) if results is None else results
    return stand(targets, known, queries.register(user, scope.zone))


def _by_area(courses: Iterable[Course], scope: Scope, now: int) -> list[Line]:
    """Every area, the empty ones too: what nobody asks about is a figure."""
    found = _grouped(courses, lambda course: course.area)
    areas = [scope.area] if scope.area else list(Area)
    return [figures.line(area, _(AREA_LABELS[area]), found[area], now) for area in areas]


def _by_institution(courses: Iterable[Course], houses: Sequence[Any], now: int) -> list[Line]:
    found = _grouped(courses, lambda course: course.institution_id)
    return [
        figures.line(house.slug, house.short, found[house.id], now)
        for house in houses
        if house.id in found
    ]


def _by_year(courses: Iterable[Course], scope: Scope, now: int) -> list[Line]:
    found = _grouped(
        courses,
        lambda course: datetime.fromtimestamp(course.submitted, UTC).astimezone(scope.zone).year,
    )
    return [figures.line(str(year), str(year), found[year], now) for year in sorted(found)]


def _grouped(courses: Iterable[Course], by: Callable[[Course], Any]) -> dict[Any, list[Course]]:
    found: dict[Hashable, list[Course]] = defaultdict(list)
    for course in courses:
        found[by(course)].append(course)
    return found


def evidence(user: User, scope: Scope, promise: Promise, figure: str) -> list[Course]:
    """The questions behind a figure, the latest first: three queries at most. `figure` is one of
    `FIGURES`."""
    now = int(clock.now().timestamp())
    courses = queries.courses(user, scope, queries.results(user, scope))
    if figure in _ACTS:
        chosen = queries.questions_of(_ACTS[figure](user, scope))
        kept = [course for course in courses if course.id in chosen]
    else:
        kept = [course for course in courses if _belongs(figure, course, promise, now)]
    return kept[::-1]


_ACTS = {
    "across": queries.across,
    "clinicians": queries.clinical_acts,
    "labs": queries.lab_acts,
}

FIGURES = (
    *STEPS,
    *(f"no-{step}" for step in STEPS[1:]),
    "unclaimed",
    "soon",
    "ripe",
    "kept",
    "due",
    *_ACTS,
)
"""Every figure made of questions, by the word that names it in an address. `no-claim`: what still
waits for a claim, and so on."""


def _belongs(figure: str, course: Course, promise: Promise, now: int) -> bool:
    match figure:
        case "unclaimed":
            return course.unclaimed
        case "soon":
            return figures.claimed_soon(course, now)
        case "ripe":
            return figures.ripe(course, now)
        case "kept":
            return promise.kept(course, now)
        case "due":
            return promise.due(course, now)
    step = Step(figure.removeprefix("no-"))
    if figure.startswith("no-"):
        return course.counts and course.waits_for(step)
    return course.counts and course.at(step) is not None
