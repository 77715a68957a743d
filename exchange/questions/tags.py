"""Tags: the concepts of the vocabulary that a question is about. They are proposed from its words,
and chosen by whoever asks and by moderators."""

import re
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from sqlalchemy import ColumnElement, String, func, select

from exchange.questions.content import Content
from exchange.questions.models import Question, QuestionTag
from exchange.vocabulary import current
from exchange.vocabulary.concepts import MOST_TAGS, Vocabulary

PROPOSED = 5
"""Tags proposed for a question that has none."""

_BETWEEN = re.compile(r"[;\n]|,(?!\d)")
"""What stands between two tags; «2,3-dioxygénase» is one."""


def proposed(content: Content) -> tuple[str, ...]:
    """What the title and the problem name, as keys of concepts."""
    found = current.in_force().about(f"{content.title}\n{content.problem}")
    return tuple(concept.key for concept in found[:PROPOSED])


def read(text: str) -> tuple[list[str], list[str]]:
    """The concepts that a person named, and the words that are no concept."""
    known: dict[str, None] = {}
    unknown = []
    for name in filter(None, map(str.strip, _BETWEEN.split(text))):
        concept = current.in_force().named(name)
        if concept is None:
            unknown.append(name)
        else:
            known[concept.key] = None
    return list(known), unknown


def put(question: Question, keys: Iterable[str]) -> bool:
    """Tag the question with these concepts, in their order; returns whether that changed anything.
    A tag whose concept is retired stays, unseen."""
    vocabulary = current.in_force().concepts
    wanted = [key for key in dict.fromkeys(keys) if key in vocabulary][:MOST_TAGS]
    seen = in_force(question.tags)
    if wanted == seen:
        return False
    kept = {tag.concept: tag for tag in question.tagged}
    unseen = [key for key in kept if key not in vocabulary]
    question.tagged = [kept.get(key) or QuestionTag(concept=key) for key in [*wanted, *unseen]]
    for place, tag in enumerate(question.tagged):
        tag.place = place
    return True


def in_force(keys: Iterable[str]) -> list[str]:
    """Those that the vocabulary holds today."""
    return [key for key in keys if key in current.in_force().concepts]


def labelled(keys: Collection[str], lang: str) -> tuple[tuple[str, str], ...]:
    """Tags to show: key and label."""
    return tuple(current.in_force().labels(keys, lang)) if keys else ()


def options(lang: str) -> dict[str, str]:
    """Every tag there can be, with its label."""
    return _options(current.in_force(), lang)


@lru_cache(maxsize=8)
def _options(vocabulary: Vocabulary, lang: str) -> dict[str, str]:
    return dict(vocabulary.labels(vocabulary.concepts, lang))


def told() -> ColumnElement[str]:
    """The tags of a question, as a column that `of_column` reads."""
    return (
        select(
            func.aggregate_strings(QuestionTag.place.cast(String) + ":" + QuestionTag.concept, " ")
        )
        .where(QuestionTag.question_id == Question.id)
        .correlate(Question)
        .scalar_subquery()
    )


def of_column(text: str | None) -> Sequence[str]:
    """Keys in their order, from what `told` reads."""
    placed = (word.partition(":") for word in (text or "").split())
    return [key for _place, _colon, key in sorted(placed, key=lambda one: int(one[0]))]
