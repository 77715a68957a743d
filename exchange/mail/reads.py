"""What a digest reads. Ten thousand are written in a morning, so each statement is built once:
the reader is a parameter of it, and the rule of reading is the policy's own.

Before a moderator has read a question, it leaves the site for its asker only.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
)

from exchange.discussion import facts as discussion
from exchange.discussion.models import Comment, Mention
from exchange.log.models import Event
from exchange.people.models import Institution, Team, User
from exchange.questions import facts as moves
from exchange.questions.models import Follow, FollowLevel, Question, Stage, Support
from exchange.questions.policy import readable_by
from exchange.questions.workflow import MOVE_OF_FACT
from exchange.research import facts as research
from exchange.research.models import LIVING, Claim, Endorsement, Hypothesis, Project
from exchange.research.policy import hypothesis_readable_by, project_readable_by

AT_MOST = 100
"""Rows read for one group: a reader away for a month still gets a digest, not a dump."""

UNCLAIMED = 3
"""Questions nobody has taken, at the foot of a digest that has something else to say."""

ACTIVITY = (
    *MOVE_OF_FACT,
    discussion.Commented.kind,
    research.ClaimJoined.kind,
    research.ClaimUpdated.kind,
    research.HypothesisProposed.kind,
)

WINDOW = select(
    select(func.max(Event.id)).where(Event.at < bindparam("old")).scalar_subquery(),
    select(func.max(Event.id)).scalar_subquery(),
)
"""The last event that is no news any more, and the newest."""

_me: BindParameter[Any] = bindparam("me")
_teams: BindParameter[Any] = bindparam("teams", expanding=True)
_areas = Question.area.in_(bindparam("areas", expanding=True))
_mine = Question.asker_id == _me
_not_muted = or_(Follow.level.is_(None), Follow.level != FollowLevel.MUTE)
_fresh = and_(
    Event.id > bindparam("since"),
    Event.id <= bindparam("upto"),
    or_(Event.actor_id.is_(None), Event.actor_id != _me),
    _not_muted,
    func.coalesce(Follow.read_event_id, 0) < Event.id,
)
"""Events of the window by somebody else, neither muted nor read on the site."""


@dataclass(frozen=True)
class _Anyone:
    """Stands for the reader where the policy asks who reads."""

    is_moderator: bool
    id: BindParameter[Any] = _me
    team_ids: BindParameter[Any] = _teams


@cache
def returned(moderator: bool) -> Select[Any]:
    """The reader's questions that wait for their answer to the moderator."""
    return (
        _questions(moderator)
        .where(_mine, Question.stage == Stage.RETURNED)
        .order_by(Question.stage_since)
    )


@cache
def to_endorse(moderator: bool) -> Select[Any]:
    """Hypotheses that wait for the reader's opinion."""
    return (
        _questions(moderator, Hypothesis.ref.label("hypothesis"))
        .join(Hypothesis, Hypothesis.question_id == Question.id)
        .where(
            _mine,
            Question.stage.in_([Stage.HYPOTHESIS, Stage.PROJECT]),
            Hypothesis.endorsement == Endorsement.AWAITED,
            Hypothesis.verdict.in_(LIVING),
        )
        .order_by(Hypothesis.id)
    )


@cache
def promised(moderator: bool) -> Select[Any]:
    """Steps that the reader's teams promised for `soon` or before."""
    return (
        _questions(moderator, Claim.next_step_on)
        .join(Claim, Claim.question_id == Question.id)
        .where(
            Claim.team_id.in_(_teams),
            Claim.ended_at.is_(None),
            Claim.next_step_on <= bindparam("soon"),
            Question.stage.in_([Stage.CLAIMED, Stage.HYPOTHESIS]),
        )
        .order_by(Claim.next_step_on, Claim.id)
    )


@cache
def published(moderator: bool) -> Select[Any]:
    """Questions published in the reader's areas, the newest first."""
    return (
        _questions(moderator, Event.at)
        .join(Event, Event.question_id == Question.id)
        .where(
            Event.kind == moves.Published.kind,
            _fresh,
            _areas,
            Question.asker_id != _me,
            Question.stage.not_in([Stage.MERGED, Stage.DECLINED, Stage.WITHDRAWN]),
        )
        .order_by(Event.id.desc())
        .limit(AT_MOST)
    )


@cache
def activity(moderator: bool) -> Select[Any]:
    """What happened on questions that concern the reader, the newest first. A comment on a
    hypothesis or project counts only for whoever may read that."""
    reader = cast(User, _Anyone(moderator))
    comment = and_(
        Event.kind == discussion.Commented.kind,
        Comment.id == Event.data["comment_id"].as_integer(),
    )
    supported = exists().where(Support.question_id == Question.id, Support.user_id == _me)
    mentioned = exists().where(Mention.comment_id == Comment.id, Mention.user_id == _me)
    followed = func.coalesce(Follow.level == FollowLevel.FOLLOW, False)
    return (
        _questions(
            moderator,
            Event.kind,
            _mine.label("mine"),
            supported.label("supported"),
            mentioned.label("mentioned"),
            followed.label("followed"),
        )
        .join(Event, Event.question_id == Question.id)
        .outerjoin(Comment, comment)
        .outerjoin(Hypothesis, Hypothesis.id == Comment.hypothesis_id)
        .outerjoin(Project, Project.id == Comment.project_id)
        .where(
            Event.kind.in_(ACTIVITY),
            _fresh,
            Comment.hidden_at.is_(None),
            or_(Comment.hypothesis_id.is_(None), hypothesis_readable_by(reader)),
            or_(Comment.project_id.is_(None), project_readable_by(reader)),
            or_(_mine, supported, mentioned, followed),
        )
        .order_by(Event.id.desc())
        .limit(AT_MOST)
    )


@cache
def unclaimed(moderator: bool) -> Select[Any]:
    """The questions that have been open for longest in the reader's areas, but those `told`."""
    return (
        _questions(moderator)
        .where(
            Question.stage == Stage.OPEN,
            Question.asker_id != _me,
            Question.ref.not_in(bindparam("told", expanding=True)),
            _not_muted,
            _areas,
        )
        .order_by(Question.stage_since, Question.id)
        .limit(UNCLAIMED)
    )


def _questions(moderator: bool, *more: Any) -> Select[Any]:
    """Questions that the reader may read, with what an item shows."""
    return (
        select(
            Question.id,
            Question.ref,
            Question.title,
            Question.area,
            Question.stage_since,
            Question.audience,
            Team.name.label("department"),
            Institution.short.label("institution"),
            *more,
        )
        .select_from(Question)
        .outerjoin(Team, Team.id == Question.team_id)
        .outerjoin(Institution, Institution.id == Question.institution_id)
        .outerjoin(Follow, and_(Follow.question_id == Question.id, Follow.user_id == _me))
        .where(
            readable_by(cast(User, _Anyone(moderator))),
            or_(Question.published_at.is_not(None), _mine),
        )
    )
