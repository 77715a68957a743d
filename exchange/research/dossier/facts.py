"""What can happen to the dossier of a project."""

from dataclasses import dataclass

from exchange.log.facts import Fact


@dataclass(frozen=True, kw_only=True)
class DossierChanged(Fact, kind="project.dossier_changed"):
    """`part`: which of its parts."""

    project_id: int
    dossier_id: int
    part: str


@dataclass(frozen=True, kw_only=True)
class RiskNoted(Fact, kind="project.risk_noted"):
    project_id: int
    risk_id: int


@dataclass(frozen=True, kw_only=True)
class RiskChanged(Fact, kind="project.risk_changed"):
    project_id: int
    risk_id: int


@dataclass(frozen=True, kw_only=True)
class DecisionLogged(Fact, kind="project.decision_logged"):
    project_id: int
    decision_id: int
