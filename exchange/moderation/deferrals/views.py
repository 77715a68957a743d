"""HTTP of what is put aside."""

from datetime import date
from typing import cast

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from exchange import db, i18n, web
from exchange.access import access, me
from exchange.i18n import gettext as _
from exchange.moderation import queue
from exchange.moderation.deferrals import actions
from exchange.moderation.deferrals.forms import DeferForm
from exchange.moderation.kinds import ASKED
from exchange.people.models import Role

bp = Blueprint("deferrals", __name__, url_prefix="/triage")


@bp.route("/aside", methods=["GET", "POST"])
@access(Role.MODERATOR)
def defer() -> ResponseReturnValue:
    """Put the entry of this address aside until a day."""
    desk = queue.desk(web.settings(), but=me())
    entry = actions.entry_named(request.values.get("item", ""), desk.all)
    form = DeferForm()
    if entry.kind not in ASKED:
        del form.word

    def put_aside(ok: bool) -> None:
        actions.defer(
            entry,
            until=cast(date, form.until.data),
            reason=str(form.reason.data),
            word=str(form.word.data or "") if form.word else "",
            by=me(),
            confirmed=ok,
        )

    if form.submitted() and form.attempt(put_aside):
        db.session.commit()
        day = i18n.show_date(form.until.data)
        flash(
            _("Mis de côté jusqu’au %(day)s ; le délai promis court toujours.", day=day), "success"
        )
        return redirect(url_for("moderation.desk"), 303)
    return web.form_page(
        form,
        title=_("Mettre de côté"),
        submit=_("Mettre de côté"),
        back=entry.href,
        heading=entry.title,
        intro=_("Cela revient tout seul ce jour-là, ou plus tôt si quelque chose bouge."),
    )


@bp.post("/resume")
@access(Role.MODERATOR)
def resume() -> ResponseReturnValue:
    """It waits again."""
    desk = queue.desk(web.settings(), but=me())
    entry = actions.entry_named(request.form.get("item", ""), desk.all)
    actions.resume(entry, by=me())
    db.session.commit()
    flash(_("C’est de nouveau dans la file."), "success")
    return redirect(entry.href if entry.at_desk else url_for("moderation.desk"), 303)
