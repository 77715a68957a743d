"""Searching as one reader: the index proposes references, the database decides what may be read
and gives the text. What is hidden leaves no trace, not even in a count."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeAlias

from markupsafe import Markup
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Row,
    Select,
    bindparam,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from exchange import db
from exchange.people.models import Team, User
from exchange.questions import policy
from exchange.questions.models import Question, Stage
from exchange.research import policy as research
from exchange.research.models import Hypothesis, Project
from exchange.search.highlight import highlight
from exchange.search.index import Hit, Index
from exchange.text import plain

AnyRow: TypeAlias = Row[*tuple[Any, ...]]

PAGE = 20
ALIKE = 0.15
CLOSE = 0.4
"""The least a question scores to be shown to whoever asks: as a share of what the same words would
score, and of what the nearest does. On the pairs of `tests/bench/similar.py` 99 % of the twins among
the five nearest stay, and 2.5 to 3 questions are shown instead of five."""
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
    asker_id: int | None = None


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
    """What the reader may read about `text`, best first: which hits in one query, then the texts of
    the page in one for each kind on it; as many again when all that was found is hidden."""
    allowed = _allowed(index.find(text, kinds=kinds or None, limit=CANDIDATES), reader)
    if not allowed:
        # All the words stand in hidden texts only: then the reader is answered as if in none.
        hits = index.find(text, kinds=kinds or None, limit=CANDIDATES, loosely=True)
        allowed = _allowed(hits, reader)
    start = (page - 1) * PAGE
    shown = allowed[start : start + PAGE]
    rows = _shown(shown, reader)
    return Results(
        found=[_found(hit, rows[hit.ref], text) for hit in shown if hit.ref in rows],
        total=len(allowed),
        more=len(allowed) > start + PAGE,
        corrected=None if allowed else index.corrected(text),
    )


def _allowed(hits: Sequence[Hit], reader: User) -> list[Hit]:
    if not hits:
        return []
    ids = {kind: [hit.id for hit in hits if hit.kind == kind] for kind in _KINDS}
    found = db.rows(_readable(reader.is_moderator), {**ids, **_as_reader(reader)})
    readable = {(row.kind, row.id) for row in found}
    return [hit for hit in hits if (hit.kind, hit.id) in readable]


def _shown(hits: Sequence[Hit], reader: User) -> dict[str, AnyRow]:
    rows: dict[str, AnyRow] = {}
    for kind in {hit.kind for hit in hits}:
        ids = [hit.id for hit in hits if hit.kind == kind]
        statement = _texts(kind, reader.is_moderator)
        rows |= {
            row.ref: row for row in db.rows(statement, {kind: ids, **_as_reader(reader)}).all()
        }
    return rows


def _as_reader(reader: User) -> dict[str, Any]:
    return {"me": reader.id, "teams": reader.team_ids}


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


def alike(index: Index, text: str, *, reader: User, title: str, exclude: str | None) -> list[Found]:
    """Of the nearest questions the reader may read, those near enough to be the same: five at
    most, one when one only is. Two queries."""
    found = similar(index, text, reader=reader, title=title, exclude=exclude)
    least = max([ALIKE, *(CLOSE * one.score for one in found[:1])])
    return [one for one in found if one.score >= least]


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


def _rows(ids: Sequence[int], allowed: ColumnElement[bool]) -> dict[int, AnyRow]:
    if not ids:
        return {}
    return {row.id: row for row in db.rows(_QUESTIONS.where(Question.id.in_(ids), allowed))}


_QUESTIONS = select(
    Question.id,
    Question.ref,
    Question.source_id,
    Question.asker_id,
    Question.title,
    Question.problem.label("body"),
    Question.stage,
    Question.area,
    Question.language,
    Question.submitted_at.label("since"),
    Question.merged_into_id,
    Team.name.label("team"),
).outerjoin(Team, Team.id == Question.lead_team_id)

_HYPOTHESES = (
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
)

_PROJECTS = select(
    Project.ref,
    Project.title,
    Project.summary.label("body"),
    Project.state.label("stage"),
    Project.at.label("since"),
    Team.name.label("team"),
).join(Team, Team.id == Project.lead_team_id)


@dataclass(frozen=True)
class _Kind:
    """What is searched: its texts, its number, the rule of reading it, where that rule looks."""

    texts: Select[*tuple[Any, ...]]
    id: InstrumentedAttribute[int]
    readable_by: Callable[[User], ColumnElement[bool]]
    within: FromClause


_KINDS = {
    "question": _Kind(_QUESTIONS, Question.id, policy.readable_by, Question.__table__),
    "hypothesis": _Kind(
        _HYPOTHESES,
        Hypothesis.id,
        research.hypothesis_readable_by,
        Hypothesis.__table__.join(Question.__table__),
    ),
    "project": _Kind(_PROJECTS, Project.id, research.project_readable_by, Project.__table__),
}


@cache
def _readable(moderator: bool) -> CompoundSelect[*tuple[Any, ...]]:
    """Which of the numbers given by kind may be read. Built once: that costs more than running."""
    reader = policy.any_reader(moderator=moderator)
    return union_all(
        *(
            select(literal(name).label("kind"), kind.id.label("id"))
            .select_from(kind.within)
            .where(kind.id.in_(bindparam(name, expanding=True)), kind.readable_by(reader))
            for name, kind in _KINDS.items()
        )
    )


@cache
def _texts(name: str, moderator: bool) -> Select[*tuple[Any, ...]]:
    kind = _KINDS[name]
    reader = policy.any_reader(moderator=moderator)
    return kind.texts.where(kind.id.in_(bindparam(name, expanding=True)), kind.readable_by(reader))


def _found(hit: Hit, row: AnyRow, text: str) -> Found:
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
        asker_id=values.get("asker_id"),
    )
