"""Undoing a merge over HTTP."""

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue

from exchange import db, web
from exchange.access import access, me
from exchange.i18n import gettext as _
from exchange.moderation.forms import ReasonForm
from exchange.moderation.merges import actions, proposals
from exchange.moderation.merges.forms import AnswerForm, ProposeForm
from exchange.people.models import Role
from exchange.questions.models import TEXT_FIELDS, TEXT_LABELS
from exchange.questions.queries import visible_question

bp = Blueprint("merges", __name__)


@bp.route("/questions/<ref>/separate", methods=["GET", "POST"])
@access(Role.MODERATOR)
def separate(ref: str) -> ResponseReturnValue:
    """The question stands for itself again, as long as nothing was built on the merge."""
    question = visible_question(ref, to=me())
    form = ReasonForm()
    return web.form_page(
        form,
        lambda ok: actions.separate(question, reason=form.reason.data or "", by=me(), confirmed=ok),
        done=_("%(ref)s est de nouveau une question à part.", ref=ref),
        title=_("Séparer de l’autre question"),
        submit=_("Séparer"),
        back=f"/questions/{ref}",
        heading=f"{ref} · {question.title}",
        intro=_(
            "Les soutiens et les abonnés venus avec elle la suivent. Ce n’est plus possible dès que"
            " l’autre question a avancé."
        ),
    )


@bp.route("/questions/<ref>/propose-merge", methods=["GET", "POST"])
@access(Role.MODERATOR)
def propose(ref: str) -> ResponseReturnValue:
    """Ask the asker first whether another question is the same need."""
    question = visible_question(ref, to=me())
    form = ProposeForm()

    def ask(ok: bool) -> None:
        into = proposals.living_named(form.into.data or "", to=me())
        proposals.propose(question, into, reason=form.reason.data or "", by=me(), confirmed=ok)

    return web.form_page(
        form,
        ask,
        done=_("La proposition est partie ; rien ne bouge avant la réponse."),
        title=_("Proposer de réunir"),
        submit=_("Demander à l’auteur"),
        back=f"/questions/{ref}",
        heading=f"{ref} · {question.title}",
    )


@bp.route("/questions/<ref>/merge-answer", methods=["GET", "POST"])
@access()
def answer(ref: str) -> ResponseReturnValue:
    """The asker reads the other question and agrees, or says why not."""
    question = visible_question(ref, to=me())
    into = proposals.proposed(question, by=me())
    form = AnswerForm()
    agrees = "accept" in request.form

    def reply(ok: bool) -> None:
        if agrees:
            proposals.accept(question, by=me())
        else:
            proposals.refuse(question, reason=form.reason.data or "", by=me(), confirmed=ok)

    if form.is_submitted() and (agrees or form.submitted()) and form.attempt(reply):
        db.session.commit()
        flash(_("Merci de votre réponse."), "success")
        return web.back_to("thread.show", ref=ref)
    return web.page(
        "moderation/merge_answer.html",
        question=question,
        into=into,
        form=form,
        text_fields=TEXT_FIELDS,
        text_labels=TEXT_LABELS,
    )
