"""Named reads of the research half. Each starts from what the reader may read, and says what it
costs; the reader's own query and the header's come on top."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import contains_eager, joinedload

from exchange import db
from exchange.discussion.models import Comment, in_sight_of
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
from exchange.questions.models import Note, Question, Stage
from exchange.questions.queries import LARGEST_ID, Cursor
from exchange.research import facts
from exchange.research.forms import Filters
from exchange.research.models import (
    LIVING,
    Claim,
    ClaimRequest,
    Endorsement,
    Evidence,
    Funding,
    Hypothesis,
    Milestone,
    Outcome,
    Project,
    ProjectHypothesis,
    ProjectPartner,
    Stance,
)
from exchange.research.policy import hypothesis_readable_by, leads, project_readable_by

AnyRow: TypeAlias = Row[*tuple[Any, ...]]

PAGE = 20
"""Lines on a page of a list."""

_HYPOTHESIS_REF = re.compile(r"H-\d{4}-\d{4,8}", re.ASCII)
_PROJECT_REF = re.compile(r"P-\d{4}-\d{4,8}", re.ASCII)


# -- one thing, by its name ------------------------------------------------------------------


def visible_claim(number: int, *, to: User) -> Claim:
    """The claim with its question, team and who opened it: one query. Raises `NotFound`, in the
    same words, for a claim that does not exist and for one on a question hidden from the
    reader."""
    found = None
    if number <= LARGEST_ID:
        found = (
            db.session.scalars(
                select(Claim)
                .join(Claim.question)
                .where(Claim.id == number, questions.readable_by(to))
                .options(
                    contains_eager(Claim.question).joinedload(Question.circle),
                    joinedload(Claim.team),
                    joinedload(Claim.opened_by),
                )
            )
            .unique()
            .one_or_none()
        )
    if found is None:
        raise NotFound(_("Aucune prise en charge de ce nom, ou elle n’est pas pour vous."))
    return found


def visible_hypothesis(ref: str, *, to: User) -> Hypothesis:
    """The hypothesis with its team, author and question: one query. Raises `NotFound`, in the
    same words, whether it does not exist or is hidden from the reader."""
    found = None
    if _HYPOTHESIS_REF.fullmatch(ref):
        found = (
            db.session.scalars(
                select(Hypothesis)
                .join(Hypothesis.question)
                .where(Hypothesis.ref == ref, hypothesis_readable_by(to))
                .options(
                    contains_eager(Hypothesis.question).options(
                        joinedload(Question.circle), joinedload(Question.team)
                    ),
                    joinedload(Hypothesis.team).joinedload(Team.institution),
                    joinedload(Hypothesis.author),
                )
            )
            .unique()
            .one_or_none()
        )
    if found is None:
        raise NotFound(_("Aucune hypothèse de ce nom, ou elle n’est pas pour vous."))
    return found


def visible_project(ref: str, *, to: User) -> Project:
    """The project with its team, investigator and clinical co-lead: one query. Raises
    `NotFound`, in the same words, whether it does not exist or is hidden from the reader."""
    found = None
    if _PROJECT_REF.fullmatch(ref):
        found = db.session.scalar(
            select(Project)
            .where(Project.ref == ref, project_readable_by(to))
            .options(
                joinedload(Project.lead_team).joinedload(Team.institution),
                joinedload(Project.investigator),
                joinedload(Project.colead),
            )
        )
    if found is None:
        raise NotFound(_("Aucun projet de ce nom, ou il n’est pas pour vous."))
    return found


# -- claims ------------------------------------------------------------------------------------


def engaged_teams(question: Question, *, among: Sequence[int]) -> list[Team]:
    """Those of the teams `among` that have a claim in force on the question: one query."""
    return list(
        db.session.scalars(
            select(Team)
            .join(Claim, Claim.team_id == Team.id)
            .where(Claim.question_id == question.id, Claim.ended_at.is_(None), Team.id.in_(among))
            .order_by(Claim.lead.desc(), Team.name)
        )
    )


def joined_claims(question: Question) -> list[Claim]:
    """The claims in force beside the leading one, with their teams: one query."""
    return list(
        db.session.scalars(
            select(Claim)
            .join(Claim.team)
            .where(
                Claim.question_id == question.id,
                Claim.ended_at.is_(None),
                Claim.lead.is_(False),
            )
            .options(contains_eager(Claim.team))
            .order_by(Team.name)
        )
    )


def visible_request(number: int, *, to: User) -> ClaimRequest:
    """What a team needs, with its claim and question: one query. Raises `NotFound`, in the same
    words, for one that does not exist and for one on a question hidden from the reader."""
    found = None
    if number <= LARGEST_ID:
        found = (
            db.session.scalars(
                select(ClaimRequest)
                .join(ClaimRequest.claim)
                .join(Claim.question)
                .where(ClaimRequest.id == number, questions.readable_by(to))
                .options(
                    contains_eager(ClaimRequest.claim).options(
                        contains_eager(Claim.question).joinedload(Question.circle),
                        joinedload(Claim.team),
                    )
                )
            )
            .unique()
            .one_or_none()
        )
    if found is None:
        raise NotFound(_("Aucune demande de ce nom, ou elle n’est pas pour vous."))
    return found


# -- the page of a hypothesis ------------------------------------------------------------------


@dataclass(frozen=True)
class Around:
    """What stands around a hypothesis."""

    evidence: Sequence[AnyRow]
    opinions: Sequence[AnyRow]
    comments: Sequence[AnyRow]
    projects: Sequence[AnyRow]
    secret_projects: int
    engaged: bool


def around(hypothesis: Hypothesis, *, to: User) -> Around:
    """Evidence, opinions, comments, projects, and whether a team of the reader's is engaged on
    the question: five queries."""
    projects = db.session.execute(
        select(
            Project.ref,
            Project.title,
            Project.state,
            Team.name.label("team"),
            project_readable_by(to).label("readable"),
        )
        .join(ProjectHypothesis, ProjectHypothesis.project_id == Project.id)
        .join(Team, Team.id == Project.lead_team_id)
        .where(ProjectHypothesis.hypothesis_id == hypothesis.id)
        .order_by(Project.id)
    ).all()
    readable = [row for row in projects if row.readable]
    return Around(
        evidence=_evidence(hypothesis),
        opinions=_opinions(hypothesis),
        comments=comments(Comment.hypothesis_id == hypothesis.id, to=to),
        projects=readable,
        secret_projects=len(projects) - len(readable),
        engaged=bool(engaged_teams(hypothesis.question, among=to.team_ids)),
    )


def comments(condition: ColumnElement[bool], *, to: User) -> Sequence[AnyRow]:
    """The comments that meet the condition and are in sight, in order, with their authors: one
    query."""
    return db.session.execute(
        select(
            Comment.id,
            Comment.at,
            Comment.edited_at,
            Comment.html,
            Comment.hidden_at,
            Comment.author_id,
            User.name.label("author"),
            User.title,
        )
        .join(User, User.id == Comment.author_id)
        .where(condition, in_sight_of(to))
        .order_by(Comment.id)
    ).all()


def _evidence(hypothesis: Hypothesis) -> Sequence[AnyRow]:
    return db.session.execute(
        select(
            Evidence.id,
            Evidence.stance,
            Evidence.html,
            Evidence.strength,
            Evidence.searched_on,
            Evidence.added_by_id,
            Evidence.at,
            User.name.label("by"),
        )
        .join(User, User.id == Evidence.added_by_id)
        .where(Evidence.hypothesis_id == hypothesis.id)
        .order_by(Evidence.id)
    ).all()


def _opinions(hypothesis: Hypothesis) -> Sequence[AnyRow]:
    """What the asker and the team said of it, oldest first."""
    said = (facts.HypothesisEndorsed.kind, facts.HypothesisMissing.kind, facts.VerdictGiven.kind)
    return _told(
        said,
        Event.question_id == hypothesis.question_id,
        Event.data["hypothesis_id"].as_integer() == hypothesis.id,
    )


def _told(kinds: Sequence[str], *conditions: ColumnElement[bool]) -> Sequence[AnyRow]:
    return db.session.execute(
        select(
            Event.kind,
            Event.at,
            Event.actor_id,
            Event.data,
            User.name.label("by"),
            Note.html,
        )
        .outerjoin(User, User.id == Event.actor_id)
        .outerjoin(Note, Note.id == Event.data["note_id"].as_integer())
        .where(Event.kind.in_(kinds), *conditions)
        .order_by(Event.id)
    ).all()


# -- the page of a project -----------------------------------------------------------------------


@dataclass(frozen=True)
class Parts:
    """What a project is made of. `origins`: a row for each hypothesis, with `readable` (the
    hypothesis) and `question_readable`. `masked`: whose names the page keeps back, because they
    asked in their department's name and the reader does not work with them here."""

    partners: Sequence[AnyRow]
    origins: Sequence[AnyRow]
    funding: Sequence[Funding]
    milestones: Sequence[Milestone]
    outcomes: Sequence[AnyRow]
    stops: Sequence[AnyRow]
    comments: Sequence[AnyRow]
    masked: frozenset[int]


def parts(project: Project, *, to: User) -> Parts:
    """Partners, origins, money, milestones, outcomes, discussion, and why it was stopped: seven
    queries."""
    partners = db.session.execute(
        select(Team.id, Team.name, Team.slug, Institution.short, Institution.kind)
        .join(ProjectPartner, ProjectPartner.team_id == Team.id)
        .join(Team.institution)
        .where(ProjectPartner.project_id == project.id)
        .order_by(Team.name)
    ).all()
    origins = _origins(project, to)
    colleague = leads(to, project) or not {row.id for row in partners}.isdisjoint(to.team_ids)
    return Parts(
        partners=partners,
        origins=origins,
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
                Outcome.kind,
                Outcome.html,
                Outcome.at,
                Outcome.reference,
                Outcome.recorded_by_id,
                User.name.label("by"),
            )
            .join(User, User.id == Outcome.recorded_by_id)
            .where(Outcome.project_id == project.id)
            .order_by(Outcome.id)
        ).all(),
        comments=comments(Comment.project_id == project.id, to=to),
        stops=_told(
            (moves.ProjectStopped.kind, facts.ProjectEnded.kind),
            Event.data["project_id"].as_integer() == project.id,
        ),
    )


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
            hypothesis_readable_by(user).label("readable"),
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


# -- starting a project ------------------------------------------------------------------------


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
            .order_by(Institution.short, Team.name)
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
        .order_by(User.name)
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


# -- the lists -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Listed:
    """A page of a list; `newer` and `older` are the cursors of its neighbours."""

    rows: Sequence[AnyRow]
    newer: str | None
    older: str | None


def listed_hypotheses(
    user: User, filters: Filters, team_ids: Mapping[str, int], cursor: Cursor | None
) -> Listed:
    """The hypotheses the reader may read, newest first: one query, whatever the size."""
    chosen = filters.chosen
    statement = (
        select(
            Hypothesis.id,
            Hypothesis.ref,
            Hypothesis.at,
            Hypothesis.statement,
            Hypothesis.verdict,
            Hypothesis.endorsement,
            Hypothesis.confidential,
            Team.name.label("team"),
            Question.ref.label("question_ref"),
            Question.title,
            Question.area,
            Question.language,
            *(
                select(func.count())
                .where(Evidence.hypothesis_id == Hypothesis.id, Evidence.stance == stance)
                .scalar_subquery()
                .label(f"evidence_{stance}")
                for stance in (Stance.FOR, Stance.AGAINST)
            ),
        )
        .join(Hypothesis.question)
        .join(Hypothesis.team)
        .where(hypothesis_readable_by(user))
    )
    if "area" in chosen:
        statement = statement.where(Question.area == chosen["area"])
    if "verdict" in chosen:
        statement = statement.where(Hypothesis.verdict == chosen["verdict"])
    if "endorsement" in chosen:
        statement = statement.where(Hypothesis.endorsement == chosen["endorsement"])
    if "team" in chosen:
        statement = statement.where(Hypothesis.team_id == team_ids[chosen["team"]])
    return _page(statement, Hypothesis.at, Hypothesis.id, cursor)


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
            _of(Outcome.project_id, func.count()).label("outcomes"),
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
    return _page(statement, Project.at, Project.id, cursor)


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


def _page(
    statement: Select[*tuple[Any, ...]], at: Any, number: Any, cursor: Cursor | None
) -> Listed:
    back = cursor is not None and cursor.back
    if cursor is not None:
        here = tuple_(literal(cursor.value, at.type), literal(cursor.id))
        place = tuple_(at, number)
        statement = statement.where(place > here if back else place < here)
    order = (at.asc(), number.asc()) if back else (at.desc(), number.desc())
    found = db.session.execute(statement.order_by(*order).limit(PAGE + 1)).all()
    more = len(found) > PAGE
    rows = found[:PAGE][::-1] if back else found[:PAGE]
    if not rows:
        return Listed(rows, None, None)
    first, last = rows[0], rows[-1]
    return Listed(
        rows,
        newer=Cursor(first.at, first.id).encode() if (more if back else cursor) else None,
        older=Cursor(last.at, last.id).encode() if (back or more) else None,
    )
