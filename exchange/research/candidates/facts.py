"""What can happen to a drug candidate. Its phase is a small value: figures are worked out from it."""

from dataclasses import dataclass

from exchange.log.facts import Fact


@dataclass(frozen=True, kw_only=True)
class CandidateEntered(Fact, kind="project.candidate_entered"):
    project_id: int
    candidate_id: int
    make: str
    progress: str
    reach: str | None


@dataclass(frozen=True, kw_only=True)
class CandidateChanged(Fact, kind="project.candidate_changed"):
    """It came further, say, or was stopped."""

    project_id: int
    candidate_id: int
    make: str
    progress: str
    reach: str | None
