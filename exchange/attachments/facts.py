"""What can happen to attachments."""

from dataclasses import dataclass

from exchange.log.facts import Fact


@dataclass(frozen=True, kw_only=True)
class Attached(Fact, kind="attachment.added"):
    attachment_id: int


@dataclass(frozen=True, kw_only=True)
class AttachmentRemoved(Fact, kind="attachment.removed"):
    attachment_id: int
