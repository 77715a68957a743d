"""A project that says nothing is asked for a line, each quarter that it stays silent (the setting
says how long that is), on a working morning. Its people answer by mail or on its page; the desk sees
it meanwhile.

The step is taken by a compare-and-swap on the project, in the transaction of its events, so that any
number of workers takes it once.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select, update

from exchange import clock, db, workdays
from exchange.log.models import Event
from exchange.research import facts
from exchange.research.ageing import MORNING
from exchange.research.models import Hypothesis, Project, ProjectHypothesis, ProjectState
from exchange.research.projects import tell
from exchange.settings import Settings

NEWS = (
    "project.milestone_reached",
    "project.milestone_added",
    "project.funding_added",
    "project.outcome_recorded",
    "project.outcome_linked",
    "project.outcome_changed",
    "project.outcome_proved",
    "project.candidate_entered",
    "project.candidate_changed",
    "project.dossier_changed",
    "project.risk_noted",
    "project.risk_changed",
    "project.decision_logged",
    "claim.updated",
    "comment.posted",
)
"""Events that break a silence; a moderator's comment does, so that asking after a team takes it
off the queue until it has been silent again."""

heard_of = func.coalesce(
    select(func.max(Event.at))
    .join(Hypothesis, Hypothesis.question_id == Event.question_id)
    .join(ProjectHypothesis, ProjectHypothesis.hypothesis_id == Hypothesis.id)
    .where(ProjectHypothesis.project_id == Project.id, Event.kind.in_(NEWS))
    .correlate(Project)
    .scalar_subquery(),
    Project.at,
)
"""When a project was last heard of, as SQL over `project`."""


def advance(settings: Settings) -> int:
    """Ask every project that is due; commits after each. Returns how many were asked. One query
    when none is due, none outside working hours."""
    now = clock.now().astimezone(settings.zone())
    today = now.date()
    if now.hour < MORNING or not workdays.is_working(today):
        return 0
    wait = timedelta(days=settings.project_silence)
    rows = db.rows(
        select(Project.id, Project.asked_on, heard_of.label("heard")).where(
            Project.state == ProjectState.RUNNING,
            Project.at <= now - wait,
            or_(Project.asked_on.is_(None), Project.asked_on <= today - wait),
        )
    ).all()
    db.session.rollback()
    due = [row for row in rows if row.heard.astimezone(settings.zone()).date() + wait <= today]
    return sum(_ask(row.id, row.asked_on, today) for row in due)


def last_heard(project: Project) -> datetime:
    """When news last came of it: one query."""
    return db.session.scalars(select(heard_of.label("heard")).where(Project.id == project.id)).one()


def is_heard_since(project: Project, event: Event) -> bool:
    """Whether the project gave news after that event, or ended: one query."""
    return project.state is not ProjectState.RUNNING or last_heard(project) > event.at


def _ask(number: int, asked_on: date | None, today: date) -> int:
    """Ask, unless another worker just did or the project ended; commits."""
    db.begin_write()
    taken = db.session.scalar(
        update(Project)
        .where(
            Project.id == number,
            Project.state == ProjectState.RUNNING,
            Project.asked_on.is_not_distinct_from(asked_on),
        )
        .values(asked_on=today)
        .returning(Project.id)
    )
    if not taken:
        db.session.rollback()
        return 0
    project = db.session.get_one(Project, number, populate_existing=True)
    tell(project, facts.ProjectNewsAsked(project_id=number), None)
    db.session.commit()
    return 1
