"""What digests read. Ten thousand are written in a morning, so what they share is read once for
all readers, and what is each one's own for some hundreds at a time.

Nothing here decides who may read: that is `policy.may_read`, asked for each reader and question.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from sqlalchemy import BindParameter, Row, Select, and_, bindparam, exists, func, or_, select

from exchange import db
from exchange.discussion import facts as discussion
from exchange.discussion.models import Comment, Mention
from exchange.log.models import Event
from exchange.mail.models import SavedFilter, SavedSearch, TagWatch, TeamWatch
from exchange.people.models import Area, DigestPeriod, Institution, Membership, Role, Team, User
from exchange.questions import facts as moves
from exchange.questions import tags
from exchange.questions.models import (
    TEXT_FIELDS,
    Audience,
    CircleTeam,
    Follow,
    FollowLevel,
    Kind,
    Question,
    Stage,
    Support,
)
from exchange.questions.workflow import MOVE_OF_FACT
from exchange.research import facts as research
from exchange.research.models import LIVING, Claim, Endorsement, Hypothesis, Project
from exchange.search.find import Wanted, wanted
from exchange.vocabulary import current

OLDEST_WAITING = 40
"""Questions of one area that nobody has taken, the oldest first, of which a digest shows a few."""

ACTIVITY = (
    *MOVE_OF_FACT,
    discussion.Commented.kind,
    research.ClaimJoined.kind,
    research.ClaimUpdated.kind,
    research.HypothesisProposed.kind,
)


class Topic(NamedTuple):
    """A question, with what a digest shows of it and what the rule of reading asks."""

    id: int
    ref: str
    title: str
    area: Area
    kind: Kind
    stage: Stage
    stage_since: datetime
    audience: Audience
    published_at: datetime | None
    hidden_at: datetime | None
    asker_id: int
    team_id: int | None
    institution_id: int | None
    lead_team_id: int | None
    department: str | None
    institution: str | None
    team_slug: str | None
    institution_slug: str | None
    tags: tuple[str, ...]
    """Keys of its tags and of everything broader."""
    circle_team_ids: frozenset[int]


class Happening(NamedTuple):
    """An event of the window."""

    id: int
    kind: str
    question_id: int
    actor_id: int | None
    at: datetime
    data: dict[str, Any]


@dataclass(frozen=True)
class Filter:
    """A saved filter, ready to be held against questions."""

    name: str
    chosen: dict[str, str]

    def fits(self, topic: Topic, teams: dict[int, str]) -> bool:
        """Whether the list would show this question; `teams` names them by slug."""
        return all(
            _FITS[name](topic, value, teams) for name, value in self.chosen.items() if name in _FITS
        )


@dataclass(frozen=True)
class Search:
    """A saved search, ready to be held against new questions."""

    words: str
    asked: list[Wanted]


_FITS: dict[str, Callable[[Topic, str, dict[int, str]], bool]] = {
    "area": lambda topic, value, _teams: topic.area == value,
    "kind": lambda topic, value, _teams: topic.kind == value,
    "stage": lambda topic, value, _teams: topic.stage == value,
    "institution": lambda topic, value, _teams: topic.institution_slug == value,
    "team": lambda topic, value, teams: (
        value in {topic.team_slug, teams.get(topic.lead_team_id or 0)}
    ),
    "tag": lambda topic, value, _teams: value in topic.tags,
    "unclaimed": lambda topic, _value, _teams: topic.stage == Stage.OPEN,
}


_CLINICIAN, _RESEARCHER = int(Role.CLINICIAN), int(Role.RESEARCHER)
_MODERATOR = int(Role.MODERATOR)
"""Plain numbers: asked hundreds of times a reader, and a flag is twenty times slower."""


@dataclass(frozen=True)
class Subscriber:
    """A reader of digests as plain columns, with the names of a `User`."""

    id: int
    email: str
    name: str
    role_bits: int
    active: bool
    locale: str
    timezone: str
    areas: frozenset[Area]
    digest: DigestPeriod
    digest_event_id: int
    unsubscribe_token: str
    team_ids: list[int] = field(default_factory=list)
    levels: dict[int, FollowLevel | None] = field(default_factory=dict)
    read_up_to: dict[int, int] = field(default_factory=dict)
    watched: set[int] = field(default_factory=set)
    tags: list[str] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    searches: list[Search] = field(default_factory=list)

    @property
    def is_clinician(self) -> bool:
        return bool(self.role_bits & _CLINICIAN)

    @property
    def is_researcher(self) -> bool:
        return bool(self.role_bits & _RESEARCHER)

    @property
    def is_moderator(self) -> bool:
        return bool(self.role_bits & _MODERATOR)


LAST_EVENT = select(func.max(Event.id))
TOO_OLD = select(func.max(Event.id)).where(Event.at < bindparam("old"))

_in_window = and_(
    Event.id > bindparam("since"), Event.id <= bindparam("upto"), Event.kind.in_(ACTIVITY)
)
_touched = select(Event.question_id).where(_in_window)
_readers: BindParameter[Any] = bindparam("readers", expanding=True)

HAPPENED = (
    select(Event.id, Event.kind, Event.question_id, Event.actor_id, Event.at, Event.data)
    .where(_in_window)
    .order_by(Event.id.desc())
)


def _topics(*more: Any) -> Select[Any]:
    columns: list[Any] = [
        Question.id,
        Question.ref,
        Question.title,
        Question.area,
        Question.kind,
        Question.stage,
        Question.stage_since,
        Question.audience,
        Question.published_at,
        Question.hidden_at,
        Question.asker_id,
        Question.team_id,
        Question.institution_id,
        Question.lead_team_id,
        Team.name.label("department"),
        Institution.short.label("institution"),
        Team.slug.label("team_slug"),
        Institution.slug.label("institution_slug"),
        tags.told().label("tags"),
    ]
    return (
        select(*columns, *more)
        .select_from(Question)
        .outerjoin(Team, Team.id == Question.team_id)
        .outerjoin(Institution, Institution.id == Question.institution_id)
    )


TOUCHED = _topics().where(Question.id.in_(_touched))

TEXTS = select(
    Question.id, Question.title, *(getattr(Question, name) for name in TEXT_FIELDS)
).where(
    Question.id.in_(
        select(Event.question_id).where(_in_window, Event.kind == moves.Published.kind)
    ),
    exists(select(SavedSearch.id)),
)
"""What new questions say: nothing where nobody keeps a search."""

RETURNED = _topics().where(Question.stage == Stage.RETURNED).order_by(Question.stage_since)
"""Questions that wait for their asker's answer to the moderator."""

AWAITED = (
    _topics(Hypothesis.ref.label("hypothesis"))
    .join(Hypothesis, Hypothesis.question_id == Question.id)
    .where(
        Question.stage.in_([Stage.HYPOTHESIS, Stage.PROJECT]),
        Hypothesis.endorsement == Endorsement.AWAITED,
        Hypothesis.verdict.in_(LIVING),
    )
    .order_by(Hypothesis.id)
)
"""Hypotheses that wait for the asker's opinion."""

PROMISED = (
    _topics(Claim.team_id.label("claimant"), Claim.next_step_on)
    .join(Claim, Claim.question_id == Question.id)
    .where(
        Claim.ended_at.is_(None),
        Claim.next_step_on <= bindparam("soon"),
        Question.stage.in_([Stage.CLAIMED, Stage.HYPOTHESIS]),
    )
    .order_by(Claim.next_step_on, Claim.id)
)
"""Steps that a team promised for `soon` or before."""

_nth = (
    select(
        Question.id,
        func.row_number()
        .over(partition_by=Question.area, order_by=(Question.stage_since, Question.id))
        .label("place"),
    )
    .where(
        Question.stage == Stage.OPEN,
        Question.audience == Audience.MEMBERS,
        Question.published_at.is_not(None),
        Question.hidden_at.is_(None),
    )
    .subquery()
)
WAITING = (
    _topics()
    .join(_nth, _nth.c.id == Question.id)
    .where(_nth.c.place <= OLDEST_WAITING)
    .order_by(Question.stage_since, Question.id)
)
"""The questions of each area that have been open to all members for longest."""

DESK = (
    select(Question.ref)
    .where(Question.stage == Stage.SUBMITTED)
    .order_by(Question.stage_since, Question.id)
)
CIRCLES = select(CircleTeam.question_id, CircleTeam.team_id)
SUPPORTERS = select(Support.user_id, Support.question_id).where(Support.question_id.in_(_touched))
MENTIONED = select(Mention.comment_id, Mention.user_id).where(
    Mention.comment_id >= bindparam("first")
)
HIDDEN = select(Comment.id).where(Comment.hidden_at.is_not(None))
"""Comments out of sight while a moderator reads a report."""

SEALED_HYPOTHESES = select(Hypothesis.id).where(
    Hypothesis.id.in_(bindparam("ids", expanding=True)), Hypothesis.confidential
)
SEALED_PROJECTS = select(Project.id).where(
    Project.id.in_(bindparam("ids", expanding=True)), Project.confidential
)
TEAM_SLUGS = select(Team.id, Team.slug)

SUBSCRIBERS = select(
    User.id,
    User.email,
    User.name,
    User.role_bits,
    and_(User.active, User.mail_dead_at.is_(None)).label("active"),
    User.locale,
    User.timezone,
    User.areas,
    User.digest,
    User.digest_event_id,
    User.unsubscribe_token,
).where(User.id.in_(_readers))
MEMBERSHIPS = (
    select(Membership.user_id, Membership.team_id)
    .where(Membership.user_id.in_(_readers))
    .order_by(Membership.id)
)
FOLLOWS = select(Follow.user_id, Follow.question_id, Follow.level, Follow.read_event_id).where(
    Follow.user_id.in_(_readers),
    or_(Follow.level.is_not(None), Follow.read_event_id > bindparam("since")),
    or_(
        Follow.question_id.in_(_touched),
        Follow.question_id.in_(bindparam("waiting", expanding=True)),
    ),
)
WATCHED = select(TeamWatch.user_id, TeamWatch.team_id).where(TeamWatch.user_id.in_(_readers))
TAGS = (
    select(TagWatch.user_id, TagWatch.concept)
    .where(TagWatch.user_id.in_(_readers))
    .order_by(TagWatch.concept)
)
FILTERS = (
    select(SavedFilter.user_id, SavedFilter.name, SavedFilter.query)
    .where(SavedFilter.user_id.in_(_readers))
    .order_by(SavedFilter.id)
)

SEARCHES = (
    select(SavedSearch.user_id, SavedSearch.words)
    .where(SavedSearch.user_id.in_(_readers), SavedSearch.at_once.is_(False))
    .order_by(SavedSearch.id)
)
"""Those that wait for the digest."""


def topics(
    rows: Sequence[Row[Any]], circles: dict[int, frozenset[int]]
) -> list[tuple[Topic, tuple[Any, ...]]]:
    """Each row's question, and what the statement reads more."""
    width = len(Topic._fields) - 1
    nobody: frozenset[int] = frozenset()
    return [
        (
            Topic._make((*row[: width - 1], _widened(row.tags), circles.get(row[0], nobody))),
            tuple(row[width:]),
        )
        for row in rows
    ]


def _widened(told: str | None) -> tuple[str, ...]:
    """The tags of a question with all that is broader: who follows cancer hears of melanoma."""
    vocabulary = current.in_force()
    named = tags.in_force(tags.of_column(told))
    return tuple(dict.fromkeys(key for tag in named for key in vocabulary.with_broader(tag)))


def subscribers(
    ids: Sequence[int], *, since: int, upto: int, waiting: Sequence[int]
) -> dict[int, Subscriber]:
    """These readers with what is their own: seven queries, however many they are."""
    whose = {"readers": ids}
    found = {
        row.id: Subscriber(**{**row._mapping, "areas": frozenset(map(Area, row.areas))})
        for row in db.rows(SUBSCRIBERS, whose)
    }
    for row in db.rows(MEMBERSHIPS, whose):
        found[row.user_id].team_ids.append(row.team_id)
    window = {"since": since, "upto": upto, "waiting": waiting}
    for row in db.rows(FOLLOWS, whose | window):
        found[row.user_id].levels[row.question_id] = row.level
        found[row.user_id].read_up_to[row.question_id] = row.read_event_id
    for row in db.rows(WATCHED, whose):
        found[row.user_id].watched.add(row.team_id)
    for row in db.rows(TAGS, whose):
        found[row.user_id].tags.append(row.concept)
    for row in db.rows(FILTERS, whose):
        found[row.user_id].filters.append(Filter(row.name, dict(parse_qsl(row.query))))
    vocabulary = current.in_force()
    for row in db.rows(SEARCHES, whose):
        found[row.user_id].searches.append(Search(row.words, wanted(row.words, vocabulary)))
    return found
