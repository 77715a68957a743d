"""HTTP of the drug candidates of a project; the register itself is a page of figures."""

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from exchange import db, web
from exchange.access import access, me
from exchange.i18n import gettext as _
from exchange.questions import policy as asking
from exchange.research import projects
from exchange.research.candidates import actions
from exchange.research.candidates.forms import CandidateForm
from exchange.research.models import Project
from exchange.research.queries.projects import visible_project
from exchange.research.views.shared import NUMBER, bp


@bp.route("/projects/<ref>/candidates/new", methods=["GET", "POST"])
@access()
def enter_candidate(ref: str) -> ResponseReturnValue:
    """A drug candidate came of the project."""
    found = _of_runner(ref)
    form = CandidateForm(questions=_questions(found))
    if form.submitted() and form.attempt(
        lambda ok: actions.enter(found, form.entry(), by=me(), confirmed=ok)
    ):
        return _kept(ref, _("Le candidat est au registre."))
    return _page(form, found, _("Inscrire un candidat-médicament"))


@bp.route(f"/projects/<ref>/candidates/{NUMBER}", methods=["GET", "POST"])
@access()
def change_candidate(ref: str, number: int) -> ResponseReturnValue:
    """It came further, or is told better."""
    found = _of_runner(ref)
    candidate = actions.one_of(found, number)
    form = CandidateForm(obj=candidate, questions=_questions(found))
    if form.submitted() and form.attempt(
        lambda ok: actions.change(candidate, found, form.entry(), by=me(), confirmed=ok)
    ):
        return _kept(ref, _("Le registre est à jour."))
    return _page(form, found, _("Mettre à jour un candidat-médicament"))


def _of_runner(ref: str) -> Project:
    found = visible_project(ref, to=me())
    if request.method == "GET":
        projects.require_runner(found, me())
    return found


def _questions(project: Project) -> list[tuple[int, str]]:
    """The project's questions that the person may read."""
    questions = {one.question_id: one.question for one in project.hypotheses}
    return [
        (number, f"{question.ref} · {question.title}")
        for number, question in questions.items()
        if asking.may_read(me(), question)
    ]


def _kept(ref: str, sentence: str) -> ResponseReturnValue:
    db.session.commit()
    flash(sentence, "success")
    return web.back_to("research.project", ref=ref, anchor="candidates")


def _page(form: CandidateForm, found: Project, title: str) -> ResponseReturnValue:
    return web.form_page(
        form,
        title=title,
        submit=_("Enregistrer"),
        back=url_for("research.project", ref=found.ref),
        heading=f"{found.ref} · {found.title}",
    )
