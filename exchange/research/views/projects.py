"""HTTP of projects."""

from collections.abc import Sequence
from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from exchange import db, web
from exchange.access import access, me
from exchange.errors import Conflict, NotFound
from exchange.i18n import gettext as _
from exchange.i18n import local_today, zone
from exchange.people.models import AREA_LABELS, InstitutionKind, Role, User
from exchange.questions import policy as asking
from exchange.questions.forms import Sort
from exchange.questions.queries import Cursor, extract, places
from exchange.research import policy, projects, schedule
from exchange.research.candidates.actions import of_project as candidates_of
from exchange.research.candidates.models import MAKE_LABELS, PROGRESS_LABELS
from exchange.research.dossier import queries as dossiers
from exchange.research.dossier.models import (
    CATEGORY_LABELS,
    EFFECT_LABELS,
    LIKELIHOOD_LABELS,
    METHODOLOGY_LABELS,
    RIGHTS_LABELS,
    TRANSLATION_LABELS,
    TRL_LABELS,
)
from exchange.research.forms.filters import Filters
from exchange.research.forms.projects import (
    FundingForm,
    MilestoneForm,
    PeopleForm,
    ProjectForm,
    answer_form,
)
from exchange.research.forms.shared import CONFIDENTIAL, WhyForm
from exchange.research.models import (
    OUTCOME_LABELS,
    PHASE_LABELS,
    PROJECT_STATE_LABELS,
    STATUS_LABELS,
    VERDICT_LABELS,
    Hypothesis,
    Milestone,
    Project,
    ProjectState,
)
from exchange.research.queries import projects as queries
from exchange.research.queries import unsealings
from exchange.research.queries.hypotheses import visible_hypothesis
from exchange.research.views.shared import NUMBER, bp, linked, list_frame


@bp.route("/projects/new", methods=["GET", "POST"])
@access(Role.RESEARCHER)
def start() -> ResponseReturnValue:
    """Start a project from endorsed hypotheses of questions the person's teams work on."""
    candidates = {h.ref: h for h in queries.startable(me())}
    named = request.args.getlist("hypothesis")
    if request.method == "GET":
        for ref in named:
            if ref not in candidates:
                projects.require_startable([visible_hypothesis(ref, to=me())], me())
    if not candidates:
        raise Conflict(
            _("Aucune hypothèse soutenue par un clinicien n’attend de projet de vos équipes.")
        )
    form = ProjectForm(
        sent=request.form,
        hypotheses=named,
        confidential=any(candidates[ref].confidential for ref in named if ref in candidates),
    )
    chosen = [candidates[ref] for ref in form.hypotheses.data or () if ref in candidates]
    people = queries.cast(chosen or list(candidates.values()), me())
    form.offer(
        hypotheses=[
            (ref, f"{ref} · {extract(h.statement)} ({h.question.ref})")
            for ref, h in candidates.items()
        ],
        leading=people.leading,
        investigators=people.investigators,
        coleads=people.coleads,
        partners=people.partners,
    )
    if request.method == "GET":
        _propose_people(form, chosen, people)
    if form.asks_for_a_line:
        form.status = 200
        return _start_page(form)

    def begin(ok: bool) -> None:
        made.append(projects.start(chosen, _plan(form, people), by=me(), confirmed=ok))

    made: list[Project] = []
    if form.submitted() and form.attempt(begin):
        db.session.commit()
        flash(_("%(ref)s est lancé.", ref=made[0].ref), "success")
        return web.back_to("research.project", ref=made[0].ref)
    return _start_page(form)


def _start_page(form: ProjectForm) -> ResponseReturnValue:
    return web.page(
        "research/start.html",
        form=form,
        confidential_help=CONFIDENTIAL,
    )


def _propose_people(form: ProjectForm, chosen: Sequence[Hypothesis], people: queries.Cast) -> None:
    """What is most likely: the first team, oneself, the asker (unless hidden)."""
    if people.leading:
        form.lead_team.data = people.leading[0][0]
    known = {number for group in people.investigators.values() for number, _name in group}
    if me().id in known:
        form.investigator.data = me().id
    askers = [h.question.asker_id for h in chosen if asking.sees_asker(me(), h.question)]
    clinicians = {number for group in people.coleads.values() for number, _name in group}
    form.colead.data = next((number for number in askers if number in clinicians), None)


def _plan(form: ProjectForm, people: queries.Cast) -> projects.Plan:
    lead = people.teams[form.lead_team.data]
    return projects.Plan(
        title=" ".join(str(form.title.data).split()),
        summary=str(form.summary.data).strip(),
        lead_team=lead,
        investigator=_user(form.investigator.data),
        colead=_user(form.colead.data),
        partners=[people.teams[n] for n in dict.fromkeys(form.partners.data or ()) if n != lead.id],
        confidential=form.confidential.data,
        funding=[(f["source"], f["amount"], f["start_on"], f["end_on"]) for f in form.funding.data],
        milestones=[(m["title"], m["planned_on"]) for m in form.milestones.data],
    )


def _user(number: int) -> User:
    found = db.session.get(User, number)
    if found is None:
        raise Conflict(_("Cette personne n’a plus de compte."))
    return found


@bp.get("/projects", endpoint="projects")
@access()
def projects_list() -> ResponseReturnValue:
    """The projects the reader may read; the filters live in the address. Five queries."""
    everywhere = places()
    filters = Filters.read(
        request.args.to_dict(flat=False), ("state", "area", "team"), everywhere.words["team"]
    )
    cursor, lost = Cursor.asked(request.args, Sort.NEWEST)
    listed = queries.listed_projects(me(), filters, everywhere.ids["team"], cursor)
    return web.page(
        "research/projects.html",
        rows=listed.rows,
        areas=queries.areas_of([row.id for row in listed.rows], me()),
        today=local_today(),
        area_labels=AREA_LABELS,
        state_labels=PROJECT_STATE_LABELS,
        **list_frame("/projects", filters, listed, lost),
    )


@bp.get("/projects/<ref>")
@access()
def project(ref: str) -> ResponseReturnValue:
    """A project: what it does, who with, how far it is, what came of it. Fifteen queries, one
    more when it is confidential or an administrator looks into it."""
    found = queries.project_looked_into(ref, by=me())
    reader = me()
    unsealing = unsealings.of_reader(found, reader)
    parts = queries.parts(found, to=reader)
    runs = policy.may_run(reader, found)
    running = found.state is ProjectState.RUNNING
    concludes = runs and running
    closed = []
    if not runs:
        closed.append((_("Tenir ce projet à jour"), _("Cela revient à son équipe.")))
    elif running and not parts.outcomes:
        closed.append((_("Conclure"), _("Notez d’abord au moins un résultat, même négatif.")))
    return web.page(
        "research/project.html",
        project=found,
        parts=parts,
        runs=runs,
        running=running,
        concludes=concludes,
        closed=closed,
        chart=schedule.chart(
            parts.milestones, since=found.at.astimezone(zone()).date(), today=local_today()
        )
        if parts.milestones
        else None,
        candidates=candidates_of(found),
        make_labels=MAKE_LABELS,
        progress_labels=PROGRESS_LABELS,
        sheet=dossiers.sheet(found),
        linked=linked,
        trl_labels=TRL_LABELS,
        translation_labels=TRANSLATION_LABELS,
        category_labels=CATEGORY_LABELS,
        methodology_labels=METHODOLOGY_LABELS,
        rights_labels=RIGHTS_LABELS,
        likelihood_labels=LIKELIHOOD_LABELS,
        effect_labels=EFFECT_LABELS,
        total=sum(line.amount for line in parts.funding),
        today=local_today(),
        shorten=extract,
        area_labels=AREA_LABELS,
        verdict_labels=VERDICT_LABELS,
        state_labels=PROJECT_STATE_LABELS,
        outcome_labels=OUTCOME_LABELS,
        phase_labels=PHASE_LABELS,
        status_labels=STATUS_LABELS,
        company=InstitutionKind.COMPANY,
        may_discuss=_discussed(parts) and unsealing is None,
        unsealing=unsealing,
        readings=unsealings.of_project(found, to=reader),
    )


def _discussed(parts: queries.Parts) -> bool:
    """Whether the question that a comment would be written on is open to discussion."""
    stages = [row.stage for row in parts.origins if row.question_readable]
    return bool(stages) and stages[0] not in asking.UNDISCUSSED


@bp.post(f"/projects/<ref>/milestones/{NUMBER}/reached")
@access()
def reach(ref: str, number: int) -> ResponseReturnValue:
    """A milestone is done today."""
    found = queries.visible_project(ref, to=me())
    milestone = db.session.get(Milestone, number)
    if milestone is None or milestone.project_id != found.id:
        raise NotFound(_("Aucun jalon de ce nom dans ce projet."))
    projects.reach(milestone, found, by=me())
    db.session.commit()
    flash(_("Jalon atteint : %(title)s.", title=milestone.title), "success")
    return web.back_to("research.project", ref=ref, anchor="milestones")


@bp.route("/projects/<ref>/milestones/new", methods=["GET", "POST"])
@access()
def add_milestone(ref: str) -> ResponseReturnValue:
    found = _runnable(ref)
    form = MilestoneForm()
    if form.submitted() and form.attempt(
        lambda ok: projects.add_milestone(
            found,
            title=" ".join(str(form.title.data).split()),
            planned_on=form.planned_on.data or local_today(),
            by=me(),
            confirmed=ok,
        )
    ):
        return _kept(ref, _("Le jalon est ajouté."), "milestones")
    return _project_form(form, found, title=_("Ajouter un jalon"))


@bp.route("/projects/<ref>/funding/new", methods=["GET", "POST"])
@access()
def add_funding(ref: str) -> ResponseReturnValue:
    found = _runnable(ref)
    form = FundingForm()
    if form.submitted() and form.attempt(
        lambda _ok: projects.add_funding(
            found,
            source=" ".join(str(form.source.data).split()),
            amount=form.amount.data,
            start_on=form.start_on.data,
            end_on=form.end_on.data,
            by=me(),
        )
    ):
        return _kept(ref, _("Le financement est ajouté."), "funding")
    return _project_form(form, found, title=_("Ajouter un financement"))


@bp.route("/projects/<ref>/leads", methods=["GET", "POST"])
@access()
def entrust(ref: str) -> ResponseReturnValue:
    """Others answer for the project."""
    found = _runnable(ref)
    form = PeopleForm()
    people = queries.cast(found.hypotheses, me())
    form.offer(people.investigators, people.coleads)

    def change(_ok: bool) -> None:
        projects.entrust(
            found,
            investigator=_user(form.investigator.data or found.investigator_id),
            colead=_user(form.colead.data or found.colead_id),
            by=me(),
        )

    if form.submitted() and form.attempt(change):
        return _kept(ref, _("Les responsables du projet sont à jour."))
    return _project_form(form, found, title=_("Changer les responsables"))


@bp.route("/projects/<ref>/stop", methods=["GET", "POST"])
@access()
def stop(ref: str) -> ResponseReturnValue:
    """Stop, with the reason."""
    found = queries.visible_project(ref, to=me())
    if request.method == "GET":
        projects.require_ending(found, "stop", me())
    form = WhyForm()
    if form.submitted() and form.attempt(
        lambda ok: projects.stop(found, reason=str(form.reason.data), by=me(), confirmed=ok)
    ):
        return _kept(ref, _("Le projet est arrêté ; ses questions retrouvent leurs hypothèses."))
    return _project_form(form, found, title=_("Arrêter ce projet"), danger=True)


@bp.route("/projects/<ref>/conclude", methods=["GET", "POST"])
@access()
def conclude(ref: str) -> ResponseReturnValue:
    """Answer, in plain language."""
    found = queries.visible_project(ref, to=me())
    if request.method == "GET":
        projects.require_concludable(found, me())
    unjudged = {one.ref: one.id for one in projects.unjudged(found)}
    form = answer_form(unjudged)
    if form.submitted() and form.attempt(
        lambda ok: projects.conclude(
            found,
            answer=str(form.answer.data),
            verdicts={number: form[f"verdict_{number}"].data for number in unjudged.values()},
            by=me(),
            confirmed=ok,
        )
    ):
        return _kept(ref, _("Le projet est conclu, et la réponse est partie."))
    return _project_form(form, found, title=_("Conclure"))


def _runnable(ref: str) -> Project:
    """The project; a page that could not be sent is refused before anything is typed."""
    found = queries.visible_project(ref, to=me())
    if request.method == "GET":
        projects.require_running(found, me())
    return found


def _kept(ref: str, sentence: str, anchor: str | None = None) -> ResponseReturnValue:
    db.session.commit()
    flash(sentence, "success")
    return web.back_to("research.project", ref=ref, anchor=anchor)


def _project_form(
    form: Any, found: Project, *, title: str, danger: bool = False
) -> ResponseReturnValue:
    return web.form_page(
        form,
        title=title,
        submit=title,
        back=url_for("research.project", ref=found.ref),
        heading=f"{found.ref} · {found.title}",
        danger=danger,
    )
