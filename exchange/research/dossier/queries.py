"""Reads of the dossier of a project, once the reader may read the project."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, select

from exchange import db
from exchange.errors import NotFound
from exchange.i18n import gettext as _
from exchange.people.models import User
from exchange.questions.queries import LARGEST_ID
from exchange.research.dossier.actions import dossier_of
from exchange.research.dossier.formats import doubts
from exchange.research.dossier.models import Decision, Degree, Dossier, Risk
from exchange.research.models import Project
from exchange.research.queries.shared import AnyRow


@dataclass(frozen=True)
class Sheet:
    """The dossier of a project. `doubts`: by field."""

    said: Dossier | None
    doubts: dict[str, str]
    risks: Sequence[Risk]
    decisions: Sequence[AnyRow]


def sheet(project: Project) -> Sheet:
    """Three queries."""
    said = dossier_of(project)
    return Sheet(
        said=said,
        doubts=doubts(said) if said else {},
        risks=_risks(project),
        decisions=_decisions(project),
    )


def risk(project: Project, number: int) -> Risk:
    """A risk of this project: one query. Raises `NotFound`."""
    found = db.session.get(Risk, number) if number <= LARGEST_ID else None
    if found is None or found.project_id != project.id:
        raise NotFound(_("Aucun risque de ce nom dans ce projet."))
    return found


def _risks(project: Project) -> Sequence[Risk]:
    """The gravest and likeliest first."""
    weight = {Degree.LOW: 1, Degree.MEDIUM: 2, Degree.HIGH: 3}
    likely, grave = (case(weight, value=column) for column in (Risk.likelihood, Risk.effect))
    return db.session.scalars(
        select(Risk)
        .where(Risk.project_id == project.id)
        .order_by((likely * grave).desc(), grave.desc(), Risk.id)
    ).all()


def _decisions(project: Project) -> Sequence[AnyRow]:
    """The latest first."""
    return db.session.execute(
        select(
            Decision.taken_on,
            Decision.who,
            Decision.what,
            Decision.why,
            Decision.author_id,
            User.name.label("by"),
        )
        .join(User, User.id == Decision.author_id)
        .where(Decision.project_id == project.id)
        .order_by(Decision.taken_on.desc(), Decision.id.desc())
    ).all()
