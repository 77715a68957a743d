"""HTTP of the projects that administrators open to themselves."""

from datetime import timedelta

from flask import flash, url_for
from flask.typing import ResponseReturnValue

from exchange import clock, db, web
from exchange.access import access, me
from exchange.errors import Refusal
from exchange.i18n import gettext as _
from exchange.people import watch
from exchange.people.models import Role
from exchange.research import unsealing
from exchange.research.forms.unsealings import UnsealForm
from exchange.research.queries import unsealings as queries
from exchange.research.views.shared import NUMBER, bp


@bp.get("/admin/unsealed")
@access(Role.ADMINISTRATOR)
def unsealed() -> ResponseReturnValue:
    """Who opened which project to themselves, and until when."""
    return web.page("research/unsealed.html", rows=queries.register(), now=clock.now())


@bp.route("/admin/unsealed/new", methods=["GET", "POST"])
@access(Role.ADMINISTRATOR)
def unseal() -> ResponseReturnValue:
    """Open one project to oneself, with the reason."""
    form = UnsealForm()
    if form.submitted() and form.attempt(lambda ok: _unseal(form, ok)):
        db.session.commit()
        watch.note("project_unsealed", user_id=me().id, project=form.ref)
        flash(_("Le projet vous est ouvert ; ses personnes en sont prévenues."), "success")
        return web.back_to("research.project", ref=form.ref)
    return web.form_page(
        form,
        title=_("Lire un projet réservé"),
        submit=_("Ouvrir et prévenir"),
        back=url_for("research.unsealed"),
        heading=_("Projets ouverts à l’administration"),
        intro=_(
            "Le projet et ses hypothèses s’ouvrent à vous seul, en lecture, pour %(hours)s heures."
            " Les personnes du projet reçoivent aussitôt un courriel, et lisent votre raison.",
            hours=unsealing.OPEN_FOR // timedelta(hours=1),
        ),
    )


def _unseal(form: UnsealForm, confirmed: bool) -> None:
    project = queries.project_named(form.ref)
    if project is None:
        raise Refusal(_("Aucun projet de ce nom."), field="project")
    unsealing.unseal(project, reason=str(form.reason.data), by=me(), confirmed=confirmed)


@bp.post(f"/admin/unsealed/{NUMBER}/end")
@access(Role.ADMINISTRATOR)
def seal_again(number: int) -> ResponseReturnValue:
    """End it before its hour."""
    found = queries.unsealing(number)
    unsealing.seal_again(found, by=me())
    db.session.commit()
    watch.note("project_sealed_again", user_id=me().id, unsealing=number)
    flash(_("Ce projet est refermé."), "success")
    return web.back_to("research.unsealed")
