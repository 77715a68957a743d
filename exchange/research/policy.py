"""Who may do what in the research half, and the SQL twins of reading.

A confidential hypothesis or project is read by its teams, the askers of its questions and
moderators; the others who may read the question learn that it exists, nothing more.

An administrator may open one project to themselves, for a time (`unsealing.py`). That opens the
pages of the project and of its hypotheses and nothing else: `may_look_into` and its twins are asked
by those pages only, while lists, counts, search, letters, digests, figures and exports go by
`may_read_project`, which knows nothing of it. It opens no question, and lets nobody write.
"""

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from exchange import clock
from exchange.people.models import User
from exchange.questions import policy as questions
from exchange.questions.models import Question
from exchange.research.models import (
    LIVING,
    Hypothesis,
    Project,
    ProjectHypothesis,
    ProjectPartner,
    Unsealing,
)


def may_read_hypothesis(user: User, hypothesis: Hypothesis) -> bool:
    """The text of a hypothesis."""
    question = hypothesis.question
    if not questions.may_read(user, question):
        return False
    if hypothesis.hidden_at is not None:
        return user.is_moderator
    return (
        not hypothesis.confidential
        or user.is_moderator
        or question.asker_id == user.id
        or hypothesis.team_id in user.team_ids
    )


def hypothesis_readable_by(user: User) -> ColumnElement[bool]:
    """`may_read_hypothesis`, as SQL over `hypothesis` joined with its `question`."""
    if user.is_moderator:
        return questions.readable_by(user)
    return and_(
        questions.readable_by(user),
        Hypothesis.hidden_at.is_(None),
        or_(
            Hypothesis.confidential.is_(False),
            Question.asker_id == user.id,
            Hypothesis.team_id.in_(user.team_ids),
        ),
    )


def may_read_project(user: User, project: Project) -> bool:
    """The text of a project."""
    if may_read_rights(user, project):
        return True
    return not project.confidential and any(
        questions.may_read(user, h.question) for h in project.hypotheses
    )


def project_readable_by(user: User) -> ColumnElement[bool]:
    """`may_read_project`, as SQL over `project`."""
    if user.is_moderator:
        return Project.id.is_not(None)
    partner = exists(
        select(ProjectPartner.team_id).where(
            ProjectPartner.project_id == Project.id, ProjectPartner.team_id.in_(user.team_ids)
        )
    )
    of_project = (
        select(Hypothesis.id)
        .join(ProjectHypothesis, ProjectHypothesis.hypothesis_id == Hypothesis.id)
        .join(Question, Question.id == Hypothesis.question_id)
        .where(ProjectHypothesis.project_id == Project.id)
        .correlate(Project)
    )
    return or_(
        Project.lead_team_id.in_(user.team_ids),
        Project.investigator_id == user.id,
        Project.colead_id == user.id,
        partner,
        exists(of_project.where(Question.asker_id == user.id)),
        and_(
            Project.confidential.is_(False), exists(of_project.where(questions.readable_by(user)))
        ),
    )


def may_look_into(user: User, project: Project) -> bool:
    """May read the project's page, if only for a time."""
    return may_read_project(user, project) or (
        user.is_admin
        and any(one.user_id == user.id and one.ends_at > clock.now() for one in project.unsealings)
    )


def project_looked_into_by(user: User) -> ColumnElement[bool]:
    """`may_look_into`, as SQL over `project`."""
    if not user.is_admin:
        return project_readable_by(user)
    return or_(project_readable_by(user), Project.id.in_(_unsealed_for(user)))


def hypothesis_looked_into_by(user: User) -> ColumnElement[bool]:
    """Who may read the page of a hypothesis, if only for a time, as SQL over `hypothesis` joined
    with its `question`: that question must be theirs to read, for opening a project opens none."""
    if not user.is_admin:
        return hypothesis_readable_by(user)
    of_project = select(ProjectHypothesis.hypothesis_id).where(
        ProjectHypothesis.project_id.in_(_unsealed_for(user))
    )
    return or_(
        hypothesis_readable_by(user),
        and_(
            questions.readable_by(user),
            Hypothesis.hidden_at.is_(None),
            Hypothesis.id.in_(of_project),
        ),
    )


def _unsealed_for(user: User) -> Select[int]:
    return select(Unsealing.project_id).where(
        Unsealing.user_id == user.id, Unsealing.ends_at > clock.now()
    )


def may_endorse(user: User, hypothesis: Hypothesis) -> bool:
    """The asker; a moderator may in their stead, with a reason."""
    return hypothesis.question.asker_id == user.id or user.is_moderator


def may_work_on(user: User, hypothesis: Hypothesis) -> bool:
    """Members of the team that proposed it."""
    return hypothesis.team_id in user.team_ids or user.is_moderator


def may_revise(user: User, hypothesis: Hypothesis) -> bool:
    """They, as long as it still stands."""
    return may_work_on(user, hypothesis) and hypothesis.verdict in LIVING


def may_run(user: User, project: Project) -> bool:
    """The lead team, the investigator and the clinical co-lead."""
    return leads(user, project) or user.is_moderator


def leads(user: User, project: Project) -> bool:
    return project.lead_team_id in user.team_ids or user.id in {
        project.investigator_id,
        project.colead_id,
    }


def may_read_rights(user: User, project: Project) -> bool:
    """What is said of intellectual property: those who would read the project were it
    confidential."""
    askers = {h.question.asker_id for h in project.hypotheses}
    return user.is_moderator or user.id in askers or _takes_part(user, project)


def _takes_part(user: User, project: Project) -> bool:
    partners = {team.id for team in project.partners}
    return leads(user, project) or not partners.isdisjoint(user.team_ids)
