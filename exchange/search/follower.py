"""Keeping the index true to the database: it follows the log with a bookmark of its own, inside
the index directory, because each host has its own index. The index is disposable."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from sqlalchemy import func, or_, select
from sqlalchemy.orm import selectinload

from exchange import db
from exchange.discussion.models import Comment
from exchange.log.models import Event
from exchange.questions.facts import Redacted
from exchange.questions.models import TEXT_FIELDS, Question, Stage
from exchange.research.models import Hypothesis, Project, ProjectHypothesis
from exchange.search.index import Document, Hit, Index
from exchange.vocabulary import current
from exchange.vocabulary import queries as vocabulary
from exchange.vocabulary.facts import ConceptChanged

BATCH = 500
"""Events read at once, and documents written in one commit of the index."""


class SearchFollower:
    """The one writer of this host's index."""

    def __init__(self, directory: Path) -> None:
        self.index = Index(directory)
        self.told = False
        """Whether this host's vocabulary is that of the database."""

    def advance(self) -> int:
        """Index what changed since the bookmark; returns how many events were read."""
        if self.index.needs_rebuild:
            return self.rebuild()
        if not self.told:
            self._publish()
        start = self.index.bookmark()
        events = db.session.execute(
            select(Event.id, Event.kind, Event.question_id, Event.data)
            .where(Event.id > start)
            .order_by(Event.id)
            .limit(BATCH)
        ).all()
        if not events:
            db.session.rollback()
            return 0
        touched = {row.question_id for row in events if row.question_id is not None}
        concepts = {row.data["concept"] for row in events if row.kind == ConceptChanged.kind}
        if concepts:
            named = self._named(concepts)
            if named is None:
                return self.rebuild()
            touched |= named
        put = list(_documents_of(touched))
        drop = set(_refs_of(touched)) - {document.ref for document in put}
        if any(row.kind == Redacted.kind for row in events):
            self.index.write(put=put, drop=drop)
            self.index.compact()  # before the bookmark: a crash must not leave the words behind
            put, drop = [], set()
        self.index.write(put=put, drop=drop, bookmark=events[-1].id)
        db.session.rollback()
        return len(events)

    def catch_up(self) -> None:
        """Index everything there is to index."""
        while self.advance():
            pass

    def rebuild(self, progress: Callable[[int], None] | None = None) -> int:
        """Make the index anew; returns how many documents it holds."""
        last = db.session.scalar(select(func.max(Event.id))) or 0
        self._publish()
        counted = _Count(progress)
        self.index.rebuild(counted.through(_everything()), bookmark=last)
        db.session.rollback()
        return counted.done

    def _publish(self) -> None:
        current.publish(self.index.directory, *vocabulary.changes())
        self.told = True

    def _named(self, concepts: set[str]) -> set[int] | None:
        """Put changed concepts in force; returns the questions on whose threads they are or were
        named, None when all have to be read again."""
        self._publish()
        found: set[int] = set()
        for key in concepts:
            concept = self.index.vocabulary.concepts.get(key)
            hits = self.index.naming(key, concept.names if concept else [key])
            if hits is None:
                return None
            found |= set(_questions_of(hits))
        return found


class _Count:
    """Counts what passes through."""

    def __init__(self, progress: Callable[[int], None] | None) -> None:
        self.done = 0
        self.progress = progress

    def through(self, documents: Iterable[Document]) -> Iterator[Document]:
        for document in documents:
            self.done += 1
            if self.progress:
                self.progress(self.done)
            yield document


def _questions_of(hits: list[Hit]) -> Iterator[int]:
    """The questions on which these documents hang."""
    of = {kind: {hit.id for hit in hits if hit.kind == kind} for kind in _KINDS}
    yield from of["question"]
    hypotheses = select(ProjectHypothesis.hypothesis_id).where(
        ProjectHypothesis.project_id.in_(of["project"])
    )
    yield from db.session.scalars(
        select(Hypothesis.question_id).where(
            or_(Hypothesis.id.in_(of["hypothesis"]), Hypothesis.id.in_(hypotheses))
        )
    )


_KINDS = ("question", "hypothesis", "project")


def _everything() -> Iterator[Document]:
    """Every document, by slices of ids so that memory stays flat."""
    last = 0
    while ids := db.session.scalars(
        select(Question.id).where(Question.id > last).order_by(Question.id).limit(BATCH)
    ).all():
        last = ids[-1]
        yield from _documents_of(set(ids))
        db.session.expunge_all()


def _refs_of(question_ids: set[int]) -> Iterator[str]:
    """Every reference that hangs on these questions, to be dropped when no longer indexed."""
    yield from (
        ref
        for ref in db.session.scalars(select(Question.ref).where(Question.id.in_(question_ids)))
        if ref
    )


def _documents_of(question_ids: set[int]) -> Iterator[Document]:
    """The question, its hypotheses and projects, as they are now. Drafts are never indexed."""
    questions = db.session.scalars(
        select(Question)
        .where(Question.id.in_(question_ids), Question.stage != Stage.DRAFT)
        .options(selectinload(Question.tagged))
    ).all()
    comments = _comments_of(question_ids)
    for question in questions:
        yield Document(
            ref=question.ref or "",
            kind="question",
            id=question.id,
            title=question.title,
            body="\n".join(getattr(question, name) for name in TEXT_FIELDS),
            more="\n".join(comments.get(question.id, ())),
            lang=question.language,
            tags=tuple(question.tags),
        )
    yield from _hypotheses_of(question_ids)
    yield from _projects_of(question_ids)


def _comments_of(question_ids: set[int]) -> dict[int, list[str]]:
    """The public discussion; what stands under a hypothesis or a project stays out."""
    found: dict[int, list[str]] = {}
    for question_id, text in db.session.execute(
        select(Comment.question_id, Comment.text)
        .where(
            Comment.question_id.in_(question_ids),
            Comment.hypothesis_id.is_(None),
            Comment.project_id.is_(None),
            Comment.hidden_at.is_(None),
        )
        .order_by(Comment.id)
    ):
        found.setdefault(question_id, []).append(text)
    return found


def _hypotheses_of(question_ids: set[int]) -> Iterator[Document]:
    for hypothesis in db.session.scalars(
        select(Hypothesis).where(Hypothesis.question_id.in_(question_ids))
    ):
        yield Document(
            ref=hypothesis.ref,
            kind="hypothesis",
            id=hypothesis.id,
            title=hypothesis.statement,
            body="\n".join((hypothesis.rationale, hypothesis.prediction, hypothesis.plan)),
            more="",
            lang="fr",
        )


def _projects_of(question_ids: set[int]) -> Iterator[Document]:
    of_questions = (
        select(ProjectHypothesis.project_id)
        .join(Hypothesis, Hypothesis.id == ProjectHypothesis.hypothesis_id)
        .where(Hypothesis.question_id.in_(question_ids))
    )
    for project in db.session.scalars(select(Project).where(Project.id.in_(of_questions))):
        yield Document(
            ref=project.ref,
            kind="project",
            id=project.id,
            title=project.title,
            body=project.summary,
            more=project.answer,
            lang="fr",
        )
