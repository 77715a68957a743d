"""Numbering of a hospital's own files, given by setting."""

import re
from dataclasses import dataclass

_PIECES = {"#": "[0-9]", "@": "[a-z]"}


@dataclass(frozen=True, slots=True)
class FilePattern:
    """How one hospital writes a file number: `#` stands for a digit, `@` for a letter.

    Everything else is taken as it stands, but a space of the mask also accepts nothing, a dot, a
    dash or a slash. A mask, not a regular expression: an administrator cannot slow the site down.
    """

    name: str
    mask: str
    expression: re.Pattern[str]

    @classmethod
    def parse(cls, name: str, mask: str) -> "FilePattern":
        """Compile a mask. Raises ValueError when fewer than four places are free to vary."""
        if sum(mask.count(piece) for piece in _PIECES) < 4:
            raise ValueError(f"{name}: a file pattern needs at least four # or @, got {mask!r}")
        body = "".join(
            _PIECES.get(c) or ("[ ./-]?" if c == " " else re.escape(c)) for c in mask.lower()
        )
        return cls(name, mask, re.compile(rf"(?<![a-z0-9]){body}(?![a-z0-9])"))


def parse_patterns(setting: str) -> tuple[FilePattern, ...]:
    """Read `EXCHANGE_FILE_PATTERNS`: `name=mask` pairs separated by `;`.

    Raises ValueError naming the pair that cannot be read.
    """
    patterns = []
    for pair in filter(None, (part.strip() for part in setting.split(";"))):
        name, equals, mask = (piece.strip() for piece in pair.partition("="))
        if not (name and equals and mask):
            raise ValueError(f"expected name=mask, got {pair!r}")
        patterns.append(FilePattern.parse(name, mask))
    return tuple(patterns)
