"""Every column of the database that may hold what people wrote.

All columns of text do, but those in `KEYS`: a new one is swept unless somebody names it there. A
test holds the whole list, so that nobody decides it without thinking.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Enum,
    LargeBinary,
    Row,
    String,
    Table,
    false,
    select,
    true,
    update,
)

from exchange import clock, db
from exchange.db import Base
from exchange.errors import Refusal
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.moderation.redaction.words import MARK, Words, texts_in
from exchange.questions.models import Question, Stage
from exchange.research.models import Claim, Hypothesis, ProjectHypothesis
from exchange.text import tidy

KEYS = {
    "attachment": {"key", "sha256"},
    "bounce": {"status"},
    "received": {"key", "door", "outcome", "message_id"},
    "assignment": {"item"},
    "batch": {"decision", "cause"},
    "bookmark": {"follower"},
    "canned_reply": {"use", "locale"},
    "checked": {"point"},
    "concept": {"key", "category", "french", "english", "broader"},
    "counter": {"series"},
    "deferral": {"item"},
    "desk_habit": {"feed_hash"},
    "event": {"kind", "data"},
    "detour": {"state_hash", "sealed"},
    "outer_session": {"subject", "sid", "sealed_token"},
    "hypothesis": {"ref"},
    "identity": {"issuer", "subject", "name", "rpps"},
    "institution": {"slug", "name", "short", "city", "mail_domains"},
    "meeting": {"zone", "uid"},
    "letter": {"kind", "reason", "data", "message_id", "token"},
    "mailed_link": {"nonce", "email", "former"},
    "open_session": {"device", "token_hash"},
    "passkey": {"credential_id", "public_key", "name"},
    "recovery_code": {"code_hash"},
    "totp": {"secret"},
    "parked_event": {"follower"},
    "project": {"ref"},
    "question": {"ref", "language", "probable"},
    "question_tag": {"concept"},
    "reading": {"item"},
    "saved_filter": {"query"},
    "snapshot": {"content", "sha256"},
    "tag_watch": {"concept"},
    "team": {"slug", "name", "areas"},
    "throttle": {"key"},
    "user": {
        "email",
        "handle",
        "name",
        "title",
        "password_hash",
        "locale",
        "timezone",
        "theme",
        "areas",
        "unsubscribe_token",
    },
}
"""References, closed words, ids; and the names of members, houses and concepts, which administrators keep."""

LABELS = {
    "question": _m("La question, telle qu’elle se lit"),
    "revision": _m("Une formulation de la question"),
    "note": _m("Un message entre modérateur et auteur"),
    "support": _m("Un mot d’un service qui voit aussi le problème"),
    "attachment": _m("Une pièce jointe, qui part tout entière"),
    "comment": _m("Un message de la discussion"),
    "meeting": _m("Une rencontre"),
    "claim": _m("Une prise en charge"),
    "claim_request": _m("Une demande d’une équipe"),
    "claim_update": _m("Des nouvelles d’une équipe"),
    "hypothesis": _m("Une hypothèse"),
    "wording": _m("Une version d’une hypothèse"),
    "evidence": _m("Un indice"),
    "project": _m("Un projet"),
    "milestone": _m("Un jalon"),
    "funding": _m("Un financement"),
    "dossier": _m("La fiche d’un projet"),
    "risk": _m("Un risque d’un projet"),
    "decision": _m("Une décision d’un projet"),
    "outcome": _m("Un résultat"),
    "candidate": _m("Un candidat-médicament"),
    "team": _m("La page d’une équipe"),
    "canned_reply": _m("Une raison toute prête"),
    "letter": _m("L’objet d’un courriel parti"),
    "batch": _m("Le message d’une décision groupée"),
    "deferral": _m("Pourquoi le triage a remis à plus tard"),
    "flag": _m("Un signalement"),
    "mail_text": _m("Une réponse venue par courriel"),
    "saved_filter": _m("Le nom d’un filtre gardé"),
    "saved_search": _m("Une recherche gardée"),
    "bookmark": _m("Un message d’erreur gardé"),
    "parked_event": _m("Un message d’erreur gardé"),
}
"""What each table holds, in words; also the tables that are swept."""

MOST = 500
"""Places found at once; beyond, the words are too common to be taken out."""

BEGINNING = 160
"""Characters of a text shown in the list of a thread."""

_AUTHORS = (
    "author_id",
    "asker_id",
    "opened_by_id",
    "added_by_id",
    "recorded_by_id",
    "uploader_id",
    "proposer_id",
)


@dataclass(frozen=True, kw_only=True)
class Place:
    """One row that holds prose. `excerpt`: what was found, with what stands before and after;
    empty for somebody's draft, which nobody else reads."""

    table: str
    number: int | str
    times: int = 0
    excerpt: tuple[str, str, str] = ("", "", "")
    question_id: int | None = None
    hypothesis_id: int | None = None
    project_id: int | None = None
    author_id: int | None = None
    draft: bool = False

    @property
    def key(self) -> str:
        """Its name in a form."""
        return f"{self.table}:{self.number}"

    @property
    def label(self) -> str:
        return _("Un brouillon") if self.draft else _(LABELS[self.table])


def swept() -> dict[Table, list[Column[Any]]]:
    """The columns of prose by table; HTML last, so that excerpts come from what was written."""
    return {
        table: sorted(columns, key=_is_html)
        for table in Base.metadata.sorted_tables
        if (columns := [column for column in table.columns if _holds_prose(column)])
    }


def find(words: Words) -> list[Place]:
    """Every row in which the words stand: one query a table. Raises `Refusal` when they stand
    nearly everywhere."""
    found: list[Place] = []
    for table, columns in swept().items():
        for row in _rows(table, columns, true()):
            texts = [row._mapping[column] for column in columns]
            written = [row._mapping[column] for column in columns if not _is_html(column)]
            if times := sum(map(words.count, written)) or sum(map(words.count, texts)):
                excerpt = next(cut for text in texts if (cut := words.excerpt(text)))
                found.append(Place(table=table.name, number=row[0], times=times, excerpt=excerpt))
        if len(found) > MOST:
            raise Refusal(
                _("Ces mots se trouvent à plus de %(num)s endroits.", num=MOST), field="words"
            )
    return [_placed(place) for place in found]


def of_question(question: Question) -> list[Place]:
    """Every row of the thread in which something is written, with its first words."""
    found = []
    for table, columns in swept().items():
        for row in _rows(table, columns, _in_thread(table, question.id)):
            texts = [text for column in columns for text in texts_in(row._mapping[column])]
            if start := next((" ".join(text.split()) for text in texts if text.strip()), ""):
                excerpt = (start[:BEGINNING], "", "")
                found.append(_placed(Place(table=table.name, number=row[0], excerpt=excerpt)))
    return found


def refs_of(places: Iterable[Place]) -> dict[int, str]:
    """The references of the questions on which they stand: one query."""
    ids = {place.question_id for place in places}
    rows = db.session.execute(select(Question.id, Question.ref).where(Question.id.in_(ids)))
    return {row.id: row.ref or "" for row in rows}


def strike(place: Place, words: Words) -> None:
    """Take the words out of the row."""

    def struck(column: Column[Any], value: Any) -> Any:
        if column.unique and words.count(value):
            return None
        return _mapped(value, lambda text: _clean(column, words.strike(text)))

    _change(place, struck)


def empty(place: Place) -> None:
    """Take everything out of the row that somebody wrote."""
    _change(place, _emptied)


def _holds_prose(column: Column[Any]) -> bool:
    return (
        isinstance(column.type, String | JSON | LargeBinary)
        and not isinstance(column.type, Enum)
        and column.name not in KEYS.get(column.table.name, ())
    )


def _is_html(column: Column[Any]) -> bool:
    return column.name.endswith("html")


def _key(table: Table) -> Column[Any]:
    (key,) = table.primary_key.columns
    return key


def _rows(
    table: Table, columns: list[Column[Any]], condition: ColumnElement[bool]
) -> Iterator[Row[*tuple[Any, ...]]]:
    key = _key(table)
    statement = select(key, *columns).where(condition).order_by(key)
    yield from db.rows(statement.execution_options(yield_per=500))


def _in_thread(table: Table, question_id: int) -> ColumnElement[bool]:
    """The rows that hang on a question; of letters, only ids do."""
    columns = table.columns
    hypotheses = select(Hypothesis.id).where(Hypothesis.question_id == question_id)
    projects = select(ProjectHypothesis.project_id).where(
        ProjectHypothesis.hypothesis_id.in_(hypotheses)
    )
    if table.name == "question":
        return columns.id == question_id
    if table.name == "project":
        return columns.id.in_(projects)
    if table.name == "letter":
        return false()
    if "question_id" in columns:
        return columns.question_id == question_id
    if "claim_id" in columns:
        claims = select(Claim.id).where(Claim.question_id == question_id)
        return columns.claim_id.in_(claims)
    if "hypothesis_id" in columns:
        return columns.hypothesis_id.in_(hypotheses)
    if "project_id" in columns:
        return columns.project_id.in_(projects)
    return false()


def _placed(place: Place) -> Place:
    """With the thread on which it stands, and who wrote it."""
    table = Base.metadata.tables[place.table]
    row = db.rows(select(table).where(_key(table) == place.number)).one()._mapping
    own: dict[str, Any] = {f"{place.table}_id": place.number}
    hypothesis_id, project_id, question_id = (
        own.get(name, row.get(name)) for name in ("hypothesis_id", "project_id", "question_id")
    )
    if "claim_id" in row:
        question_id = db.session.get_one(Claim, row["claim_id"]).question_id
    if question_id is None and project_id is not None:
        hypothesis = select(ProjectHypothesis.hypothesis_id).where(
            ProjectHypothesis.project_id == project_id
        )
        question_id = db.session.scalar(
            select(Hypothesis.question_id).where(Hypothesis.id.in_(hypothesis)).limit(1)
        )
    if question_id is None and hypothesis_id is not None:
        question_id = db.session.get_one(Hypothesis, hypothesis_id).question_id
    waiting = place.table == "mail_text" and bool(row["text"])
    if waiting or _in_draft(question_id):
        return replace(place, draft=True, excerpt=("", "", ""))
    return replace(
        place,
        question_id=question_id,
        hypothesis_id=hypothesis_id,
        project_id=project_id,
        author_id=next((row[name] for name in _AUTHORS if name in row), None),
    )


def _in_draft(question_id: int | None) -> bool:
    found = db.session.get(Question, question_id) if question_id is not None else None
    return found is not None and found.stage is Stage.DRAFT


def _change(place: Place, change: Callable[[Column[Any], Any], Any]) -> None:
    table = Base.metadata.tables[place.table]
    columns = swept()[table]
    this = _key(table) == place.number
    row = db.rows(select(*columns).where(this).with_for_update()).one()
    values = {column: change(column, row._mapping[column]) for column in columns}
    if table.name == "attachment":  # words cannot be struck out of a file
        values = dict.fromkeys(columns, "")
        values[table.columns.removed_at] = clock.now()
    if "version" in table.columns:
        values[table.columns.version] = table.columns.version + 1
    db.session.execute(update(table).where(this).values(values))


def _emptied(column: Column[Any], value: Any) -> Any:
    if column.unique:
        return None
    mark = f"<p>{MARK}</p>" if _is_html(column) else MARK
    return _mapped(value, lambda text: mark if text else text)


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    """The value with every text in it changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: _mapped(one, change) for name, one in value.items()}
    if isinstance(value, list):
        return [_mapped(one, change) for one in value]
    return value


def _clean(column: Column[Any], text: str) -> str:
    return tidy(text) if _is_html(column) else text
