"""What the desk proposes beside a question: what it is about, who could take it, what resembles it.

Everything comes from the vocabulary of search and from what teams say of themselves.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import select

from exchange import db
from exchange.people.models import Area, Institution, Team, TeamKind, User
from exchange.questions.models import TEXT_FIELDS, Question
from exchange.search import queries as searching
from exchange.search.index import Index
from exchange.search.queries import Found
from exchange.vocabulary import current
from exchange.vocabulary.concepts import GENERAL, MOST_TAGS, Concept, Vocabulary

RESEMBLES = 0.25
"""The least another question scores, as a share of what the question itself scores, to be worth
showing. Of the French pairs of `tests/bench/similar.py` set among 750 questions, 95 % of the twins
pass, and 40 % of the three nearest others."""
MOST_NEAR = 5

MOST_TEAMS = 4


@dataclass(frozen=True)
class Match:
    """A laboratory whose expertise meets the question, and on what."""

    slug: str
    name: str
    institution: str
    on: list[str]


def tags(question: Question) -> list[Concept]:
    """What the whole text of the question names and is not among its tags."""
    found = current.in_force().about(_text(question))
    return [concept for concept in found if concept.key not in question.tags][:MOST_TAGS]


def area(near: Sequence[Found], question: Question) -> Area | None:
    """The area of most of what resembles it, when it is another than the asker's choice."""
    votes = Counter(one.area for one in near)
    if len(near) < 2 or not votes:
        return None
    found, count = votes.most_common(1)[0]
    return Area(found) if count * 2 > len(near) and found != question.area.value else None


def teams(question: Question) -> list[Match]:
    """Laboratories that say they know what the question is about, the closest first: one query."""
    vocabulary = current.in_force()
    tagged = {key for tag in question.tags for key in vocabulary.with_broader(tag)}
    wanted = _concepts(vocabulary, _text(question)) | tagged
    if not wanted:
        return []
    rows = db.session.execute(
        select(Team.slug, Team.name, Team.expertise, Team.techniques, Team.areas, Institution.short)
        .join(Institution, Institution.id == Team.institution_id)
        .where(Team.kind == TeamKind.LAB)
        .order_by(db.by_name(Team.name), Team.id)
    )
    found = [
        (len(shared) + (question.area.value in row.areas) / 2, row, shared)
        for row in rows
        if (shared := wanted & _concepts(vocabulary, "\n".join([*row.expertise, *row.techniques])))
    ]
    found.sort(key=lambda one: -one[0])
    return [
        Match(slug=row.slug, name=row.name, institution=row.short, on=_labels(shared, question))
        for _closeness, row, shared in found[:MOST_TEAMS]
    ]


def near(question: Question, index: Index, *, reader: User) -> list[Found]:
    """The questions that resemble it, the nearest first: two queries. One that the index does not
    know yet has no measure of itself, and is shown with all that was found."""
    found = searching.similar(
        index, question.problem, reader=reader, title=question.title, limit=MOST_NEAR + 1
    )
    itself = next((one.score for one in found if one.ref == question.ref), 0.0)
    others = [one for one in found if one.ref != question.ref]
    return [one for one in others if one.score >= RESEMBLES * itself][:MOST_NEAR]


def _text(question: Question) -> str:
    return "\n".join([question.title, *(getattr(question, name) for name in TEXT_FIELDS)])


@lru_cache(maxsize=2_000)
def _concepts(vocabulary: Vocabulary, text: str) -> frozenset[str]:
    """What a text names, with what is broader; everyday clinical words say nothing of a team."""
    return frozenset(
        key
        for concept in vocabulary.concepts_in(text)
        if concept.category != GENERAL
        for key in vocabulary.with_broader(concept.key)
    )


def _labels(keys: frozenset[str], question: Question) -> list[str]:
    labels = current.in_force().labels(sorted(keys), question.language)
    return [label for _key, label in labels][:3]
