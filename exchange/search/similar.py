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
from heapq import nlargest, nsmallest
from math import log

from exchange.search.segments import Reading, Segment
from exchange.search.terms import Terms, terms_of
from exchange.vocabulary.concepts import GENERAL, Vocabulary

_SENTENCE = re.compile(r"(?<=[.?!…])\s+|\n+")
_ASKS = re.compile(r"\?\s*$|\?[\"”»)\s]*$")

_WEIGHTS = {"roots": 0.3, "pairs": 0.25, "concepts": 1.4, "broader": 0.4}
_GENERAL = 0.8  # an everyday clinical concept, against one of immunology
_STORY = 0.3  # a word of any patient's story
_NAMING = 0.3  # a word that names a concept, which counts beside it
_IN_TITLE = 0.25
_NARROWER = 0.8  # a concept of the query that is only implied by a narrower one in the document
_SAID_BROADLY = 1.5  # the other way round, on top of the weight of a broader concept
_RAREST = 7.0
_STEEP = 2.0
_ASKED = 1.5
_MISSPELT = 0.6
_SMOOTHING = 0.3  # of the average length
_BEYOND = 0.12  # how much the words a long document has beyond the query's number count against it

_MOST_TERMS = 64
_MOST_POSTINGS = 120_000
_MOST_CORRECTED = 12
_LONG_WORD = 9  # from this many letters on, two slips are looked for
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
        for feature, share in _features(terms_of(sentence, vocabulary), vocabulary):
            emphasis[feature] = max(weight * share, emphasis.get(feature, 0.0))
    return Query(emphasis, sum(field == "words" for field, _ in emphasis))


def _features(terms: Terms, vocabulary: Vocabulary) -> Iterator[tuple[tuple[str, str], float]]:
    for key in terms.words:
        share = _STORY if key in terms.story else 1.0
        yield ("words", key), _NAMING if key in terms.naming else share
    for key in terms.roots:
        yield ("roots", key), _WEIGHTS["roots"]
    for key in terms.pairs - terms.story:
        yield ("pairs", key), _WEIGHTS["pairs"]
    for field in ("concepts", "broader"):
        for key in getattr(terms, field):
            general = vocabulary.concepts[key].category == GENERAL
            yield (field, key), _WEIGHTS[field] * (_GENERAL if general else 1.0)


def nearest(
    reading: Reading, query: Query, *, limit: int, exclude: str | None
) -> list[tuple[float, Segment, int]]:
    """The documents of kind "question" nearest to the query: score, segment and number. The score
    is a share of what a question in the very words of the query would have."""
    weighed = _affordable(_weighed(reading, query))
    smoothing = _SMOOTHING * reading.average_length
    whole = _whole(reading, query) / max(smoothing + query.words, 1.0)
    best: list[tuple[float, Segment, int]] = []
    for segment in reading.segments:
        questions = segment.of_kind("question")
        left_out = segment.deleted.union(segment.postings("ref", exclude) if exclude else ())
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
            if questions[number] and number not in left_out
        )
        best += ((score, segment, number) for score, number in nlargest(limit, scores))
    nearest = nlargest(limit, best, key=lambda hit: hit[0])
    return [(score / whole, segment, number) for score, segment, number in nearest]


def _whole(reading: Reading, query: Query) -> float:
    """What all the features of the query weigh together."""
    return sum(
        weight * _evidence(reading.frequency(field, key), reading.size)
        for (field, key), weight in query.emphasis.items()
    )


Weighed = list[tuple[float, int, str, str]]


def _weighed(reading: Reading, query: Query) -> Weighed:
    """Each term with its weight and how many documents hold it, the heaviest first."""
    found: Weighed = []
    rare: list[tuple[int, int, str, float]] = []
    for (field, key), weight in query.emphasis.items():
        frequency = reading.frequency(field, key)
        found.append((weight * _evidence(frequency, reading.size), frequency, field, key))
        for other, share in _ELSEWHERE.get(field, ()):
            held = reading.frequency(other, key)
            evidence = _evidence(frequency + held, reading.size)
            found.append((share * weight * evidence, held, other, key))
        if field == "words" and frequency < _COMMON:
            rare.append((frequency, -len(key), key, weight))
    for _, _, key, weight in nsmallest(_MOST_CORRECTED, rare):
        for near in reading.near(key, slips=1 if len(key) < _LONG_WORD else 2)[:3]:
            held = reading.frequency("words", near)
            evidence = _evidence(held, reading.size)
            found.append((_MISSPELT * weight * evidence, held, "words", near))
    return sorted((term for term in found if term[1]), reverse=True)


_ELSEWHERE = {
    "words": (("title", _IN_TITLE),),
    "concepts": (("broader", _NARROWER),),
    "broader": (("concepts", _SAID_BROADLY),),
}


def _evidence(frequency: int, size: int) -> float:
    """The square of BM25's inverse document frequency (Robertson and Zaragoza, 2009), which is
    capped: one word that nobody else uses must not outweigh three that are shared."""
    inverse = log(1 + max(0.0, size - frequency + 0.5) / (frequency + 0.5))
    return float(min(inverse, _RAREST) ** _STEEP)


def _affordable(weighed: Weighed) -> Weighed:
    """The heaviest terms, as many as can be read in the time a typing person waits."""
    left = _MOST_POSTINGS
    chosen: Weighed = []
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
