"""Who may join a file and take it away again."""

from sqlalchemy import ColumnElement, exists, true

from exchange.attachments.models import Attachment
from exchange.people.models import User
from exchange.questions import policy as questions
from exchange.questions.models import Question
from exchange.research.models import Outcome


def may_attach(user: User, question: Question) -> bool:
    """Whoever may write in the thread; the asker as long as they may reword the question."""
    return questions.may_discuss(user, question) or questions.may_edit(user, question)


def in_sight_of(user: User) -> ColumnElement[bool]:
    """Of the files of a thread that the person may read, those they may see."""
    if user.is_moderator:
        return true()
    return Attachment.hidden_at.is_(None)


def of_the_thread() -> ColumnElement[bool]:
    """The files of threads, without those that prove what came of a project: its readers may be
    others."""
    return ~exists().where(Outcome.proof_id == Attachment.id)


def may_remove(user: User, attachment: Attachment) -> bool:
    """Whoever joined it, and moderators."""
    return attachment.uploader_id == user.id or user.is_moderator
