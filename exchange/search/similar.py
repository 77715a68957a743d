"""Which questions ask the same thing: the ranking behind "similar questions".

A long wording has to meet a short one, in either direction, and nobody repeats the same words. So
rare words count most (the square of their weight of evidence), the words of the question itself
more than the story around it, and what the vocabulary recognises counts beside the words, which is
what carries a meaning from French to English. The sum is set against how much the shorter of the
two texts says: a short question wholly contained in a long one is its twin, not a weak match.

The weights were tuned on one half of the pairs of ``tests/bench/similar.py``, which prints what
they give on the other half.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nlargest
from math import log

from exchange.search.segments import Reading, Segment
from exchange.search.terms import Terms, terms_of
from exchange.search.vocabulary import Vocabulary

_SENTENCE = re.compile(r"(?<=[.?!…])\s+|\n+")
_ASKS = re.compile(r"\?\s*$|\?[\"”»)\s]*$")

_WEIGHTS = {"words": 1.0, "pairs": 0.5, "concepts": 0.8, "broader": 0.3}
_IN_TITLE = 0.25
_OTHER_LEVEL = 0.5  # a concept of one text that is only implied by the other
_ASKED = 1.5
_MISSPELT = 0.6
_SMOOTHING = 0.3  # of the average length
_BEYOND = 0.05  # how much the words a long document has beyond the query's number count against it

_MOST_TERMS = 64
_MOST_POSTINGS = 120_000
_MOST_CORRECTED = 12
_COMMON = 12  # with this many documents, a word is no misspelling of another


@dataclass(frozen=True, slots=True)
class Query:
    """The features of a question, by field and key, with their emphasis."""

    emphasis: dict[tuple[str, str], float]
    words: int
    """How many different words it has."""


def asked(text: str, title: str, vocabulary: Vocabulary) -> Query:
    """What to look for to find the twin of a question, of which either part may be empty."""
    emphasis: dict[tuple[str, str], float] = {}
    for sentence in (title, *_SENTENCE.split(text)):
        weight = _ASKED if sentence == title or _ASKS.search(sentence) else 1.0
        for feature in _features(terms_of(sentence, vocabulary)):
            emphasis[feature] = max(weight, emphasis.get(feature, 0.0))
    return Query(emphasis, sum(field == "words" for field, _ in emphasis))


def _features(terms: Terms) -> Iterator[tuple[str, str]]:
    for field in _WEIGHTS:
        for key in getattr(terms, field):
            yield field, key


def nearest(
    reading: Reading, query: Query, *, limit: int, exclude: str | None
) -> list[tuple[float, Segment, int]]:
    """The documents of kind "question" nearest to the query: score, segment and number."""
    weighed = _affordable(_weighed(reading, query))
    smoothing = _SMOOTHING * reading.average_length
    best: list[tuple[float, Segment, int]] = []
    for segment in reading.segments:
        allowed = set(segment.postings("kind", "question")) - segment.deleted
        if exclude:
            allowed.difference_update(segment.postings("ref", exclude))
        lengths = segment.lengths
        scores = (
            (
                score
                / (
                    smoothing
                    + min(query.words, lengths[number])
                    + _BEYOND * max(0, lengths[number] - query.words)
                ),
                number,
            )
            for number, score in _sums(segment, weighed).items()
            if number in allowed
        )
        best += ((score, segment, number) for score, number in nlargest(limit, scores))
    return nlargest(limit, best, key=lambda hit: hit[0])


Weighed = list[tuple[float, int, str, str]]


def _weighed(reading: Reading, query: Query) -> Weighed:
    """Each term with its weight and how many documents hold it, the heaviest first."""
    found: Weighed = []
    corrections = 0
    for (field, key), emphasis in sorted(query.emphasis.items()):
        weight = emphasis * _WEIGHTS[field]
        frequency = reading.frequency(field, key)
        if frequency:
            evidence = weight * _evidence(frequency, reading.size) ** 2
            found.append((evidence, frequency, field, key))
        for other, share in _LEVELS.get(field, ()):
            held = reading.frequency(other, key)
            if held:
                evidence = (
                    share
                    * emphasis
                    * _WEIGHTS[field]
                    * _evidence(frequency + held, reading.size) ** 2
                )
                found.append((evidence, held, other, key))
        if field == "words" and frequency < _COMMON and corrections < _MOST_CORRECTED:
            corrections += 1
            for near in reading.near(key, slips=1)[:3]:
                held = reading.frequency(field, near)
                evidence = _MISSPELT * weight * _evidence(held, reading.size) ** 2
                found.append((evidence, held, field, near))
    return sorted(found, reverse=True)


_LEVELS = {
    "words": (("title", _IN_TITLE),),
    "concepts": (("broader", _OTHER_LEVEL),),
    "broader": (("concepts", _OTHER_LEVEL),),
}


def _evidence(frequency: int, size: int) -> float:
    """The inverse document frequency of BM25 (Robertson and Zaragoza, 2009), never negative."""
    return log(1 + (size - frequency + 0.5) / (frequency + 0.5)) if frequency <= size else 0.0


def _affordable(weighed: Weighed) -> Weighed:
    """The heaviest terms, as many as can be read in the time a typing person waits."""
    left = _MOST_POSTINGS
    chosen = []
    for term in weighed[:_MOST_TERMS]:
        left -= term[1]
        if left < 0 and chosen:
            break
        chosen.append(term)
    return chosen


def _sums(segment: Segment, weighed: Weighed) -> dict[int, float]:
    sums: dict[int, float] = {}
    known = sums.get
    for weight, _, field, key in weighed:
        for number in segment.postings(field, key):
            sums[number] = known(number, 0.0) + weight
    return sums
