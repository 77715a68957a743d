"""Asking the ranking why: similar questions for lines of JSON, as ``exchange similar`` prints them."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from exchange.search.index import Hit, Index

LIMIT = 20
"""Hits asked of the index for a line, before the caller leaves out what may not be shown."""


def measure_lines(
    lines: Iterable[str],
    index: Index,
    resolve: Callable[[list[Hit]], list[dict[str, Any]]],
) -> Iterator[str]:
    """For each line ``{"id": …, "text": …}`` (and ``title``, if there is one) a line ``{"id": …,
    "hits": […]}``, where a hit is what ``resolve`` made of it: ``ref``, ``source_id``, ``score``.

    A line that cannot be read gives ``{"error": …, "line": number}`` in its place; blank lines
    give nothing.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            asked = _parsed(line)
        except ValueError as error:
            yield json.dumps({"error": str(error), "line": number}, ensure_ascii=False)
            continue
        hits = index.similar(asked["text"], title=asked.get("title", ""), limit=LIMIT)
        yield json.dumps({"id": asked["id"], "hits": resolve(hits)}, ensure_ascii=False)


def _parsed(line: str) -> dict[str, Any]:
    """The line as an object with an ``id`` and a ``text``. Raises ValueError saying what is wrong."""
    try:
        asked = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error}") from error
    if not isinstance(asked, dict):
        raise ValueError("not an object")
    if "id" not in asked:
        raise ValueError("no id")
    if not isinstance(asked.get("text"), str) or not isinstance(asked.get("title", ""), str):
        raise ValueError("text must be there, and a string (title too, if there is one)")
    return asked
