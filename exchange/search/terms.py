"""What is indexed of a text, and what a text asks of the index: the same features for both."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

from exchange.search.analysis import STOP_WORDS, tokens
from exchange.search.vocabulary import Vocabulary

_PAIRS = 1 << 20
"""Neighbouring words are kept as a number below this: it bounds the lexicon, and a collision only
matters beside a document that holds both words anyway."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The features of a text.

    ``concepts`` are named in the text, ``broader`` only implied by them.
    """

    words: frozenset[str]
    pairs: frozenset[str]
    concepts: frozenset[str]
    broader: frozenset[str]


def terms_of(text: str, vocabulary: Vocabulary) -> Terms:
    """The features of the text; stop words count for nothing."""
    words = [token.key for token in tokens(text) if token.word not in STOP_WORDS]
    concepts = {
        concept.key for mention in vocabulary.mentions(text) for concept in mention.concepts
    }
    broader = {key for concept in concepts for key in vocabulary.with_broader(concept)}
    return Terms(
        words=frozenset(words),
        pairs=frozenset(pairs_of(words)),
        concepts=frozenset(concepts),
        broader=frozenset(broader - concepts),
    )


def pairs_of(words: Iterable[str]) -> list[str]:
    """Each word with the next one, as the index names them."""
    return [
        format(crc32(f"{one} {other}".encode()) % _PAIRS, "x") for one, other in pairwise(words)
    ]
