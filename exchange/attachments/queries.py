"""Reads of attachments. Whoever may read the thread may read its files."""

from collections.abc import Sequence

from sqlalchemy import Row, select

from exchange import db
from exchange.attachments.models import Attachment
from exchange.attachments.policy import in_sight_of, of_the_thread
from exchange.errors import NotFound
from exchange.i18n import gettext as _
from exchange.people.models import User
from exchange.questions.models import Question
from exchange.questions.policy import readable_by
from exchange.research.models import Outcome


def of_thread(question: Question, *, to: User) -> Sequence[Row[Attachment, str]]:
    """The files of a thread that its reader may read, the oldest first, each with the name of
    whoever joined it: one query."""
    return db.session.execute(
        select(Attachment, User.name.label("by"))
        .join(User, User.id == Attachment.uploader_id)
        .where(
            Attachment.question_id == question.id,
            Attachment.removed_at.is_(None),
            in_sight_of(to),
            of_the_thread(),
        )
        .order_by(Attachment.id)
    ).all()


def visible_attachment(ref: str, number: int, *, to: User) -> Attachment:
    """The file of this thread: one query. Raises `NotFound`, in the same words, whether it does not
    exist, was removed or is hidden from the reader."""
    found = db.session.scalar(
        select(Attachment)
        .join(Question, Question.id == Attachment.question_id)
        .where(
            Attachment.id == number,
            Attachment.removed_at.is_(None),
            Question.ref == ref,
            readable_by(to),
            in_sight_of(to),
            of_the_thread(),
        )
    )
    if found is None:
        raise NotFound(_("Aucune pièce de ce nom, ou elle n’est pas pour vous."))
    return found


def proof(outcome: Outcome, *, to: User) -> Attachment | None:
    """The document of an output that its reader may read: one query."""
    return db.session.scalar(
        select(Attachment).where(
            Attachment.id == outcome.proof_id,
            Attachment.removed_at.is_(None),
            in_sight_of(to),
        )
    )


def of_draft(question: Question, number: int) -> Attachment:
    """The file of a draft, for its owner: one query. Raises `NotFound`."""
    found = db.session.scalar(
        select(Attachment).where(
            Attachment.id == number,
            Attachment.question_id == question.id,
            Attachment.removed_at.is_(None),
        )
    )
    if found is None:
        raise NotFound(_("Aucune pièce de ce nom, ou elle n’est pas pour vous."))
    return found


def names_of_draft(draft_id: int, *, of: User) -> Sequence[str]:
    """What is joined to somebody's draft: one query."""
    return db.session.scalars(
        select(Attachment.name)
        .join(Question, Question.id == Attachment.question_id)
        .where(Question.id == draft_id, Question.asker_id == of.id, Attachment.removed_at.is_(None))
        .order_by(Attachment.id)
    ).all()
