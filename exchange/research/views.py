"""HTTP of the research half: claims, hypotheses, projects."""

import re
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, request, url_for
from flask.typing import ResponseReturnValue

from exchange import db, web
from exchange.access import access, me
from exchange.errors import Conflict, NotAllowed, NotFound
from exchange.i18n import gettext as _
from exchange.i18n import local_today, show_date, zone
from exchange.people.models import AREA_LABELS, InstitutionKind, Role, Team, User
from exchange.questions import policy as asking
from exchange.questions import workflow
from exchange.questions.forms import Sort
from exchange.questions.models import Question, Stage
from exchange.questions.queries import Cursor, extract, places, visible_question
from exchange.research import claims, facts, hypotheses, policy, projects, queries, schedule
from exchange.research.forms import (
    CONFIDENTIAL,
    FILTER_LABELS,
    AnswerForm,
    ClaimForm,
    EvidenceForm,
    Filters,
    FundingForm,
    HypothesisForm,
    MilestoneForm,
    NewsForm,
    OpinionForm,
    OutcomeForm,
    ProjectForm,
    VerdictForm,
    WhyForm,
)
from exchange.research.models import (
    DIRECTION_LABELS,
    ENDORSEMENT_LABELS,
    LIVING,
    OUTCOME_LABELS,
    PROJECT_STATE_LABELS,
    STANCE_LABELS,
    VERDICT_LABELS,
    Endorsement,
    Hypothesis,
    Milestone,
    Project,
    ProjectState,
    Verdict,
)

bp = Blueprint("research", __name__)

HEADLINE = 200
"""Characters of a statement shown as a headline."""

NUMBER = "<int(max=2147483647):number>"


# -- claims ------------------------------------------------------------------------------------


@bp.route("/questions/<ref>/claim", methods=["GET", "POST"])
@access(Role.RESEARCHER)
def claim(ref: str) -> ResponseReturnValue:
    """Lead the work on a question. Whoever comes second finds what they typed, and may join."""
    question = visible_question(ref, to=me())
    if request.method == "GET":
        if question.stage in claims.JOINABLE:
            return web.back_to("research.join", ref=ref)
        workflow.require(question, "claim", by=me())
    form = ClaimForm(teams=_own_teams())
    if form.submitted() and form.attempt(
        lambda ok: claims.claim(
            question, form.promise(), team=form.chosen_team, by=me(), confirmed=ok
        )
    ):
        db.session.commit()
        flash(
            _("Votre équipe mène maintenant cette question : la personne qui l’a posée le saura."),
            "success",
        )
        return web.back_to("thread.show", ref=ref)
    return _claim_page(form, question, joining=isinstance(form.refusal, claims.AlreadyLed))


@bp.route("/questions/<ref>/join", methods=["GET", "POST"])
@access(Role.RESEARCHER)
def join(ref: str) -> ResponseReturnValue:
    """Work beside the leading team."""
    question = visible_question(ref, to=me())
    if request.method == "GET":
        if question.stage is Stage.OPEN:
            return web.back_to("research.claim", ref=ref)
        claims.require_joinable(question, me())
        if len(queries.engaged_teams(question, among=me().team_ids)) == len(me().team_ids):
            raise Conflict(_("Votre équipe est déjà engagée sur cette question."))
    form = ClaimForm(teams=_own_teams())
    if form.submitted() and form.attempt(
        lambda ok: claims.join(
            question, form.promise(), team=form.chosen_team, by=me(), confirmed=ok
        )
    ):
        db.session.commit()
        flash(_("Votre équipe a rejoint cette question."), "success")
        return web.back_to("thread.show", ref=ref)
    return _claim_page(form, question, joining=True)


@bp.route(f"/claims/{NUMBER}/update", methods=["GET", "POST"])
@access()
def update_claim(number: int) -> ResponseReturnValue:
    """One line of news, and the next step."""
    opened = queries.visible_claim(number, to=me())
    if request.method == "GET":
        claims.require_living(opened, me())
    question = opened.question
    late = opened.next_step_on is not None and opened.next_step_on < local_today()
    form = NewsForm(next_step=opened.next_step, next_step_on=None if late else opened.next_step_on)
    promised = (
        _(
            "Prochaine étape promise : %(step)s (%(day)s).",
            step=opened.next_step,
            day=show_date(opened.next_step_on),
        )
        if opened.next_step_on
        else ""
    )
    if form.submitted() and form.attempt(
        lambda ok: claims.update(
            opened,
            text=str(form.text.data).strip(),
            next_step=" ".join(str(form.next_step.data or "").split()),
            next_step_on=form.next_step_on.data,
            by=me(),
            confirmed=ok,
        )
    ):
        db.session.commit()
        flash(_("Vos nouvelles sont sur la page de la question."), "success")
        return web.back_to("thread.show", ref=question.ref)
    return web.form_page(
        form,
        title=_("Donner des nouvelles"),
        submit=_("Publier ces nouvelles"),
        back=_thread(question),
        heading=f"{question.ref} · {question.title}",
        intro=promised,
    )


@bp.route(f"/claims/{NUMBER}/release", methods=["GET", "POST"])
@access()
def release(number: int) -> ResponseReturnValue:
    """Give the question back, or leave the team that leads it."""
    opened = queries.visible_claim(number, to=me())
    if request.method == "GET":
        claims.require_releasable(opened, me())
    question, lead = opened.question, opened.lead
    form = WhyForm()
    if form.submitted() and form.attempt(
        lambda ok: claims.release(opened, reason=str(form.reason.data), by=me(), confirmed=ok)
    ):
        db.session.commit()
        flash(
            _("La question est rendue : elle est de nouveau ouverte.")
            if lead
            else _("Votre équipe n’est plus engagée sur cette question."),
            "success",
        )
        return web.back_to("thread.show", ref=question.ref)
    return web.form_page(
        form,
        title=_("Rendre la question") if lead else _("Se désengager"),
        submit=_("Rendre la question") if lead else _("Désengager notre équipe"),
        back=_thread(question),
        heading=f"{question.ref} · {question.title}",
        intro=_("La question redevient ouverte à toutes les équipes, avec votre raison.")
        if lead
        else _("L’équipe meneuse continue sans vous ; votre raison est lisible sur la page."),
        danger=True,
    )


def _own_teams() -> Sequence[Team]:
    if not me().teams:
        raise NotAllowed(
            _(
                "Il faut faire partie d’une équipe : demandez à un administrateur de vous y inscrire."
            )
        )
    return me().teams


def _claim_page(form: ClaimForm, question: Question, *, joining: bool) -> ResponseReturnValue:
    return web.page(
        "research/claim.html",
        status=form.status if form.is_submitted() else 200,
        form=form,
        question=question,
        joining=joining,
        overtaken=isinstance(form.refusal, claims.AlreadyLed),
        extract=extract(question.problem),
    )


# -- hypotheses --------------------------------------------------------------------------------


@bp.route("/questions/<ref>/hypotheses/new", methods=["GET", "POST"])
@access(Role.RESEARCHER)
def propose(ref: str) -> ResponseReturnValue:
    """A testable answer, from a team at work on the question."""
    question = visible_question(ref, to=me())
    if request.method == "GET":
        hypotheses.require_proposable(question, me())
    teams = queries.engaged_teams(question, among=me().team_ids)
    if not teams:
        raise NotAllowed(
            _("Une hypothèse vient d’une équipe engagée : rejoignez d’abord %(ref)s.", ref=ref)
        )
    form = HypothesisForm(teams=teams)
    if form.submitted():
        made: list[Hypothesis] = []
        if form.attempt(
            lambda ok: made.append(
                hypotheses.propose(
                    question,
                    form.idea(),
                    team=form.chosen_team,
                    by=me(),
                    confidential=form.confidential.data,
                    confirmed=ok,
                )
            )
        ):
            db.session.commit()
            flash(
                _(
                    "%(ref)s est proposée : le clinicien est invité à dire ce qu’il en pense.",
                    ref=made[0].ref,
                ),
                "success",
            )
            return web.back_to("research.hypothesis", ref=made[0].ref)
    return web.page(
        "research/propose.html",
        status=form.status if form.is_submitted() else 200,
        form=form,
        question=question,
        extract=extract(question.problem),
        confidential_help=CONFIDENTIAL,
    )


@bp.get("/hypotheses", endpoint="hypotheses")
@access()
def hypotheses_list() -> ResponseReturnValue:
    """The hypotheses the reader may read; the filters live in the address. Four queries."""
    everywhere = places()
    names = ("area", "verdict", "endorsement", "team")
    filters = Filters.read(request.args.to_dict(flat=False), names, everywhere.words["team"])
    cursor, lost = _cursor()
    listed = queries.listed_hypotheses(me(), filters, everywhere.ids["team"], cursor)
    return web.page(
        "research/hypotheses.html",
        rows=listed.rows,
        extract=extract,
        area_labels=AREA_LABELS,
        verdict_labels=VERDICT_LABELS,
        endorsement_labels=ENDORSEMENT_LABELS,
        **_list_frame("/hypotheses", filters, listed, lost),
    )


@bp.get("/hypotheses/<ref>")
@access()
def hypothesis(ref: str) -> ResponseReturnValue:
    """A hypothesis and what speaks for and against it. Eight queries."""
    found = queries.visible_hypothesis(ref, to=me())
    return _hypothesis_page(found)


@bp.route("/hypotheses/<ref>/endorse", methods=["GET", "POST"])
@access()
def endorse(ref: str) -> ResponseReturnValue:
    """The asker supports it, or says what is missing for the patients."""
    found = queries.visible_hypothesis(ref, to=me())
    if request.method == "GET":
        hypotheses.require_judge(found, me())
    form = OpinionForm()
    missing = request.form.get("opinion") == "missing"

    def say(ok: bool) -> None:
        decide = hypotheses.say_missing if missing else hypotheses.endorse
        decide(found, note=str(form.reason.data or ""), by=me(), confirmed=ok)

    if form.submitted() and form.attempt(say):
        db.session.commit()
        flash(
            _("L’équipe saura ce qui manque.")
            if missing
            else _("Vous soutenez cette hypothèse : un projet peut maintenant en naître."),
            "success",
        )
        return web.back_to("research.hypothesis", ref=ref)
    return web.page(
        "research/opinion.html",
        status=form.status if form.is_submitted() else 200,
        form=form,
        hypothesis=found,
        own=asking.is_asker(me(), found.question),
        Endorsement=Endorsement,
    )


@bp.route("/hypotheses/<ref>/evidence", methods=["GET", "POST"])
@access()
def add_evidence(ref: str) -> ResponseReturnValue:
    """Anyone who reads it may bring evidence."""
    found = queries.visible_hypothesis(ref, to=me())
    form = EvidenceForm()
    if form.submitted() and form.attempt(
        lambda ok: hypotheses.add_evidence(
            found,
            stance=form.stance.data,
            note=str(form.note.data).strip(),
            identifier=str(form.identifier.data or "").strip(),
            searched_on=form.searched_on.data,
            by=me(),
            confirmed=ok,
        )
    ):
        db.session.commit()
        flash(_("L’indice est ajouté."), "success")
        return web.back_to("research.hypothesis", ref=ref, anchor="evidence")
    return web.form_page(
        form,
        title=_("Ajouter un indice"),
        submit=_("Ajouter cet indice"),
        back=url_for("research.hypothesis", ref=ref),
        heading=ref,
    )


@bp.route("/hypotheses/<ref>/verdict", methods=["GET", "POST"])
@access()
def verdict(ref: str) -> ResponseReturnValue:
    """Where the hypothesis stands, and why."""
    found = queries.visible_hypothesis(ref, to=me())
    if request.method == "GET":
        hypotheses.require_worker(found, me())
    form = VerdictForm()
    if form.submitted() and form.attempt(
        lambda ok: hypotheses.judge(
            found, verdict=form.verdict.data, reason=str(form.reason.data), by=me(), confirmed=ok
        )
    ):
        db.session.commit()
        flash(
            _(
                "Le verdict est rendu : %(verdict)s.",
                verdict=_(VERDICT_LABELS[Verdict(form.verdict.data)]),
            ),
            "success",
        )
        return web.back_to("research.hypothesis", ref=ref)
    return web.form_page(
        form,
        title=_("Rendre un verdict"),
        submit=_("Rendre ce verdict"),
        back=url_for("research.hypothesis", ref=ref),
        heading=ref,
        intro=_("Une hypothèse réfutée est un résultat : dites-le sans détour."),
    )


def _hypothesis_page(found: Hypothesis) -> ResponseReturnValue:
    reader, question = me(), found.question
    around = queries.around(found, to=reader)
    living = found.verdict in LIVING
    worker = policy.may_work_on(reader, found)
    judge = policy.may_endorse(reader, found) and living
    engaged = around.engaged or reader.is_moderator
    ready = living and found.endorsement is Endorsement.ENDORSED
    startable = ready and engaged and asking.may_claim(reader, question)
    closed = []
    if not judge:
        closed.append(
            (
                _("Soutenir, ou dire ce qui manque"),
                _("Cet avis revient à la personne qui a posé la question.")
                if living
                else _("Son verdict est rendu."),
            )
        )
    if not worker:
        closed.append(
            (_("Rendre un verdict"), _("Il revient à l’équipe %(team)s.", team=found.team.name))
        )
    if not startable:
        closed.append((_("Lancer un projet"), _why_no_project(living, ready)))
    return web.page(
        "research/hypothesis.html",
        hypothesis=found,
        headline=_headline(found.statement),
        question=question,
        around=around,
        living=living,
        judge=judge,
        own=asking.is_asker(reader, question),
        worker=worker,
        startable=startable,
        closed=closed,
        may_discuss=asking.may_discuss(reader, question),
        opinion_form=OpinionForm(formdata=None) if judge else None,
        evidence_form=EvidenceForm(formdata=None),
        stances=[
            (stance, _(label), [e for e in around.evidence if e.stance is stance])
            for stance, label in STANCE_LABELS.items()
        ],
        person=_person,
        opinion_kinds={
            facts.HypothesisEndorsed.kind: _("la soutient"),
            facts.HypothesisMissing.kind: _("dit ce qui manque"),
        },
        verdict_labels=VERDICT_LABELS,
        direction_labels=DIRECTION_LABELS,
        endorsement_labels=ENDORSEMENT_LABELS,
        state_labels=PROJECT_STATE_LABELS,
        area_labels=AREA_LABELS,
        Endorsement=Endorsement,
    )


def _headline(statement: str) -> str:
    """The statement when it is short, else its first sentence, else its first words."""
    if len(statement) <= HEADLINE:
        return statement
    first = re.split(r"(?<=[.!?])\s", statement, maxsplit=1)[0]
    return first if len(first) <= HEADLINE else extract(statement)


def _why_no_project(living: bool, ready: bool) -> str:
    if not living:
        return _("Son verdict est rendu.")
    if not ready:
        return _("Il faut d’abord le soutien de la personne qui a posé la question.")
    return _("Cela revient à une équipe engagée sur la question.")


# -- projects ----------------------------------------------------------------------------------


@bp.route("/projects/new", methods=["GET", "POST"])
@access(Role.RESEARCHER)
def start() -> ResponseReturnValue:
    """Start a project from endorsed hypotheses of questions the person's teams work on."""
    candidates = {h.ref: h for h in queries.startable(me())}
    named = request.args.getlist("hypothesis")
    if request.method == "GET":
        for ref in named:
            if ref not in candidates:
                projects.require_startable([queries.visible_hypothesis(ref, to=me())], me())
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
        status=form.status if form.is_submitted() else 200,
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
    cursor, lost = _cursor()
    listed = queries.listed_projects(me(), filters, everywhere.ids["team"], cursor)
    return web.page(
        "research/projects.html",
        rows=listed.rows,
        areas=queries.areas_of([row.id for row in listed.rows], me()),
        today=local_today(),
        area_labels=AREA_LABELS,
        state_labels=PROJECT_STATE_LABELS,
        **_list_frame("/projects", filters, listed, lost),
    )


@bp.get("/projects/<ref>")
@access()
def project(ref: str) -> ResponseReturnValue:
    """A project: what it does, who with, how far it is, what came of it. Nine queries."""
    found = queries.visible_project(ref, to=me())
    reader = me()
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
        total=sum(line.amount for line in parts.funding),
        today=local_today(),
        shorten=extract,
        area_labels=AREA_LABELS,
        verdict_labels=VERDICT_LABELS,
        state_labels=PROJECT_STATE_LABELS,
        outcome_labels=OUTCOME_LABELS,
        company=InstitutionKind.COMPANY,
    )


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


@bp.route("/projects/<ref>/outcomes/new", methods=["GET", "POST"])
@access()
def record_outcome(ref: str) -> ResponseReturnValue:
    """Something came of it; also long after the end."""
    found = queries.visible_project(ref, to=me())
    if request.method == "GET":
        projects.require_runner(found, me())
    form = OutcomeForm()
    if form.submitted() and form.attempt(
        lambda ok: projects.record_outcome(
            found,
            kind=form.kind.data,
            summary=str(form.summary.data).strip(),
            reference=str(form.reference.data or "").strip(),
            by=me(),
            confirmed=ok,
        )
    ):
        return _kept(ref, _("Le résultat est noté."), "outcomes")
    return _project_form(form, found, title=_("Noter un résultat"))


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
        projects.require_ending(found, "conclude", me())
    form = AnswerForm()
    if form.submitted() and form.attempt(
        lambda ok: projects.conclude(found, answer=str(form.answer.data), by=me(), confirmed=ok)
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


# -- what the pages share ------------------------------------------------------------------------


def _thread(question: Question) -> str:
    return url_for("thread.show", ref=question.ref)


def _person(number: int, name: str, question: Question) -> str:
    """The person's name; the department's where the asker is hidden from the reader."""
    if number == question.asker_id and not asking.sees_asker(me(), question):
        return question.team.name if question.team else _("Un service clinique")
    return name


def _cursor() -> tuple[Cursor | None, bool]:
    """Where in the list to read from, and whether the address named a place that is none."""
    for name, back in (("after", False), ("before", True)):
        if text := request.args.get(name):
            cursor = Cursor.decode(text, Sort.NEWEST, back=back)
            return cursor, cursor is None
    return None, False


def _list_frame(path: str, filters: Filters, listed: queries.Listed, lost: bool) -> dict[str, Any]:
    """What the two lists have in common: filters, chips, pages."""
    return {
        "path": path,
        "filters": filters,
        "labels": FILTER_LABELS,
        "chips": filters.chips(path),
        "newer": filters.address(path, before=listed.newer) if listed.newer else None,
        "older": filters.address(path, after=listed.older) if listed.older else None,
        "lost": lost,
    }
