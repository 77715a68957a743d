"""Who may do what with a meeting: pure sentences, and the SQL twin of seeing one."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, exists, or_, select, true

from exchange.meetings.models import Meeting, MeetingGuest
from exchange.people.models import User
from exchange.questions import policy as questions
from exchange.questions.models import Question, Stage
from exchange.research.models import Claim

STAGES = {Stage.CLAIMED, Stage.HYPOTHESIS, Stage.PROJECT, Stage.CONCLUDED}
"""Stages at which there is somebody to meet."""


def takes_part(user: User, question: Question, teams: Collection[int]) -> bool:
    """Who asked, and the members of the `teams` that work on it."""
    return questions.is_asker(user, question) or not set(user.team_ids).isdisjoint(teams)


def may_propose(user: User, question: Question, teams: Collection[int]) -> bool:
    """Who takes part, once a team works on the question."""
    return question.stage in STAGES and bool(teams) and takes_part(user, question, teams)


def may_see(user: User, question: Question, teams: Collection[int], *, invited: bool) -> bool:
    """Of those who may read the question: who takes part, who is `invited` (on the list, and still of
    a team that works on it or did), and moderators."""
    return user.is_moderator or invited or takes_part(user, question, teams)


def seen_by(user: User) -> ColumnElement[bool]:
    """`may_see`, as SQL over `meeting` and its `question`, with reading the question."""
    listed = exists().where(MeetingGuest.meeting_id == Meeting.id, MeetingGuest.user_id == user.id)
    theirs = select(Claim.id).where(
        Claim.question_id == Meeting.question_id, Claim.team_id.in_(user.team_ids)
    )
    works = exists(theirs.where(Claim.ended_at.is_(None)))
    invited = and_(listed, exists(theirs))
    part = true() if user.is_moderator else or_(Question.asker_id == user.id, works, invited)
    return and_(questions.readable_by(user), part)


def may_come(user: User, question: Question, teams: Collection[int], *, invited: bool) -> bool:
    """Who answers: everybody who sees it but moderators, who look on."""
    return invited or takes_part(user, question, teams)


def may_decide(user: User, meeting: Meeting) -> bool:
    """Who proposed it, and moderators: they fix, move and cancel."""
    return meeting.proposer_id == user.id or user.is_moderator
