"""HTTP of rewording, and of the history of wordings."""

from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue

from exchange import db, i18n, web
from exchange.access import access, me
from exchange.i18n import gettext as _
from exchange.questions import actions as asking
from exchange.questions import policy, queries, wording
from exchange.questions.differences import differences
from exchange.questions.models import (
    TEXT_LABELS,
    Question,
    Revision,
    RevisionKind,
    Stage,
)
from exchange.questions.views.shared import ask_page, bp, form_of, preview

REVISION_LABELS = {
    RevisionKind.ORIGINAL: i18n.mark("Les mots d’origine"),
    RevisionKind.EDIT: i18n.mark("Modifiée par la personne qui l’a posée"),
    RevisionKind.REPHRASE: i18n.mark("Reformulée par un modérateur"),
    RevisionKind.RESTORE: i18n.mark("Les mots de l’auteur, rendus par un modérateur"),
}


@bp.route("/questions/<ref>/edit", methods=["GET", "POST"])
@access()
def edit(ref: str) -> ResponseReturnValue:
    """The asker rewords. Nothing changed: nothing recorded."""
    question = queries.visible_question(ref, to=me())
    wording.require_editable(question, by=me())
    form = form_of(question, sending=True)
    if request.form.get("do") == "preview":
        return ask_page(form, question, editing=True, preview=preview(form))
    if not form.submitted():
        return ask_page(form, question, editing=True)
    content = form.content()
    if content == wording.as_typed(question):
        flash(_("Rien n’a changé."), "info")
        return web.back_to("thread.show", ref=ref)

    def reword(confirmed: bool) -> None:
        wording.require_fresh(question, seen=form.seen)
        asking.edit(question, content, by=me(), confirmed=confirmed)

    if not form.attempt(reword):
        return ask_page(form, question, editing=True)
    db.session.commit()
    flash(_("La nouvelle version est enregistrée ; la première reste lisible."), "success")
    if question.stage is Stage.RETURNED:
        return web.back_to("questions.resubmit", ref=ref)
    return web.back_to("thread.show", ref=ref)


@bp.get("/questions/<ref>/revisions")
@access()
def revisions(ref: str) -> ResponseReturnValue:
    """Every wording, newest first, each with what it changed."""
    question = queries.visible_question(ref, to=me())
    before = request.args.get("before", type=int)
    if before is not None and not 0 < before <= queries.LARGEST_ID:
        before = None
    found = queries.revisions(question, before=before)
    shown = found[: queries.REVISIONS]
    previous: list[Revision | None] = [*found[1:], None]
    return web.page(
        "questions/revisions.html",
        question=question,
        revisions=[_told(one, than, question) for one, than in zip(shown, previous, strict=False)],
        older=shown[-1].number if len(found) > queries.REVISIONS else None,
    )


def _told(revision: Revision, than: Revision | None, question: Question) -> dict[str, Any]:
    hidden = revision.author_id == question.asker_id and not policy.sees_asker(me(), question)
    department = question.team.name if question.team else _("Un service clinique")
    before = {"title": than.title, **than.texts} if than else {}
    after = {"title": revision.title, **revision.texts}
    labels = {"title": _("Titre"), **{name: _(label) for name, label in TEXT_LABELS.items()}}
    return {
        "number": revision.number,
        "kind": _(REVISION_LABELS[revision.kind]),
        "author": department if hidden else revision.author.name,
        "at": revision.at,
        "changes": [
            (label, differences(before.get(name, ""), after.get(name, "")))
            for name, label in labels.items()
            if than is not None and before.get(name, "") != after.get(name, "")
        ],
        "words": None
        if than is not None
        else [(labels[name], revision.html[name]) for name in TEXT_LABELS if name in revision.html],
        "title": revision.title,
    }
