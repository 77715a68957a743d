"""What would make a question easier to take up, said while it is written: never an order, never in
the way. Pure functions of the title and the problem, in French and in English."""

import re
from collections.abc import Callable
from typing import NamedTuple

from exchange.i18n import mark as _m
from exchange.vocabulary import current
from exchange.vocabulary.analysis import STOP_WORDS, STORY_WORDS, tokens

LONG_TITLE = 20
"""Words."""
LONG_PROBLEM = 2_500
"""Characters; a text with its paragraphs still reads in two minutes."""
FEWEST = 3
"""Different words that tell something, in title and problem together, below which a team cannot
know what is meant."""
TELLING = 6
"""The same, when none of them names a thing of the field."""
BEGUN = 20
"""Characters of a title that somebody may still be typing."""


class Hint(NamedTuple):
    """Something to look at, beside a field."""

    field: str
    kind: str


HINT_LABELS = {
    "vague": _m(
        "Une équipe saura-t-elle de quoi vous parlez ? Dites chez quels malades, et ce qui arrive."
    ),
    "one_patient": _m(
        "Cela se lit comme l’histoire d’un seul malade. La question vaut-elle pour plusieurs ?"
        " Dites-la pour eux : « nos patients qui… »."
    ),
    "two": _m("Il y a là deux questions. Posées à part, chacune trouvera son équipe plus vite."),
    "no_question": _m("Le titre n’est pas une question. Que voudriez-vous savoir ?"),
    "long_title": _m("Ce titre est long : gardez-en l’essentiel, le reste se dit dessous."),
    "long_problem": _m(
        "Ce texte est long : les équipes lisent d’abord les premières lignes. L’essentiel y est-il ?"
    ),
}
"""Each in words, as a thought to have."""

_ASKING = (
    r"qu[ei]|quoi|(?:l[ea]s?|aux?|des?|du)?quel(?:le)?s?|comment|pourquoi|quand|où|combien"
    r"|what|which|who|whom|whose|how|why|when|where"
)
_YES_OR_NO = (
    r"faut-il|peut-on|doit-on|est-ce|y a-t-il|existe-t-il|a-t-on|sait-on"
    r"|is|are|was|were|do|does|did|can|could|should|shall|would|will|has|have|may|might"
)
_ASKS = re.compile(
    rf"\?|^\W*(?:(?:à|de|chez|dans|pour|avec|sous|par|sur|en|in|for|to|at|by|of|with)\s+)?"
    rf"(?:{_ASKING}|qu['’]\w+|{_YES_OR_NO})\b|\w-(?:t-)?(?:il|elle|ils|elles|on|nous|ce)\b",
    re.IGNORECASE,
)
_SECOND = re.compile(
    rf"\w\s?\?\W+(?:\w+\W+){{2}}[^?]*\?"
    rf"|\b(?:et|ou|and|or)\s+(?!l[ea]s?quel|(?:what|why|quoi|pourquoi)\s?\?)"
    rf"(?:{_ASKING}|faut-il|peut-on|doit-on|should|does|is|can)\b[^?]*\?",
    re.IGNORECASE,
)
_ONE = re.compile(
    r"\b(?:mon|ma|cette|ce|notre)\s+(?:jeune\s+)?(?:patiente?|malade)\b(?!\s+(?:type|théorique))"
    r"|\b(?:patiente?|malade|homme|femme|dame|monsieur|garçon|fille|enfant|nourrisson|étudiante?)"
    r"\s+(?:âgée?\s+)?de\s+\d{1,3}\s+(?:ans|mois|jours)\b(?!\s+(?:et|ou)\s+(?:plus|moins))"
    r"|\bj[’'](?:ai|avais)\s+(?:vu|reçu|suivi|hospitalisé|opéré|en consultation)\s+une?\b"
    r"|\bmy\s+(?:\w+\s+)?patient\b"
    r"|\bthis\s+(?:patient|woman|man|lady|guy|gentleman|child|boy|girl|baby|infant|kid)\b"
    r"|\b\d{1,3}[-\s](?:year|month|week|day)s?[-\s]old\s+(?:\w+\s+){0,2}"
    r"(?:patient|woman|man|lady|guy|gentleman|child|boy|girl|baby|infant|kid|fellow|teenager|female|male)\b"
    r"|\bI\s+(?:have|had|saw|see|got|am seeing|was seeing)\s+(?:a|this|one|an)\s+(?:[\w-]+\s+){0,4}"
    r"(?:patient|woman|man|lady|guy|gentleman|child|boy|girl|baby|infant|kid|fellow|teenager)\b",
    re.IGNORECASE,
)


def hints(title: str, problem: str) -> list[Hint]:
    """What to look at, in the order of the form. Nothing is said of a title that was only begun."""
    return [
        Hint(field, kind) for kind, field, says in _RULES if says(title.strip(), problem.strip())
    ]


def _asks_nothing(title: str, problem: str) -> bool:
    return _settled(title, problem) and not _ASKS.search(title)


def _asks_twice(title: str, _problem: str) -> bool:
    return bool(_SECOND.search(title))


def _is_vague(title: str, problem: str) -> bool:
    """Few words tell something; a little more will do when none names a thing of the field."""
    if not (title and problem):
        return False
    text = f"{title}\n{problem}"
    telling = len(
        {
            token.key
            for token in tokens(text)
            if token.word not in STOP_WORDS | STORY_WORDS and len(token.word) > 1
        }
    )
    return telling < FEWEST or (telling < TELLING and not current.in_force().about(text))


def _tells_one_story(title: str, problem: str) -> bool:
    return bool(_ONE.search(title) or _ONE.search(problem))


def _has_long_title(title: str, _problem: str) -> bool:
    return len(title.split()) > LONG_TITLE


def _has_long_problem(_title: str, problem: str) -> bool:
    return len(problem) > LONG_PROBLEM


_RULES: tuple[tuple[str, str, Callable[[str, str], bool]], ...] = (
    ("no_question", "title", _asks_nothing),
    ("two", "title", _asks_twice),
    ("long_title", "title", _has_long_title),
    ("vague", "problem", _is_vague),
    ("one_patient", "problem", _tells_one_story),
    ("long_problem", "problem", _has_long_problem),
)


def _settled(title: str, problem: str) -> bool:
    """Whether the title is written, and not only begun."""
    return bool(title) and (len(title) >= BEGUN or bool(problem))
