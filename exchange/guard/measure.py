"""JSON lines in, JSON lines out: why was this text blocked or asked about?"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from exchange.guard.finder import find
from exchange.guard.patterns import FilePattern


def measure_lines(lines: Iterable[str], *, patterns: Sequence[FilePattern] = ()) -> Iterator[str]:
    """Read `id` and `text` from each line and write its findings; offsets are code points.

    A line that cannot be read gives `{"line": n, "error": …}` instead; blank lines are skipped.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield json.dumps(_answer(number, line, patterns), ensure_ascii=False)


def _answer(number: int, line: str, patterns: Sequence[FilePattern]) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        return {"line": number, "error": f"not JSON: {error}"}
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        return {"line": number, "error": "expected an object with id and text"}
    findings = [
        {"kind": f.kind, "sure": f.sure, "start": f.start, "end": f.end, "rule": f.rule}
        for f in find(row["text"], patterns=patterns)
    ]
    return {"id": row.get("id"), "findings": findings}
