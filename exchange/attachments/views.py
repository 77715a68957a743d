"""HTTP of attachments. A file is sent with headers under which nothing in it can run."""

from flask import Blueprint, Response, flash, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.http import dump_options_header

from exchange import db, web
from exchange.access import access, me
from exchange.attachments import actions, policy, queries
from exchange.attachments import store as stores
from exchange.attachments.forms import AttachmentForm
from exchange.attachments.models import IMAGES, Attachment, FileKind
from exchange.errors import NotFound
from exchange.i18n import gettext as _
from exchange.questions.policy import sees_asker
from exchange.questions.queries import visible_question

bp = Blueprint("attachments", __name__)

NUMBER = "<int(max=2147483647):number>"

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
    user = me()
    question = visible_question(ref, to=user)
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
            return redirect(f"/questions/{ref}/attachments", code=303)
        question = visible_question(ref, to=user)
    return web.page(
        "attachments/index.html",
        status=form.status if form.is_submitted() else 200,
        question=question,
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
    attachment = queries.visible_attachment(ref, number, to=me())
    if same := web.unchanged("attachment", attachment.sha256):
        return same
    try:
        data = stores.get(stores.store(), attachment.key)
    except FileNotFoundError:
        raise NotFound(_("Le fichier de cette pièce manque : prévenez l’administrateur.")) from None
    return _sent(attachment, data)


@bp.post(f"/questions/<ref>/attachments/{NUMBER}/remove")
@access()
def remove(ref: str, number: int) -> ResponseReturnValue:
    """Take a file away."""
    attachment = queries.visible_attachment(ref, number, to=me())
    actions.remove(attachment, by=me())
    db.session.commit()
    flash(_("La pièce est retirée."), "success")
    return redirect(f"/questions/{ref}/attachments", code=303)


def _sent(attachment: Attachment, data: bytes) -> Response:
    answer = Response(data, content_type=MIMETYPES[attachment.kind])
    way = "inline" if attachment.kind in IMAGES else "attachment"
    name = {"filename": attachment.name}
    answer.headers["Content-Disposition"] = dump_options_header(way, name)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
