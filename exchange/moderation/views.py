"""The triage desk over HTTP: the queue and the item side by side, one page per item."""

import re
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from exchange import db, guard, web
from exchange.access import access, me
from exchange.errors import Conflict, NotFound
from exchange.guard import gate
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.moderation import actions, doubts, kinds, queries, queue
from exchange.moderation.forms import AssignForm, DecisionForm, MergeForm, ReasonForm, RephraseForm
from exchange.moderation.queue import Entry
from exchange.people.models import Role, User
from exchange.questions.models import (
    TEXT_FIELDS,
    TEXT_LABELS,
    Question,
    Stage,
)
from exchange.questions.policy import readable_by
from exchange.questions.queries import visible_question
from exchange.search import queries as searching
from exchange.search.views import index

bp = Blueprint("moderation", __name__, url_prefix="/triage")

Decide = Callable[..., object]

REASONED: dict[str, Decide] = {
    "return": actions.return_,
    "decline": actions.decline,
    "park": actions.park,
    "reopen": actions.reopen,
}
"""Decisions that need a reason."""

DONE = {
    "publish": _m("%(ref)s est publiée."),
    "return": _m("%(ref)s est renvoyée à son auteur avec votre question."),
    "decline": _m("%(ref)s n’est pas retenue ; son auteur reçoit votre raison."),
    "park": _m("%(ref)s est mise en sommeil."),
    "reopen": _m("%(ref)s est rouverte."),
    "merge": _m("%(ref)s est réunie à %(into)s."),
    "rephrase": _m("%(ref)s est reformulée ; les mots de l’auteur restent lisibles à côté."),
}

TITLES = {
    "return": _m("Demander une précision"),
    "decline": _m("Ne pas retenir"),
    "park": _m("Mettre en sommeil"),
    "reopen": _m("Rouvrir"),
}


_ITEM = re.compile(r"/triage/[A-Za-z0-9/-]{1,100}", re.ASCII)


@bp.get("")
@access(Role.MODERATOR)
def desk() -> ResponseReturnValue:
    """What will be late first; when nothing is to decide, the last decisions."""
    waiting = queue.entries(web.settings(), but=me())
    first = queue.head(waiting, me())
    if first is None:
        return _decisions_page(waiting)
    if first.kind == kinds.DOUBTS.name:
        return _passage_page(int(first.item), waiting)
    if first.ref:
        return _item_page(first.ref, waiting)
    return redirect(first.href)


@bp.get("/decisions")
@access(Role.MODERATOR)
def decisions() -> ResponseReturnValue:
    """The last decisions, by whom."""
    return _decisions_page(queue.entries(web.settings(), but=me()))


@bp.get("/<ref>")
@access(Role.MODERATOR)
def item(ref: str) -> ResponseReturnValue:
    """One question beside the queue."""
    return _item_page(ref, queue.entries(web.settings(), but=me()))


@bp.route("/passages/<int:number>", methods=["GET", "POST"])
@access(Role.MODERATOR)
def passage(number: int) -> ResponseReturnValue:
    """A passage that its author confirmed; posting says that it names nobody."""
    if request.method == "POST":
        doubts.settle(doubts.read(number).doubt, by=me())
        db.session.commit()
        flash(_("Passage relu : il ne désigne personne."), "success")
        return redirect(url_for("moderation.desk"), 303)
    return _passage_page(number, queue.entries(web.settings(), but=me()))


@bp.post("/reading")
@access(Role.MODERATOR)
def reading() -> ResponseReturnValue:
    """A sign of life of a page that is open; answers who else reads the same."""
    opened = _item_named(request.form.get("item", ""))
    queue.keep_reading(opened, me())
    db.session.commit()
    return {"readers": queue.readers_of(opened, but=me())}


@bp.post("/assign")
@access(Role.MODERATOR)
def assign() -> ResponseReturnValue:
    """Take an entry, or give it to a colleague."""
    opened = _item_named(request.form.get("item", ""))
    form = AssignForm.of(queries.moderators())
    if not form.submitted():
        flash(_("Choisissez un modérateur."), "error")
        return redirect(opened, 303)
    colleague = db.session.get_one(User, form.to.data)
    queue.assign(opened, colleague, by=me())
    db.session.commit()
    flash(_("Confiée à %(name)s.", name=colleague.name), "success")
    return redirect(opened, 303)


@bp.post("/<ref>/publish")
@access(Role.MODERATOR)
def publish(ref: str) -> ResponseReturnValue:
    question = visible_question(ref, to=me())
    form = DecisionForm()
    if form.submitted() and form.attempt(lambda _ok: _fresh(question, form, actions.publish)):
        db.session.commit()
        return _next("publish", ref=ref)
    return _refused(form, question, title=_("Publier"))


@bp.route("/<ref>/<any('return', decline, park, reopen):decision>", methods=["GET", "POST"])
@access(Role.MODERATOR)
def reasoned(ref: str, decision: str) -> ResponseReturnValue:
    """Return, decline, park or reopen, with the reason the asker reads."""
    question = visible_question(ref, to=me())
    form = ReasonForm()
    if "canned" in request.values:
        return _with_canned(question, decision, form)
    if form.submitted() and form.attempt(
        lambda ok: _fresh(question, form, REASONED[decision], reason=form.reason.data, confirmed=ok)
    ):
        db.session.commit()
        return _next(decision, ref=ref)
    return _refused(form, question, title=_(TITLES[decision]))


@bp.route("/<ref>/merge", methods=["GET", "POST"])
@access(Role.MODERATOR)
def merge(ref: str) -> ResponseReturnValue:
    """Join the question to the one that lives."""
    question = visible_question(ref, to=me())
    form = MergeForm(into=request.args.get("into", ""))

    def join(ok: bool) -> None:
        into = _question_named(str(form.into.data))
        _fresh(
            question, form, actions.merge, into=into, reason=form.reason.data or "", confirmed=ok
        )

    if form.submitted() and form.attempt(join):
        db.session.commit()
        return _next("merge", ref=ref, into=form.into.data)
    return _refused(form, question, title=_("Réunir à une autre question"))


@bp.route("/<ref>/rephrase", methods=["GET", "POST"])
@access(Role.MODERATOR)
def rephrase(ref: str) -> ResponseReturnValue:
    """Write beside the asker's words."""
    question = visible_question(ref, to=me())
    form = RephraseForm(
        title=question.title, problem=question.problem, version=str(question.version)
    )
    if form.submitted() and form.attempt(
        lambda ok: _fresh(
            question,
            form,
            actions.rephrase,
            title=str(form.title.data),
            problem=str(form.problem.data),
            confirmed=ok,
        )
    ):
        db.session.commit()
        flash(_(DONE["rephrase"], ref=ref), "success")
        return redirect(url_for("moderation.item", ref=ref), 303)
    return _refused(form, question, title=_("Reformuler"))


def _item_named(path: str) -> str:
    """The address of an entry that is decided at the desk. Raises `NotFound`."""
    if not _ITEM.fullmatch(path):
        raise NotFound(_("Cette page n’existe pas, ou n’est pas pour vous."))
    return path


def _decision_labels() -> dict[str, str]:
    """What was decided, by kind of event."""
    return {
        "question.published": _("Publiée"),
        "question.returned": _("Précision demandée"),
        "question.declined": _("Non retenue"),
        "question.merged": _("Réunie à une autre"),
        "question.parked": _("Mise en sommeil"),
        "question.reopened": _("Rouverte"),
        "question.rephrased": _("Reformulée"),
    }


def _decisions_page(waiting: list[Entry]) -> ResponseReturnValue:
    first = queue.head(waiting, me())
    return web.page(
        "moderation/empty.html",
        queue=waiting,
        following=first.href if first else "",
        decided=queries.decided(),
        decision_labels=_decision_labels(),
        promise=web.settings().decision_days,
    )


def _passage_page(number: int, waiting: list[Entry]) -> ResponseReturnValue:
    opened = url_for("moderation.passage", number=number)
    return web.page(
        "moderation/passage.html",
        reread=doubts.read(number),
        kinds=guard.KINDS,
        queue=waiting,
        opened=opened,
        following=_following(opened, waiting),
        promise=web.settings().decision_days,
        **_people(opened, waiting),
    )


def _people(opened: str, waiting: list[Entry]) -> dict[str, Any]:
    """Who reads what is open, who holds it, and to whom it can be given."""
    entry = next((one for one in waiting if one.href == opened), None)
    return {"entry": entry, "assign_form": AssignForm.of(queries.moderators())}


def _following(opened: str, waiting: list[Entry]) -> str:
    """The address of the next thing to decide after the one that is open; empty: none."""
    here = [entry.href for entry in waiting if entry.at_desk]
    place = here.index(opened) if opened in here else -1
    return here[place + 1] if 0 <= place < len(here) - 1 else ""


def _item_page(ref: str, waiting: list[Entry]) -> ResponseReturnValue:
    question = visible_question(ref, to=me())
    opened = url_for("moderation.item", ref=ref)
    return web.page(
        "moderation/item.html",
        question=question,
        probable_labels=[_(guard.KINDS[kind]) for kind in question.probable],
        texts=_marked(question),
        title_segments=gate.mark(question.title, gate.look(question.title)),
        kinds=guard.KINDS,
        queue=waiting,
        opened=opened,
        following=_following(opened, waiting),
        **_people(opened, waiting),
        promise=web.settings().decision_days,
        near=searching.similar(
            index(), question.problem, reader=me(), title=question.title, exclude=ref
        ),
        joinable=actions.JOINABLE,
        correspondence=queries.correspondence(question),
        history=queries.history_of(question.asker_id, but=question.id),
        circle=queries.team_names(question.circle_team_ids),
        canned=queries.canned_by_use(question.asker.locale),
        waits=question.stage is Stage.SUBMITTED,
        forms_by_move={
            "return": ReasonForm(version=str(question.version)),
            "decline": ReasonForm(version=str(question.version)),
            "park": ReasonForm(version=str(question.version)),
            "reopen": ReasonForm(version=str(question.version)),
            "merge": MergeForm(version=str(question.version)),
        },
    )


def _marked(question: Question) -> list[tuple[str, str, list[tuple[str, guard.Finding | None]]]]:
    """Each text with what the guard sees in it now: (name, label, segments)."""
    return [
        (name, _(TEXT_LABELS[name]), gate.mark(text, gate.look(text, lang=question.language)))
        for name in TEXT_FIELDS
        if (text := getattr(question, name))
    ]


def _with_canned(question: Question, decision: str, form: ReasonForm) -> ResponseReturnValue:
    """The form with a ready reason put under what was typed; nothing is decided yet."""
    chosen = request.values.get("canned", type=int)
    for reply in queries.canned(decision, question.asker.locale):
        if reply.id == chosen:
            typed = (form.reason.data or "").strip()
            form.reason.data = f"{typed}\n\n{reply.text}".strip()
    form.version.data = form.version.data or str(question.version)
    form.status = 200
    form.reason.errors = []
    return _refused(form, question, title=_(TITLES[decision]))


def _fresh(question: Question, form: DecisionForm, decide: Decide, **words: Any) -> None:
    """Decide, unless the question changed since the moderator read it."""
    seen = form.version.data
    if seen and seen != str(question.version):
        raise Conflict(
            _(
                "Cette question a changé depuis que vous l’avez ouverte : relisez-la, puis"
                " décidez. Ce que vous avez écrit est gardé ci-dessous."
            )
        )
    decide(question, by=me(), **words)


def _refused(form: DecisionForm, question: Question, *, title: str) -> ResponseReturnValue:
    if not form.is_submitted():
        form.version.data = str(question.version)
    return web.form_page(
        form,
        title=title,
        submit=title,
        back=url_for("moderation.item", ref=question.ref),
        heading=f"{question.ref} · {question.title}",
    )


def _next(decision: str, **words: Any) -> ResponseReturnValue:
    """The next item of the queue, and a word on what was done."""
    flash(_(DONE[decision], **words), "success")
    return redirect(url_for("moderation.desk"), 303)


def _question_named(ref: str) -> Question:
    """The question of this reference. Raises `Conflict` beside the field when there is none."""
    found = db.session.scalar(
        select(Question).where(Question.ref == ref.strip().upper(), readable_by(me()))
    )
    if found is None:
        raise Conflict(_("Aucune question ne porte cette référence."), field="into")
    return found
