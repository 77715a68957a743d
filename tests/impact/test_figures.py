"""Every figure is worked out a second time, from the log alone, by other means: the events are
replayed through the table of moves, and the medians are found by counting who still waits."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select

from exchange import clock, db, workdays
from exchange.demo import story
from exchange.impact import board, queries, targets
from exchange.impact.figures import Promise, Step
from exchange.impact.queries import Scope
from exchange.impact.survival import Wait, quartiles
from exchange.log.models import Event
from exchange.mail.models import TagWatch
from exchange.people.models import Area, Institution, Role, Team, TeamKind, User
from exchange.questions import facts
from exchange.questions.models import Question, Stage
from exchange.questions.policy import may_read
from exchange.questions.workflow import MOVE_OF_FACT
from exchange.research import facts as research
from exchange.research.models import Hypothesis, Project
from exchange.research.policy import may_read_hypothesis, may_read_project
from exchange.settings import Settings
from tests import databases

PROMISE = 10
ZONE = Settings().zone()
DONE = {Stage.CONCLUDED, Stage.DECLINED, Stage.WITHDRAWN, Stage.MERGED}


@dataclass
class Life:
    """One question, as the log tells it."""

    question: Question
    stage: Stage = Stage.DRAFT
    since: datetime | None = None
    first: dict[Stage, datetime] = field(default_factory=dict)
    outcome: datetime | None = None
    decided: datetime | None = None
    teams: set[int] = field(default_factory=set)

    def reached(self, step: Step) -> datetime | None:
        stage = {
            Step.QUESTION: Stage.OPEN,
            Step.CLAIM: Stage.CLAIMED,
            Step.HYPOTHESIS: Stage.HYPOTHESIS,
            Step.PROJECT: Stage.PROJECT,
        }
        return self.outcome if step is Step.OUTCOME else self.first.get(stage[step])


@pytest.fixture(scope="module", autouse=True)
def told(
    database_maker: databases.SqliteMaker | databases.PostgresMaker,
) -> Iterator[None]:
    """The demo story, told once: the tests only read it."""
    with database_maker.fresh() as url:
        engine = db.connect(url)
        db.bind(engine)
        db.begin_write()
        story.tell()
        db.session.commit()
        yield
        db.session.remove()
        engine.dispose()


def replayed(reader: User) -> list[Life]:
    """Every question this person may read, lived again."""
    lives: dict[int, Life] = {}
    for event in db.session.scalars(select(Event).order_by(Event.id)):
        if event.question_id is None:
            continue
        question = db.session.get_one(Question, event.question_id)
        if not may_read(reader, question):
            continue
        life = lives.setdefault(question.id, Life(question))
        _live(life, event, reader)
    return list(lives.values())


def _live(life: Life, event: Event, reader: User) -> None:
    fact = event.fact
    if isinstance(fact, facts.Claimed | research.ClaimJoined):
        life.teams.add(fact.team_id)
    if isinstance(fact, research.OutcomeRecorded | research.OutcomeLinked):
        project = db.session.get_one(Project, fact.project_id)
        if may_read_project(reader, project):
            life.outcome = life.outcome or event.at
    move = MOVE_OF_FACT.get(event.kind)
    if move is None:
        return
    assert life.stage in move.from_
    if life.stage is Stage.SUBMITTED and move.name != "withdraw":
        life.decided = life.decided or event.at
    life.stage, life.since = move.to, event.at
    life.first.setdefault(move.to, event.at)


def counted(lives: list[Life]) -> list[Life]:
    return [life for life in lives if Stage.OPEN in life.first and life.stage is not Stage.MERGED]


def waits(
    lives: list[Life], before: Step, step: Step, now: datetime
) -> Iterator[tuple[float, bool]]:
    """Days waited for a step, and whether it came."""
    for life in counted(lives):
        start, end = life.reached(before), life.reached(step)
        if start is not None:
            until = end or (life.since if life.stage in DONE else now)
            assert until is not None
            yield max(0.0, (until - start) / timedelta(days=1)), end is not None


def quantile(waited: list[tuple[float, bool]], share: Fraction) -> float | None:
    """The first day on which `share` or less still wait: at each day something came, everybody
    who had waited as long is counted again."""
    left = Fraction(1)
    for day in sorted({days for days, came in waited if came}):
        there = sum(days >= day for days, _came in waited)
        leaving = sum(came and days == day for days, came in waited)
        left *= Fraction(there - leaving, there)
        if left <= share:
            return day
    return None


READERS = ("mona.ferrand", "claire.martel", "robin.aubert", "ada.kessler")


@pytest.mark.parametrize("handle", READERS)
def test_the_funnel_and_its_delays_are_those_of_the_log(handle: str) -> None:
    reader = person(handle)
    lives = replayed(reader)
    found = read(reader)
    assert found.funnel == {
        step: sum(life.reached(step) is not None for life in counted(lives)) for step in Step
    }
    assert found.funnel[Step.OUTCOME] > 0
    steps = list(Step)
    for before, delay in zip(steps, found.delays, strict=False):
        waited = list(waits(lives, before, delay.step, found.now))
        assert delay.n == len(waited)
        assert delay.reached == sum(came for _days, came in waited)
        assert delay.waiting == sum(
            life.reached(before) is not None
            and life.reached(delay.step) is None
            and life.stage not in DONE
            for life in counted(lives)
        )
        for quarter, days in ((3, delay.days.first), (2, delay.days.median), (1, delay.days.third)):
            expected = quantile(waited, Fraction(quarter, 4))
            assert (days is None) == (expected is None)
            assert days == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("handle", READERS)
def test_the_rates_are_those_of_the_log(handle: str) -> None:
    reader = person(handle)
    lives = replayed(reader)
    found = read(reader)
    old = [
        life for life in counted(lives) if found.now - life.first[Stage.OPEN] >= timedelta(days=90)
    ]
    assert found.soon.n == len(old) > 0
    assert found.soon.part == sum(
        Stage.CLAIMED in life.first
        and life.first[Stage.CLAIMED] - life.first[Stage.OPEN] <= timedelta(days=90)
        for life in old
    )
    told_in = [
        workdays.between(_day(life.first[Stage.SUBMITTED]), _day(life.decided or found.now))
        for life in lives
        if life.decided or life.stage is Stage.SUBMITTED
    ]
    late = sum(days > PROMISE for days in told_in)
    not_yet = sum(
        life.decided is None
        and life.stage is Stage.SUBMITTED
        and workdays.between(_day(life.first[Stage.SUBMITTED]), _day(found.now)) <= PROMISE
        for life in lives
    )
    assert found.kept.n == len(told_in) - not_yet > 0
    assert found.kept.part == found.kept.n - late
    houses = {team.id: team.institution_id for team in _teams()}
    pairs = [
        (houses[team], life.question.institution_id)
        for life in counted(lives)
        for team in life.teams
        if life.question.institution_id is not None
    ]
    assert found.across.n == len(pairs) > 0
    assert found.across.part == sum(lab != asking for lab, asking in pairs)


@pytest.mark.parametrize("handle", READERS)
def test_who_is_active_is_told_by_the_log(handle: str) -> None:
    reader = person(handle)
    clinicians, labs = set(), set()
    kinds = {team.id: team.kind for team in _teams()}
    since = clock.now() - timedelta(days=365)
    for event in db.session.scalars(select(Event).where(Event.at >= since)):
        if event.question_id is None:
            continue
        if not may_read(reader, db.session.get_one(Question, event.question_id)):
            continue
        fact = event.fact
        if isinstance(fact, research.HypothesisProposed):
            hypothesis = db.session.get_one(Hypothesis, fact.hypothesis_id)
            if may_read_hypothesis(reader, hypothesis):
                labs.add(fact.team_id)
        elif isinstance(fact, facts.Claimed | research.ClaimJoined | research.ClaimUpdated):
            labs.add(fact.team_id)
        elif event.kind in {
            "question.submitted",
            "question.resubmitted",
            "question.revised",
            "question.supported",
            "comment.posted",
        } and not (event.data.get("hypothesis_id") or event.data.get("project_id")):
            actor = db.session.get_one(User, event.actor_id)
            if Role.CLINICIAN in actor.roles:
                clinicians.add(actor.id)
    found = read(reader).participation
    assert found.clinicians == len(clinicians) > 0
    assert found.labs == sum(kinds[team] is TeamKind.LAB for team in labs) > 0


def test_areas_institutions_and_years_add_up_to_the_whole() -> None:
    mona = person("mona.ferrand")
    found = read(mona)
    lives = replayed(mona)
    for lines in (found.areas, found.institutions, found.years):
        for step in Step:
            assert sum(line.reached[step] for line in lines) == found.funnel[step]
    waiting = defaultdict(list)
    for life in lives:
        if life.stage is Stage.OPEN:
            waiting[life.question.area].append(life)
    assert {line.key: line.unclaimed for line in found.areas} == {
        area: len(waiting[area]) for area in Area
    }
    for line in found.areas:
        narrowed = read(mona, area=Area(line.key))
        assert narrowed.funnel == line.reached
        assert len(narrowed.areas) == 1
    for line in found.years:
        assert read(mona, year=int(line.key)).funnel == line.reached


@pytest.mark.parametrize("handle", READERS)
def test_outcomes_count_once_on_the_day_the_log_says(handle: str) -> None:
    """Of several questions, or linked to several projects; and their numbers add up."""
    reader = person(handle)
    days: dict[int, date] = {}
    numbers: dict[int, tuple[str, int]] = {}
    works: defaultdict[int, set[int]] = defaultdict(set)
    for event in db.session.scalars(
        select(Event).where(Event.kind.in_(OF_THE_LOG[:3])).order_by(Event.id)
    ):
        data = event.data
        if not may_read_project(reader, db.session.get_one(Project, data["project_id"])):
            continue
        works[data["outcome_id"]].add(data["project_id"])
        days.setdefault(data["outcome_id"], _day(event.at))
        if "outcome" in data:
            numbers[data["outcome_id"]] = (data["outcome"], data["quantity"] or 0)
    found = read(reader)
    assert {result.id: result.on for result in found.results} == days
    assert len(found.results) == len(days)
    assert {result.id: len(result.works) for result in found.results} == {
        number: len(several) for number, several in works.items()
    }
    assert max(map(len, works.values())) == 2
    of_kind: defaultdict[str, int] = defaultdict(int)
    for kind, quantity in numbers.values():
        of_kind[kind] += quantity
    assert {one.name: one.total for one in found.sums} == {
        "patients": of_kind["trial"] + of_kind["patients"],
        "jobs": of_kind["jobs"],
        "funds": of_kind["funds"],
    }
    assert all(one.total > 0 for one in found.sums)


def test_what_nobody_follows() -> None:
    """Asked of each person and team in turn."""
    mona = person("mona.ferrand")
    found = read(mona)
    people = db.session.scalars(select(User)).all()
    chosen = {area for one in people for area in one.areas}
    chosen |= {area for team in _labs() for area in team.areas}
    assert {line.key for line in found.unfollowed} == set(Area) - chosen
    carried = [
        key
        for life in counted(replayed(mona))
        for key in life.question.tags
        if key not in found.unfollowed_tags
    ]
    assert carried == []
    most = next(iter(found.unfollowed_tags))
    db.session.add(TagWatch(user_id=mona.id, concept=most))
    db.session.flush()
    try:
        assert most not in read(mona).unfollowed_tags
    finally:
        db.session.rollback()


OF_THE_LOG = (
    "project.outcome_recorded",
    "project.outcome_changed",
    "project.outcome_linked",
    "project.candidate_entered",
    "project.candidate_changed",
)


@pytest.mark.parametrize("handle", READERS)
def test_the_targets_stand_where_the_log_says(handle: str) -> None:
    """Counted from the kind and payload of events alone; who may read a project is asked of the
    rule itself."""
    reader = person(handle)
    told: dict[tuple[str, int], dict[str, object]] = {}
    for event in db.session.scalars(
        select(Event).where(Event.kind.in_(OF_THE_LOG)).order_by(Event.id)
    ):
        if not may_read_project(reader, db.session.get_one(Project, event.data["project_id"])):
            continue
        what = "outcome_id" if "outcome_id" in event.data else "candidate_id"
        told.setdefault((what, event.data[what]), {}).update(event.data)
    counted = dict.fromkeys(("blockbuster", "niche", "antibodies"), 0)
    counted |= dict.fromkeys(("trials", "companies", "jobs", "funds"), 0)
    for one in told.values():
        if one.get("make") in {"antibody", "bispecific", "conjugate"}:
            counted["antibodies"] += one["progress"] in {"2", "2-3", "3", "filed"}
            if one["progress"] == "approved" and one["reach"]:
                counted[str(one["reach"])] += 1
        elif one.get("outcome") == "trial" and one["status"] != "planned":
            counted["trials"] += one["phase"] in {"1", "1-2", "2"}
        elif one.get("outcome") == "company":
            counted["companies"] += 1
        elif one.get("outcome") in {"jobs", "funds"}:
            counted[str(one["outcome"])] += int(str(one["quantity"]))
    assert {one.target.name: one.counted for one in read(reader).standings} == counted
    assert counted["jobs"] > 0
    assert counted["antibodies"] > 0


def test_every_figure_is_as_long_as_its_list() -> None:
    mona = person("mona.ferrand")
    found = read(mona)
    known: dict[str, int] = {
        **{str(step): count for step, count in found.funnel.items()},
        **{f"no-{delay.step}": delay.waiting for delay in found.delays},
        "unclaimed": sum(line.unclaimed for line in found.areas),
        "soon": found.soon.part,
        "ripe": found.soon.n,
        "kept": found.kept.part,
        "due": found.kept.n,
    }
    behind = {
        figure: len(board.evidence(mona, Scope(ZONE), Promise(PROMISE, ZONE), figure))
        for figure in board.FIGURES
    }
    of_people = {figure: behind.pop(figure) for figure in ("across", "clinicians", "labs")}
    assert behind == known
    assert all(0 < count <= len(replayed(mona)) for count in of_people.values())


def test_the_waiting_ones_pull_the_median_up() -> None:
    """Worked by hand: four waits, of which those of 1 and 3 days ended. After day 1, 3/4 wait;
    after day 3, of two at risk one leaves: 3/8."""
    four = [Wait(1, True), Wait(2, False), Wait(3, True), Wait(4, False)]
    found = quartiles(four)
    assert (found.first, found.median, found.third) == (1, 3, None)
    assert quartiles([Wait(1, True), Wait(3, True)]).median == 1


def test_a_tie_between_coming_and_leaving_counts_the_leaver_as_there() -> None:
    found = quartiles([Wait(5, True), Wait(5, False), Wait(9, True)])
    assert (found.first, found.median) == (5, 9)


def test_nothing_known_stays_empty() -> None:
    found = quartiles([Wait(10, False)] * 3)
    assert (found.first, found.median, found.third) == (None, None, None)
    assert quartiles([]).median is None


def person(handle: str) -> User:
    return db.session.scalars(select(User).where(User.handle == handle)).one()


def read(reader: User, *, area: Area | None = None, year: int | None = None) -> board.Board:
    houses = db.session.scalars(select(Institution)).all()
    scope = Scope(ZONE, area=area, year=year)
    return board.read(
        reader, scope, Promise(PROMISE, ZONE), houses, targets.of(""), queries.followed()
    )


def _labs() -> list[Team]:
    return [team for team in _teams() if team.kind is TeamKind.LAB]


def _teams() -> list[Team]:
    return list(db.session.scalars(select(Team)))


def _day(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()
