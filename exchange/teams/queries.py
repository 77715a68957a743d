"""What a reader may know of teams and their work: every read of it starts from the policies of
questions, hypotheses and projects."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, or_, select
from sqlalchemy.orm import joinedload

from exchange import db
from exchange.people.models import Area, Institution, Membership, Team, TeamKind, User
from exchange.questions.models import Question
from exchange.questions.policy import readable_by
from exchange.research.models import Claim, ClaimRequest, Hypothesis, Project, ProjectPartner
from exchange.research.policy import hypothesis_readable_by, project_readable_by

SHOWN = 50
"""Lines of each kind on a team's page, the latest first."""


def teams(
    *,
    to: User,
    area: Area | None = None,
    kind: TeamKind | None = None,
    institution: str = "",
) -> Sequence[Any]:
    """Teams by name, with the counts of current claims and of projects that this reader may
    read: one query."""
    chosen: list[ColumnElement[bool]] = []
    if area:
        chosen.append(cast(Team.areas, String).contains(f'"{area.value}"'))
    if kind:
        chosen.append(Team.kind == kind)
    if institution:
        chosen.append(Institution.slug == institution)
    claims = (
        select(func.count())
        .select_from(Claim)
        .join(Claim.question)
        .where(Claim.team_id == Team.id, Claim.ended_at.is_(None), readable_by(to))
        .correlate(Team)
        .scalar_subquery()
    )
    projects = (
        select(func.count())
        .select_from(Project)
        .where(_takes_part(Team.id), project_readable_by(to))
        .correlate(Team)
        .scalar_subquery()
    )
    return db.session.execute(
        select(
            Team.slug,
            Team.name,
            Team.kind,
            Team.areas,
            Team.expertise,
            Institution.short.label("institution"),
            claims.label("claims"),
            projects.label("projects"),
        )
        .join(Team.institution)
        .where(*chosen)
        .order_by(db.by_name(Team.name), Team.id)
    ).all()


def members(team: Team) -> Sequence[Membership]:
    """Those who can sign in, the lead first: one query."""
    return db.session.scalars(
        select(Membership)
        .join(Membership.user)
        .where(Membership.team_id == team.id, User.active)
        .options(joinedload(Membership.user))
        .order_by(Membership.lead.desc(), db.by_name(User.name))
    ).all()


@dataclass(frozen=True)
class TrackRecord:
    """What a team promised and did, as far as one reader may know."""

    claims: Sequence[Any]
    hypotheses: Sequence[Any]
    projects: Sequence[Any]


def track_record(team: Team, *, to: User) -> TrackRecord:
    """Current claims, hypotheses and projects, the latest first: three queries."""
    return TrackRecord(
        claims=_claims(team, to), hypotheses=_hypotheses(team, to), projects=_projects(team, to)
    )


def _claims(team: Team, to: User) -> Sequence[Any]:
    requests = (
        select(func.count())
        .select_from(ClaimRequest)
        .where(ClaimRequest.claim_id == Claim.id, ClaimRequest.reply.is_(None))
        .correlate(Claim)
        .scalar_subquery()
    )
    return db.session.execute(
        select(
            Question.ref,
            Question.title,
            Question.language,
            Question.stage,
            Claim.id,
            Claim.lead,
            Claim.at,
            Claim.updated_at,
            Claim.silence,
            requests.label("awaited"),
            Claim.next_step,
            Claim.next_step_on,
        )
        .join(Claim.question)
        .where(Claim.team_id == team.id, Claim.ended_at.is_(None), readable_by(to))
        .order_by(Claim.id.desc())
        .limit(SHOWN)
    ).all()


def _hypotheses(team: Team, to: User) -> Sequence[Any]:
    return db.session.execute(
        select(
            Hypothesis.ref,
            Hypothesis.statement,
            Hypothesis.verdict,
            Hypothesis.confidential,
            Hypothesis.at,
            Question.ref.label("question_ref"),
            Question.title.label("question_title"),
        )
        .join(Hypothesis.question)
        .where(Hypothesis.team_id == team.id, hypothesis_readable_by(to))
        .order_by(Hypothesis.id.desc())
        .limit(SHOWN)
    ).all()


def _projects(team: Team, to: User) -> Sequence[Any]:
    return db.session.execute(
        select(
            Project.ref,
            Project.title,
            Project.state,
            Project.confidential,
            Project.at,
            (Project.lead_team_id == team.id).label("lead"),
        )
        .where(_takes_part(team.id), project_readable_by(to))
        .order_by(Project.id.desc())
        .limit(SHOWN)
    ).all()


def _takes_part(team_id: Any) -> ColumnElement[bool]:
    partnered = (
        select(ProjectPartner.project_id).where(ProjectPartner.team_id == team_id).correlate(Team)
    )
    return or_(Project.lead_team_id == team_id, Project.id.in_(partnered))
