"""Exporting projects as one reader may see them: their frame, regulation and counts. Intellectual
property stays on the site, for the circle of each project."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select

from exchange import db
from exchange.people.models import Team, User
from exchange.questions import policy as questions
from exchange.questions.models import Question
from exchange.research.dossier.models import Decision, Dossier, Risk
from exchange.research.models import (
    Funding,
    Hypothesis,
    Project,
    ProjectHypothesis,
    ProjectOutcome,
)
from exchange.research.policy import project_readable_by

DOSSIER = (
    "sponsor",
    "trl",
    "translation",
    "category",
    "cpp",
    "ansm",
    "id_rcb",
    "methodology",
    "methodology_on",
    "nct",
    "eu_ct",
)
COUNTS = ("euros", "outcomes", "risks", "decisions")
HEADER = (
    "ref",
    "title",
    "state",
    "lead_team",
    "investigator",
    *DOSSIER,
    *COUNTS,
    "started_on",
    "ended_on",
)


def rows(reader: User | None) -> list[dict[str, Any]]:
    """A line for each project that this person may read, or without a person that every member
    may: one query."""
    found = db.session.execute(
        select(
            Project.ref,
            Project.title,
            Project.state,
            Team.name.label("lead_team"),
            User.name.label("investigator"),
            *(getattr(Dossier, name) for name in DOSSIER),
            _of(Funding.project_id, func.coalesce(func.sum(Funding.amount), 0)).label("euros"),
            _of(ProjectOutcome.project_id, func.count()).label("outcomes"),
            _of(Risk.project_id, func.count()).label("risks"),
            _of(Decision.project_id, func.count()).label("decisions"),
            Project.at.label("started_on"),
            Project.ended_at.label("ended_on"),
        )
        .join(Project.lead_team)
        .join(Project.investigator)
        .outerjoin(Dossier, Dossier.project_id == Project.id)
        .where(project_readable_by(reader) if reader else _public_to_all())
        .order_by(Project.id)
    ).mappings()
    return [{name: _plain(row[name]) for name in HEADER} for row in found]


def _public_to_all() -> ColumnElement[bool]:
    question = (
        select(Question.id)
        .join(Hypothesis, Hypothesis.question_id == Question.id)
        .join(ProjectHypothesis, ProjectHypothesis.hypothesis_id == Hypothesis.id)
        .where(ProjectHypothesis.project_id == Project.id, questions.public_to_all())
        .correlate(Project)
    )
    return Project.confidential.is_(False) & exists(question)


def _of(owner: Any, value: Any) -> Any:
    return select(value).where(owner == Project.id).scalar_subquery()


def _plain(value: Any) -> Any:
    """Days as ISO 8601, nothing as an empty cell."""
    if isinstance(value, date):  # an instant is one too
        return value.isoformat()[:10]
    return "" if value is None else value
