"""Words to take out, found however they were written: other capitals or accents, a typographic
space or apostrophe, a hyphen, Markdown marks or HTML tags between two of them."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from exchange.errors import Refusal
from exchange.i18n import gettext as _

MARK = "[…]"
"""What stands where words stood: the typographer's sign of an omission, in every language."""
AROUND = 60
"""Characters shown on each side of what was found."""
FEWEST = 3
"""Letters or digits that a phrase holds at least: less would be found everywhere."""
MOST = 20
"""Phrases taken out at once."""

_ACCENTS: dict[str, str] = {}
for _letter in map(chr, range(0xC0, 0x250)):
    _base = unicodedata.normalize("NFD", _letter)[0].lower()
    _ACCENTS[_base] = _ACCENTS.get(_base, "") + _letter

_BETWEEN = r"(?:[\s\-‐‑–*_~`>.]|<[^<>]*>|&nbsp;)+"
_WRITTEN = {
    "'": r"(?:['’ʼ]|&\#(?:x27|39);)",
    '"': r"(?:[\"«»“”]|&quot;)",
    "&": r"&(?:amp;)?",
    "<": r"(?:<|&lt;)",
    ">": r"(?:>|&gt;)",
}


class Words:
    """Phrases to look for; the same letters inside a longer word are left alone."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self.phrases = list(dict.fromkeys(" ".join(p.split()) for p in phrases if p.strip()))
        body = "|".join(map(_pattern, sorted(self.phrases, key=len, reverse=True)))
        self._pattern = re.compile(rf"(?<![^\W_])(?:{body})(?![^\W_])" if body else r"(?!)", re.I)

    @classmethod
    def typed(cls, text: str) -> "Words":
        """One phrase a line. Raises `Refusal` for what would be found everywhere."""
        words = cls(text.splitlines())
        for phrase in words.phrases:
            if phrase not in words.long_enough():
                raise Refusal(
                    _("« %(words)s » est trop court : il se trouverait partout.", words=phrase),
                    field="words",
                )
        if len(words.phrases) > MOST:
            raise Refusal(_("Vingt lignes au plus à la fois."), field="words")
        return words

    def long_enough(self) -> list[str]:
        """Those that would not be found everywhere."""
        return [one for one in self.phrases if sum(map(str.isalnum, one)) >= FEWEST]

    def count(self, value: Any) -> int:
        """How many times they stand in a text, or in the texts of a list or mapping."""
        return sum(1 for text in texts_in(value) for _found in self._pattern.finditer(text))

    def strike(self, text: str) -> str:
        """The text without them."""
        return self._pattern.sub(MARK, text)

    def excerpt(self, value: Any) -> tuple[str, str, str] | None:
        """The first of them with what stands before and after; None when there is none."""
        for text in texts_in(value):
            if found := self._pattern.search(text):
                start, end = found.span()
                return text[max(0, start - AROUND) : start], found[0], text[end : end + AROUND]
        return None


def texts_in(value: Any) -> Iterable[str]:
    """The texts of a value of the database: itself, or those of a list or mapping."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from texts_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts_in(one)


def _pattern(phrase: str) -> str:
    plain = phrase.replace("’", "'").replace("œ", "oe").replace("æ", "ae")
    parts = [part for part in re.split(r"[\s\-‐‑–.]+", plain) if part]
    return _BETWEEN.join("".join(map(_written, _pieces(part))) for part in parts)


def _pieces(part: str) -> list[str]:
    """Letters without their accents; `oe` and `ae` may be one letter."""
    bare = "".join(c for c in unicodedata.normalize("NFD", part) if not unicodedata.combining(c))
    return re.findall(r"(?i:oe|ae)|.", bare)


def _written(piece: str) -> str:
    if len(piece) == 2:
        joined = "œ" if piece.lower() == "oe" else "æ"
        return f"(?:{joined}|{_written(piece[0])}{_written(piece[1])})"
    if piece in _WRITTEN:
        return _WRITTEN[piece]
    if piece.isalpha():
        return f"[{piece}{_ACCENTS.get(piece.lower(), '')}][\u0300-\u036f]*"
    return re.escape(piece)
