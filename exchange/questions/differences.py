"""What changed between two wordings, word by word, for people to read."""

import re
from difflib import SequenceMatcher
from typing import NamedTuple

_WORDS = re.compile(r"\s*\S+")


class Piece(NamedTuple):
    """A stretch of text: `same`, `added` or `removed`."""

    change: str
    text: str


def differences(before: str, after: str) -> list[Piece]:
    """The pieces that lead from one wording to the other. A removed stretch stands before the one
    that replaces it."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    pieces: list[Piece] = []
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(new[new_from:new_to])))
            continue
        if old_from < old_to:
            pieces.append(Piece("removed", "".join(old[old_from:old_to])))
        if new_from < new_to:
            pieces.append(Piece("added", "".join(new[new_from:new_to])))
    return pieces
