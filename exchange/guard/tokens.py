"""Words written as a name may be, and runs of them.

What stands in the word lists decides: a name is what is left when ordinary language, diseases
that bear a name, places, drugs and germs are taken away.
"""

import re
from collections.abc import Iterator

from exchange.guard.reading import Reading
from exchange.guard.words import (
    AMBIGUOUS,
    EPONYMS,
    FIRST_NAMES,
    PARTICLES,
    PLACES,
    SURNAMES,
    is_listed,
    is_word,
)

LONGEST = 5

WORD = re.compile(r"[A-Za-z][A-Za-z0]*(?:['][A-Za-z]+)*(?:-[A-Za-z]+(?:'[A-Za-z]+)?)*")
_INITIAL = re.compile(r"[A-Z](?:hr?(?=\.)|\. ?-?[A-Z]|-[A-Z])?\.(?![a-z])|[A-Z](?=[ ,;:)\n]|$)")
_PARTICLE_RUN = re.compile(
    r"(?:(?i:d[eui]s?|del|della|da|dos?|das|l[ea]s?|van|von|der|den|el|al|ben|bin|bint|ibn|bou|ould|abu|ait|d|l|mac|o|san)[ ']){1,3}(?=[A-Z])"
)
_NAME_GAP = re.compile(r"(?: |_|-| - |, (?=[A-Z])|\. (?=[A-Z]{2})|(?<=\.))?")
_CHAIN_WORD = re.compile(
    r"(?<![A-Za-z0-9'])(?:[A-Z](?:\.[ -]?[A-Z]|-[A-Z])?\.(?![a-z])|(?:[A-Zdl]')?[A-Z][A-Za-z]*[A-Za-z](?:-[A-Za-z]+)*(?:'[A-Z][a-z]+)?|(?<=[A-Za-z][ ])[A-Z](?=[ ,;:)\n.]|$))(?![0-9])"
)
_CHAIN_GAP = re.compile(
    r" ?(?:(?:d[eui]s?|del|della|da|dos|das|van|von|der|den|el|al|ben|bin|ibn|bou|ould|abu|ait|le|la|les|san|mac|d'|l')[ ']?){0,3}|_|, ?| - |-|\.|\n|  ",
    re.IGNORECASE,
)


class Token:
    """A word written as a name may be: `Dupont`, `DUPONT`, `J.`"""

    __slots__ = ("end", "is_capitals", "is_initial", "lower", "start", "text")

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text, self.start, self.end = text, start, end
        self.lower = text.lower().replace("0", "o")
        self.is_initial = len(text) == 1 or "." in text
        self.is_capitals = not self.is_initial and text.isupper()


def is_first_name(word: str) -> bool:
    """Whether a folded word is a first name, or a compound that begins with one."""
    if word in FIRST_NAMES:
        return True
    first, dash, second = word.partition("-")
    if not dash or word in EPONYMS or first not in FIRST_NAMES:
        return False
    return first not in AMBIGUOUS or second in FIRST_NAMES


def is_firm(word: str) -> bool:
    """Whether a folded word is a first name and nothing else."""
    return is_first_name(word) and word not in AMBIGUOUS


def is_known(word: str) -> bool:
    return word in SURNAMES or is_first_name(word)


def name_at(reading: Reading, position: int, *, trusting: bool) -> tuple[int, list[Token]]:
    """Read a name that begins at a position: where it ends, and its words, initials included.

    `trusting` is for what a title or "nom :" announces: only listed words are then refused.
    """
    tokens: list[Token] = []
    end = position
    while len(tokens) < LONGEST:
        gap = _NAME_GAP.match(reading.plain, end) if tokens else None
        start = gap.end() if gap else position
        token = _next_token(reading, start, trusting=trusting, first=not tokens)
        if token is None:
            break
        glued = gap is not None and start == end and reading.plain[end - 1] != "."
        listed = gap is not None and "," in gap[0] and not token.is_initial
        if glued or (listed and not (is_first_name(token.lower) or is_first_name(tokens[0].lower))):
            break
        tokens.append(token)
        end = token.end
    return end, tokens


def _next_token(reading: Reading, start: int, *, trusting: bool, first: bool) -> Token | None:
    """An initial, a surname with its particles, or a capitalised word that is no ordinary one."""
    plain = reading.plain
    if initial := _INITIAL.match(plain, start):
        return Token(initial[0], start, initial.end())
    word = WORD.match(plain, start)
    if word is None:
        return None
    if word[0].lower() in PARTICLES and (particles := _PARTICLE_RUN.match(plain, start)):
        after = WORD.match(plain, particles.end())
        if after is None or is_listed(after[0].lower()):
            return None
        return Token(plain[start : after.end()], start, after.end())
    token = Token(word[0], start, word.end())
    if not word[0][0].isupper() or _is_refused(
        token.lower, reading, trusting=trusting, first=first
    ):
        return None
    return token


def _is_refused(word: str, reading: Reading, *, trusting: bool, first: bool) -> bool:
    if not trusting:
        return _is_vocabulary(word)
    if first and word in FIRST_NAMES:
        return False
    if reading.shouting and not first:
        return _is_vocabulary(word)
    return is_listed(word) and word not in SURNAMES and word not in PLACES


def _is_vocabulary(word: str) -> bool:
    if word[1:2] == "'" and is_listed(word[2:]):
        return True
    if "-" in word and not is_first_name(word) and word not in SURNAMES:
        return word in PLACES or any(is_word(part) for part in word.split("-"))
    return is_word(word)


def chains(reading: Reading) -> Iterator[list[Token]]:
    """Runs of capitalised words that are not ordinary language."""
    chain: list[Token] = []
    for match in _CHAIN_WORD.finditer(reading.plain):
        if not chain and _is_plainly_ordinary(match[0]):
            continue
        token = Token(match[0], match.start(), match.end())
        glued = bool(chain) and _is_glue(reading.plain, chain[-1], token.start)
        if glued and token.lower in PARTICLES:
            continue
        ordinary = not token.is_initial and _is_ordinary(token, chain if glued else [], reading)
        if chain and (ordinary or not glued):
            yield chain
            chain = []
        if not ordinary:
            chain.append(token)
    if chain:
        yield chain


def _is_plainly_ordinary(text: str) -> bool:
    """The quick way out for most capitals: a listed word at the start of a sentence."""
    lower = text.lower()
    return not text.isupper() and is_listed(lower) and lower not in FIRST_NAMES


def _is_glue(plain: str, last: Token, start: int) -> bool:
    """Whether what stands between two words can stand inside a name; a comma only after a surname."""
    gap = plain[last.end : start]
    if gap == " ":
        return True
    if "," in gap and not (last.is_capitals or last.lower in SURNAMES):
        return False
    return len(gap) < 20 and _CHAIN_GAP.fullmatch(gap) is not None


def _is_ordinary(token: Token, chain: list[Token], reading: Reading) -> bool:
    """Whether a word ends a chain: beside a first name, or in capitals, less of it looks ordinary."""
    if token.is_capitals and not reading.shouting and token.lower in SURNAMES:
        return False
    follows_name = bool(chain) and not reading.shouting and is_firm(chain[-1].lower)
    if follows_name and token.lower not in PLACES:
        return is_listed(token.lower)
    return _is_vocabulary(token.lower)
