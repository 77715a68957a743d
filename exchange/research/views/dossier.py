"""HTTP of the dossier of a project."""

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from exchange import db, web
from exchange.access import access, me
from exchange.forms import Form
from exchange.i18n import gettext as _
from exchange.i18n import local_today
from exchange.research import projects
from exchange.research.dossier import actions, formats, queries
from exchange.research.dossier.forms import (
    DecisionForm,
    FrameForm,
    Part,
    RegulationForm,
    RightsForm,
    RiskForm,
)
from exchange.research.models import Project
from exchange.research.queries.projects import visible_project
from exchange.research.views.shared import NUMBER, bp


@bp.route("/projects/<ref>/frame", methods=["GET", "POST"])
@access()
def change_frame(ref: str) -> ResponseReturnValue:
    """Who is responsible, how ready it is, how far from the bench."""
    return _part(ref, "frame", FrameForm, _("Cadre du projet"))


@bp.route("/projects/<ref>/regulation", methods=["GET", "POST"])
@access()
def change_regulation(ref: str) -> ResponseReturnValue:
    """What regulates it in France."""
    return _part(ref, "regulation", RegulationForm, _("Réglementation (France)"))


@bp.route("/projects/<ref>/rights", methods=["GET", "POST"])
@access()
def change_rights(ref: str) -> ResponseReturnValue:
    """Intellectual property, among those of the project."""
    return _part(ref, "rights", RightsForm, _("Propriété intellectuelle"))


def _part(ref: str, part: str, kind: type[Part], title: str) -> ResponseReturnValue:
    found = visible_project(ref, to=me())
    if request.method == "GET":
        actions.require_part(found, part, me())
    said = actions.dossier_of(found)
    form = kind(obj=said)
    if form.submitted() and form.attempt(
        lambda ok: actions.change(found, part, form.values(), by=me(), confirmed=ok)
    ):
        db.session.commit()
        said = actions.dossier_of(found)
        wrong = formats.doubts(said) if said and part == "regulation" else {}
        if wrong:
            flash(_("C’est enregistré. Une ligne au moins est à vérifier."), "warning")
        else:
            flash(_("C’est enregistré."), "success")
        return web.back_to("research.project", ref=ref, anchor=part)
    return web.page(
        "research/part.html",
        form=form,
        project=found,
        title=title,
        secret=part == "rights",
        doubts=formats.doubts(said) if said and not form.is_submitted() else {},
    )


@bp.route("/projects/<ref>/risks/new", methods=["GET", "POST"])
@access()
def note_risk(ref: str) -> ResponseReturnValue:
    """Something may go wrong."""
    found = _of_runner(ref)
    form = RiskForm()
    if form.submitted() and form.attempt(
        lambda ok: actions.note_risk(
            found,
            what=str(form.what.data).strip(),
            likelihood=form.likelihood.data,
            effect=form.effect.data,
            answer=str(form.answer.data).strip(),
            by=me(),
            confirmed=ok,
        )
    ):
        return _kept(ref, _("Le risque est noté."), "risks")
    return _page(form, found, _("Noter un risque"))


@bp.route(f"/projects/<ref>/risks/{NUMBER}", methods=["GET", "POST"])
@access()
def change_risk(ref: str, number: int) -> ResponseReturnValue:
    """It changed."""
    found = _of_runner(ref)
    risk = queries.risk(found, number)
    form = RiskForm(obj=risk)
    if form.submitted() and form.attempt(
        lambda ok: actions.change_risk(
            risk,
            found,
            what=str(form.what.data).strip(),
            likelihood=form.likelihood.data,
            effect=form.effect.data,
            answer=str(form.answer.data).strip(),
            by=me(),
            confirmed=ok,
        )
    ):
        return _kept(ref, _("Le risque est à jour."), "risks")
    return _page(form, found, _("Revoir un risque"))


@bp.route("/projects/<ref>/decisions/new", methods=["GET", "POST"])
@access()
def log_decision(ref: str) -> ResponseReturnValue:
    """Something was decided."""
    found = _of_runner(ref)
    form = DecisionForm()
    if form.submitted() and form.attempt(
        lambda ok: actions.log_decision(
            found,
            taken_on=form.taken_on.data or local_today(),
            who=" ".join(str(form.who.data).split()),
            what=str(form.what.data).strip(),
            why=str(form.why.data).strip(),
            by=me(),
            confirmed=ok,
        )
    ):
        return _kept(ref, _("La décision est au journal."), "decisions")
    return _page(form, found, _("Noter une décision"))


def _of_runner(ref: str) -> Project:
    found = visible_project(ref, to=me())
    if request.method == "GET":
        projects.require_runner(found, me())
    return found


def _kept(ref: str, sentence: str, anchor: str) -> ResponseReturnValue:
    db.session.commit()
    flash(sentence, "success")
    return web.back_to("research.project", ref=ref, anchor=anchor)


def _page(form: Form, found: Project, title: str) -> ResponseReturnValue:
    return web.form_page(
        form,
        title=title,
        submit=_("Enregistrer"),
        back=url_for("research.project", ref=found.ref),
        heading=f"{found.ref} · {found.title}",
    )
