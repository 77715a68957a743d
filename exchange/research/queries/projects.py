"""Reads of projects."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    exists,
    func,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import contains_eager, joinedload

from exchange import db
from exchange.discussion.models import Comment
from exchange.errors import NotFound
from exchange.i18n import gettext as _
from exchange.log.models import Event
from exchange.people.models import (
    Area,
    Institution,
    InstitutionKind,
    Membership,
    Role,
    Team,
    User,
)
from exchange.questions import facts as moves
from exchange.questions import policy as questions
from exchange.questions.models import Question, Stage
from exchange.questions.queries import Cursor
from exchange.research import facts
from exchange.research.forms.filters import Filters
from exchange.research.models import (
    LIVING,
    Claim,
    Endorsement,
    Funding,
    Hypothesis,
    Milestone,
    Outcome,
    Project,
    ProjectHypothesis,
    ProjectOutcome,
    ProjectPartner,
)
from exchange.research.policy import (
    hypothesis_looked_into_by,
    hypothesis_readable_by,
    leads,
    project_looked_into_by,
    project_readable_by,
)
from exchange.research.queries.shared import AnyRow, Listed, comments, page, told

_PROJECT_REF = re.compile(r"P-\d{4}-\d{4,8}", re.ASCII)


def visible_project(ref: str, *, to: User) -> Project:
    """The project with its team, investigator and clinical co-lead: one query. Raises
    `NotFound`, in the same words, whether it does not exist or is hidden from the reader."""
    return _project(ref, project_readable_by(to))


def project_looked_into(ref: str, *, by: User) -> Project:
    """The same, also for the administrator to whom it is open for a time."""
    return _project(ref, project_looked_into_by(by))


def _project(ref: str, condition: ColumnElement[bool]) -> Project:
    found = None
    if _PROJECT_REF.fullmatch(ref):
        found = db.session.scalar(
            select(Project)
            .where(Project.ref == ref, condition)
            .options(
                joinedload(Project.lead_team).joinedload(Team.institution),
                joinedload(Project.investigator),
                joinedload(Project.colead),
            )
        )
    if found is None:
        raise NotFound(_("Aucun projet de ce nom, ou il n’est pas pour vous."))
    return found


@dataclass(frozen=True)
class Parts:
    """What a project is made of. `origins`: a row for each hypothesis, with `readable` (the
    hypothesis) and `question_readable`. `masked`: whose names the page keeps back, because they
    asked in their department's name and the reader does not work with them here. `circle`: whether
    the reader is of the project's circle (`policy.may_read_rights`, from the rows at hand)."""

    partners: Sequence[AnyRow]
    origins: Sequence[AnyRow]
    funding: Sequence[Funding]
    milestones: Sequence[Milestone]
    outcomes: Sequence[AnyRow]
    shared: dict[int, list[str]]
    stops: Sequence[AnyRow]
    comments: Sequence[AnyRow]
    masked: frozenset[int]
    circle: bool


def parts(project: Project, *, to: User) -> Parts:
    """Partners, origins, money, milestones, outcomes, discussion, and why it was stopped: eight
    queries."""
    partners = db.session.execute(
        select(Team.id, Team.name, Team.slug, Institution.short, Institution.kind)
        .join(ProjectPartner, ProjectPartner.team_id == Team.id)
        .join(Team.institution)
        .where(ProjectPartner.project_id == project.id)
        .order_by(db.by_name(Team.name))
    ).all()
    origins = _origins(project, to)
    colleague = leads(to, project) or not {row.id for row in partners}.isdisjoint(to.team_ids)
    return Parts(
        partners=partners,
        origins=origins,
        circle=to.is_moderator or colleague or to.id in {row.asker_id for row in origins},
        masked=frozenset(row.asker_id for row in origins if row.masked and not colleague),
        funding=db.session.scalars(
            select(Funding).where(Funding.project_id == project.id).order_by(Funding.id)
        ).all(),
        milestones=db.session.scalars(
            select(Milestone)
            .where(Milestone.project_id == project.id)
            .order_by(Milestone.planned_on, Milestone.id)
        ).all(),
        outcomes=db.session.execute(
            select(
                Outcome.id,
                Outcome.kind,
                Outcome.html,
                Outcome.phase,
                Outcome.status,
                Outcome.quantity,
                Outcome.at,
                Outcome.reference,
                Outcome.proof_id,
                Outcome.recorded_by_id,
                User.name.label("by"),
            )
            .join(User, User.id == Outcome.recorded_by_id)
            .join(ProjectOutcome, ProjectOutcome.outcome_id == Outcome.id)
            .where(ProjectOutcome.project_id == project.id)
            .order_by(Outcome.id)
        ).all(),
        shared=_shared(project, to),
        comments=comments(Comment.project_id == project.id, to=to),
        stops=told(
            (moves.ProjectStopped.kind, facts.ProjectEnded.kind),
            Event.data["project_id"].as_integer() == project.id,
        ),
    )


def _shared(project: Project, user: User) -> dict[int, list[str]]:
    """By result: the references of the other projects that it came of, which the reader may
    read."""
    here = select(ProjectOutcome.outcome_id).where(ProjectOutcome.project_id == project.id)
    rows = db.session.execute(
        select(ProjectOutcome.outcome_id, Project.ref)
        .join(Project, Project.id == ProjectOutcome.project_id)
        .where(
            ProjectOutcome.outcome_id.in_(here),
            Project.id != project.id,
            project_readable_by(user),
        )
        .order_by(Project.id)
    )
    found: dict[int, list[str]] = {}
    for number, ref in rows:
        found.setdefault(number, []).append(ref)
    return found


def _origins(project: Project, user: User) -> Sequence[AnyRow]:
    return db.session.execute(
        select(
            Hypothesis.ref,
            Hypothesis.statement,
            Hypothesis.verdict,
            Question.id.label("question_id"),
            Question.ref.label("question_ref"),
            Question.title,
            Question.stage,
            Question.area,
            Question.language,
            Team.name.label("team"),
            hypothesis_looked_into_by(user).label("readable"),
            questions.readable_by(user).label("question_readable"),
            Question.asker_id,
            not_(questions.asker_seen_by(user)).label("masked"),
        )
        .join(ProjectHypothesis, ProjectHypothesis.hypothesis_id == Hypothesis.id)
        .join(Question, Question.id == Hypothesis.question_id)
        .join(Team, Team.id == Hypothesis.team_id)
        .where(ProjectHypothesis.project_id == project.id)
        .order_by(Hypothesis.id)
    ).all()


def startable(user: User) -> list[Hypothesis]:
    """The hypotheses from which this person's teams may start a project now (a moderator: every
    one), with their questions: one query."""
    claimed = exists(
        select(Claim.id).where(
            Claim.question_id == Question.id,
            Claim.ended_at.is_(None),
            Claim.team_id.in_(user.team_ids),
        )
    )
    statement = (
        select(Hypothesis)
        .join(Hypothesis.question)
        .where(
            hypothesis_readable_by(user),
            Question.stage.in_((Stage.HYPOTHESIS, Stage.PROJECT)),
            Hypothesis.endorsement == Endorsement.ENDORSED,
            Hypothesis.verdict.in_(LIVING),
        )
        .options(contains_eager(Hypothesis.question).joinedload(Question.circle))
        .order_by(Question.id, Hypothesis.id)
    )
    if not user.is_moderator:
        statement = statement.where(claimed)
    return list(db.session.scalars(statement).unique())


@dataclass(frozen=True)
class Cast:
    """Who may take part: choices for menus, as (id, words), grouped under a heading."""

    teams: dict[int, Team]
    leading: list[tuple[int, str]]
    investigators: dict[str, list[tuple[int, str]]]
    coleads: dict[str, list[tuple[int, str]]]
    partners: list[tuple[int, str]]


def cast(hypotheses: Sequence[Hypothesis], user: User) -> Cast:
    """The teams engaged on the questions and their members, clinicians (those of the asking
    departments first), every team: four queries."""
    question_ids = {h.question_id for h in hypotheses}
    asking = {h.question.team_id for h in hypotheses}
    engaged = db.session.scalars(
        select(Team.id)
        .join(Claim, Claim.team_id == Team.id)
        .where(Claim.question_id.in_(question_ids), Claim.ended_at.is_(None))
        .distinct()
    ).all()
    teams = {
        team.id: team
        for team in db.session.scalars(
            select(Team)
            .join(Team.institution)
            .options(contains_eager(Team.institution))
            .order_by(db.by_name(Institution.short), db.by_name(Team.name))
        )
    }
    members = db.session.execute(
        select(User.id, User.name, User.role_bits, Membership.team_id)
        .join(Membership, Membership.user_id == User.id)
        .where(
            User.active.is_(True),
            or_(
                Membership.team_id.in_(engaged),
                User.role_bits.bitwise_and(int(Role.CLINICIAN)) != 0,
            ),
        )
        .order_by(db.by_name(User.name))
    ).all()
    return _cast(teams, engaged, asking, members, user)


def _cast(
    teams: dict[int, Team],
    engaged: Sequence[int],
    asking: set[int | None],
    members: Sequence[AnyRow],
    user: User,
) -> Cast:
    investigators: dict[str, list[tuple[int, str]]] = {}
    near: dict[str, list[tuple[int, str]]] = {}
    far: dict[str, list[tuple[int, str]]] = {}
    for row in members:
        team = teams[row.team_id]
        if row.team_id in engaged and row.role_bits & Role.RESEARCHER:
            investigators.setdefault(team.name, []).append((row.id, row.name))
        if row.role_bits & Role.CLINICIAN:
            group = near if row.team_id in asking else far
            group.setdefault(f"{team.name} ({team.institution.short})", []).append(
                (row.id, row.name)
            )
    own = [number for number in teams if number in engaged and number in user.team_ids]
    leading = own if own and not user.is_moderator else [n for n in teams if n in engaged]
    return Cast(
        teams=teams,
        leading=[(number, teams[number].name) for number in leading],
        investigators=investigators,
        coleads={**near, **dict(sorted(far.items()))},
        partners=[(number, _partner(team)) for number, team in teams.items()],
    )


def _partner(team: Team) -> str:
    words = f"{team.name} ({team.institution.short})"
    if team.institution.kind is InstitutionKind.COMPANY:
        return _("%(team)s, entreprise", team=words)
    return words


def listed_projects(
    user: User, filters: Filters, team_ids: Mapping[str, int], cursor: Cursor | None
) -> Listed:
    """The projects the reader may read, newest first: one query, whatever the size."""
    chosen = filters.chosen
    statement = (
        select(
            Project.id,
            Project.ref,
            Project.at,
            Project.title,
            Project.state,
            Project.ended_at,
            Project.confidential,
            Team.name.label("team"),
            User.name.label("investigator"),
            _of(Funding.project_id, func.coalesce(func.sum(Funding.amount), 0)).label("euros"),
            _of(ProjectOutcome.project_id, func.count()).label("outcomes"),
            _of(
                Milestone.project_id, func.min(Milestone.planned_on), Milestone.done_on.is_(None)
            ).label("next_on"),
        )
        .join(Project.lead_team)
        .join(Project.investigator)
        .where(project_readable_by(user))
    )
    if "state" in chosen:
        statement = statement.where(Project.state == chosen["state"])
    if "team" in chosen:
        team = team_ids[chosen["team"]]
        partner = exists(
            select(ProjectPartner.team_id).where(
                ProjectPartner.project_id == Project.id, ProjectPartner.team_id == team
            )
        )
        statement = statement.where(or_(Project.lead_team_id == team, partner))
    if "area" in chosen:
        statement = statement.where(
            exists(
                select(Hypothesis.id)
                .join(ProjectHypothesis, ProjectHypothesis.hypothesis_id == Hypothesis.id)
                .join(Question, Question.id == Hypothesis.question_id)
                .where(
                    ProjectHypothesis.project_id == Project.id,
                    Question.area == chosen["area"],
                    questions.readable_by(user),
                )
                .correlate(Project)
            )
        )
    return page(statement, Project.at, Project.id, cursor)


def areas_of(project_ids: Sequence[int], user: User) -> dict[int, list[Area]]:
    """The areas of the questions that each project comes from, where the reader may read them:
    one query."""
    found: dict[int, list[Area]] = {}
    rows = db.session.execute(
        select(ProjectHypothesis.project_id, Question.area)
        .join(Hypothesis, Hypothesis.id == ProjectHypothesis.hypothesis_id)
        .join(Question, Question.id == Hypothesis.question_id)
        .where(ProjectHypothesis.project_id.in_(project_ids), questions.readable_by(user))
        .order_by(ProjectHypothesis.project_id, Hypothesis.id)
    )
    for project_id, area in rows:
        areas = found.setdefault(project_id, [])
        if area not in areas:
            areas.append(area)
    return found


def _of(owner: Any, value: Any, *conditions: ColumnElement[bool]) -> Any:
    return select(value).where(owner == Project.id, *conditions).scalar_subquery()
