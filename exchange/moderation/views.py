"""The triage desk over HTTP: the queue and the item side by side, one page per item."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from exchange import db, guard, i18n, web
from exchange.access import access, me
from exchange.attachments.models import IMAGES
from exchange.attachments.queries import of_thread
from exchange.errors import Conflict, NotFound
from exchange.guard import gate
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.moderation import (
    actions,
    checklist,
    doubts,
    kinds,
    queries,
    queue,
    scores,
    suggestions,
)
from exchange.moderation.batches.actions import UNDO
from exchange.moderation.causes import CAUSE_LABELS
from exchange.moderation.deferrals.forms import DeferForm
from exchange.moderation.forms import (
    AnswerForm,
    AssignForm,
    DecisionForm,
    DeclineForm,
    MergeForm,
    PlaceForm,
    ReasonForm,
    RephraseForm,
    ScoreForm,
)
from exchange.moderation.queue import Desk
from exchange.moderation.replies import actions as replies
from exchange.people.models import Role, User
from exchange.questions import actions as asking
from exchange.questions import facts as moves
from exchange.questions.models import (
    TEXT_FIELDS,
    TEXT_LABELS,
    Question,
    Stage,
)
from exchange.questions.policy import readable_by
from exchange.questions.queries import team_choices, visible_question
from exchange.questions.tags import labelled
from exchange.questions.workflow import MOVE_OF_FACT
from exchange.search.views import index

bp = Blueprint("moderation", __name__, url_prefix="/triage")

Decide = Callable[..., object]


@dataclass(frozen=True)
class Reasoned:
    """A decision that is told to the asker with a reason."""

    title: str
    decide: Decide
    done: str
    form: type[ReasonForm] = ReasonForm


REASONED = {
    "return": Reasoned(
        _m("Demander une précision"),
        actions.return_,
        _m("%(ref)s est renvoyée à son auteur avec votre question."),
    ),
    "decline": Reasoned(
        _m("Ne pas retenir"),
        actions.decline,
        _m("%(ref)s n’est pas retenue ; son auteur reçoit votre raison."),
        DeclineForm,
    ),
    "answered": Reasoned(
        _m("Déjà répondue"),
        actions.answer,
        _m("%(ref)s a déjà sa réponse : son auteur reçoit la référence."),
        AnswerForm,
    ),
    "park": Reasoned(_m("Mettre en sommeil"), actions.park, _m("%(ref)s est mise en sommeil.")),
    "reopen": Reasoned(_m("Rouvrir"), actions.reopen, _m("%(ref)s est rouverte.")),
    "reconsider": Reasoned(
        _m("Remettre à relire"), actions.reconsider, _m("%(ref)s est de nouveau à relire.")
    ),
}


CHANGES = {
    **{kind: move.label for kind, move in MOVE_OF_FACT.items()},
    moves.Revised.kind: _m("Modifier ma question"),
    moves.Rephrased.kind: _m("Reformuler"),
}
"""What somebody else may have done meanwhile, by kind of fact."""

_ITEM = re.compile(r"/triage/[A-Za-z0-9/-]{1,100}", re.ASCII)


@bp.get("")
@access(Role.MODERATOR)
def desk() -> ResponseReturnValue:
    """What will be late first; when nothing is to decide, the last decisions."""
    waiting = queue.desk(web.settings(), but=me())
    first = queue.head(waiting.waiting, me())
    if first is None:
        return _decisions_page(waiting)
    if first.kind == kinds.DOUBTS.name:
        return _passage_page(int(first.item), waiting)
    if first.kind in kinds.ASKED:
        return _item_page(first.ref, waiting)
    return redirect(first.href)


@bp.get("/decisions")
@access(Role.MODERATOR)
def decisions() -> ResponseReturnValue:
    """The last decisions, by whom."""
    return _decisions_page(queue.desk(web.settings(), but=me()))


@bp.get("/<ref>")
@access(Role.MODERATOR)
def item(ref: str) -> ResponseReturnValue:
    """One question beside the queue."""
    return _item_page(ref, queue.desk(web.settings(), but=me()))


@bp.route("/passages/<int(max=2147483647):number>", methods=["GET", "POST"])
@access(Role.MODERATOR)
def passage(number: int) -> ResponseReturnValue:
    """A passage that its author confirmed; posting says that it names nobody."""
    if request.method == "POST":
        doubts.settle(doubts.read(number).doubt, by=me())
        db.session.commit()
        flash(_("Passage relu : il ne désigne personne."), "success")
        return redirect(url_for("moderation.desk"), 303)
    return _passage_page(number, queue.desk(web.settings(), but=me()))


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
        return _next(_("%(ref)s est publiée.", ref=ref))
    return _refused(form, question, title=_("Publier"))


@bp.route(
    "/<ref>/<any('return', decline, answered, park, reopen, reconsider):decision>",
    methods=["GET", "POST"],
)
@access(Role.MODERATOR)
def reasoned(ref: str, decision: str) -> ResponseReturnValue:
    """A decision with the reason that the asker reads."""
    question = visible_question(ref, to=me())
    chosen = REASONED[decision]
    form = chosen.form()
    if "canned" in request.values:
        return _with_canned(question, decision, form, title=_(chosen.title))
    if form.submitted() and form.attempt(
        lambda ok: _fresh(question, form, chosen.decide, **_words(form), confirmed=ok)
    ):
        db.session.commit()
        return _next(_(chosen.done, ref=ref))
    return _refused(form, question, title=_(chosen.title))


@bp.route("/<ref>/merge", methods=["GET", "POST"])
@access(Role.MODERATOR)
def merge(ref: str) -> ResponseReturnValue:
    """Join the question to the one that lives."""
    question = visible_question(ref, to=me())
    form = MergeForm(into=request.args.get("into", ""))
    title = _("Réunir à une autre question")
    if "canned" in request.values:
        return _with_canned(question, "merge", form, title=title)

    joined: list[str] = []

    def join(ok: bool) -> None:
        into = _question_named(str(form.into.data))
        joined[:] = [f"{into.ref} « {into.title} »"]
        _fresh(
            question, form, actions.merge, into=into, reason=form.reason.data or "", confirmed=ok
        )

    if form.submitted() and form.attempt(join):
        db.session.commit()
        return _next(_("%(ref)s est réunie à %(into)s.", ref=ref, into=joined[0]))
    return _refused(form, question, title=title)


@bp.route("/<ref>/place", methods=["GET", "POST"])
@access(Role.MODERATOR)
def place(ref: str) -> ResponseReturnValue:
    """The area of the question, its tags, and who may read it."""
    question = visible_question(ref, to=me())
    form = PlaceForm.of(question, team_choices())
    if form.submitted() and form.attempt(
        lambda _ok: _fresh(
            question,
            form,
            asking.place,
            area=form.area.data,
            tagged=form.tags.data,
            audience=form.audience.data,
            circle_team_ids=form.circle_team_ids.data or (),
        )
    ):
        db.session.commit()
        flash(_("%(ref)s est à sa place.", ref=ref), "success")
        return redirect(url_for("moderation.item", ref=ref), 303)
    return _refused(form, question, title=_("Domaine, étiquettes et lecteurs"))


@bp.route("/<ref>/score", methods=["GET", "POST"])
@access(Role.MODERATOR)
def score(ref: str) -> ResponseReturnValue:
    """One's own grades; those of colleagues are shown once one's own are given."""
    if not web.settings().scores:
        raise NotFound(_("Sur ce site, les questions ne sont pas notées."))
    question = visible_question(ref, to=me())
    own = scores.own(question, me())
    form = ScoreForm.of(own)
    if form.submitted() and form.attempt(lambda _ok: scores.give(question, form.grades(), by=me())):
        db.session.commit()
        flash(_("Vos notes sont gardées."), "success")
        return redirect(url_for("moderation.score", ref=ref), 303)
    return web.page(
        "moderation/score.html",
        question=question,
        form=form,
        scales=scores.SCALES,
        given=scores.given(question) if own else [],
    )


@bp.post("/<ref>/checks")
@access(Role.MODERATOR)
def checks(ref: str) -> ResponseReturnValue:
    """The points of the checklist that hold."""
    question = visible_question(ref, to=me())
    checklist.tick(question, set(request.form.getlist("point")), by=me())
    db.session.commit()
    return redirect(url_for("moderation.item", ref=ref), 303)


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
        flash(
            _("%(ref)s est reformulée ; les mots de l’auteur restent lisibles à côté.", ref=ref),
            "success",
        )
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
        "question.reconsidered": _("Remise à relire"),
        "question.rephrased": _("Reformulée"),
    }


def _decisions_page(waiting: Desk) -> ResponseReturnValue:
    first = queue.head(waiting.waiting, me())
    return web.page(
        "moderation/empty.html",
        desk=waiting,
        following=first.href if first else "",
        decided=queries.decided(),
        decision_labels=_decision_labels(),
        promise=web.settings().decision_days,
    )


def _passage_page(number: int, waiting: Desk) -> ResponseReturnValue:
    opened = url_for("moderation.passage", number=number)
    return web.page(
        "moderation/passage.html",
        reread=doubts.read(number),
        kinds=guard.KINDS,
        **around(opened, waiting),
    )


def around(opened: str, waiting: Desk) -> dict[str, Any]:
    """The frame of the desk around what is open: the queue, who reads and who holds it, to whom it
    can be given, until when it can wait."""
    entry = next((one for one in waiting.all if one.href == opened), None)
    return {
        "desk": waiting,
        "opened": opened,
        "following": _following(opened, waiting),
        "promise": web.settings().decision_days,
        "entry": entry,
        "assign_form": AssignForm.of(queries.moderators()),
        "defer_form": DeferForm(formdata=None),
    }


def _following(opened: str, waiting: Desk) -> str:
    """The address of the next thing to decide after the one that is open; empty: none."""
    here = [entry.href for entry in waiting.waiting if entry.at_desk]
    place = here.index(opened) if opened in here else -1
    return here[place + 1] if 0 <= place < len(here) - 1 else ""


def _item_page(ref: str, waiting: Desk) -> ResponseReturnValue:
    question = visible_question(ref, to=me())
    opened = url_for("moderation.item", ref=ref)
    near = suggestions.near(question, index(), reader=me())
    return web.page(
        "moderation/item.html",
        question=question,
        probable_labels=[_(guard.KINDS[kind]) for kind in question.probable],
        texts=_marked(question),
        title_segments=gate.mark(question.title, gate.look(question.title)),
        kinds=guard.KINDS,
        **around(opened, waiting),
        near=near,
        files=of_thread(question, to=me()),
        images=IMAGES,
        area_suggested=suggestions.area(near, question),
        tags=labelled(question.tags, i18n.get_locale()),
        proposed=suggestions.tags(question),
        teams=suggestions.teams(question),
        points=checklist.POINTS,
        ticked=checklist.ticked(question),
        seen=queries.last_event(question),
        joinable=actions.JOINABLE,
        correspondence=queries.correspondence(question),
        history=queries.history_of(question.asker_id, but=question.id),
        circle=queries.team_names(question.circle_team_ids),
        canned=_canned_for(question),
        waits=question.stage is Stage.SUBMITTED,
        pending=queries.pending_batch(question),
        undo_for=UNDO,
        causes=CAUSE_LABELS,
    )


def _canned_for(question: Question) -> dict[str, list[tuple[int, str, str]]]:
    """The ready reasons by move, filled in for this question: number, name, text."""
    return {
        use: [
            (reply.id, reply.title, replies.filled(reply.text, question, web.settings()))
            for reply in ready
        ]
        for use, ready in queries.canned_by_use(question.asker.locale).items()
    }


def _marked(question: Question) -> list[tuple[str, str, list[tuple[str, guard.Finding | None]]]]:
    """Each text with what the guard sees in it now: (name, label, segments)."""
    return [
        (name, _(TEXT_LABELS[name]), gate.mark(text, gate.look(text, lang=question.language)))
        for name in TEXT_FIELDS
        if (text := getattr(question, name))
    ]


def _with_canned(
    question: Question, decision: str, form: ReasonForm | MergeForm, *, title: str
) -> ResponseReturnValue:
    """The form with a ready reason put under what was typed; nothing is decided yet."""
    chosen = request.values.get("canned", type=int)
    for number, _title, text in _canned_for(question).get(decision, ()):
        if number == chosen:
            typed = (form.reason.data or "").strip()
            form.reason.data = f"{typed}\n\n{text}".strip()
    _know(form, question, unless_told=True)
    form.status = 200
    return _decision_page(form, question, title=title)


def _words(form: ReasonForm) -> dict[str, Any]:
    """What the form says to the asker, and to all."""
    words: dict[str, Any] = {"reason": str(form.reason.data)}
    if isinstance(form, DeclineForm):
        words["cause"] = form.cause.data
    if isinstance(form, AnswerForm):
        words["reference"] = str(form.reference.data)
    return words


def _fresh(question: Question, form: DecisionForm, decide: Decide, **words: Any) -> None:
    """Decide, unless the question changed since the moderator read it."""
    seen = form.version.data
    if seen and seen != str(question.version):
        raise Conflict(
            _(
                "Cette question a changé depuis que vous l’avez ouverte%(what)s. Relisez-la, puis"
                " décidez de nouveau : ce que vous avez écrit est gardé ci-dessous.",
                what=_changes(question, form.seen_event),
            )
        )
    decide(question, by=me(), **words)


def _changes(question: Question, since: int) -> str:
    """What others did since that event, in brackets."""
    told = [
        f"{name} : {_(CHANGES[kind])}" if kind in CHANGES else name
        for name, kind in (queries.happened_since(question, since) if since else ())
    ]
    return f" ({' ; '.join(told)})" if told else ""


def _know(form: DecisionForm, question: Question, *, unless_told: bool = False) -> None:
    """The form now speaks of the question as it stands."""
    if not (unless_told and form.version.data):
        form.version.data = str(question.version)
        form.seen.data = str(queries.last_event(question))


def _refused(form: DecisionForm, question: Question, *, title: str) -> ResponseReturnValue:
    """The form again; once somebody was told that the question changed, they decide on what it
    is now."""
    if not form.is_submitted() or isinstance(form.refusal, Conflict):
        _know(form, question)
    return _decision_page(form, question, title=title)


def _decision_page(form: DecisionForm, question: Question, *, title: str) -> ResponseReturnValue:
    return web.form_page(
        form,
        title=title,
        submit=title,
        back=url_for("moderation.item", ref=question.ref),
        heading=f"{question.ref} · {question.title}",
    )


def _next(done: str) -> ResponseReturnValue:
    """The next item of the queue, and a word on what was done."""
    flash(done, "success")
    return redirect(url_for("moderation.desk"), 303)


def _question_named(ref: str) -> Question:
    """The question of this reference. Raises `Conflict` beside the field when there is none."""
    found = db.session.scalar(
        select(Question).where(Question.ref == ref.strip().upper(), readable_by(me()))
    )
    if found is None:
        raise Conflict(_("Aucune question ne porte cette référence."), field="into")
    return found
