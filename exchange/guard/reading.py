"""One reading of a text for every rule: accents folded, spaces and dashes made plain.

Rules match on `plain` (case kept) or `lower`; both have the same length, and `span` gives the
place back in the text as its author wrote it.
"""

import re
import unicodedata
from dataclasses import dataclass

_LETTERS = {
    "ø": "o",
    "Ø": "O",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "ß": "s",
    "ı": "i",
    "œ": "e",
    "Œ": "E",
    "æ": "e",
    "Æ": "E",
}
_SIGNS = {
    "’": "'",
    "‘": "'",
    "ʼ": "'",
    "`": "'",
    "´": "'",
    "′": "'",
    "\t": " ",
    "\r": " ",
    "\f": " ",
    "\v": " ",
    "º": "°",
    "＠": "@",
}
_DASHES = "\u00ad‐‑‒–—―−﹣－"  # fmt: skip
_INVISIBLE = re.compile(
    "[\u0300-\u036f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]"
)


def _single(character: str) -> str:
    """The plain form of one character, always one character long."""
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if unicodedata.category(character) == "Zs":
        return " "
    base = unicodedata.normalize("NFKD", character)[:1]
    return base if base.isascii() and base.isalnum() else character


_TABLE = {
    code: plain
    for code in (*range(0x80, 0x2100), *range(0x3000, 0x3001), *range(0xFF00, 0xFFF0))
    if (plain := _single(chr(code))) != chr(code)
}
_TABLE |= {
    ord(sign): plain for sign, plain in (_LETTERS | _SIGNS | dict.fromkeys(_DASHES, "-")).items()
}


def fold(text: str) -> str:
    """Fold accents, digits, spaces, dashes and apostrophes, one code point for one code point."""
    return text.translate(_TABLE)


@dataclass(frozen=True, slots=True)
class Reading:
    plain: str
    lower: str
    shouting: bool
    kept: tuple[int, ...] | None
    length: int

    @classmethod
    def of(cls, text: str) -> "Reading":
        """Read a text; invisible characters and combining accents vanish, places are remembered."""
        kept = None
        visible = text
        if _INVISIBLE.search(text):
            kept = tuple(i for i, character in enumerate(text) if not _INVISIBLE.match(character))
            visible = "".join(text[i] for i in kept)
        plain = fold(visible)
        return cls(plain, _lowered(plain), _is_shouting(plain), kept, len(text))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The same place in the author's text, what is invisible beside it included."""
        if self.kept is None:
            return start, end
        last = self.kept[end] if end < len(self.kept) else self.length
        return self.kept[start], last


def _is_shouting(plain: str) -> bool:
    """Whether a text is written in capitals throughout, so that capitals tell nothing."""
    letters = sum(map(str.isalpha, plain))
    return sum(map(str.isupper, plain)) > 0.6 * letters


def _lowered(plain: str) -> str:
    lower = plain.lower()
    if len(lower) == len(plain):
        return lower
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in plain)
