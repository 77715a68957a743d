"""Lines of a mail as the reader of quotes sees them: how deep they are quoted, and their bare words."""

import re
import unicodedata
from dataclasses import dataclass

_SPACES = re.compile(r"[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_DASHES = re.compile(r"[\u2010-\u2015\u2212]")
_MARKS = re.compile(r"^ ?(?:> ?)*>")

# "> 50 %", ">= 1,5 g/L", "> 10 jours": a threshold, which a clinician writes as often as a client quotes.
_THRESHOLD = re.compile(r"^\s?>{1,3}\s?[=≥]?\s?\d[\d\s.,]*(?:[%‰°/]|[^\W\d]|$).{0,60}$")


def fold(text: str) -> str:
    """Returns `text` with one form for each space, dash, apostrophe and accent.

    Clients write the same attribution with narrow no-break spaces (U+202F), typographic dashes
    or decomposed accents; only the author's own lines must keep theirs.
    """
    text = _SPACES.sub(" ", unicodedata.normalize("NFC", text))
    text = _DASHES.sub("-", _INVISIBLE.sub("", text))
    return re.sub(r" {2,}", " ", text.replace("’", "'").replace("ʼ", "'")).strip()


@dataclass(frozen=True)
class Line:
    """One line: as written (`raw`), its quote marks counted (`depth`), and its words folded (`bare`)."""

    raw: str
    depth: int
    bare: str

    @property
    def blank(self) -> bool:
        """True when nothing but quote marks stands on the line."""
        return not self.bare

    @property
    def threshold(self) -> bool:
        """True when the mark may be the author's own "greater than"."""
        return self.depth > 0 and bool(_THRESHOLD.match(self.raw))


def read_lines(text: str) -> list[Line]:
    """Splits `text`; a line is quoted when it starts with ">" (RFC 3676 section 4.5 for the marks)."""
    return [_line(raw.rstrip("\n")) for raw in re.split(r"\r\n|\r|\n|\u2028|\u2029|\x0c", text)]


def _line(raw: str) -> Line:
    visible = _SPACES.sub(" ", _INVISIBLE.sub("", raw))
    marks = _MARKS.match(visible)
    if marks is None:
        return Line(raw, 0, fold(raw))
    return Line(raw, marks.group().count(">"), fold(visible[marks.end() :]))
