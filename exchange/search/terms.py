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

    ``concepts`` are named in the text, ``broader`` only implied by them; ``naming`` are the words
    that name a concept.
    """

    words: frozenset[str]
    naming: frozenset[str]
    pairs: frozenset[str]
    concepts: frozenset[str]
    broader: frozenset[str]


def terms_of(text: str, vocabulary: Vocabulary) -> Terms:
    """The features of the text; stop words count for nothing."""
    found = [token for token in tokens(text) if token.word not in STOP_WORDS]
    mentions = vocabulary.mentions(text)
    covered = {place for m in mentions for place in range(m.start, m.end)}
    concepts = {concept.key for mention in mentions for concept in mention.concepts}
    broader = {key for concept in concepts for key in vocabulary.with_broader(concept)}
    return Terms(
        words=frozenset(token.key for token in found),
        naming=frozenset(token.key for token in found if token.start in covered),
        pairs=frozenset(pairs_of(token.key for token in found)),
        concepts=frozenset(concepts),
        broader=frozenset(broader - concepts),
    )


def pairs_of(words: Iterable[str]) -> list[str]:
    """Each word with the next one, as the index names them."""
    return [
        format(crc32(f"{one} {other}".encode()) % _PAIRS, "x") for one, other in pairwise(words)
    ]
