"""What came of projects. An output is a row of its own, linked to every project that it came from, so
that it counts once: the number under which the world knows it says that two are the same.
"""

import re
from typing import Any

from sqlalchemy import ColumnElement, exists, select

from exchange import clock, db
from exchange.errors import Conflict, NotFound, Refusal
from exchange.guard import gate
from exchange.i18n import gettext as _
from exchange.people.models import User
from exchange.research import facts
from exchange.research.models import (
    COUNTED,
    Outcome,
    OutcomeKind,
    Phase,
    Project,
    ProjectOutcome,
    TrialStatus,
)
from exchange.research.policy import project_readable_by
from exchange.research.projects import require_runner, tell
from exchange.text import identify, render

_PATENT = re.compile(r"\b(?:FR|EP|WO|US)[ ]?\d[\d ./]{4,}\d(?:[ ]?[A-Z]\d?)?\b")
"""An office (WIPO ST.3) and the number that it gave."""


class AlreadyNoted(Conflict):
    """Another project has the same output: it may be linked to this one too."""

    def __init__(self, outcome: Outcome, project: Project) -> None:
        super().__init__(
            _(
                "Ce résultat est déjà noté dans le projet %(ref)s : rattachez-le à celui-ci, il ne"
                " comptera qu’une fois.",
                ref=project.ref,
            )
        )
        self.outcome, self.project = outcome, project


def identity_of(reference: str) -> str:
    """The number under which the world knows it (DOI, PMID, NCT, EU CT, patent), written one
    way; empty when there is none."""
    for kind, value, _address, _start, _end in identify(reference):
        return f"{kind}:{value}".lower()
    if patent := _PATENT.search(reference):
        return "patent:" + re.sub(r"[ ./]", "", patent[0]).lower()
    return ""


def note(
    project: Project,
    *,
    kind: OutcomeKind,
    summary: str,
    reference: str = "",
    phase: Phase | None = None,
    status: TrialStatus | None = None,
    quantity: int | None = None,
    by: User,
    confirmed: bool = False,
) -> Outcome:
    """Something came of it. Still possible once concluded: a trial may follow years later. Raises
    `AlreadyNoted` when another project that the person may read has it."""
    require_runner(project, by)
    _require_quantity(kind, quantity)
    key = identity_of(reference)
    if key:
        _require_new(project, kind, key, by)
    gate.check({"summary": summary, "reference": reference}, confirmed=confirmed)
    trial = kind is OutcomeKind.TRIAL
    outcome = Outcome(
        project_id=project.id,
        kind=kind,
        summary=summary,
        html=_html(summary, reference),
        reference=reference,
        key=key,
        phase=phase if trial else None,
        status=status if trial else None,
        quantity=quantity if kind in COUNTED else None,
        recorded_by_id=by.id,
        at=clock.now(),
    )
    db.session.add(outcome)
    db.session.flush()
    _join(project, outcome)
    tell(project, facts.OutcomeRecorded(project_id=project.id, **_small(outcome)), by)
    return outcome


def link(outcome: Outcome, project: Project, *, by: User) -> None:
    """The same output came of this project too."""
    require_runner(project, by)
    if _is_kept_from(outcome, project):
        raise Conflict(
            _("Ce résultat est celui d’un projet confidentiel : ce projet-ci le montrerait.")
        )
    db.session.execute(select(Project.id).where(Project.id == project.id).with_for_update())
    if _is_of(outcome, project):
        raise Conflict(_("Ce résultat est déjà noté dans ce projet."))
    _join(project, outcome)
    tell(project, facts.OutcomeLinked(project_id=project.id, outcome_id=outcome.id), by)


def change(
    outcome: Outcome,
    project: Project,
    *,
    summary: str,
    reference: str,
    phase: Phase | None,
    status: TrialStatus | None,
    quantity: int | None,
    by: User,
    confirmed: bool = False,
) -> None:
    """A trial goes on, a proof appears: say it anew."""
    require_runner(project, by)
    _require_quantity(outcome.kind, quantity)
    gate.check({"summary": summary, "reference": reference}, confirmed=confirmed)
    trial = outcome.kind is OutcomeKind.TRIAL
    outcome.summary, outcome.reference = summary, reference
    outcome.html, outcome.key = _html(summary, reference), identity_of(reference)
    outcome.phase, outcome.status = (phase, status) if trial else (None, None)
    outcome.quantity = quantity if outcome.kind in COUNTED else None
    db.session.flush()
    tell(project, facts.OutcomeChanged(project_id=project.id, **_small(outcome)), by)


def of_project(project: Project, number: int) -> Outcome:
    """An output of this project: two queries. Raises `NotFound`."""
    found = db.session.get(Outcome, number)
    if found is None or not _is_of(found, project):
        raise NotFound(_("Aucun résultat de ce nom dans ce projet."))
    return found


def readable(number: int, *, to: User) -> Outcome:
    """An output of a project that the reader may read: one query. Raises `NotFound`."""
    found = db.session.scalar(
        select(Outcome).where(Outcome.id == number, _in_project_of(to)).limit(1)
    )
    if found is None:
        raise NotFound(_("Aucun résultat de ce nom, ou il n’est pas pour vous."))
    return found


def _require_quantity(kind: OutcomeKind, quantity: int | None) -> None:
    if quantity is None and COUNTED.get(kind):
        raise Refusal(_("Donnez le nombre."), field="quantity")


def _require_new(project: Project, kind: OutcomeKind, key: str, by: User) -> None:
    """Nothing of the same kind has this number, that the person may know of."""
    twin = db.session.scalar(
        select(Outcome)
        .where(Outcome.kind == kind, Outcome.key == key, _in_project_of(by))
        .order_by(Outcome.id)
        .limit(1)
    )
    if twin is None:
        return
    if _is_of(twin, project):
        raise Conflict(_("Ce résultat est déjà noté dans ce projet."))
    if _is_kept_from(twin, project):
        return
    other = db.session.scalars(
        select(Project)
        .join(ProjectOutcome, ProjectOutcome.project_id == Project.id)
        .where(ProjectOutcome.outcome_id == twin.id, project_readable_by(by))
        .order_by(Project.id)
    ).first()
    if other is not None:
        raise AlreadyNoted(twin, other)


def _in_project_of(reader: User) -> ColumnElement[bool]:
    return exists(
        select(ProjectOutcome.outcome_id)
        .join(Project, Project.id == ProjectOutcome.project_id)
        .where(ProjectOutcome.outcome_id == Outcome.id, project_readable_by(reader))
        .correlate(Outcome)
    )


def _is_kept_from(outcome: Outcome, project: Project) -> bool:
    """What a confidential project keeps, now and when its team rewords it, is not told through one
    that others read."""
    kept = (
        select(Project.id)
        .join(ProjectOutcome, ProjectOutcome.project_id == Project.id)
        .where(ProjectOutcome.outcome_id == outcome.id, Project.confidential)
    )
    return not project.confidential and db.session.scalar(kept.limit(1)) is not None


def _is_of(outcome: Outcome, project: Project) -> bool:
    return db.session.get(ProjectOutcome, (project.id, outcome.id)) is not None


def _join(project: Project, outcome: Outcome) -> None:
    db.session.add(ProjectOutcome(project_id=project.id, outcome_id=outcome.id, at=clock.now()))
    db.session.flush()
    db.session.expire(project, ["outcomes"])


def _small(outcome: Outcome) -> dict[str, Any]:
    """What the log holds of it."""
    return {
        "outcome_id": outcome.id,
        "outcome": outcome.kind.value,
        "phase": outcome.phase.value if outcome.phase else None,
        "status": outcome.status.value if outcome.status else None,
        "quantity": outcome.quantity,
    }


def _html(summary: str, reference: str) -> str:
    return render(f"{summary}\n\n{reference}" if reference else summary)
