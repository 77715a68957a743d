"""What can happen to attachments."""

from dataclasses import dataclass

from exchange.log.facts import Fact


@dataclass(frozen=True, kw_only=True)
class Attached(Fact, kind="attachment.added"):
    attachment_id: int


@dataclass(frozen=True, kw_only=True)
class AttachmentRemoved(Fact, kind="attachment.removed"):
    attachment_id: int


@dataclass(frozen=True, kw_only=True)
class OutcomeProved(Fact, kind="project.outcome_proved"):
    """A document now proves what came of a project."""

    project_id: int
    outcome_id: int
    attachment_id: int


@dataclass(frozen=True, kw_only=True)
class ProofRemoved(Fact, kind="project.proof_removed", quiet=True):
    project_id: int
    outcome_id: int
    attachment_id: int
