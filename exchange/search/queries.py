"""Searching as one reader: the index proposes references, the database decides what may be read
and gives the text. What is hidden leaves no trace, not even in a count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy import ColumnElement, Row, select

from exchange import db
from exchange.people.models import Team, User
from exchange.questions import policy
from exchange.questions.models import Question, Stage
from exchange.research import policy as research
from exchange.research.models import Hypothesis, Project
from exchange.search.highlight import highlight
from exchange.search.index import Hit, Index
from exchange.text import plain

PAGE = 20
CANDIDATES = 200
"""Hits taken from the index before access is checked."""


@dataclass(frozen=True)
class Found:
    """One line of results, already allowed to its reader."""

    ref: str
    kind: str
    title: str
    extract: Markup
    stage: str
    area: str
    lang: str
    since: datetime | None
    team: str | None
    score: float


@dataclass(frozen=True)
class Results:
    """`more` says that the list was cut; `corrected` proposes another spelling."""

    found: list[Found]
    total: int
    more: bool
    corrected: str | None


def find(
    index: Index, text: str, *, reader: User, kinds: Sequence[str] = (), page: int = 1
) -> Results:
    """What the reader may read about `text`, best first. Costs at most three queries, and
    as many again when all that was found is hidden."""
    hits = index.find(text, kinds=kinds or None, limit=CANDIDATES)
    rows = _allowed(hits, reader)
    if hits and not rows:
        # All the words stand in hidden texts only: then the reader is answered as if in none.
        hits = index.find(text, kinds=kinds or None, limit=CANDIDATES, loosely=True)
        rows = _allowed(hits, reader)
    allowed = [hit for hit in hits if hit.ref in rows]
    start = (page - 1) * PAGE
    found = [_found(hit, rows[hit.ref], text) for hit in allowed[start : start + PAGE]]
    return Results(
        found=found,
        total=len(allowed),
        more=len(allowed) > start + PAGE,
        corrected=None if allowed else index.corrected(text),
    )


def _allowed(hits: Sequence[Hit], reader: User) -> dict[str, Row[*tuple[Any, ...]]]:
    return {
        **_questions([h.id for h in hits if h.kind == "question"], reader),
        **_hypotheses([h.id for h in hits if h.kind == "hypothesis"], reader),
        **_projects([h.id for h in hits if h.kind == "project"], reader),
    }


def similar(
    index: Index,
    text: str,
    *,
    reader: User,
    title: str = "",
    exclude: str | None = None,
    limit: int = 5,
) -> list[Found]:
    """The nearest questions the reader may read, each duplicate resolved to the one that lives.
    Two queries."""
    hits = index.similar(text, title=title, exclude=exclude, limit=limit * 6)
    return _nearest(hits, policy.readable_by(reader), text=f"{title} {text}", exclude=exclude)[
        :limit
    ]


def resolve_for_all(hits: list[Hit]) -> list[dict[str, object]]:
    """Hits as the command line prints them, of every question that is not a draft (the
    operator's measure, run beside the database)."""
    rows = _rows([hit.id for hit in hits], Question.stage != Stage.DRAFT)
    return [
        {"ref": rows[hit.id].ref, "source_id": rows[hit.id].source_id, "score": round(hit.score, 4)}
        for hit in hits
        if hit.id in rows
    ]


def _nearest(
    hits: Sequence[Hit], allowed: ColumnElement[bool], *, text: str, exclude: str | None
) -> list[Found]:
    rows = _rows([hit.id for hit in hits], allowed)
    living = _rows([r.merged_into_id for r in rows.values() if r.merged_into_id], allowed)
    found: dict[str, Found] = {}
    for hit in hits:
        row = rows.get(hit.id)
        while row is not None and row.merged_into_id is not None:
            row = living.get(row.merged_into_id)
        if row is not None and row.ref != exclude and row.ref not in found:
            found[row.ref] = _found(Hit(row.ref, "question", row.id, hit.score), row, text)
    return list(found.values())


def _rows(ids: Sequence[int], allowed: ColumnElement[bool]) -> dict[int, Row[*tuple[Any, ...]]]:
    if not ids:
        return {}
    statement = (
        select(
            Question.id,
            Question.ref,
            Question.source_id,
            Question.title,
            Question.problem.label("body"),
            Question.stage,
            Question.area,
            Question.language,
            Question.submitted_at.label("since"),
            Question.merged_into_id,
            Team.name.label("team"),
        )
        .outerjoin(Team, Team.id == Question.lead_team_id)
        .where(Question.id.in_(ids), allowed)
    )
    return {row.id: row for row in db.rows(statement)}


def _questions(ids: Sequence[int], reader: User) -> dict[str, Row[*tuple[Any, ...]]]:
    return {row.ref: row for row in _rows(ids, policy.readable_by(reader)).values()}


def _hypotheses(ids: Sequence[int], reader: User) -> dict[str, Row[*tuple[Any, ...]]]:
    if not ids:
        return {}
    statement = (
        select(
            Hypothesis.ref,
            Hypothesis.statement.label("title"),
            Hypothesis.rationale.label("body"),
            Hypothesis.verdict.label("stage"),
            Question.area,
            Question.language,
            Hypothesis.at.label("since"),
            Team.name.label("team"),
        )
        .join(Question, Question.id == Hypothesis.question_id)
        .join(Team, Team.id == Hypothesis.team_id)
        .where(Hypothesis.id.in_(ids), research.hypothesis_readable_by(reader))
    )
    return {row.ref: row for row in db.rows(statement)}


def _projects(ids: Sequence[int], reader: User) -> dict[str, Row[*tuple[Any, ...]]]:
    if not ids:
        return {}
    statement = (
        select(
            Project.ref,
            Project.title,
            Project.summary.label("body"),
            Project.state.label("stage"),
            Project.at.label("since"),
            Team.name.label("team"),
        )
        .join(Team, Team.id == Project.lead_team_id)
        .where(Project.id.in_(ids), research.project_readable_by(reader))
    )
    return {row.ref: row for row in db.rows(statement)}


def _found(hit: Hit, row: Row[*tuple[Any, ...]], text: str) -> Found:
    values = row._mapping
    return Found(
        ref=hit.ref,
        kind=hit.kind,
        title=values["title"],
        extract=highlight(plain(values["body"]), text),
        stage=values["stage"],
        area=values.get("area", ""),
        lang=values.get("language", "fr"),
        since=values["since"],
        team=values["team"],
        score=hit.score,
    )
