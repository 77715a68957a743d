"""Every change of the dossier of a project, by its people, at any time."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from exchange import clock, db
from exchange.errors import NotAllowed, Refusal
from exchange.guard import gate
from exchange.i18n import gettext as _
from exchange.people.models import User
from exchange.research import policy
from exchange.research.dossier import facts
from exchange.research.dossier.models import Decision, Degree, Dossier, Risk
from exchange.research.models import Project
from exchange.research.projects import require_runner, tell

FRAME = ("sponsor", "trl", "translation")
REGULATION = (
    "category",
    "cpp",
    "ansm",
    "id_rcb",
    "methodology",
    "methodology_on",
    "nct",
    "eu_ct",
)
RIGHTS = ("rights", "patent", "rights_note")
PARTS = {"frame": FRAME, "regulation": REGULATION, "rights": RIGHTS}


def dossier_of(project: Project) -> Dossier | None:
    """What was said of it so far, if anything: one query."""
    return db.session.scalar(select(Dossier).where(Dossier.project_id == project.id))


def change(
    project: Project,
    part: str,
    values: Mapping[str, Any],
    *,
    by: User,
    confirmed: bool = False,
) -> Dossier:
    """Say one part of the dossier anew. Raises `Refusal` when nothing changed."""
    require_part(project, part, by)
    words = {name: text for name, text in values.items() if type(text) is str and text}
    gate.check(words, confirmed=confirmed)
    db.session.execute(select(Project.id).where(Project.id == project.id).with_for_update())
    dossier = dossier_of(project) or Dossier(project_id=project.id, **dict.fromkeys(_TEXTS, ""))
    if all(getattr(dossier, name) == values[name] for name in PARTS[part]):
        raise Refusal(_("Rien n’a changé."))
    for name in PARTS[part]:
        setattr(dossier, name, values[name])
    db.session.add(dossier)
    db.session.flush()
    tell(project, facts.DossierChanged(project_id=project.id, dossier_id=dossier.id, part=part), by)
    return dossier


def require_part(project: Project, part: str, by: User) -> None:
    """The person runs the project; its rights are for those of its circle."""
    require_runner(project, by)
    if part == "rights" and not policy.may_read_rights(by, project):
        raise NotAllowed(_("Ce volet est réservé au cercle du projet."))


def note_risk(
    project: Project,
    *,
    what: str,
    likelihood: Degree,
    effect: Degree,
    answer: str,
    by: User,
    confirmed: bool = False,
) -> Risk:
    """Something may go wrong."""
    require_runner(project, by)
    gate.check({"what": what, "answer": answer}, confirmed=confirmed)
    risk = Risk(
        project_id=project.id,
        what=what,
        likelihood=likelihood,
        effect=effect,
        answer=answer,
        author_id=by.id,
        at=clock.now(),
    )
    db.session.add(risk)
    db.session.flush()
    tell(project, facts.RiskNoted(project_id=project.id, risk_id=risk.id), by)
    return risk


def change_risk(
    risk: Risk,
    project: Project,
    *,
    what: str,
    likelihood: Degree,
    effect: Degree,
    answer: str,
    by: User,
    confirmed: bool = False,
) -> None:
    """It is more or less likely now, or the answer is another."""
    require_runner(project, by)
    gate.check({"what": what, "answer": answer}, confirmed=confirmed)
    risk.what, risk.answer, risk.likelihood, risk.effect = what, answer, likelihood, effect
    db.session.flush()
    tell(project, facts.RiskChanged(project_id=project.id, risk_id=risk.id), by)


def log_decision(
    project: Project,
    *,
    taken_on: date,
    who: str,
    what: str,
    why: str,
    by: User,
    confirmed: bool = False,
) -> Decision:
    """Something was decided; the line stays as it is."""
    require_runner(project, by)
    gate.check({"what": what, "why": why}, confirmed=confirmed)
    decision = Decision(
        project_id=project.id,
        taken_on=taken_on,
        who=who,
        what=what,
        why=why,
        author_id=by.id,
        at=clock.now(),
    )
    db.session.add(decision)
    db.session.flush()
    tell(project, facts.DecisionLogged(project_id=project.id, decision_id=decision.id), by)
    return decision


_TEXTS = ("sponsor", "cpp", "ansm", "id_rcb", "nct", "eu_ct", "patent", "rights_note")
