"""Refusals: what an action says when it cannot be done, in a sentence for people.

Every refusal knows its HTTP status, so that the web, the API and the command line say the same.
"""

from collections.abc import Sequence


class Refusal(Exception):
    """An action was refused; nothing was changed. `status` is the HTTP status it answers with."""

    status = 422

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field


class NotAllowed(Refusal):
    """The person may see the thing but not do this to it."""

    status = 403


class Conflict(Refusal):
    """Somebody else was faster: the thing is no longer what the person was looking at."""

    status = 409


class IllegalMove(Conflict):
    """The move does not start from the question's stage; `legal` names the moves that do."""

    def __init__(self, sentence: str, *, legal: Sequence[str]) -> None:
        super().__init__(sentence)
        self.legal = tuple(legal)


class NotFound(Refusal):
    """Nothing of that name for this reader: says nothing on whether it exists for others."""

    status = 404


class OutOfSight(NotFound):
    """It is the reader's own, and hidden from them too while a moderator reads a report."""


class TooOften(Refusal):
    """Too many tries; `seconds` until the next one is worth it."""

    status = 429

    def __init__(self, sentence: str, *, seconds: int) -> None:
        super().__init__(sentence)
        self.seconds = seconds
