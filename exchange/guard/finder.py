"""Reading a text with every rule, and settling which finding keeps a place."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from exchange.guard.dates import ages, dates
from exchange.guard.finding import Finding
from exchange.guard.identifiers import identifiers
from exchange.guard.names import names
from exchange.guard.patterns import FilePattern
from exchange.guard.places import addresses, places
from exchange.guard.reading import Reading


def find(text: str, *, lang: str = "fr", patterns: Sequence[FilePattern] = ()) -> list[Finding]:
    """Find what may tell who a patient is, sorted by place, never overlapping.

    Both languages are always read; `lang` is the language of the proposed rewordings. Offsets are
    code points of `text`. Nothing found does not mean that the text identifies no one.
    """
    reading = Reading.of(text)
    settled = _settle(_everything(reading, lang, patterns))
    return [
        replace(finding, start=start, end=end)
        for finding in settled
        for start, end in [reading.span(finding.start, finding.end)]
    ]


def reword(text: str, findings: Iterable[Finding]) -> str:
    """Apply the proposed rewordings; a place without one is left as it stands. One that begins a
    sentence begins with a capital."""
    for finding in sorted(findings, key=lambda f: f.start, reverse=True):
        if finding.rewording is not None:
            before, instead = text[: finding.start], finding.rewording
            if _SENTENCE_ENDS.search(before):
                instead = instead[:1].upper() + instead[1:]
            text = before + instead + text[finding.end :]
    return text


_SENTENCE_ENDS = re.compile(r"(?:^|[.!?…]\s+|\n\s*)[«“\"]?\s*\Z")


def _everything(reading: Reading, lang: str, patterns: Sequence[FilePattern]) -> Iterator[Finding]:
    yield from identifiers(reading, patterns)
    yield from dates(reading, lang)
    yield from addresses(reading)
    yield from names(reading, lang)
    yield from ages(reading, lang)
    yield from places(reading, lang)


def _settle(findings: Iterable[Finding]) -> list[Finding]:
    """Sure findings first and whole; probable ones keep what no earlier rule took.

    The order of the rules is the order of trust. A probable finding that meets another of its own
    kind grows to cover both, so that "Mme DUPONT" and "DUPONT Marie" are one place.
    """
    kept: list[Finding] = []
    for finding in sorted(findings, key=lambda f: not f.sure):
        first = bisect_right(kept, finding.start, key=lambda other: other.end)
        after = bisect_left(kept, finding.end, key=lambda other: other.start)
        meeting = kept[first:after]
        if not meeting:
            kept.insert(first, finding)
        elif len(meeting) == 1 and meeting[0].kind == finding.kind and not finding.sure:
            start, end = min(meeting[0].start, finding.start), max(meeting[0].end, finding.end)
            kept[first] = replace(meeting[0], start=start, end=end)
        elif meeting[0].start > finding.start:
            kept.insert(first, replace(finding, end=meeting[0].start))
    return kept
