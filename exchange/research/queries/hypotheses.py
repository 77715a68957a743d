"""Reads of hypotheses."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    func,
    select,
)
from sqlalchemy.orm import contains_eager, joinedload

from exchange import db
from exchange.discussion.models import Comment
from exchange.errors import NotFound, OutOfSight
from exchange.i18n import gettext as _
from exchange.log.models import Event
from exchange.people.models import (
    Team,
    User,
)
from exchange.questions.models import Question
from exchange.questions.queries import Cursor
from exchange.research import facts
from exchange.research.forms.filters import Filters
from exchange.research.hypotheses import last_number
from exchange.research.models import (
    Evidence,
    Hypothesis,
    Project,
    ProjectHypothesis,
    Stance,
    Wording,
)
from exchange.research.policy import (
    hypothesis_looked_into_by,
    hypothesis_readable_by,
    project_readable_by,
)
from exchange.research.queries.claims import engaged_teams
from exchange.research.queries.shared import AnyRow, Listed, comments, page, told

_HYPOTHESIS_REF = re.compile(r"H-\d{4}-\d{4,8}", re.ASCII)


def visible_hypothesis(ref: str, *, to: User) -> Hypothesis:
    """The hypothesis with its team, author and question: one query. Raises `OutOfSight` for one's
    own that somebody reported, and `NotFound`, in the
    same words, whether it does not exist or is hidden from the reader."""
    return _hypothesis(ref, hypothesis_readable_by(to), to)


def hypothesis_looked_into(ref: str, *, by: User) -> Hypothesis:
    """The same, also for the administrator to whom a project of its own is open for a time."""
    return _hypothesis(ref, hypothesis_looked_into_by(by), by)


def _hypothesis(ref: str, condition: ColumnElement[bool], user: User) -> Hypothesis:
    found = None
    if _HYPOTHESIS_REF.fullmatch(ref):
        found = (
            db.session.scalars(
                select(Hypothesis)
                .join(Hypothesis.question)
                .where(Hypothesis.ref == ref, condition)
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
    if found is None and _is_hidden_own(ref, user):
        raise OutOfSight(_("Votre hypothèse est masquée le temps d’une relecture."))
    if found is None:
        raise NotFound(_("Aucune hypothèse de ce nom, ou elle n’est pas pour vous."))
    return found


def _is_hidden_own(ref: str, user: User) -> bool:
    own = select(Hypothesis.id).where(
        Hypothesis.ref == ref, Hypothesis.author_id == user.id, Hypothesis.hidden_at.is_not(None)
    )
    return db.session.scalar(own) is not None


@dataclass(frozen=True)
class Around:
    """What stands around a hypothesis. `others`: the other hypotheses of its question that the
    reader may read, by id; `wordings`: how many it had."""

    evidence: Sequence[AnyRow]
    others: dict[int, AnyRow]
    wordings: int
    opinions: Sequence[AnyRow]
    comments: Sequence[AnyRow]
    projects: Sequence[AnyRow]
    secret_projects: int
    engaged: bool


def around(hypothesis: Hypothesis, *, to: User) -> Around:
    """Evidence, opinions, comments, projects, other hypotheses, how many wordings, and whether a
    team of the reader's is engaged on the question: seven queries."""
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
        others={row.id: row for row in others(hypothesis, to=to)},
        wordings=last_number(hypothesis),
        opinions=_opinions(hypothesis),
        comments=comments(Comment.hypothesis_id == hypothesis.id, to=to),
        projects=readable,
        secret_projects=len(projects) - len(readable),
        engaged=bool(engaged_teams(hypothesis.question, among=to.team_ids)),
    )


def others(hypothesis: Hypothesis, *, to: User) -> Sequence[AnyRow]:
    """The other hypotheses of the question that the reader may read: one query."""
    return db.session.execute(
        select(
            Hypothesis.id,
            Hypothesis.ref,
            Hypothesis.statement,
            Hypothesis.verdict,
            Hypothesis.superseded_by_id,
        )
        .join(Hypothesis.question)
        .where(
            Hypothesis.question_id == hypothesis.question_id,
            Hypothesis.id != hypothesis.id,
            hypothesis_readable_by(to),
        )
        .order_by(Hypothesis.id)
    ).all()


def wordings(hypothesis: Hypothesis) -> Sequence[Wording]:
    """Every wording with its author, the newest first: one query."""
    return db.session.scalars(
        select(Wording)
        .where(Wording.hypothesis_id == hypothesis.id)
        .options(joinedload(Wording.author))
        .order_by(Wording.number.desc())
    ).all()


def _evidence(hypothesis: Hypothesis) -> Sequence[AnyRow]:
    return db.session.execute(
        select(
            Evidence.id,
            Evidence.stance,
            Evidence.html,
            Evidence.strength,
            Evidence.decisive,
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
    return told(
        said,
        Event.question_id == hypothesis.question_id,
        Event.data["hypothesis_id"].as_integer() == hypothesis.id,
    )


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
    return page(statement, Hypothesis.at, Hypothesis.id, cursor)
