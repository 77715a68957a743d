"""Every change of the register of drug candidates, by the people of their project, at any time."""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select

from exchange import clock, db
from exchange.errors import Conflict, NotFound, Refusal
from exchange.guard import gate
from exchange.i18n import gettext as _
from exchange.people.models import User
from exchange.questions.queries import LARGEST_ID
from exchange.research.candidates import facts
from exchange.research.candidates.models import Candidate, Make, Progress, Reach
from exchange.research.models import Project
from exchange.research.projects import require_runner, tell


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What the register says of a candidate."""

    name: str
    target: str
    make: Make
    progress: Progress
    reach: Reach | None
    reference: str
    question_id: int


def enter(project: Project, entry: Entry, *, by: User, confirmed: bool = False) -> Candidate:
    """A candidate came of the project. Raises `Conflict` when the project has one of that name."""
    require_runner(project, by)
    _check(project, entry, confirmed)
    db.session.execute(select(Project.id).where(Project.id == project.id).with_for_update())
    if any(one.name.casefold() == entry.name.casefold() for one in of_project(project)):
        raise Conflict(_("Ce candidat est déjà au registre pour ce projet."))
    candidate = Candidate(project_id=project.id, at=clock.now(), **asdict(entry))
    db.session.add(candidate)
    db.session.flush()
    tell(
        project,
        facts.CandidateEntered(project_id=project.id, candidate_id=candidate.id, **_small(entry)),
        by,
    )
    return candidate


def change(
    candidate: Candidate, project: Project, entry: Entry, *, by: User, confirmed: bool = False
) -> None:
    """It came further, or is told better. Raises `Refusal` when nothing changed."""
    require_runner(project, by)
    _check(project, entry, confirmed)
    said = asdict(entry)
    if all(getattr(candidate, name) == value for name, value in said.items()):
        raise Refusal(_("Rien n’a changé."))
    for name, value in said.items():
        setattr(candidate, name, value)
    db.session.flush()
    tell(
        project,
        facts.CandidateChanged(project_id=project.id, candidate_id=candidate.id, **_small(entry)),
        by,
    )


def of_project(project: Project) -> list[Candidate]:
    """Its candidates: one query."""
    found = select(Candidate).where(Candidate.project_id == project.id).order_by(Candidate.id)
    return list(db.session.scalars(found))


def one_of(project: Project, number: int) -> Candidate:
    """A candidate of this project: one query. Raises `NotFound`."""
    found = db.session.get(Candidate, number) if number <= LARGEST_ID else None
    if found is None or found.project_id != project.id:
        raise NotFound(_("Aucun candidat de ce nom dans ce projet."))
    return found


def _check(project: Project, entry: Entry, confirmed: bool) -> None:
    if entry.question_id not in {one.question_id for one in project.hypotheses}:
        raise Refusal(_("Choisissez une des questions du projet."), field="question_id")
    gate.check(
        {"name": entry.name, "target": entry.target, "reference": entry.reference},
        confirmed=confirmed,
    )


def _small(entry: Entry) -> dict[str, Any]:
    """What the log holds of it."""
    return {
        "make": entry.make.value,
        "progress": entry.progress.value,
        "reach": entry.reach.value if entry.reach else None,
    }
