"""Reads of the figures. Every one starts from what the reader may read, so that two readers may
see different counts and nobody learns of a private thing by counting.

Pages cost a fixed number of queries; the courses of 10,000 questions come as one row each, the
events aggregated by the database.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Row,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    distinct,
    extract,
    func,
    literal,
    select,
    union,
)

from exchange import clock, db
from exchange.discussion.facts import Commented
from exchange.impact.figures import Course, Step
from exchange.log.models import Event
from exchange.mail.models import TagWatch
from exchange.people.models import Area, Institution, Role, Team, TeamKind, User
from exchange.questions import facts
from exchange.questions.models import Question, QuestionTag, Stage
from exchange.questions.policy import readable_by
from exchange.research.candidates.models import Candidate, Make, Progress, Reach
from exchange.research.models import (
    Claim,
    ClaimUpdate,
    Hypothesis,
    Outcome,
    OutcomeKind,
    Phase,
    Project,
    ProjectHypothesis,
    ProjectOutcome,
    TrialStatus,
)
from exchange.research.policy import hypothesis_readable_by, project_readable_by
from exchange.vocabulary import current

ACTIVE = timedelta(days=365)
"""How far back one must have acted to be active."""

FACT_OF_STEP = {
    Step.QUESTION: facts.Published.kind,
    Step.CLAIM: facts.Claimed.kind,
    Step.HYPOTHESIS: facts.HypothesisOpened.kind,
    Step.PROJECT: facts.ProjectStarted.kind,
}
"""The event that first brings a question to a step. An outcome is a row of its own, because it
may stand in a project that not every reader of the question may read."""

DECISIONS = (
    facts.Published.kind,
    facts.Returned.kind,
    facts.Declined.kind,
    facts.Merged.kind,
)
"""What the desk may answer to a question that was sent."""

CLINICAL_ACTS = (
    facts.Submitted.kind,
    facts.Resubmitted.kind,
    facts.Revised.kind,
    facts.Supported.kind,
    Commented.kind,
)
"""What a clinician does on a question, for all its readers to see."""


@dataclass(frozen=True)
class Scope:
    """What is counted: the questions of an area, asked in an institution, sent in a year (on the
    calendar of `zone`). None: all."""

    zone: ZoneInfo
    area: Area | None = None
    institution_id: int | None = None
    year: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return self.area is None and self.institution_id is None and self.year is None

    @property
    def period(self) -> tuple[datetime, datetime] | None:
        """The year, from its first instant to the first one after."""
        if self.year is None:
            return None
        return self._new_year(self.year), self._new_year(self.year + 1)

    @property
    def activity(self) -> tuple[datetime, datetime]:
        """When one must have acted to be active: in the year, or lately."""
        now = clock.now()
        return self.period or (now - ACTIVE, now + timedelta(seconds=1))

    def _new_year(self, year: int) -> datetime:
        return datetime(year, 1, 1, tzinfo=self.zone).astimezone(UTC)


def version(user: User) -> Row[*tuple[Any, ...]]:
    """What changes when a figure may have changed (`last`, an event), and when the first question
    that this reader knows of was sent (`first`): one query."""
    first = select(func.min(Question.submitted_at)).where(readable_by(user)).scalar_subquery()
    last = select(func.max(Event.id)).scalar_subquery()
    return db.session.execute(select(last.label("last"), first.label("first"))).one()


def institutions() -> Sequence[Row[*tuple[Any, ...]]]:
    """Every institution: one query."""
    return db.session.execute(
        select(Institution.id, Institution.slug, Institution.name, Institution.short).order_by(
            Institution.name
        )
    ).all()


@dataclass(frozen=True, slots=True)
class Origin:
    """A question that led to an outcome."""

    id: int
    ref: str
    title: str
    language: str
    since: int
    """When the outcome was noted in a project of this question: seconds since 1970."""


@dataclass(frozen=True)
class Work:
    """A project behind a figure."""

    ref: str
    title: str


@dataclass(frozen=True)
class Result:
    """An outcome, once; `works` are its projects and `questions` those that led to it, of what the
    reader may read."""

    id: int
    kind: OutcomeKind
    on: date
    summary: str
    reference: str
    phase: Phase | None
    status: TrialStatus | None
    quantity: int | None
    works: list[Work]
    questions: list[Origin]


def results(user: User, scope: Scope) -> list[Result]:
    """Outcomes of the projects this reader may read, on the questions in scope, the latest first:
    one query. An outcome of several questions or projects is one outcome; so are two rows of one
    kind with the same number, noted apart by people who could not read of each other."""
    rows = db.session.execute(
        select(
            Outcome.id,
            Outcome.kind,
            Outcome.at,
            Outcome.summary,
            Outcome.reference,
            Outcome.key,
            Outcome.phase,
            Outcome.status,
            Outcome.quantity,
            ProjectOutcome.at.label("since"),
            Project.id.label("project_id"),
            Project.ref,
            Project.title,
            Question.id.label("question_id"),
            Question.ref.label("question_ref"),
            Question.title.label("question_title"),
            Question.language,
        )
        .join(ProjectOutcome, ProjectOutcome.outcome_id == Outcome.id)
        .join(Project, Project.id == ProjectOutcome.project_id)
        .join(ProjectHypothesis, ProjectHypothesis.project_id == Project.id)
        .join(Hypothesis, Hypothesis.id == ProjectHypothesis.hypothesis_id)
        .join(Question, Question.id == Hypothesis.question_id)
        .where(project_readable_by(user), *_in_scope(user, scope))
        .distinct()
        .order_by(Outcome.at.desc(), Outcome.id.desc(), ProjectOutcome.at, Project.id, Question.id)
    )
    found: dict[tuple[OutcomeKind, str | int], Result] = {}
    for row in rows:
        same = (row.kind, row.key or row.id)
        if same not in found:
            found[same] = Result(
                id=row.id,
                kind=row.kind,
                on=row.at.astimezone(scope.zone).date(),
                summary=row.summary,
                reference=row.reference,
                phase=row.phase,
                status=row.status,
                quantity=row.quantity,
                works=[],
                questions=[],
            )
        if (work := Work(row.ref, row.title)) not in found[same].works:
            found[same].works.append(work)
        since = int(row.since.timestamp())
        origin = Origin(row.question_id, row.question_ref, row.question_title, row.language, since)
        if origin.id not in {one.id for one in found[same].questions}:
            found[same].questions.append(origin)
    return list(found.values())


@dataclass(frozen=True)
class Registered:
    """A drug candidate, once; `works` are its projects and `questions` those that it comes from,
    of what the reader may read."""

    name: str
    target: str
    make: Make
    progress: Progress
    reach: Reach | None
    reference: str
    on: date
    works: list[Work]
    questions: list[Row[*tuple[Any, ...]]]


def register(user: User, zone: ZoneInfo) -> list[Registered]:
    """Candidates of the projects this reader may read, by name: one query. One name is one
    candidate, as its first project tells it."""
    rows = db.session.execute(
        select(
            Candidate.name,
            Candidate.target,
            Candidate.make,
            Candidate.progress,
            Candidate.reach,
            Candidate.reference,
            Candidate.at,
            Project.ref.label("work"),
            Project.title.label("work_title"),
            Question.ref,
            Question.title,
            Question.language,
            Question.area,
        )
        .join(Project, Project.id == Candidate.project_id)
        .outerjoin(Question, and_(Question.id == Candidate.question_id, readable_by(user)))
        .where(project_readable_by(user))
        .order_by(func.lower(Candidate.name), Candidate.id)
    )
    found: dict[str, Registered] = {}
    for row in rows:
        one = found.setdefault(
            row.name.casefold(),
            Registered(
                name=row.name,
                target=row.target,
                make=row.make,
                progress=row.progress,
                reach=row.reach,
                reference=row.reference,
                on=row.at.astimezone(zone).date(),
                works=[],
                questions=[],
            ),
        )
        if (work := Work(row.work, row.work_title)) not in one.works:
            one.works.append(work)
        if row.ref and row.ref not in {question.ref for question in one.questions}:
            one.questions.append(row)
    return list(found.values())


def courses(user: User, scope: Scope, outcomes: Sequence[Result]) -> list[Course]:
    """What became of every question this reader may read, from the log: one query. `outcomes`
    are those of the same reader and scope."""
    first_outcome: dict[int, int] = {}
    for outcome in outcomes:
        for question in outcome.questions:
            known = first_outcome.get(question.id, question.since)
            first_outcome[question.id] = min(known, question.since)
    log = _first_events()
    rows: Iterable[Any] = db.rows(
        select(
            Question.id,
            Question.area,
            Question.institution_id,
            Question.stage,
            _seconds(Question.stage_since),
            Question.source_id.is_not(None),
            log.c.submitted,
            log.c.decided,
            *(log.c[step] for step in FACT_OF_STEP),
        )
        .join(log, log.c.question_id == Question.id)
        .where(*_in_scope(user, scope))
        .order_by(Question.id)
    )
    return [
        Course(
            id=number,
            area=area,
            institution_id=house,
            stage=stage,
            since=since,
            imported=imported,
            submitted=submitted,
            decided=decided,
            steps=(*steps, first_outcome.get(number)),
        )
        for number, area, house, stage, since, imported, submitted, decided, *steps in rows
    ]


@dataclass(frozen=True)
class Participation:
    """Who takes part. A team counts once for each question it committed to; `across` are the
    teams of another institution than the one that asked."""

    claims: int
    across: int
    clinicians: int
    labs: int


def participation(user: User, scope: Scope) -> Participation:
    """One query."""
    pairs = _commitments(user, scope).subquery()
    row = db.session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(cast(pairs.c.across, Integer)), 0),
            _people(clinical_acts(user, scope)),
            _people(lab_acts(user, scope)),
        ).select_from(pairs)
    ).one()
    return Participation(*row)


def across(user: User, scope: Scope) -> Subquery:
    """Commitments of teams of another institution, one row a question and team."""
    pairs = _commitments(user, scope).subquery()
    return select(pairs).where(pairs.c.across).subquery()


def clinical_acts(user: User, scope: Scope) -> Subquery:
    """What clinicians did in the period of activity: `question_id` and `who`, a person. What was
    said under a hypothesis or a project is left out: its reader may be another."""
    since, until = scope.activity
    return (
        select(Event.question_id, Event.actor_id.label("who"))
        .join(Question, Question.id == Event.question_id)
        .join(User, User.id == Event.actor_id)
        .where(
            Event.kind.in_(CLINICAL_ACTS),
            Event.data["hypothesis_id"].as_integer().is_(None),
            Event.data["project_id"].as_integer().is_(None),
            Event.at >= since,
            Event.at < until,
            User.role_bits.bitwise_and(int(Role.CLINICIAN)) != 0,
            *_in_place(user, scope),
        )
        .distinct()
        .subquery()
    )


def lab_acts(user: User, scope: Scope) -> Subquery:
    """What research teams did in the period of activity (claims, news, hypotheses that the reader
    may read): `question_id` and `who`, a team."""
    since, until = scope.activity
    claim = select(Claim.question_id, Claim.team_id.label("who"))
    acts = (
        claim.where(Claim.at >= since, Claim.at < until),
        claim.join(ClaimUpdate, ClaimUpdate.claim_id == Claim.id).where(
            ClaimUpdate.at >= since, ClaimUpdate.at < until
        ),
        select(Hypothesis.question_id, Hypothesis.team_id)
        .join(Hypothesis.question)
        .where(Hypothesis.at >= since, Hypothesis.at < until, hypothesis_readable_by(user)),
    )
    found = union(*acts).subquery()
    return (
        select(found.c.question_id, found.c.who)
        .join(Question, Question.id == found.c.question_id)
        .join(Team, Team.id == found.c.who)
        .where(Team.kind == TeamKind.LAB, *_in_place(user, scope))
        .subquery()
    )


@dataclass(frozen=True)
class Followed:
    """What somebody here hears of: areas by their value, tags by their key."""

    areas: frozenset[str]
    tags: frozenset[str]


def followed() -> Followed:
    """Areas that an active member chose or that a research team names, and tags that an active
    member follows, alone or with a broader one: one query."""
    rows = db.session.execute(
        union(
            select(literal("areas").label("what"), cast(User.areas, String).label("which")).where(
                User.active.is_(True)
            ),
            select(literal("areas"), cast(Team.areas, String)).where(Team.kind == TeamKind.LAB),
            select(literal("tag"), TagWatch.concept)
            .join(User, User.id == TagWatch.user_id)
            .where(User.active.is_(True)),
        )
    ).all()
    broad = [row.which for row in rows if row.what == "tag"]
    vocabulary = current.in_force()
    return Followed(
        areas=frozenset(
            area for row in rows if row.what == "areas" for area in json.loads(row.which)
        ),
        tags=frozenset(key for one in broad for key in vocabulary.with_narrower(one)),
    )


def tagged(user: User, scope: Scope) -> dict[str, int]:
    """How many published questions in scope carry each tag, the most frequent first: one query."""
    count = func.count()
    rows = db.session.execute(
        select(QuestionTag.concept, count.label("number"))
        .join(Question, Question.id == QuestionTag.question_id)
        .where(
            Question.published_at.is_not(None),
            Question.stage != Stage.MERGED,
            *_in_scope(user, scope),
        )
        .group_by(QuestionTag.concept)
        .order_by(count.desc(), QuestionTag.concept)
    )
    return {row.concept: row.number for row in rows}


def questions_of(acts: Subquery) -> set[int]:
    """The questions on which somebody acted: one query."""
    return set(db.session.scalars(select(acts.c.question_id).distinct()))


def names(user: User, scope: Scope) -> dict[int, Row[*tuple[Any, ...]]]:
    """Reference, title and language of every question in scope, by id: one query."""
    rows = db.session.execute(
        select(Question.id, Question.ref, Question.title, Question.language).where(
            *_in_scope(user, scope)
        )
    )
    return {row.id: row for row in rows}


def _people(acts: Subquery) -> Any:
    return select(func.count(distinct(acts.c.who))).scalar_subquery()


def _commitments(user: User, scope: Scope) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Claim.question_id,
            Claim.team_id,
            (Team.institution_id != Question.institution_id).label("across"),
        )
        .join(Claim.question)
        .join(Claim.team)
        .where(
            Question.institution_id.is_not(None),
            Question.published_at.is_not(None),
            Question.stage != Stage.MERGED,
            *_in_scope(user, scope),
        )
        .distinct()
    )


def _in_scope(user: User, scope: Scope) -> list[ColumnElement[bool]]:
    conditions = _in_place(user, scope)
    if scope.period is not None:
        start, end = scope.period
        conditions.append(and_(Question.submitted_at >= start, Question.submitted_at < end))
    return conditions


def _in_place(user: User, scope: Scope) -> list[ColumnElement[bool]]:
    """The scope but for its year."""
    conditions = [readable_by(user), Question.stage != Stage.DRAFT]
    if scope.area is not None:
        conditions.append(Question.area == scope.area)
    if scope.institution_id is not None:
        conditions.append(Question.institution_id == scope.institution_id)
    return conditions


def _first_events() -> Subquery:
    """When each question was first sent, decided, and brought to each step. Events are grouped
    before questions are joined: it is twice as fast."""

    def first(*kinds: str) -> ColumnElement[Any]:
        return _seconds(func.min(case((Event.kind.in_(kinds), Event.at))))

    kinds = {facts.Submitted.kind, *DECISIONS, *FACT_OF_STEP.values()}
    return (
        select(
            Event.question_id,
            first(facts.Submitted.kind).label("submitted"),
            first(*DECISIONS).label("decided"),
            *(first(kind).label(step) for step, kind in FACT_OF_STEP.items()),
        )
        .where(Event.kind.in_(kinds))
        .group_by(Event.question_id)
        .subquery()
    )


def _seconds(moment: Any) -> ColumnElement[Any]:
    """Whole seconds since 1970: an integer is read much faster than an instant."""
    return cast(extract("epoch", moment), BigInteger)
