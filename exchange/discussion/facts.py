"""What can happen in a discussion."""

from dataclasses import dataclass

from exchange.log.facts import Fact


@dataclass(frozen=True, kw_only=True)
class Commented(Fact, kind="comment.posted"):
    comment_id: int
    hypothesis_id: int | None = None
    project_id: int | None = None
    by_mail: bool = False


@dataclass(frozen=True, kw_only=True)
class CommentEdited(Fact, kind="comment.edited", quiet=True):
    comment_id: int
    hypothesis_id: int | None = None
    project_id: int | None = None
