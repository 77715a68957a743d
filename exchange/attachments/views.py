"""HTTP of attachments. A file is sent with headers under which nothing in it can run."""

from collections.abc import Callable

from flask import Blueprint, Response, flash, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.http import dump_options_header

from exchange import db, web
from exchange.access import access, me
from exchange.attachments import actions, policy, queries
from exchange.attachments import store as stores
from exchange.attachments.forms import AttachmentForm, ProofForm
from exchange.attachments.models import IMAGES, Attachment, FileKind
from exchange.errors import NotFound
from exchange.i18n import gettext as _
from exchange.questions.models import Question, Stage
from exchange.questions.policy import sees_asker
from exchange.questions.queries import own_draft, visible_question
from exchange.research import outputs
from exchange.research.models import OUTCOME_LABELS
from exchange.research.projects import require_runner
from exchange.research.queries.projects import visible_project

bp = Blueprint("attachments", __name__)

NUMBER = "<int(max=2147483647):number>"
FILE = "<int(max=2147483647):file>"

MIMETYPES = {
    FileKind.PNG: "image/png",
    FileKind.JPEG: "image/jpeg",
    FileKind.WEBP: "image/webp",
    FileKind.PDF: "application/pdf",
    FileKind.CSV: "text/csv; charset=utf-8",
    FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

AROUND_THE_FILE = 100_000
"""Bytes a form takes besides its file."""


@bp.url_value_preprocessor
def take_a_file(_endpoint: str | None, _values: object) -> None:
    """Before anything reads the body: here it may hold a file."""
    request.max_content_length = web.settings().attachment_bytes + AROUND_THE_FILE


@bp.route("/questions/<ref>/attachments", methods=["GET", "POST"])
@access()
def index(ref: str) -> ResponseReturnValue:
    """The files of a thread, and the form to join one."""
    return _files(lambda: visible_question(ref, to=me()), f"/questions/{ref}")


@bp.route(f"/questions/drafts/{NUMBER}/attachments", methods=["GET", "POST"])
@access()
def draft(number: int) -> ResponseReturnValue:
    """The files of one's own draft, which nobody else reads before it is sent."""
    found = own_draft(number, of=me())
    if found.stage is not Stage.DRAFT:
        return redirect(f"/questions/{found.ref}/attachments", code=303)
    return _files(lambda: own_draft(number, of=me()), f"/questions/drafts/{number}")


def _files(read: Callable[[], Question], asked: str) -> ResponseReturnValue:
    """The files of a question that is shown at `asked`."""
    user, question = me(), read()
    form = AttachmentForm()
    if form.submitted():
        sent = form.file.data

        def attach(confirmed: bool) -> None:
            actions.attach(
                question,
                data=sent.stream.read(),
                name=sent.filename or "",
                caption=form.caption.data or "",
                by=user,
                files=stores.store(),
                confirmed=confirmed,
            )

        if form.attempt(attach):
            db.session.commit()
            flash(_("La pièce est jointe."), "success")
            return redirect(f"{asked}/attachments", code=303)
        question = read()
    return web.page(
        "attachments/index.html",
        question=question,
        asked=asked,
        draft=question.stage is Stage.DRAFT,
        form=form,
        files=queries.of_thread(question, to=user),
        masked=None if sees_asker(user, question) else question.asker_id,
        may_attach=policy.may_attach(user, question),
        may_remove=lambda attachment: policy.may_remove(user, attachment),
        images=IMAGES,
        most=web.settings().attachment_bytes // 1_000_000,
    )


@bp.get(f"/questions/<ref>/attachments/{NUMBER}")
@access()
def show(ref: str, number: int) -> ResponseReturnValue:
    """One file. Its content never changes, but who may read it does: it is asked for each time."""
    return _file(queries.visible_attachment(ref, number, to=me()))


@bp.post(f"/questions/<ref>/attachments/{NUMBER}/remove")
@access()
def remove(ref: str, number: int) -> ResponseReturnValue:
    """Take a file away."""
    attachment = queries.visible_attachment(ref, number, to=me())
    actions.remove(attachment, by=me())
    db.session.commit()
    flash(_("La pièce est retirée."), "success")
    return redirect(f"/questions/{ref}/attachments", code=303)


@bp.get(f"/questions/drafts/{NUMBER}/attachments/{FILE}")
@access()
def show_of_draft(number: int, file: int) -> ResponseReturnValue:
    """One file of one's own draft."""
    return _file(queries.of_draft(own_draft(number, of=me()), file))


@bp.post(f"/questions/drafts/{NUMBER}/attachments/{FILE}/remove")
@access()
def remove_of_draft(number: int, file: int) -> ResponseReturnValue:
    """Take a file of one's own draft away."""
    actions.remove(queries.of_draft(own_draft(number, of=me()), file), by=me())
    db.session.commit()
    flash(_("La pièce est retirée."), "success")
    return redirect(f"/questions/drafts/{number}/attachments", code=303)


@bp.get(f"/projects/<ref>/outcomes/{NUMBER}/document")
@access()
def document(ref: str, number: int) -> ResponseReturnValue:
    """The document that proves an output: seven queries."""
    visible_project(ref, to=me())
    return _file(queries.proof(outputs.readable(number, to=me()), to=me()))


@bp.route(f"/projects/<ref>/outcomes/{NUMBER}/document/join", methods=["GET", "POST"])
@access()
def prove(ref: str, number: int) -> ResponseReturnValue:
    """Join the document that proves an output, or put another in its place."""
    project = visible_project(ref, to=me())
    if request.method == "GET":
        require_runner(project, me())
    outcome = outputs.of_project(project, number)
    form = ProofForm()
    if form.submitted() and form.attempt(
        lambda ok: actions.prove(
            outcome,
            project,
            data=form.file.data.stream.read(),
            name=form.file.data.filename or "",
            by=me(),
            files=stores.store(),
            confirmed=ok,
        )
    ):
        db.session.commit()
        flash(_("Le document est joint au résultat."), "success")
        return web.back_to("research.project", ref=ref, anchor="outcomes")
    return web.page(
        "attachments/proof.html",
        project=project,
        outcome=outcome,
        kind=_(OUTCOME_LABELS[outcome.kind]),
        known=queries.proof(outcome, to=me()),
        form=form,
        most=web.settings().attachment_bytes // 1_000_000,
    )


@bp.post(f"/projects/<ref>/outcomes/{NUMBER}/document/remove")
@access()
def remove_proof(ref: str, number: int) -> ResponseReturnValue:
    """Take the document of an output away."""
    project = visible_project(ref, to=me())
    actions.remove_proof(outputs.of_project(project, number), project, by=me())
    db.session.commit()
    flash(_("Le document est retiré."), "success")
    return web.back_to("research.project", ref=ref, anchor="outcomes")


def _file(attachment: Attachment | None) -> ResponseReturnValue:
    if attachment is None:
        raise NotFound(_("Aucune pièce de ce nom, ou elle n’est pas pour vous."))
    if same := web.unchanged("attachment", attachment.sha256):
        return same
    try:
        data = stores.get(stores.store(), attachment.key)
    except FileNotFoundError:
        raise NotFound(_("Le fichier de cette pièce manque : prévenez l’administrateur.")) from None
    return _sent(attachment, data)


def _sent(attachment: Attachment, data: bytes) -> Response:
    answer = Response(data, content_type=MIMETYPES[attachment.kind])
    way = "inline" if attachment.kind in IMAGES else "attachment"
    name = {"filename": attachment.name}
    answer.headers["Content-Disposition"] = dump_options_header(way, name)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
