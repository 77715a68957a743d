"""HTTP of asking: the form, its drafts, and what comes after sending."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import current_app, flash, make_response, request, url_for
from flask.typing import ResponseReturnValue

from exchange import db, i18n, web
from exchange.access import access, me, reads_only
from exchange.errors import Conflict, NotAllowed
from exchange.forms import BareForm
from exchange.guard import KINDS, gate
from exchange.i18n import gettext as _
from exchange.questions import actions as asking
from exchange.questions import policy, queries, tags, wording
from exchange.questions.content import TEXT_LIMIT, Content
from exchange.questions.forms import (
    AskForm,
)
from exchange.questions.hints import HINT_LABELS, hints
from exchange.questions.models import (
    Question,
    Stage,
)
from exchange.questions.views.shared import ask_page, bp, form_of, preview

Similar = Callable[[Content], Sequence[Any]]


@bp.route("/questions/new", methods=["GET", "POST"])
@access()
def new() -> ResponseReturnValue:
    """A blank form. A page whose first words were kept meanwhile posts its draft's number."""
    _require_asker()
    number = request.form.get("draft")
    return _compose(queries.own_draft(number, of=me()) if number else None)


@bp.route("/questions/drafts/<int(max=2147483647):number>", methods=["GET", "POST"])
@access()
def draft(number: int) -> ResponseReturnValue:
    """A draft, found again on any PC."""
    _require_asker()
    found = queries.own_draft(number, of=me())
    if request.method == "GET" and found.stage is not Stage.DRAFT:
        return web.back_to("thread.show", ref=found.ref)
    return _compose(found)


@bp.post("/questions/drafts/save")
@access()
def save_draft() -> ResponseReturnValue:
    """Keep what is being typed, for the page's script: answers the draft's address, what the
    form must send next time, and the fields held back because they identify somebody."""
    _require_asker()
    number = request.form.get("draft")
    kept = queries.own_draft(number, of=me()) if number else None
    form = form_of(kept, sending=False)
    if not form.validate():
        return {"error": _("Un champ est trop long ou illisible."), "fields": {}}, 422
    if kept is None and form.is_blank():
        return "", 204
    if kept is not None:
        wording.require_fresh(kept, seen=form.seen)
    saved = wording.keep(form.content(), by=me(), draft=kept)
    db.session.commit()
    answer = {
        "address": url_for("questions.draft", number=saved.draft.id),
        "fields": {"draft": saved.draft.id, "version": saved.draft.version},
        "saved_at": saved.draft.edited_at.isoformat(),
        "held": [str(form[name].label.text) for name in saved.held],
    }
    return make_response(answer)


@bp.post("/questions/look")
@access()
@reads_only
def look() -> ResponseReturnValue:
    """What is being written, read at a pause in typing: what the guard will say, what would make
    it easier to take up, and the tags it proposes. A fragment for the form; nothing is kept."""
    _require_asker()
    form = AskForm(teams=[])
    content = form.content()
    proposed = tags.labelled(tags.proposed(content), i18n.get_locale())
    texts = {name: text[:TEXT_LIMIT] for name, text in content.words().items()}
    return web.page(
        "questions/look.html",
        found=[
            (form[name].label.text, f"#{name}", gate.mark(text, findings))
            for name, text in texts.items()
            if (findings := gate.look(text))
        ],
        guard_kinds=KINDS,
        hints=hints(texts["title"], texts["problem"]),
        hint_labels=HINT_LABELS,
        proposed=[] if form.tags.data else proposed,
    )


@bp.route("/questions/drafts/<int(max=2147483647):number>/delete", methods=["GET", "POST"])
@access()
def delete_draft(number: int) -> ResponseReturnValue:
    found = queries.own_draft(number, of=me())
    form = BareForm()
    return web.form_page(
        form,
        lambda _ok: asking.delete_draft(found, by=me()),
        done=_("Le brouillon est supprimé."),
        title=_("Supprimer ce brouillon ?"),
        submit=_("Supprimer le brouillon"),
        back=url_for("questions.draft", number=number),
        then=url_for("questions.index", mine=1),
        heading=found.title or _("Brouillon sans titre"),
        intro=_("Personne d’autre ne l’a lu. Son texte ne pourra pas être retrouvé."),
        danger=True,
    )


@bp.get("/questions/<ref>/sent")
@access()
def sent(ref: str) -> ResponseReturnValue:
    """After sending: the reference, the place in the queue, the usual delay, what comes next."""
    question = queries.visible_question(ref, to=me())
    if question.stage is not Stage.SUBMITTED or question.asker_id != me().id:
        return web.back_to("thread.show", ref=ref)
    return web.page(
        "questions/sent.html",
        question=question,
        place=queries.place_in_queue(question),
        tags=tags.labelled(question.tags, i18n.get_locale()),
    )


def _require_asker() -> None:
    if not policy.may_ask(me()):
        raise NotAllowed(
            _(
                "Les questions sont posées par les cliniciens. Si vous soignez aussi des patients,"
                " demandez ce rôle à un administrateur."
            )
        )


def _compose(draft: Question | None) -> ResponseReturnValue:
    wanted = request.form.get("do", "send")
    form = form_of(draft, sending=wanted == "send")
    if not form.is_submitted():
        return ask_page(form)
    if wanted == "preview":
        form.tags.propose(tags.proposed(form.content()))
        return ask_page(form, preview=preview(form))
    if not form.validate():
        return ask_page(form)
    if wanted == "attach":
        return _attach(form, draft)
    return _keep(form, draft) if wanted == "draft" else _send(form, draft)


def _attach(form: AskForm, draft: Question | None) -> ResponseReturnValue:
    """To the files of the draft, once what is written is kept."""
    saved = _saved(form, draft)
    if saved is None:
        return ask_page(form, draft)
    return web.back_to("attachments.draft", number=saved.id)


def _keep(form: AskForm, draft: Question | None) -> ResponseReturnValue:
    saved = _saved(form, draft)
    if saved is None:
        return ask_page(form, draft)
    flash(
        _(
            "Brouillon enregistré : vous le retrouverez parmi vos questions, sur n’importe quel"
            " poste."
        ),
        "success",
    )
    return web.back_to("questions.draft", number=saved.id)


def _send(form: AskForm, draft: Question | None) -> ResponseReturnValue:
    content = form.content()
    twin = queries.same_words(content, by=me())
    if twin is not None:
        return web.back_to("questions.sent", ref=twin.ref)
    if not form.seen_similar.data and (similar := _similar(content)):
        saved = _saved(form, draft)
        if saved is None:
            return ask_page(form, draft)
        form.draft.data, form.version.data = str(saved.id), str(saved.version)
        form.seen_similar.data = "1"
        form.tags.propose(tags.proposed(content))
        return ask_page(form, similar=similar)
    made: list[Question] = []

    def send(confirmed: bool) -> None:
        if draft is not None:
            _require_unsent(draft)
            wording.require_fresh(draft, seen=form.seen)
        made.append(asking.submit(content, by=me(), question=draft, confirmed=confirmed))
        current_app.extensions["sent"](made[0], by=me())

    if not form.attempt(send):
        return ask_page(form, draft)
    db.session.commit()
    return web.back_to("questions.sent", ref=made[0].ref)


def _saved(form: AskForm, draft: Question | None) -> Question | None:
    """The form as a committed draft, or None with the refusal in the form."""
    made: list[Question] = []

    def save(_confirmed: bool) -> None:
        if draft is not None:
            _require_unsent(draft)
            wording.require_fresh(draft, seen=form.seen)
        made.append(asking.save_draft(form.content(), by=me(), question=draft))

    if not form.attempt(save):
        return None
    db.session.commit()
    return made[0]


def _require_unsent(draft: Question) -> None:
    if draft.stage is not Stage.DRAFT:
        raise Conflict(
            _(
                "Ce brouillon a déjà été envoyé : c’est la question %(ref)s. L’envoyer d’ici en fera"
                " une autre question.",
                ref=draft.ref,
            )
        )


def _similar(content: Content) -> Sequence[Any]:
    """What looks like this question. The search room stands above this one: it is lent by
    `create_app`, and its rows go to its own template."""
    look: Similar | None = current_app.extensions.get("similar")
    return look(content) if look else ()
