"""Objections over HTTP: the asker's, and the moderator's answer."""

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from wtforms import TextAreaField

from exchange import db, web
from exchange.access import access, me
from exchange.forms import AtMost, Filled, Form
from exchange.i18n import gettext as _
from exchange.i18n import lazy_gettext as _l
from exchange.moderation.forms import REASON_LIMIT
from exchange.moderation.objections import actions, queries
from exchange.people.models import Role
from exchange.questions.models import TEXT_FIELDS, TEXT_LABELS
from exchange.questions.queries import visible_question

bp = Blueprint("objections", __name__)


class WordsForm(Form):
    """What one says to the other."""

    reason = TextAreaField(
        _l("Votre message"),
        [Filled(_l("Dites pourquoi : la personne le lira.")), AtMost(REASON_LIMIT)],
        render_kw={"rows": 5},
    )


@bp.route("/questions/<ref>/object", methods=["GET", "POST"])
@access()
def contest(ref: str) -> ResponseReturnValue:
    """The asker does not recognise their question in a moderator's wording."""
    question = visible_question(ref, to=me())
    form = WordsForm()
    return web.form_page(
        form,
        lambda ok: actions.contest(question, reason=form.reason.data or "", by=me(), confirmed=ok),
        done=_("C’est noté : un modérateur vous répondra."),
        title=_("M’opposer à cette reformulation"),
        submit=_("Envoyer au modérateur"),
        back=f"/questions/{ref}",
        heading=f"{ref} · {question.title}",
        intro=_(
            "Dites ce qui a changé de sens. Vos mots d’origine restent lisibles et reviennent si le modérateur en convient."
        ),
    )


@bp.route("/triage/objections/<ref>", methods=["GET", "POST"])
@access(Role.MODERATOR)
def settle(ref: str) -> ResponseReturnValue:
    """Both wordings, what the asker says, and the answer."""
    question = visible_question(ref, to=me())
    form = WordsForm()
    if form.submitted() and form.attempt(
        lambda ok: actions.settle(
            question,
            restore="restore" in request.form,
            reason=form.reason.data or "",
            by=me(),
            confirmed=ok,
        )
    ):
        db.session.commit()
        flash(_("Votre réponse est partie."), "success")
        return web.back_to("moderation.desk")
    return web.page(
        "moderation/objection.html",
        question=question,
        form=form,
        own=actions.own_words(question),
        objection=queries.objection(question),
        text_fields=TEXT_FIELDS,
        text_labels=TEXT_LABELS,
    )
