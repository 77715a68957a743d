"""Projects: started from endorsed hypotheses, concluded with an outcome and an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from exchange import clock, db
from exchange.errors import Conflict, NotAllowed, Refusal
from exchange.guard import gate
from exchange.i18n import gettext as _
from exchange.log.facts import Fact
from exchange.log.record import record
from exchange.people.models import Team, User
from exchange.questions import facts as moves
from exchange.questions import workflow
from exchange.questions.actions import next_ref, write_note
from exchange.questions.models import Note, Question, Stage
from exchange.research import facts, policy
from exchange.research.claims import heard, living_claim
from exchange.research.hypotheses import settle
from exchange.research.models import (
    LIVING,
    Endorsement,
    Funding,
    Hypothesis,
    Milestone,
    Project,
    ProjectState,
    Verdict,
)
from exchange.text import render


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a project says when it starts."""

    title: str
    summary: str
    lead_team: Team
    investigator: User
    colead: User
    partners: Sequence[Team] = ()
    confidential: bool = False
    funding: Sequence[tuple[str, int, date | None, date | None]] = ()
    milestones: Sequence[tuple[str, date]] = field(default=())


def start(
    hypotheses: Sequence[Hypothesis], plan: Plan, *, by: User, confirmed: bool = False
) -> Project:
    """Start a project from hypotheses of one or several questions; each question moves on."""
    if not hypotheses:
        raise Refusal(_("Choisissez au moins une hypothèse."), field="hypotheses")
    questions = _questions_of(hypotheses)
    require_startable(hypotheses, by)
    require_clinician(plan.colead)
    gate.check(
        {
            "title": plan.title,
            "summary": plan.summary,
            "milestones": "\n".join(title for title, _day in plan.milestones),
            "funding": "\n".join(line[0] for line in plan.funding),
        },
        confirmed=confirmed,
    )
    project = Project(
        ref=next_ref("P"),
        title=plan.title,
        summary=plan.summary,
        summary_html=render(plan.summary),
        confidential=plan.confidential,
        lead_team_id=plan.lead_team.id,
        investigator_id=plan.investigator.id,
        colead_id=plan.colead.id,
        started_by_id=by.id,
        at=clock.now(),
        hypotheses=list(hypotheses),
        partners=list(plan.partners),
        funding=[
            Funding(source=source, amount=amount, start_on=start_on, end_on=end_on)
            for source, amount, start_on, end_on in plan.funding
        ],
        milestones=[Milestone(title=title, planned_on=day) for title, day in plan.milestones],
    )
    db.session.add(project)
    db.session.flush()
    for question in questions:
        if question.stage is Stage.HYPOTHESIS:
            workflow.make(question, moves.ProjectStarted(project_id=project.id), by=by)
        else:
            record(facts.ProjectAdded(project_id=project.id), on=question.id, by=by)
    return project


def reach(milestone: Milestone, project: Project, *, by: User) -> None:
    """A milestone is done today."""
    require_running(project, by)
    if milestone.done_on is not None:
        raise Conflict(_("Ce jalon est déjà atteint."))
    milestone.done_on = clock.now().date()
    tell(project, facts.MilestoneReached(project_id=project.id, milestone_id=milestone.id), by)


def add_milestone(
    project: Project, *, title: str, planned_on: date, by: User, confirmed: bool = False
) -> Milestone:
    """Plan one more milestone."""
    require_running(project, by)
    gate.check({"title": title}, confirmed=confirmed)
    milestone = Milestone(project_id=project.id, title=title, planned_on=planned_on)
    db.session.add(milestone)
    db.session.flush()
    tell(project, facts.MilestoneAdded(project_id=project.id, milestone_id=milestone.id), by)
    return milestone


def entrust(project: Project, *, investigator: User, colead: User, by: User) -> None:
    """Others answer for it: somebody left, say. Whoever answered for it so far reads it from now on
    as their teams do."""
    require_running(project, by)
    require_clinician(colead)
    if (project.investigator_id, project.colead_id) == (investigator.id, colead.id):
        raise Conflict(_("Ce sont déjà les responsables de ce projet."))
    project.investigator_id, project.colead_id = investigator.id, colead.id
    tell(
        project,
        facts.PeopleChanged(
            project_id=project.id, investigator_id=investigator.id, colead_id=colead.id
        ),
        by,
    )


def require_clinician(colead: User) -> None:
    if not colead.is_clinician:
        raise Refusal(_("Le co-responsable clinique doit être clinicien."), field="colead")


def add_funding(
    project: Project,
    *,
    source: str,
    amount: int,
    start_on: date | None,
    end_on: date | None,
    by: User,
) -> Funding:
    """Money was found: whole euros."""
    require_running(project, by)
    gate.check({"source": source}, confirmed=True)
    line = Funding(
        project_id=project.id, source=source, amount=amount, start_on=start_on, end_on=end_on
    )
    db.session.add(line)
    db.session.flush()
    tell(project, facts.FundingAdded(project_id=project.id, funding_id=line.id), by)
    return line


def stop(project: Project, *, reason: str, by: User, confirmed: bool = False) -> None:
    """Stop, with the reason; every question goes back to its hypotheses."""
    moved = require_ending(project, "stop", by)
    _end(project, ProjectState.STOPPED)
    db.session.flush()
    for question in _questions_of(project.hypotheses):
        note = write_note(question, reason, by=by, confirmed=confirmed)
        heard(question)
        if question in moved:
            fact = moves.ProjectStopped(project_id=project.id, note_id=note.id)
            workflow.make(question, fact, by=by)
        else:
            _tell_ended(project, question, note, by)


def conclude(
    project: Project,
    *,
    answer: str,
    verdicts: Mapping[int, Verdict],
    by: User,
    confirmed: bool = False,
) -> None:
    """Answer the asker and everyone who supported, in plain language; needs an outcome, and a
    verdict for each of its hypotheses that has none, by id."""
    moved = require_concludable(project, by)
    judged = [(one, verdicts.get(one.id)) for one in unjudged(project)]
    if not all(verdict for _one, verdict in judged):
        raise Refusal(_("Dites le verdict de chaque hypothèse du projet."))
    gate.check({"answer": answer}, confirmed=confirmed)
    project.answer, project.answer_html = answer, render(answer)
    _end(project, ProjectState.CONCLUDED)
    db.session.flush()
    for question in _questions_of(project.hypotheses):
        note = write_note(question, answer, by=by, confirmed=confirmed)
        for hypothesis, verdict in judged:
            if verdict and hypothesis.question_id == question.id:
                _judge(hypothesis, verdict, by)
        if question in moved:
            fact = moves.Concluded(project_id=project.id, note_id=note.id)
            workflow.make(question, fact, by=by)
        else:
            _tell_ended(project, question, note, by)


def unjudged(project: Project) -> list[Hypothesis]:
    """The hypotheses of the project that nobody gave a verdict."""
    return [
        one for one in project.hypotheses if one.verdict in {Verdict.PROPOSED, Verdict.UNDER_TEST}
    ]


def require_startable(hypotheses: Sequence[Hypothesis], by: User) -> None:
    """A project may start from these hypotheses now: their questions are ready, the person's
    team works on each, and the asker endorsed them."""
    for question in _questions_of(hypotheses):
        if question.stage is not Stage.PROJECT:
            workflow.require(question, "start", by=by)
        if not by.is_moderator and not any(living_claim(question, team) for team in by.teams):
            raise NotAllowed(
                _("Un projet est lancé par une équipe engagée sur %(ref)s.", ref=question.ref)
            )
    for hypothesis in hypotheses:
        if hypothesis.endorsement is not Endorsement.ENDORSED:
            raise Refusal(
                _(
                    "%(ref)s n’est pas encore soutenue par le clinicien : c’est nécessaire pour"
                    " lancer un projet.",
                    ref=hypothesis.ref,
                ),
                field="hypotheses",
            )
        if hypothesis.verdict not in LIVING:
            raise Refusal(
                _("%(ref)s est close : son verdict est rendu.", ref=hypothesis.ref),
                field="hypotheses",
            )


def require_runner(project: Project, by: User) -> None:
    """The project is the person's to speak of."""
    if not policy.may_run(by, project):
        raise NotAllowed(_("Seule l’équipe du projet peut le faire."))


def require_running(project: Project, by: User) -> None:
    """The project runs, and is the person's to run."""
    require_runner(project, by)
    if project.state is not ProjectState.RUNNING:
        raise Conflict(_("Ce projet est déjà terminé."))


def require_ending(project: Project, move: str, by: User) -> list[Question]:
    """The questions that "stop" or "conclude" would move (those whose only running project is
    this one), when the person may do so now."""
    require_running(project, by)
    questions = [
        question
        for question in _questions_of(project.hypotheses)
        if question.stage is Stage.PROJECT and _alone(question, project)
    ]
    for question in questions:
        workflow.require(question, move, by=by)
    return questions


def require_concludable(project: Project, by: User) -> list[Question]:
    """The same for "conclude", when something came of the project."""
    moved = require_ending(project, "conclude", by)
    if not project.outcomes:
        raise Conflict(_("Notez d’abord au moins un résultat, même négatif."))
    return moved


def _questions_of(hypotheses: Sequence[Hypothesis]) -> list[Question]:
    return list({h.question_id: h.question for h in hypotheses}.values())


def _alone(question: Question, project: Project) -> bool:
    others = (
        db.session.query(Project.id)
        .join(Project.hypotheses)
        .filter(
            Hypothesis.question_id == question.id,
            Project.id != project.id,
            Project.state == ProjectState.RUNNING,
        )
    )
    return others.first() is None


def _end(project: Project, state: ProjectState) -> None:
    project.state = state
    project.ended_at = clock.now()


def _judge(hypothesis: Hypothesis, verdict: Verdict, by: User) -> None:
    """The answer to the asker, which comes next, says why."""
    settle(hypothesis, verdict)
    record(
        facts.VerdictGiven(hypothesis_id=hypothesis.id, verdict=verdict),
        on=hypothesis.question_id,
        by=by,
    )


def _tell_ended(project: Project, question: Question, note: Note, by: User) -> None:
    record(
        facts.ProjectEnded(project_id=project.id, state=project.state, note_id=note.id),
        on=question.id,
        by=by,
    )


def tell(project: Project, fact: Fact, by: User | None) -> None:
    """On the timeline of every question of the project."""
    for question in _questions_of(project.hypotheses):
        record(fact, on=question.id, by=by)
