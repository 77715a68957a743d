"""Untagged questions over HTTP: one list, one click for each, or all that are ticked."""

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue

from exchange import db, i18n, web
from exchange.access import access, me
from exchange.i18n import ngettext
from exchange.moderation.tagging import actions
from exchange.people.models import Role
from exchange.questions.tags import labelled

bp = Blueprint("tagging", __name__, url_prefix="/triage")


@bp.route("/tags", methods=["GET", "POST"])
@access(Role.MODERATOR)
def untagged() -> ResponseReturnValue:
    """What the words of each name; posting accepts one, or what is ticked."""
    proposed = actions.proposals()
    if request.method == "POST":
        one = request.form.get("one")
        done = actions.accept(proposed, [one] if one else request.form.getlist("item"), by=me())
        db.session.commit()
        flash(
            ngettext("%(num)s question étiquetée.", "%(num)s questions étiquetées.", done),
            "success" if done else "error",
        )
        return web.back_to("tagging.untagged")
    return web.page(
        "moderation/untagged.html",
        rows=[(question, labelled(keys, i18n.get_locale())) for question, keys in proposed],
    )
