"""HTTP of decisions on several questions."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from exchange import db, web
from exchange.access import access, me
from exchange.errors import Refusal
from exchange.guard import gate
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.i18n import ngettext
from exchange.moderation import kinds, queries, queue
from exchange.moderation.batches import actions
from exchange.moderation.batches.forms import BatchForm
from exchange.moderation.deferrals import actions as deferrals
from exchange.moderation.models import Batch
from exchange.moderation.queue import Entry
from exchange.people.models import Role, User
from exchange.questions.models import Question
from exchange.questions.policy import readable_by

DONE = {
    "assign": _m("C’est confié."),
    "defer": _m("C’est mis de côté ; le délai promis court toujours."),
    "resume": _m("C’est de nouveau dans la file."),
}
"""What is said of what needs no way back."""

bp = Blueprint("batches", __name__, url_prefix="/triage")


@bp.route("/list", methods=["GET", "POST"])
@access(Role.MODERATOR)
def several() -> ResponseReturnValue:
    """The questions that wait, to be ticked; posting decides on those that are."""
    desk = queue.desk(web.settings(), but=me())
    waiting = [entry for entry in desk.all if entry.kind in kinds.ASKED]
    form = BatchForm.of([entry.item for entry in waiting], queries.moderators())
    done: list[Batch] = []

    def decide(ok: bool) -> None:
        chosen = _chosen(form)
        decision = request.form.get("decision", "")
        ticked = [entry for entry in waiting if entry.item in set(form.item.data or ())]
        if decision == "assign":
            _assign(chosen, form)
        elif decision == "defer":
            _put_aside(ticked, form, ok)
        elif decision == "resume":
            _take_up(ticked)
        elif decision in actions.DECISIONS:
            done.append(
                actions.decide(
                    chosen,
                    decision,
                    reason=form.reason.data or "",
                    cause=form.cause.data or None,
                    by=me(),
                    confirmed=ok,
                )
            )
        else:
            raise Refusal(_("Choisissez ce qu’il faut faire des questions cochées."))

    if form.submitted() and form.attempt(decide):
        db.session.commit()
        if done:
            return redirect(url_for("batches.show", number=done[0].id), 303)
        flash(_(DONE[request.form["decision"]]), "success")
        return redirect(url_for("batches.several"), 303)
    return web.page(
        "moderation/list.html",
        form=form,
        ticked=set(form.item.data or ()),
        queue=waiting,
        ready=queries.canned_by_use(me().locale).get("decline", []),
    )


@bp.get("/batches/<int(max=2147483647):number>")
@access(Role.MODERATOR)
def show(number: int) -> ResponseReturnValue:
    """What will be done, for ten minutes the way back, and then what was done."""
    batch = actions.batch_named(number)
    rows = queries.batch_lines(batch)
    return web.page(
        "moderation/batch.html",
        batch=batch,
        rows=rows,
        until=batch.at + actions.UNDO,
        waits=batch.undone_at is None and batch.done_at is None,
        decided=[row for row in rows if row.seen_event and (row.event_id or not batch.done_at)],
        refused=[row for row in rows if not row.event_id and (batch.done_at or not row.seen_event)],
    )


@bp.post("/batches/<int(max=2147483647):number>/undo")
@access(Role.MODERATOR)
def undo(number: int) -> ResponseReturnValue:
    batch = actions.batch_named(number)
    count = actions.undo(batch, by=me())
    db.session.commit()
    flash(
        ngettext(
            "%(num)s question attend de nouveau ; personne n’en a rien vu.",
            "%(num)s questions attendent de nouveau ; personne n’en a rien vu.",
            count,
        ),
        "success",
    )
    return redirect(url_for("batches.show", number=number), 303)


def _chosen(form: BatchForm) -> list[Question]:
    """The ticked questions, in the order of the queue: one query."""
    refs = list(form.item.data or ())
    found = db.session.scalars(
        select(Question).where(Question.ref.in_(refs), readable_by(me()))
    ).all()
    by_ref = {question.ref: question for question in found}
    return [by_ref[ref] for ref in refs if ref in by_ref]


def _put_aside(ticked: list[Entry], form: BatchForm, ok: bool) -> None:
    _require_some(ticked)
    if form.until.data is None:
        raise Refusal(_("Choisissez le jour où cela revient."), field="until")
    why = str(form.why.data or "").strip()
    if not why:
        raise Refusal(_("Dites pourquoi : vos collègues le liront."), field="why")
    gate.check({"why": why}, confirmed=ok)
    for entry in ticked:
        deferrals.defer(entry, until=form.until.data, reason=why, by=me(), confirmed=True)


def _take_up(ticked: list[Entry]) -> None:
    """Those that are put aside; the others wait already."""
    _require_some([entry for entry in ticked if entry.aside])
    for entry in ticked:
        if entry.aside:
            deferrals.resume(entry, by=me())


def _require_some(ticked: Sequence[object]) -> None:
    if not ticked:
        raise Refusal(_("Rien n’est coché : rien n’a été décidé."), field="item")


def _assign(chosen: list[Question], form: BatchForm) -> None:
    _require_some(chosen)
    colleague = db.session.get(User, form.to.data) if (form.to.data or 0) < 2**31 else None
    if colleague is None:
        raise Refusal(_("Choisissez un modérateur."), field="to")
    for question in chosen:
        queue.assign(f"/triage/{question.ref}", colleague, by=me())
