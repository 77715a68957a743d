"""Reads of the header, the home page and the probes. The home page of somebody who has every
role costs thirteen queries with their own and the header's; each block is one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from exchange import clock, db, web
from exchange.log.facts import quiet_kinds
from exchange.log.models import Bookmark, Event, ParkedEvent
from exchange.meetings.models import (
    Answer,
    Meeting,
    MeetingAnswer,
    MeetingDate,
    MeetingGuest,
    MeetingState,
)
from exchange.moderation import queue
from exchange.outbox.models import Letter, LetterState
from exchange.people.models import Institution, Role, Team, User
from exchange.questions.models import Follow, FollowLevel, Question, Stage
from exchange.questions.policy import any_reader, public_to_all, readable_by
from exchange.research.models import LIVING, Claim, Endorsement, Hypothesis, Project
from exchange.research.policy import hypothesis_readable_by, project_readable_by

AnyRow: TypeAlias = Row[*tuple[Any, ...]]

SOON = timedelta(days=14)
"""How far ahead a promise is shown as near."""

OVER = (Stage.CONCLUDED, Stage.MERGED, Stage.DECLINED, Stage.WITHDRAWN)

_Lead = aliased(Team)


@cache
def _counts(moderator: bool) -> Select[*tuple[Any, ...]]:
    """What the header counts. A notice counts while its question may be read, as on its page."""
    unread = (
        select(func.count())
        .select_from(Letter)
        .join(Question, Question.id == Letter.question_id)
        .where(
            Letter.user_id == bindparam("me"),
            Letter.read_at.is_(None),
            Letter.kind != "digest",
            Letter.state != LetterState.DROPPED,
            readable_by(any_reader(moderator=moderator)),
        )
    )
    dead = (
        select(func.count())
        .select_from(User)
        .where(User.id == bindparam("me"), User.mail_dead_at.is_not(None))
    )
    counts = select(
        unread.scalar_subquery().label("unread"), dead.scalar_subquery().label("mail_dead")
    )
    if not moderator:
        return counts
    return counts.add_columns(queue.size().label("waiting"))


def nav(user: User) -> dict[str, int]:
    """What the header counts, in one query: `unread` notices, `waiting` at the desk, and whether
    mail no longer reaches the person (`mail_dead`)."""
    values: dict[str, Any] = {"me": user.id, "teams": user.team_ids}
    if user.is_moderator:
        values |= queue.values(web.settings())
    return dict(db.rows(_counts(user.is_moderator), values).one()._mapping)


def own_questions(user: User, *, limit: int = 20) -> Sequence[AnyRow]:
    """What this person asked and is not over, those returned first, then drafts, with what their
    sentence needs: one query."""
    first = case((Question.stage == Stage.RETURNED, 0), (Question.stage == Stage.DRAFT, 1), else_=2)
    return db.session.execute(
        select(
            Question.id,
            Question.ref,
            Question.title,
            Question.language,
            Question.stage,
            Question.stage_since,
            Question.edited_at,
            Question.hidden_at,
            Question.lead_team_id,
            _Lead.name.label("lead_team"),
            Claim.next_step,
            Claim.next_step_on,
            _hypotheses(Endorsement.AWAITED).label("awaited"),
            _hypotheses(Endorsement.ENDORSED).label("endorsed"),
        )
        .outerjoin(_Lead, _Lead.id == Question.lead_team_id)
        .outerjoin(
            Claim,
            and_(Claim.question_id == Question.id, Claim.lead.is_(True), Claim.ended_at.is_(None)),
        )
        .where(Question.asker_id == user.id, Question.stage.not_in(OVER))
        .order_by(first, Question.stage_since.desc(), Question.id.desc())
        .limit(limit)
    ).all()


def opinions_awaited(user: User) -> Sequence[AnyRow]:
    """Living hypotheses on which the asker has not said their opinion: one query."""
    return db.session.execute(
        select(Hypothesis.ref, Hypothesis.at, Question.ref.label("question"), Question.title)
        .join(Question, Question.id == Hypothesis.question_id)
        .where(
            Question.asker_id == user.id,
            Question.hidden_at.is_(None),
            Hypothesis.endorsement == Endorsement.AWAITED,
            Hypothesis.verdict.in_(LIVING),
        )
        .order_by(Hypothesis.id)
    ).all()


def meetings_awaited(user: User) -> Sequence[AnyRow]:
    """Meetings for days to come: those of which the reader has said nothing, and their own
    (`mine`): proposed, and answered by everybody needed; or fixed, and somebody needed cannot
    come. One query."""
    answered = (
        select(MeetingAnswer.user_id)
        .join(MeetingDate, MeetingDate.id == MeetingAnswer.date_id)
        .where(MeetingDate.meeting_id == Meeting.id)
        .correlate(Meeting)
    )
    guest = select(MeetingGuest.user_id).where(MeetingGuest.meeting_id == Meeting.id)
    last = select(func.max(MeetingDate.starts_at)).where(MeetingDate.meeting_id == Meeting.id)
    away = (
        select(MeetingAnswer.user_id)
        .join(MeetingDate, MeetingDate.id == MeetingAnswer.date_id)
        .where(
            MeetingDate.meeting_id == Meeting.id,
            MeetingDate.starts_at == Meeting.starts_at,
            MeetingAnswer.answer == Answer.NO,
        )
        .correlate(Meeting)
    )
    mine = Meeting.proposer_id == user.id
    proposed = Meeting.state == MeetingState.PROPOSED
    return db.session.execute(
        select(
            Meeting.id,
            Meeting.at,
            Meeting.state,
            mine.label("mine"),
            Question.ref,
            Question.title,
        )
        .join(Question, Question.id == Meeting.question_id)
        .where(
            func.coalesce(Meeting.starts_at, last.scalar_subquery()) > clock.now(),
            readable_by(user),
            or_(
                and_(
                    mine,
                    Meeting.state == MeetingState.FIXED,
                    exists(
                        guest.where(MeetingGuest.required.is_(True), MeetingGuest.user_id.in_(away))
                    ),
                ),
                and_(
                    mine,
                    proposed,
                    ~exists(
                        guest.where(
                            MeetingGuest.required.is_(True), MeetingGuest.user_id.not_in(answered)
                        )
                    ),
                ),
                and_(
                    ~mine,
                    proposed,
                    exists(guest.where(MeetingGuest.user_id == user.id)),
                    literal(user.id).not_in(answered),
                ),
            ),
        )
        .order_by(Meeting.id)
    ).all()


def news(user: User, *, limit: int = 8) -> Sequence[AnyRow]:
    """Followed questions in which somebody else did something that the reader may read, since
    they last read or did something there; the latest first: one query."""
    latest = func.max(Event.at)
    mine = aliased(Event)
    acted = (
        select(func.coalesce(func.max(mine.id), 0))
        .where(mine.question_id == Question.id, mine.actor_id == user.id)
        .correlate(Question)
        .scalar_subquery()
    )
    return db.session.execute(
        select(
            Question.ref,
            Question.title,
            Question.language,
            Question.stage,
            latest.label("at"),
            func.count().label("number"),
        )
        .join(Follow, and_(Follow.question_id == Question.id, Follow.user_id == user.id))
        .join(Event, Event.question_id == Question.id)
        .where(
            Follow.level == FollowLevel.FOLLOW,
            Event.id > Follow.read_event_id,
            Event.id > acted,
            func.coalesce(Event.actor_id, 0) != user.id,
            Event.kind.not_in(quiet_kinds()),
            readable_by(user),
            _event_readable(user),
        )
        .group_by(Question.id, Question.ref, Question.title, Question.language, Question.stage)
        .order_by(latest.desc())
        .limit(limit)
    ).all()


def promises(user: User) -> Sequence[AnyRow]:
    """What the reader's teams promised as next steps, the nearest date first: one query."""
    return db.session.execute(
        select(
            Claim.id,
            Claim.next_step,
            Claim.next_step_on,
            Claim.updated_at,
            Claim.silence,
            Question.ref,
            Question.title,
            Question.stage,
            Team.name.label("team"),
        )
        .join(Question, Question.id == Claim.question_id)
        .join(Team, Team.id == Claim.team_id)
        .where(
            Claim.team_id.in_(user.team_ids),
            Claim.ended_at.is_(None),
            Question.stage != Stage.CONCLUDED,
            readable_by(user),
        )
        .order_by(Claim.next_step_on.is_(None), Claim.next_step_on, Claim.id)
        .limit(12)
    ).all()


def to_take(user: User, *, longest: bool, limit: int = 5) -> Sequence[AnyRow]:
    """Open questions nobody took, in the reader's areas when they chose some: the newest, or
    those that wait the longest. One query."""
    areas = set(user.areas) | {area for team in user.teams for area in team.areas}
    conditions = [Question.stage == Stage.OPEN, readable_by(user)]
    if areas:
        conditions.append(Question.area.in_(areas))
    order = Question.stage_since.asc() if longest else Question.published_at.desc()
    return db.session.execute(
        select(
            Question.ref,
            Question.title,
            Question.language,
            Question.area,
            Question.stage,
            Question.stage_since,
            Question.support_count,
            Question.comment_count,
            Team.name.label("department"),
            Institution.short.label("institution"),
            (Follow.read_event_id.is_(None)).label("unread"),
        )
        .outerjoin(Team, Team.id == Question.team_id)
        .outerjoin(Institution, Institution.id == Question.institution_id)
        .outerjoin(Follow, and_(Follow.question_id == Question.id, Follow.user_id == user.id))
        .where(*conditions)
        .order_by(order, Question.id)
        .limit(limit)
    ).all()


def administrators() -> Sequence[str]:
    """The names of whom to ask for help, when the site has no address for that: one query."""
    return db.session.scalars(
        select(User.name)
        .where(User.active.is_(True), User.role_bits.bitwise_and(int(Role.ADMINISTRATOR)) != 0)
        .order_by(db.by_name(User.name))
    ).all()


def is_new_here(user: User) -> bool:
    """Whether this person never opened, followed or asked anything: one query."""
    return (
        db.session.scalar(select(Follow.user_id).where(Follow.user_id == user.id).limit(1)) is None
    )


@dataclass(frozen=True)
class Health:
    """The worker and the mail. `lag`: events that the slowest follower has not read;
    `late_since`: the oldest letter that should have left."""

    lag: int
    parked: int
    waiting: int
    failed: int
    late_since: datetime | None
    trouble: str


def health() -> Health:
    """How the worker and the mail are: one query."""
    last = select(func.coalesce(func.max(Event.id), 0)).scalar_subquery()
    read = select(func.coalesce(func.min(Bookmark.event_id), 0)).scalar_subquery()
    trouble = select(func.coalesce(func.max(Bookmark.error), "")).scalar_subquery()
    parked = select(func.count()).select_from(ParkedEvent).scalar_subquery()
    row = db.session.execute(
        select(
            (last - read).label("lag"),
            parked.label("parked"),
            trouble.label("trouble"),
            _letters(LetterState.WAITING).label("waiting"),
            _letters(LetterState.FAILED).label("failed"),
            select(func.min(Letter.due_at))
            .where(Letter.state == LetterState.WAITING, Letter.due_at < clock.now())
            .scalar_subquery()
            .label("late_since"),
        )
    ).one()
    return Health(**row._mapping)


@dataclass(frozen=True)
class Measures:
    """Numbers for /metrics, by name."""

    letters: dict[str, int]
    lag: dict[str, int]
    questions: dict[str, int]
    parked: int


def measures() -> Measures:
    """What a monitor asks: one query."""
    last = select(func.coalesce(func.max(Event.id), 0)).scalar_subquery()
    rows = db.session.execute(
        union_all(
            select(
                literal("letters").label("what"),
                Letter.state.cast(String).label("name"),
                func.count().label("number"),
            ).group_by(Letter.state),
            select(literal("lag"), Bookmark.follower, last - Bookmark.event_id),
            select(literal("questions"), Question.stage.cast(String), func.count())
            .where(public_to_all())
            .group_by(Question.stage),
            select(literal("parked"), literal(""), func.count()).select_from(ParkedEvent),
        )
    ).all()

    def of(what: str) -> dict[str, int]:
        return {row.name: row.number for row in rows if row.what == what}

    return Measures(of("letters"), of("lag"), of("questions"), of("parked")[""])


def _hypotheses(endorsement: Endorsement) -> ColumnElement[int]:
    return (
        select(func.count())
        .select_from(Hypothesis)
        .where(
            Hypothesis.question_id == Question.id,
            Hypothesis.endorsement == endorsement,
            Hypothesis.verdict.in_(LIVING),
        )
        .correlate(Question)
        .scalar_subquery()
    )


def _event_readable(user: User) -> ColumnElement[bool]:
    """Events on a hypothesis or project that the reader may not read do not even count."""
    hypothesis = Event.data["hypothesis_id"].as_integer()
    project = Event.data["project_id"].as_integer()
    return and_(
        or_(
            hypothesis.is_(None),
            exists(select(Hypothesis.id).where(Hypothesis.id == hypothesis))
            .where(hypothesis_readable_by(user))
            .correlate(Event, Question),
        ),
        or_(
            project.is_(None),
            exists(
                select(Project.id).where(Project.id == project, project_readable_by(user))
            ).correlate(Event),
        ),
    )


def _letters(state: LetterState) -> ColumnElement[int]:
    return select(func.count()).select_from(Letter).where(Letter.state == state).scalar_subquery()
