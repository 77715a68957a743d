"""Names after a title: "Mme DUPONT Marie", "M. Le Guen", "Mrs. O'Brien", "mme dupont"."""

import re
from collections.abc import Iterator

from exchange.guard.context import is_cited, is_credit, is_public
from exchange.guard.finding import Finding
from exchange.guard.reading import Reading
from exchange.guard.tokens import WORD, is_known, name_at
from exchange.guard.words import (
    AMBIGUOUS,
    EPONYMS,
    FIRST_NAMES,
    GERMS,
    PARTICLES,
    PLACES,
    SURNAMES,
    is_word,
)

_TITLE = re.compile(
    r"(?:monsieur|madame|mademoiselle|messieurs|mesdames|docteur|doctor|professeur|professor|m(?:me|mes|lle|elle|rs|r|s|iss|rne|ister|\.|m\.|(?= ))|d(?:r|octeure)|prof|pr|veuve|vve|soeur|sir|lady|maitre|me(?=\.))(?![a-z])"
)
_TITLE_GAP = re.compile(
    r"[ ._,:*|]{0,3}(?:\n ?)?(?:(?:le |la |the |et )?(?:docteur|dr|professeur|prof|pr|veuve|vve|m|mme|mr|mrs|mlle|madame|monsieur)\b\.? ?){0,2}(?:(?:nom|prenom|name) ?: ?)?"
)
_SECOND_WORD = re.compile(" ([a-z-]{3,})")
_VERB = re.compile(r"(?:ait|ent|er|ees?|ir|ant|it|est|at|ut)$")
_MOLAR = re.compile(
    r"(?:[0-9]|[mnuµ]) ?$|\b(?:phase|ig|stade|chromosome|classe|type|groupe|le|la|de) ?$"
)
_SHORT_TITLES = frozenset({"mme", "mlle", "mr", "mrs", "dr", "mrne"})
_PROFESSIONS = frozenset(
    {"dr", "docteur", "docteure", "doctor", "pr", "prof", "professeur", "professor"}
)
_WOMEN = re.compile("m(?:m|ll|ell|is|rs|s|rn|adam|ademois)|veuve|vve|soeur|lady")
_ANONYMOUS = frozenset("XYZN")


def titled(reading: Reading, lang: str) -> Iterator[Finding]:
    """Names and initials after a civil or a professional title."""
    plain = reading.plain
    for match in _TITLE.finditer(reading.lower):
        start = match.start()
        gap = _TITLE_GAP.match(reading.lower, match.end())
        position = gap.end() if gap else match.end()
        title = plain[start : match.end()]
        if _is_inside_word(plain, start) or _is_title_of_nobody(plain, title, start, position):
            continue
        end, tokens = name_at(reading, position, trusting=True)
        if (
            is_credit(reading, start)
            or is_public(reading, start)
            or (tokens and is_cited(reading, end))
        ):
            continue
        if not tokens:
            yield from _uncapitalised(reading, title, start, position, lang)
        elif not all(token.is_initial for token in tokens):
            yield Finding("name", False, start, end, "name-title", _person(title, lang))
        elif tokens[0].text[0] not in _ANONYMOUS and title.lower() not in {"m", "pr", "me"}:
            yield Finding("initials", False, start, end, "initials-title", _person(title, lang))


def _is_inside_word(plain: str, start: int) -> bool:
    before = plain[max(0, start - 2) : start]
    return before[-1:].isalnum() or (before[-1:] in {"'", "-"} and before[:1].isalpha())


def _is_title_of_nobody(plain: str, title: str, start: int, position: int) -> bool:
    """Letters that are a title elsewhere: magnetic resonance, PR interval, molar, M. tuberculosis."""
    word = WORD.match(plain, position)
    if word is None:
        return True
    following = word[0].lower()
    if following in GERMS or (following in EPONYMS and title in {"M.", "M"}):
        return True
    match title.rstrip("."):
        case "M" | "Me":
            return "\n" in plain[start:position] or _is_measure(plain, title, start, word[0])
        case "m" | "me":
            return title != "m." or following in AMBIGUOUS or not is_known(following)
        case "MS" | "MR" | "PR" | "DR":
            long_enough = len(word[0]) > (2 if is_known(following) else 4)
            initial = len(word[0]) == 1 and plain[word.end() : word.end() + 1] == "."
            return not (word[0].isupper() and (long_enough or initial))
        case "ms" | "pr":
            return not is_known(following)
    return False


def _is_measure(plain: str, title: str, start: int, word: str) -> bool:
    """A capital M without its dot is a title only before a surname in capitals or a known name."""
    if not word[0].isupper():
        return True
    if title == "M.":
        return False
    acronym = len(word) == 1 or (word.isupper() and len(word) < 4)
    named = word.isupper() or is_known(word.lower())
    return acronym or not named or _MOLAR.search(plain[max(0, start - 12) : start]) is not None


def _uncapitalised(
    reading: Reading, title: str, start: int, position: int, lang: str
) -> Iterator[Finding]:
    """A name without its capital: any unknown word after a short title, a known one after a long."""
    word = WORD.match(reading.plain, position)
    if word is None or not word[0][0].islower() or len(word[0]) < 3:
        return
    lower = word[0].lower()
    known = lower in SURNAMES or (lower in FIRST_NAMES and lower not in AMBIGUOUS)
    if (
        is_word(lower)
        or lower in PARTICLES
        or lower in PLACES
        or (lower in AMBIGUOUS and not known)
    ):
        return
    if known or (title.lower().rstrip(".") in _SHORT_TITLES and not _VERB.search(lower)):
        second = _SECOND_WORD.match(reading.lower, word.end())
        both = second is not None and is_known(second[1])
        end = second.end() if second and both else word.end()
        yield Finding("name", False, start, end, "name-title", _person(title, lang))


def _person(title: str, lang: str) -> str:
    """What stands for a titled person: a patient for a civil title, a colleague for a doctor."""
    bare = title.lower().rstrip(".")
    if bare in _PROFESSIONS:
        return "a colleague" if lang == "en" else "un confrère"
    if lang == "en":
        return "a patient"
    return "une patiente" if _WOMEN.match(bare) else "un patient"
