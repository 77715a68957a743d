"""How often each hint of the ask form speaks on questions that people asked.

    python -m tests.bench.hints [FILE] [--examples N]

FILE holds questions as JSON lines with `title` and `body` (default: the clinicians' questions of
../shared/questions). Whether a hint is right only a reader can say: `--examples` prints some.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

from exchange.questions.hints import HINT_LABELS, hints
from exchange.sheets.reading import rows

DEFAULT = Path(__file__).parents[3] / "shared" / "questions" / "clinical_questions_en.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description="Count the hints of the ask form.")
    parser.add_argument("file", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--examples", type=int, default=0)
    told = parser.parse_args()
    asked = [(row.values["title"], row.values["body"]) for row in rows(told.file)]
    print(table(asked))
    for kind, found in spoken(asked).items():
        for title, body in found[: told.examples]:
            print(json.dumps({"hint": kind, "title": title, "body": body[:200]}))


def spoken(asked: list[tuple[str, str]]) -> dict[str, list[tuple[str, str]]]:
    """The questions on which each hint speaks."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for title, body in asked:
        for hint in hints(title, body):
            found[hint.kind].append((title, body))
    return found


def table(asked: list[tuple[str, str]]) -> str:
    found = spoken(asked)
    lines = [f"| hint, on {len(asked)} questions | speaks |", "|---|---|"]
    lines += [f"| {kind} | {len(found[kind]) / len(asked):.1%} |" for kind in HINT_LABELS]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
