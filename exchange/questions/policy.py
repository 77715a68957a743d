"""Who may do what with a question: pure sentences, and the SQL twin of reading.

`may_read` and `readable_by` are one rule written twice (DESIGN, rule 2); a property test holds
them together.
"""

from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, bindparam, exists, literal, or_, select

from exchange.people.models import InstitutionKind, User
from exchange.questions.models import Audience, CircleTeam, Question, Stage


def may_read(user: User, question: Question) -> bool:
    """Moderators all but drafts; what is out of sight while they read a report, nobody else, its
    asker no more than the others; the asker always otherwise, and the others what was published
    to them."""
    if question.hidden_at is not None:
        return user.is_moderator
    if question.asker_id == user.id:
        return True
    if question.stage is Stage.DRAFT:
        return False
    if user.is_moderator:
        return True
    if question.published_at is None:
        return False
    return question.audience is Audience.MEMBERS or in_circle(user, question)


def readable_by(user: User) -> ColumnElement[bool]:
    """`may_read`, as SQL over `question`."""
    own = Question.asker_id == user.id
    if user.is_moderator:
        return or_(own, Question.stage != Stage.DRAFT)
    named = exists(
        select(CircleTeam.question_id).where(
            CircleTeam.question_id == Question.id, CircleTeam.team_id.in_(user.team_ids)
        )
    )
    published = and_(Question.stage != Stage.DRAFT, Question.published_at.is_not(None))
    shown = and_(published, or_(Question.audience == Audience.MEMBERS, named))
    return and_(Question.hidden_at.is_(None), or_(own, shown))


def is_hidden_own(user: User, question: Question) -> bool:
    """Whether what the person asked is out of sight, for them too: they are told why, and write it
    anew."""
    hidden = question.hidden_at is not None
    return hidden and is_asker(user, question) and not user.is_moderator


def any_reader(*, moderator: bool) -> User:
    """Stands for the reader in a statement that is built once, which costs more than running it:
    their number `me` and their `teams` are given when it runs."""
    names: dict[str, Any] = {"id": bindparam("me"), "team_ids": bindparam("teams", expanding=True)}
    return cast(User, SimpleNamespace(**names, is_moderator=moderator))


def public_to_all() -> ColumnElement[bool]:
    """What every member may read: for figures that are the same for everybody."""
    return and_(
        Question.stage != Stage.DRAFT,
        Question.published_at.is_not(None),
        Question.hidden_at.is_(None),
        Question.audience == Audience.MEMBERS,
    )


def in_circle(user: User, question: Question) -> bool:
    """Whether one of the person's teams is named by the question."""
    return not set(user.team_ids).isdisjoint(question.circle_team_ids)


def sees_asker(user: User, question: Question) -> bool:
    """Whether the person may know who asked: all, unless asked in the department's name."""
    return not question.in_department_name or user.is_moderator or is_asker(user, question)


def asker_seen_by(user: User) -> ColumnElement[bool]:
    """`sees_asker`, as SQL over `question`."""
    return or_(
        Question.in_department_name.is_(False),
        Question.asker_id == user.id,
        literal(user.is_moderator),
    )


def is_asker(user: User, question: Question) -> bool:
    return question.asker_id == user.id


def is_moderator(user: User, question: Question) -> bool:
    return user.is_moderator


def may_merge(user: User, question: Question) -> bool:
    """A moderator; the asker too, when one has proposed it to them."""
    proposed = question.proposed_into_id is not None
    return user.is_moderator or (proposed and is_asker(user, question))


def moderates_published(user: User, question: Question) -> bool:
    """May open again what members have read."""
    return user.is_moderator and question.published_at is not None


def moderates_unread(user: User, question: Question) -> bool:
    """May bring back to the desk what no member has read."""
    return user.is_moderator and question.published_at is None


def is_asker_or_moderator(user: User, question: Question) -> bool:
    return is_asker(user, question) or user.is_moderator


def may_ask(user: User) -> bool:
    """Clinicians ask; moderators may write one down for somebody at the telephone."""
    return user.is_clinician or user.is_moderator


def may_claim(user: User, question: Question) -> bool:
    """Researchers with a team claim; a company only where it can read, like everybody."""
    return user.is_researcher and bool(user.team_ids) and may_read(user, question)


def may_work(user: User, question: Question) -> bool:
    """Researchers, clinicians and moderators who may read it: the research room narrows this to
    the people of the hypothesis or the project."""
    return may_read(user, question) and (
        user.is_researcher or user.is_clinician or user.is_moderator
    )


def leads(user: User, question: Question) -> bool:
    """Members of the team that leads the claim, and moderators."""
    return question.lead_team_id in user.team_ids or user.is_moderator


def may_edit(user: User, question: Question) -> bool:
    """The asker rewords until somebody builds on the words; later edits are revisions too."""
    return is_asker(user, question) and question.stage in {
        Stage.DRAFT,
        Stage.SUBMITTED,
        Stage.RETURNED,
        Stage.OPEN,
        Stage.CLAIMED,
        Stage.HYPOTHESIS,
        Stage.PROJECT,
        Stage.PARKED,
    }


def may_support(user: User, question: Question) -> bool:
    """Clinicians say «we see this too» on a living question that is not their own."""
    return (
        user.is_clinician
        and not is_asker(user, question)
        and may_read(user, question)
        and question.stage
        in {Stage.OPEN, Stage.CLAIMED, Stage.HYPOTHESIS, Stage.PROJECT, Stage.PARKED}
    )


UNDISCUSSED = {Stage.DRAFT, Stage.MERGED, Stage.WITHDRAWN}


def may_discuss(user: User, question: Question) -> bool:
    """Whoever reads may answer, as long as the thread is not closed or gone elsewhere."""
    return may_read(user, question) and question.stage not in UNDISCUSSED


def is_industry(user: User) -> bool:
    """Whether all the teams of the person belong to companies."""
    teams = user.teams
    return bool(teams) and all(t.institution.kind is InstitutionKind.COMPANY for t in teams)
