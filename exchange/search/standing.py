"""A search that somebody keeps, held against one new question: the words are read as search reads
them, and all have to be there. Near words and comments do not count."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from exchange.search.find import Wanted
from exchange.search.terms import terms_of
from exchange.vocabulary.concepts import Vocabulary


@dataclass(frozen=True)
class Features:
    """What a question has. `concepts`: named, tagged, or broader than one of these."""

    words: frozenset[str]
    pairs: frozenset[str]
    concepts: frozenset[str]


def features(text: str, tags: Iterable[str], vocabulary: Vocabulary) -> Features:
    """As the index keeps them."""
    found = terms_of(text, vocabulary)
    tagged = {key for tag in tags for key in vocabulary.with_broader(tag)}
    return Features(found.words, found.pairs, found.concepts | found.broader | tagged)


def fits(asked: Sequence[Wanted], question: Features) -> bool:
    """Whether the question has all that is asked; nothing fits what asks nothing."""
    return bool(asked) and all(_has(wish, question) for wish in asked)


def _has(wish: Wanted, question: Features) -> bool:
    if not question.concepts.isdisjoint(wish.concepts):
        return True
    return (
        bool(wish.words)
        and question.words.issuperset(wish.words)
        and question.pairs.issuperset(wish.pairs)
    )
