"""Undoing a merge over HTTP."""

from flask import Blueprint, flash
from flask.typing import ResponseReturnValue

from exchange import db, web
from exchange.access import access, me
from exchange.i18n import gettext as _
from exchange.moderation.forms import ReasonForm
from exchange.moderation.merges import actions
from exchange.people.models import Role
from exchange.questions.queries import visible_question

bp = Blueprint("merges", __name__)


@bp.route("/questions/<ref>/separate", methods=["GET", "POST"])
@access(Role.MODERATOR)
def separate(ref: str) -> ResponseReturnValue:
    """The question stands for itself again, as long as nothing was built on the merge."""
    question = visible_question(ref, to=me())
    form = ReasonForm()
    if form.submitted() and form.attempt(
        lambda ok: actions.separate(question, reason=form.reason.data or "", by=me(), confirmed=ok)
    ):
        db.session.commit()
        flash(_("%(ref)s est de nouveau une question à part.", ref=ref), "success")
        return web.back_to("thread.show", ref=ref)
    return web.form_page(
        form,
        title=_("Séparer de l’autre question"),
        submit=_("Séparer"),
        back=f"/questions/{ref}",
        heading=f"{ref} · {question.title}",
        intro=_(
            "Les soutiens et les abonnés venus avec elle la suivent. Ce n’est plus possible dès que"
            " l’autre question a avancé."
        ),
    )
