"""The table of `docs/security.md`: every line that is fulfilled names code or a test that is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROW = re.compile(r"\| (\d+\.\d+\.\d+) \| (✓|◐|○) \|(.*)\|$")
NAMED = re.compile(
    r"`((?:exchange|tests|docs|static|templates)/[\w./-]+|pyproject\.toml|requirements\.txt)(?:: ([\w.-]+))?`"
)


def test_every_line_of_the_table_names_what_fulfils_it() -> None:
    page = (ROOT / "docs/security.md").read_text("utf-8")
    rows = [row for row in map(ROW.match, page.splitlines()) if row]
    assert len(rows) > 200
    bare = [row[1] for row in rows if row[2] != "○" and not NAMED.search(row[3])]
    assert not bare, f"these name neither code nor test: {bare}"
    unsaid = [row[1] for row in rows if not row[3].strip()]
    assert not unsaid
    gone = []
    for path, name in NAMED.findall(page):
        there = ROOT / path
        if not there.exists() or (name and name not in there.read_text("utf-8")):
            gone.append(f"{path}: {name}")
    assert not gone, f"named, and not there: {gone}"
