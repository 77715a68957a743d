"""What can become of a message. Each is one word, which is what the log keeps."""

from dataclasses import dataclass, field
from enum import StrEnum

from exchange.outbox.models import Letter
from exchange.people.models import User
from exchange.questions.models import Question


class Outcome(StrEnum):
    """Those from `OVERSIZE` to `EMPTY` are the refusals of `incoming.kinds`."""

    POSTED = "posted"
    ANSWERED = "answered"  # the moderator's question: the question goes back to the desk
    COMMANDED = "commanded"
    DRAFTED = "drafted"
    ARRIVED = "arrived"  # an answer to our asking whether mail arrives
    MET = "met"  # a calendar answered an invitation, and that is noted
    BOUNCED = "bounced"
    DELAYED = "delayed"  # a report that says nothing final
    KEPT = "kept"  # until its author confirms that it names no patient

    REPEATED = "repeated"
    NOT_OURS = "not_ours"
    UNKNOWN_SENDER = "unknown_sender"
    NOT_AUTHENTIC = "not_authentic"
    WRONG_SENDER = "wrong_sender"
    SUSPENDED = "suspended"
    TOO_OFTEN = "too_often"
    EXPIRED = "expired"
    REVOKED = "revoked"
    NOT_ALLOWED = "not_allowed"
    CLOSED = "closed"
    NO_QUESTION = "no_question"
    UNKNOWN_COMMAND = "unknown_command"
    IDENTITY = "identity"
    TOO_LONG = "too_long"

    OVERSIZE = "oversize"
    OWN_MAIL = "own_mail"
    BOUNCE = "bounce"  # of nothing that we sent
    RECEIPT = "receipt"
    CALENDAR = "calendar"
    LIST_LOOP = "list_loop"
    AUTO_REPLY = "auto_reply"
    NO_SENDER = "no_sender"
    ENCRYPTED = "encrypted"
    DANGEROUS_ATTACHMENT = "dangerous_attachment"
    EMPTY = "empty"

    @property
    def done(self) -> bool:
        """Whether the message did what it was sent for."""
        return self in _DONE


_DONE = frozenset(
    {
        Outcome.POSTED,
        Outcome.ANSWERED,
        Outcome.COMMANDED,
        Outcome.ARRIVED,
        Outcome.DRAFTED,
        Outcome.MET,
        Outcome.BOUNCED,
        Outcome.DELAYED,
    }
)


@dataclass(frozen=True)
class Told:
    """What a command did: our own sentence, in its author's language."""

    word: str
    ref: str
    fine: bool
    sentence: str


@dataclass(kw_only=True)
class Settled:
    """A message that was read. `text` is what its author wrote, `cut` the rest; `files`: how many
    attachments were left out, `joined`: how many were joined, `refused`: why others were not; `draft_id`, `comment_id`: what it became; `kept`: the words that wait
    for their author."""

    outcome: Outcome
    letter: Letter | None = None
    user: User | None = None
    question: Question | None = None
    text: str = ""
    cut: str = ""
    told: list[Told] = field(default_factory=list)
    files: int = 0
    joined: int = 0
    refused: list[str] = field(default_factory=list)
    draft_id: int | None = None
    comment_id: int | None = None
    kept: str = ""
