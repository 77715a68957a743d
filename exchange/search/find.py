"""Full-text search: every word of the query has to be there, in any inflection or language.

The query knows words and "phrases", nothing else: operators would be typed by accident, and made
the search engine's own parser spend seconds on ``?*?*``.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import reduce
from heapq import nlargest
from math import log

from exchange.search.segments import Reading, Segment
from exchange.search.terms import pairs_of
from exchange.vocabulary.analysis import STOP_WORDS, Token, fold, tokens
from exchange.vocabulary.concepts import Vocabulary

_PHRASE = re.compile(r"[\"“”„«]([^\"“”„«»]+)[\"“”»]")
_MOST_WORDS = 24
_IN_TITLE, _IN_TEXT, _IN_COMMENTS = 2.0, 1.0, 0.6
_MOST_CORRECTIONS = 4
_LONGEST_ABBREVIATION = 5


@dataclass
class Wanted:
    """One thing the query asks for: all the words (and their pairs, in a phrase), or a concept."""

    words: list[str] = field(default_factory=list)
    pairs: list[str] = field(default_factory=list)
    concepts: list[str] = field(default_factory=list)
    instead: list[str] = field(default_factory=list)

    def documents(self, segment: Segment) -> dict[int, float]:
        """The documents of the segment that have it, with how prominently they do."""
        found = dict.fromkeys(self._all(segment, "more"), _IN_COMMENTS)
        for key in self.concepts:
            found |= dict.fromkeys(segment.postings("more", f"c:{key}"), _IN_COMMENTS)
        for key in self.concepts:
            for source in ("broader", "concepts"):
                found |= dict.fromkeys(segment.postings(source, key), _IN_TEXT)
        found |= dict.fromkeys(self._all(segment, "words"), _IN_TEXT)
        found |= dict.fromkeys(self._all(segment, "title"), _IN_TITLE)
        for word in self.instead:
            found |= dict.fromkeys(segment.postings("words", word), _IN_TEXT)
        return found

    def _all(self, segment: Segment, where: str) -> Collection[int]:
        if not self.words:
            return ()
        pairs_field, mark = ("more", "2:") if where == "more" else ("pairs", "")
        needed = [segment.postings(where, word) for word in self.words]
        needed += [segment.postings(pairs_field, mark + pair) for pair in self.pairs]
        if len(needed) == 1:
            return needed[0]
        needed.sort(key=len)
        return reduce(lambda one, other: one & set(other), needed[1:], set(needed[0]))

    def correct(self, reading: Reading) -> bool:
        """Let near words do when no document has this one; whether any was found."""
        if len(self.words) == 1 and not self.concepts and not self.pairs:
            word = self.words[0]
            slips = 1 if len(word) < 8 else 2
            self.instead = reading.near(word, slips=slips)[:_MOST_CORRECTIONS]
        return bool(self.instead)


def wanted(text: str, vocabulary: Vocabulary) -> list[Wanted]:
    """What the query asks for, in order; empty when it says nothing."""
    asked: list[Wanted] = []
    loose = text
    for phrase in _PHRASE.finditer(text):
        loose = loose.replace(phrase[0], "\n", 1)
        words = [token.key for token in _telling(list(tokens(phrase[1])))]
        if words:
            asked.append(Wanted(words=words, pairs=pairs_of(words)))
    return (list(_loose(loose, vocabulary)) + asked)[:_MOST_WORDS]


def _telling(words: list[Token]) -> list[Token]:
    """The words without stop words, unless the query has no other."""
    return [token for token in words if token.word not in STOP_WORDS] or words


def _loose(text: str, vocabulary: Vocabulary) -> Iterator[Wanted]:
    words = list(tokens(text))
    reached = 0
    mentions = sorted(vocabulary.mentions(text), key=lambda m: (m.start, -m.end))
    telling = _telling(words)
    spans: list[tuple[int, int, list[str]]] = []
    for mention in mentions:
        if mention.start >= reached:
            reached = mention.end
            spans.append((mention.start, mention.end, [c.key for c in mention.concepts]))
    for start, end, concepts in spans:
        named = [token for token in telling if start <= token.start and token.end <= end]
        yield Wanted(words=[token.key for token in named], concepts=concepts)
    for chunk in re.finditer(r"\S+", text):
        inside = [
            token
            for token in telling
            if chunk.start() <= token.start < chunk.end()
            and not any(start <= token.start < end for start, end, _ in spans)
        ]
        if inside:
            keys = [token.key for token in inside]
            yield Wanted(words=keys, pairs=pairs_of(keys), concepts=_hurried(chunk[0], vocabulary))


def _hurried(word: str, vocabulary: Vocabulary) -> list[str]:
    """What an abbreviation typed in small letters ("led", "pr") stands for; nothing for others."""
    if len(word) > _LONGEST_ABBREVIATION or fold(word) in STOP_WORDS:
        return []
    return [c.key for mention in vocabulary.mentions(word.upper()) for c in mention.concepts]


def best(
    reading: Reading,
    asked: list[Wanted],
    *,
    kinds: Collection[str] | None,
    limit: int,
    loosely: bool = False,
) -> list[tuple[float, Segment, int]]:
    """The documents that have all of it; if none has, or `loosely`, those that have most of it."""
    everything = [[wish.documents(segment) for wish in asked] for segment in reading.segments]
    counts = [sum(map(len, column)) for column in zip(*everything, strict=True)] or [0] * len(asked)
    for place, wish in enumerate(asked):
        if not counts[place] and wish.correct(reading):
            for segment, columns in zip(reading.segments, everything, strict=True):
                columns[place] = wish.documents(segment)
            counts[place] = sum(len(columns[place]) for columns in everything)
    weights = [log(1 + reading.size / (1 + count)) for count in counts]
    for meet in (_union,) if loosely else (_intersection, _union):
        found: list[tuple[float, Segment, int]] = []
        for segment, columns in zip(reading.segments, everything, strict=True):
            numbers = meet(columns) - segment.deleted
            if kinds is not None:
                masks = [segment.of_kind(kind) for kind in kinds]
                numbers = {n for n in numbers if any(mask[n] for mask in masks)}
            found += _ranked(segment, numbers, columns, weights, reading.average_length, limit)
        if found:
            return nlargest(limit, found, key=lambda hit: hit[0])
    return []


def _intersection(columns: list[dict[int, float]]) -> set[int]:
    first, *rest = sorted(columns, key=len)
    return reduce(lambda one, other: one & other.keys(), rest, set(first))


def _union(columns: list[dict[int, float]]) -> set[int]:
    return set().union(*columns)


def _ranked(
    segment: Segment,
    numbers: set[int],
    columns: list[dict[int, float]],
    weights: list[float],
    average: float,
    limit: int,
) -> list[tuple[float, Segment, int]]:
    pairs = list(zip(columns, weights, strict=True))
    lengths = segment.lengths
    scored = (
        (
            sum(weight * column.get(number, 0.0) for column, weight in pairs)
            / (0.75 + 0.25 * lengths[number] / average),
            number,
        )
        for number in numbers
    )
    return [(score, segment, number) for score, number in nlargest(limit, scored)]
