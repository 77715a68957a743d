"""Why a result was found: the words of the query marked in an extract of the text.

The text comes from the database, after the check of who may read it, never from the index. What is
marked is what the search compares: another accent, plural or language does not hide a match.
"""

from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup, escape

from exchange.vocabulary import current
from exchange.vocabulary.analysis import ELISION, STOP_WORDS, TOKEN, fold, key, tokens

_SCANNED = 20_000
"""Code points of a text that are looked at; an extract is no reading."""

_MARK = Markup("<mark>{}</mark>")
_BEFORE, _AFTER = Markup("… "), Markup(" …")


@dataclass(frozen=True, slots=True)
class _Marker:
    """The keys a query is about, and the names of its concepts by the first of their keys."""

    keys: frozenset[str]
    names: dict[str, list[tuple[str, ...]]]


def highlight(text: str, query: str, *, width: int = 240) -> Markup:
    """About ``width`` code points of ``text`` around its best matches, escaped, with ``<mark>``.

    The beginning of the text when nothing matches.
    """
    spans = _spans(text[:_SCANNED], _marker(query))
    start, end = _window(text, spans, width)
    parts = [_BEFORE] if start else []
    reached = start
    for first, last in spans:
        if start <= first and last <= end:
            parts += [escape(text[reached:first]), _MARK.format(text[first:last])]
            reached = last
    parts += [escape(text[reached:end])] + [_AFTER] * (end < len(text))
    return Markup("").join(parts)


@lru_cache(maxsize=64)
def _marker(query: str) -> _Marker:
    asked = list(tokens(query))
    keys = {token.key for token in asked if token.word not in STOP_WORDS}
    names: dict[str, list[tuple[str, ...]]] = {}
    vocabulary = current.in_force()
    for concept in vocabulary.concepts_in(query):
        for sequence in vocabulary.sequences(concept.key):
            names.setdefault(sequence[0], []).append(sequence)
    return _Marker(frozenset(keys or {token.key for token in asked}), names)


def _spans(text: str, marker: _Marker) -> list[tuple[int, int]]:
    """Where the text says what the marker is about, in order and apart from each other."""
    ties = {match.start() for match in ELISION.finditer(text)}
    words = [m for m in TOKEN.finditer(text) if m.start() not in ties]
    keys = [key(fold(match[0])) for match in words]
    spans: list[tuple[int, int]] = []
    for place, found in enumerate(keys):
        if not (found in marker.keys or found in marker.names):
            continue
        last = place if found in marker.keys else -1
        for sequence in marker.names.get(found, ()):
            if tuple(keys[place : place + len(sequence)]) == sequence:
                last = max(last, place + len(sequence) - 1)
        if last >= place:
            start, end = words[place].start(), words[last].end()
            if spans and (start <= spans[-1][1] or text[spans[-1][1] : start] in ("-", " ")):
                start = spans.pop()[0]
            spans.append((start, max(end, start)))
    return spans


def _window(text: str, spans: list[tuple[int, int]], width: int) -> tuple[int, int]:
    """The stretch with most matches, cut at words, with a little of what comes before."""
    if len(text) <= width:
        return 0, len(text)
    starts = [start for start, _ in spans]
    start = 0
    if spans:
        within = [bisect_left(starts, first + width) - i for i, first in enumerate(starts)]
        start = max(0, starts[within.index(max(within))] - width // 5)
    end = min(len(text), start + width)
    start = max(0, min(start, len(text) - width))
    if start and (space := text.find(" ", start, end)) >= 0 and not _cuts(spans, space):
        start = space + 1
    if end < len(text) and (space := text.rfind(" ", start, end)) > start:
        end = space
    return start, end


def _cuts(spans: list[tuple[int, int]], place: int) -> bool:
    return any(start < place < end for start, end in spans)
