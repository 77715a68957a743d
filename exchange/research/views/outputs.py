"""HTTP of what came of projects."""

from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue

from exchange import db, web
from exchange.access import access, me
from exchange.i18n import gettext as _
from exchange.research import outputs, projects
from exchange.research.forms.outputs import OutcomeForm, said_again
from exchange.research.models import OUTCOME_LABELS, Project
from exchange.research.queries.projects import visible_project
from exchange.research.views.shared import NUMBER, bp


@bp.route("/projects/<ref>/outcomes/new", methods=["GET", "POST"])
@access()
def record_outcome(ref: str) -> ResponseReturnValue:
    """Something came of it; also long after the end. What another project noted is offered."""
    found = _of_runner(ref)
    form = OutcomeForm()
    if form.submitted() and form.attempt(
        lambda ok: outputs.note(found, kind=form.kind.data, **form.said(), by=me(), confirmed=ok)
    ):
        return _kept(ref, _("Le résultat est noté."))
    return _page(form, found, _("Noter un résultat"))


@bp.route(f"/projects/<ref>/outcomes/{NUMBER}", methods=["GET", "POST"])
@access()
def change_outcome(ref: str, number: int) -> ResponseReturnValue:
    """A trial goes on, a proof appears."""
    found = _of_runner(ref)
    outcome = outputs.of_project(found, number)
    form = said_again(outcome)
    if form.submitted() and form.attempt(
        lambda ok: outputs.change(outcome, found, **form.said(), by=me(), confirmed=ok)
    ):
        return _kept(ref, _("Le résultat est à jour."))
    title = _("Mettre à jour : %(kind)s", kind=_(OUTCOME_LABELS[outcome.kind]))
    return _page(form, found, title)


@bp.post(f"/projects/<ref>/outcomes/{NUMBER}/link")
@access()
def link_outcome(ref: str, number: int) -> ResponseReturnValue:
    """The same output came of this project too."""
    found = visible_project(ref, to=me())
    outputs.link(outputs.readable(number, to=me()), found, by=me())
    return _kept(ref, _("Le résultat est rattaché à ce projet ; il ne compte qu’une fois."))


def _of_runner(ref: str) -> Project:
    found = visible_project(ref, to=me())
    if request.method == "GET":
        projects.require_runner(found, me())
    return found


def _kept(ref: str, sentence: str) -> ResponseReturnValue:
    db.session.commit()
    flash(sentence, "success")
    return web.back_to("research.project", ref=ref, anchor="outcomes")


def _page(form: Any, found: Project, title: str) -> ResponseReturnValue:
    return web.page(
        "research/outcome.html",
        form=form,
        project=found,
        title=title,
        twin=form.refusal if isinstance(form.refusal, outputs.AlreadyNoted) else None,
    )
