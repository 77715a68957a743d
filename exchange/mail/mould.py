"""What ten thousand mails share is rendered, styled and encoded once; each mail fills the holes.

A template is rendered with holes instead of words. `Mould` fills them as text; `Frame` is a whole
part of a mail in quoted-printable, of which only the lines with holes are encoded again.
"""

import re
from binascii import b2a_qp
from collections.abc import Mapping

_HOLE = re.compile("\ue000(\\w+)\ue001")
_SLOT = re.compile("\ue002(\\w+)\ue003")
"""Between characters for private use (Unicode 23.5), which nobody types."""


def hole(name: str) -> str:
    """What stands in a template for words that are not known yet."""
    return f"\ue000{name}\ue001"


def slot(name: str) -> str:
    """What stands in a template, on a line of its own, for a block of lines."""
    return f"\ue002{name}\ue003"


def quoted(text: str) -> bytes:
    """Quoted-printable, in lines that end as on the wire (RFC 2045 section 6.7)."""
    return b2a_qp(text.encode(), istext=True).replace(b"\n", b"\r\n")


class Mould:
    """A text with holes."""

    def __init__(self, text: str) -> None:
        pieces = _HOLE.split(text)
        self._fixed, self._names = pieces[::2], pieces[1::2]

    def fill(self, words: Mapping[str, str]) -> str:
        """The text with these words, which the caller has escaped."""
        filled = [self._fixed[0]]
        for name, fixed in zip(self._names, self._fixed[1:], strict=True):
            filled += words[name], fixed
        return "".join(filled)


class Frame:
    """A part of a mail. A hole takes words; a slot takes a block, encoded already."""

    def __init__(self, text: str) -> None:
        self._parts: list[bytes | str | Mould] = []
        fixed: list[str] = []
        for line in text.splitlines(keepends=True):
            block = _SLOT.fullmatch(line.strip())
            if block is None and not _HOLE.search(line):
                fixed.append(line)
                continue
            self._add("".join(fixed))
            fixed.clear()
            self._parts.append(block[1] if block else Mould(line))
        self._add("".join(fixed))

    def fill(self, words: Mapping[str, str], blocks: Mapping[str, bytes]) -> bytes:
        """The part with these words, which the caller has escaped, and these blocks."""
        return b"".join(
            part
            if isinstance(part, bytes)
            else blocks[part]
            if isinstance(part, str)
            else quoted(part.fill(words))
            for part in self._parts
        )

    def _add(self, fixed: str) -> None:
        if fixed:
            self._parts.append(quoted(fixed))
