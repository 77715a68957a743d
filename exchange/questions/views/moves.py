"""HTTP of the asker's moves, and of «we see this too»."""

from flask import url_for
from flask.typing import ResponseReturnValue

from exchange import db, web
from exchange.access import access, me
from exchange.forms import BareForm
from exchange.i18n import gettext as _
from exchange.questions import actions as asking
from exchange.questions import queries, workflow
from exchange.questions.forms import (
    ReasonForm,
    ResubmitForm,
    SupportForm,
)
from exchange.questions.views.shared import bp


@bp.route("/questions/<ref>/resubmit", methods=["GET", "POST"])
@access()
def resubmit(ref: str) -> ResponseReturnValue:
    """Answer the moderator, and send the same question back to the desk."""
    question = queries.visible_question(ref, to=me())
    workflow.require(question, "resubmit", by=me())
    form = ResubmitForm()
    if form.submitted() and form.attempt(
        lambda ok: asking.resubmit(question, answer=form.reason.data or "", by=me(), confirmed=ok)
    ):
        db.session.commit()
        return web.back_to("questions.sent", ref=ref)
    return web.page(
        "questions/resubmit.html",
        form=form,
        question=question,
        note=queries.moderators_note(question),
    )


@bp.route("/questions/<ref>/withdraw", methods=["GET", "POST"])
@access()
def withdraw(ref: str) -> ResponseReturnValue:
    question = queries.visible_question(ref, to=me())
    workflow.require(question, "withdraw", by=me())
    form = ReasonForm()
    return web.form_page(
        form,
        lambda ok: asking.withdraw(question, reason=form.reason.data or "", by=me(), confirmed=ok),
        done=_("Votre question est retirée."),
        title=_("Retirer cette question ?"),
        submit=_("Retirer ma question"),
        back=url_for("thread.show", ref=ref),
        heading=question.title,
        intro=_("Elle ne sera plus proposée aux équipes. Ce qui a été écrit reste lisible."),
        danger=True,
    )


@bp.route("/questions/<ref>/wake", methods=["GET", "POST"])
@access()
def wake(ref: str) -> ResponseReturnValue:
    question = queries.visible_question(ref, to=me())
    workflow.require(question, "wake", by=me())
    form = ReasonForm()
    return web.form_page(
        form,
        lambda ok: asking.wake(question, reason=form.reason.data or "", by=me(), confirmed=ok),
        done=_("La question est de nouveau ouverte."),
        title=_("Réveiller cette question ?"),
        submit=_("Réveiller la question"),
        back=url_for("thread.show", ref=ref),
        heading=question.title,
        intro=_("Elle sera de nouveau ouverte, et une équipe pourra la prendre en charge."),
    )


@bp.route("/questions/<ref>/support", methods=["GET", "POST"])
@access()
def support(ref: str) -> ResponseReturnValue:
    """One click from the thread; a page of its own for the band and a remark."""
    question = queries.visible_question(ref, to=me())
    asking.require_support(question, by=me())
    form = SupportForm()
    return web.form_page(
        form,
        lambda ok: asking.support(
            question,
            band=form.band.data,
            note=(form.note.data or "").strip(),
            by=me(),
            confirmed=ok,
        ),
        done=_("C’est compté. Vous suivez maintenant cette question."),
        title=_("Nous voyons cela aussi"),
        submit=_("Nous voyons cela aussi"),
        back=url_for("thread.show", ref=ref),
        heading=question.title,
        intro=_(
            "Votre établissement s’ajoute à ceux qui ont ce besoin : une question partagée est"
            " plus vite prise en charge. Vous serez prévenu de la suite."
        ),
    )


@bp.route("/questions/<ref>/unsupport", methods=["GET", "POST"])
@access()
def unsupport(ref: str) -> ResponseReturnValue:
    question = queries.visible_question(ref, to=me())
    form = BareForm()
    return web.form_page(
        form,
        lambda _ok: asking.unsupport(question, by=me()),
        done=_("Votre établissement n’est plus compté pour cette question."),
        title=_("Ne plus compter notre service ?"),
        submit=_("Ne plus nous compter"),
        back=url_for("thread.show", ref=ref),
        heading=question.title,
        intro=_("Vous continuez à suivre la question."),
    )
