"""Hospital PCs have browsers of three years ago: Firefox ESR 115 and Edge 118. What came later (by
MDN's compatibility tables) may only improve a page that is whole without it.
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

TOO_NEW = {
    "css": (
        *(r":has\(", r"light-dark\(", r"@scope\b", r"@starting-style", r"@view-transition"),
        *(r"\banchor\(", r"\bposition-anchor", r"\bfield-sizing", r"\binterpolate-size"),
        *(r"(?m)^\s*&", r":(?:state|user-valid|user-invalid)\b", r"\blh\b", r"\bsibling-index"),
    ),
    "js": (
        *(r"\bwithResolvers\b", r"\bgroupBy\b", r"\bsetHTMLUnsafe\b", r"\bfromAsync\b"),
        *(r"\btoggle(?:Popover)\(", r"\bshowPopover\(", r"\bstartViewTransition\b"),
        *(r"\.(?:union|intersection|difference|isSubsetOf)\(", r"/[dgimsuy]*v[dgimsuy]*[;,.)]"),
        *(r"\bimport\s.*\bwith\s*\{", r"\bPromise\.try\b", r"\bIterator\.from\b"),
    ),
    "html": (r"<search\b", r"\spopover(?:=|>|\s)", r"<details[^>]* name=", r"\bcommandfor="),
}
"""Patterns of what neither or only one of the two knows."""

IMPROVING = {"::details-content", "text-wrap: balance", "text-wrap: pretty"}
"""Newer, in use, and harmless: without them a title breaks elsewhere, and what was folded on the
screen is folded on paper."""


def test_nothing_on_a_page_needs_a_newer_browser() -> None:
    found = []
    for kind, folder in (("css", "static"), ("js", "static"), ("html", "templates")):
        for file in sorted((ROOT / folder).rglob(f"*.{kind}")):
            text = re.sub(r"/\*.*?\*/|\{#.*?#\}", "", file.read_text(encoding="utf-8"), flags=re.S)
            for pattern in TOO_NEW[kind]:
                found += [f"{file.name}: {one[0].strip()}" for one in re.finditer(pattern, text)]
    assert found == []
    style = (ROOT / "static" / "exchange.css").read_text(encoding="utf-8")
    assert {one for one in IMPROVING if one in style} == IMPROVING, "no longer used"
