"""The vocabulary in force on this host: what this version ships, and what administrators changed.

The changes stand in the database; the follower that keeps this host's index writes them beside
it, so that a text is always read with the words its index was made with, and reading them costs no
query.
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from secrets import token_hex

from exchange.vocabulary.concepts import Concept, Vocabulary, curated

FILE = "vocabulary.json"

_here: Path | None = None
_known: dict[Path, tuple[tuple[int, int], Vocabulary]] = {}


def configure(directory: Path) -> None:
    """Say where this host's index is. It is the same for every text, so no action has to carry
    it."""
    global _here
    _here = directory


def in_force() -> Vocabulary:
    """The vocabulary of this process's host."""
    return of(_here) if _here is not None else curated()


def stamp() -> str:
    """What changes with the vocabulary of this process's host, for pages that a browser keeps."""
    vocabulary = in_force()
    return next((str(stamp) for stamp, known in _known.values() if known is vocabulary), "")


def of(directory: Path) -> Vocabulary:
    """The vocabulary written beside an index; what this version ships when nothing was."""
    path = f"{directory}/{FILE}"
    try:
        found = os.stat(path)  # noqa: PTH116 - asked for each card of a list: a Path costs four times as much
    except FileNotFoundError:
        return curated()
    stamp = (found.st_ino, found.st_mtime_ns)
    known = _known.get(directory)
    if known is None or known[0] != stamp:
        known = _known[directory] = (stamp, _read(Path(path)))
    return known[1]


def publish(directory: Path, changed: Iterable[Concept], retired: Iterable[str]) -> Vocabulary:
    """Put changes in force on this host: concepts that are new or replace those of the same key,
    and keys that no longer count."""
    told = {
        "changed": [asdict(concept) for concept in changed],
        "retired": sorted(retired),
    }
    path = directory / FILE
    partial = path.with_name(f"{FILE}.{token_hex(4)}")
    partial.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    partial.replace(path)
    return of(directory)


def overlaid(changed: Iterable[Concept], retired: Iterable[str]) -> Vocabulary:
    """What is shipped with these changes. What was broader and is gone is no longer named."""
    concepts = {**curated().concepts, **{concept.key: concept for concept in changed}}
    for key in retired:
        concepts.pop(key, None)
    return Vocabulary(_without_lost(concepts))


def _without_lost(concepts: dict[str, Concept]) -> Iterator[Concept]:
    for concept in concepts.values():
        kept = tuple(key for key in concept.broader if key in concepts)
        yield concept if kept == concept.broader else replace(concept, broader=kept)


def _read(path: Path) -> Vocabulary:
    told = json.loads(path.read_text(encoding="utf-8"))
    return overlaid(
        (
            Concept(
                key=one["key"],
                category=one["category"],
                french=tuple(one["french"]),
                english=tuple(one["english"]),
                broader=tuple(one["broader"]),
            )
            for one in told["changed"]
        ),
        told["retired"],
    )
