"""Joining a file and taking it away."""

import hashlib
import re
import secrets
import unicodedata
from pathlib import PurePath

from obstore.store import ObjectStore
from sqlalchemy import func, select

from exchange import clock, db
from exchange.attachments import facts, policy
from exchange.attachments import store as stores
from exchange.attachments.cleaning import Clean, clean
from exchange.attachments.models import Attachment
from exchange.errors import NotAllowed, Refusal
from exchange.guard import gate
from exchange.i18n import gettext as _
from exchange.log.record import record
from exchange.people.models import User
from exchange.questions.actions import follow
from exchange.questions.models import Question, Stage
from exchange.research.models import Outcome, Project
from exchange.research.projects import require_runner, tell

MOST = 20
"""Files of one thread."""

CAPTION_LIMIT = 300
NAME_LIMIT = 120


def attach(
    question: Question,
    *,
    data: bytes,
    name: str,
    caption: str,
    by: User,
    files: ObjectStore,
    confirmed: bool = False,
) -> Attachment:
    """Join a file to the thread. Its name, caption and words pass the guard; the store is given
    the cleaned file before the row is written, so that a row always has its file."""
    if not policy.may_attach(by, question):
        raise NotAllowed(_("Cette discussion est close."))
    if _count(question) >= MOST:
        raise Refusal(_("Une question porte vingt pièces au plus : retirez-en une."), field="file")
    attachment = _keep(question.id, data, name, caption, by, files, confirmed)
    if question.stage is Stage.DRAFT:  # the log learns of it when it is sent
        return attachment
    if by.id != question.asker_id:
        follow(question, by)
    record(facts.Attached(attachment_id=attachment.id), on=question.id, by=by)
    return attachment


def tell_joined(question: Question, *, by: User) -> None:
    """A draft was sent: the log learns of the files that were joined to it."""
    for number in db.session.scalars(
        select(Attachment.id)
        .where(Attachment.question_id == question.id, Attachment.removed_at.is_(None))
        .order_by(Attachment.id)
    ):
        record(facts.Attached(attachment_id=number), on=question.id, by=by)


def remove(attachment: Attachment, *, by: User) -> None:
    """Take a file away, with its name and its words."""
    if not policy.may_remove(by, attachment):
        raise NotAllowed(_("On ne retire que les pièces que l’on a jointes."))
    _empty(attachment)
    if db.session.get_one(Question, attachment.question_id).stage is Stage.DRAFT:
        return
    record(facts.AttachmentRemoved(attachment_id=attachment.id), on=attachment.question_id, by=by)


def prove(
    outcome: Outcome,
    project: Project,
    *,
    data: bytes,
    name: str,
    by: User,
    files: ObjectStore,
    confirmed: bool = False,
) -> Attachment:
    """The document that proves an output of this project, in the place of the one there was. It is
    read by whoever may read the output, and is no file of the thread."""
    require_runner(project, by)
    question_id = project.hypotheses[0].question_id
    proof = _keep(question_id, data, name, "", by, files, confirmed)
    _drop_proof(outcome)
    outcome.proof_id = proof.id
    db.session.flush()
    fact = facts.OutcomeProved(project_id=project.id, outcome_id=outcome.id, attachment_id=proof.id)
    tell(project, fact, by)
    return proof


def remove_proof(outcome: Outcome, project: Project, *, by: User) -> None:
    """Take the document away."""
    require_runner(project, by)
    number = _drop_proof(outcome)
    if number is not None:
        fact = facts.ProofRemoved(
            project_id=project.id, outcome_id=outcome.id, attachment_id=number
        )
        tell(project, fact, by)


def _drop_proof(outcome: Outcome) -> int | None:
    number = outcome.proof_id
    outcome.proof_id = None
    if number is not None:
        _empty(db.session.get_one(Attachment, number))
    return number


def _empty(attachment: Attachment) -> None:
    """The worker drops the file itself."""
    attachment.name = attachment.caption = attachment.text = ""
    attachment.removed_at = clock.now()


def _keep(
    question_id: int,
    data: bytes,
    name: str,
    caption: str,
    by: User,
    files: ObjectStore,
    confirmed: bool,
) -> Attachment:
    if not data:
        raise Refusal(_("Choisissez un fichier."), field="file")
    kept = clean(data)
    _check(name, caption, kept.text, confirmed)
    key = secrets.token_urlsafe(24)
    stores.put(files, key, kept.data)
    attachment = Attachment(
        question_id=question_id,
        uploader_id=by.id,
        at=clock.now(),
        key=key,
        name=file_name(name, kept),
        caption=caption.strip(),
        text=kept.text,
        kind=kept.kind,
        size=len(kept.data),
        sha256=hashlib.sha256(kept.data).hexdigest(),
        width=kept.width,
        height=kept.height,
    )
    db.session.add(attachment)
    db.session.flush()
    return attachment


def file_name(name: str, kept: Clean) -> str:
    """A name that any system takes, with the ending of what the file is."""
    stem = PurePath(name.replace("\\", "/")).stem
    plain = re.sub(r"[^\w .()+-]", "", unicodedata.normalize("NFC", stem)).strip(" .")
    ending = "jpg" if kept.kind == "jpeg" else kept.kind.value
    return f"{plain[:NAME_LIMIT] or _('fichier')}.{ending}"


def _count(question: Question) -> int:
    statement = select(func.count()).where(
        Attachment.question_id == question.id,
        Attachment.removed_at.is_(None),
        policy.of_the_thread(),
    )
    return db.session.scalar(statement) or 0


def _check(name: str, caption: str, text: str, confirmed: bool) -> None:
    """The guard reads all three."""
    spoken = re.sub(r"[_-]+", " ", PurePath(name).stem)
    gate.check(
        {"caption": caption, "file": f"{spoken}\n{text}"}, confirmed=confirmed, around={"file"}
    )
