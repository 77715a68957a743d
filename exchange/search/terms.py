"""What is indexed of a text, and what a text asks of the index: the same features for both."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

from exchange.vocabulary.analysis import STOP_WORDS, STORY_WORDS, Token, tokens
from exchange.vocabulary.concepts import Vocabulary

_PAIRS = 1 << 20
"""Neighbouring words are kept as a number below this: it bounds the lexicon, and a collision only
matters beside a document that holds both words anyway."""


_ROOT = 5


@dataclass(frozen=True, slots=True)
class Terms:
    """The features of a text.

    ``concepts`` are named in the text, ``broader`` only implied by them; ``naming`` are the words
    that name a concept, ``story`` ages, numbers and what any story is told
    with, and the pairs of two of these; ``roots`` are the beginnings of longer words ("autis" of "autistic" and
    "autism"), which join what the light stemmer leaves apart.
    """

    words: frozenset[str]
    naming: frozenset[str]
    story: frozenset[str]
    roots: frozenset[str]
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
        story=_story(found),
        roots=frozenset(
            token.key[:_ROOT]
            for token in found
            if len(token.key) >= _ROOT and not _tells_story(token)
        ),
        pairs=frozenset(pairs_of(token.key for token in found)),
        concepts=frozenset(concepts),
        broader=frozenset(broader - concepts),
    )


def _story(found: list[Token]) -> frozenset[str]:
    words = {token.key for token in found if _tells_story(token)}
    pairs = {
        pair
        for one, other in pairwise(found)
        if _tells_story(one) and _tells_story(other)
        for pair in pairs_of((one.key, other.key))
    }
    return frozenset(words | pairs)


def _tells_story(token: Token) -> bool:
    return token.word.isdigit() or token.word in STORY_WORDS


def pairs_of(words: Iterable[str]) -> list[str]:
    """Each word with the next one, as the index names them."""
    return [
        format(crc32(f"{one} {other}".encode()) % _PAIRS, "x") for one, other in pairwise(words)
    ]
