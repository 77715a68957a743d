"""From French and English text to the keys the index knows.

One key serves both languages: clinicians write French with English drug and gene names, and a
query of two words is too short to guess its language. Accents and ligatures are folded before
anything else, so that "oedeme", "œdème" and "OEDÈME" cannot differ; then gender, number and the
Greco-Latin endings both languages share are taken off ("chronique" and "chronic", "hépatite" and
"hepatitis" meet). The stemmer is light on purpose: a shared key costs a search its precision.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

# Letters and digits are cut apart so that "IL6", "IL-6" and "IL 6" read the same. Combining marks
# stay with their letter, for text that comes decomposed (macOS file names, some mail clients).
TOKEN = re.compile(r"(?:[^\W\d_][\u0300-\u036f]*)+|\d+")
# What an apostrophe ties to a word and is no word: "l'anticorps", "patient's".
ELISION = re.compile(
    r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)['’ʼ](?=\w)|['’ʼ](?:s|t|re|ve|ll|d|m)\b", re.I
)

LETTERS = str.maketrans(
    {
        "œ": "oe",
        "æ": "ae",
        "ß": "ss",
        "ø": "o",
        "ł": "l",
        "α": "alpha",
        "β": "beta",
        "γ": "gamma",
        "δ": "delta",
        "ε": "epsilon",
        "κ": "kappa",
        "λ": "lambda",
        "µ": "mu",
        "μ": "mu",
        "ω": "omega",
        "ζ": "zeta",
    }
)

_STOP_WORDS = """
    a ai ainsi alors apres as au aucun aucune aurait aussi autre autres aux avaient avait avant avec
    avez avoir avons ayant car ce ceci cela celle celles celui ces cet cette ceux chaque chez ci comme
    comment dans de depuis des doit doivent donc dont du elle elles en encore entre es est et etaient
    etait ete etes etre eu eux fait faire faut font fois ici il ils je jusque la laquelle le lequel
    les lesquelles lesquels leur leurs lors lorsque lui ma mais me meme memes mes moi moins mon ne
    ni nos notre nous on ont ou par parce pas peu peut peuvent plus plusieurs pour pourquoi pourrait
    puis quand que quel quelle quelles quelque quelques quels qui quoi sa sans se sera serait ses si
    soit son sont sous souvent suis sur ta te tel telle telles tels tes toujours tous tout toute toutes
    tres trop tu un une vers via voire vos votre vous y
    about after again all also am an and any are as at be because been before being between both but by
    can could did do does doing don done during each else few for from further get gets getting give
    given had has have having he her here hers him his how i if in into is isn it its itself just know
    let like may me might more most much must my need no nor not now of off on once one only or other
    our out over own per same she should since so some still such than that the their them then there
    these they this those though through to too under until up upon us very want was we were what when
    where whether which while who whom whose why will with within without would you your yours
    patient patients patiente patientes
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())

_STORY_WORDS = """
    age agee agees ages an annee annees ans ancien antecedents arrive avis bonjour cas concernant cours
    dernier derniere dire dit hier jour jours merci mois observe observons patiente penser posons
    question questions recent recemment savoir semaine semaines sexe soixantaine suivi suivons
    service trentaine vingtaine voir voit voyons vu vue vus
    age aged ago asked asking asks back came case come comes day days doctor find found getting go goes
    going guy hour hours investigator lady last later look looked looking man men month months morning
    new next night nine old people person physician questions really right said saw say saying says see
    seeing seen six sort started tell ten thing things think thinking thought three time today told
    took trying two used using week weeks went wonder wondered wondering woman women work year years
    yesterday yr yrs five four seven eight
"""
STORY_WORDS = frozenset(_STORY_WORDS.split())
"""Words of any patient's story: they are searched like others, but make no two questions alike."""

# Endings once plural and final vowels are gone, by what stays of them and the shortest stem they
# may leave; the longest that fits wins. Verbs may be short ("dosing", "visait"), nouns not
# ("present" is no "pres").
_ENDINGS_BY_RULE = {
    ("", 3): "ait aient al ed er era erait eront ificat ifiant ification ifier if ing iv ivant "
    "ivement iver ivit",
    ("", 4): "alement ant at ated ateur ating ation ational ationnel atif ativ atoir ator atric el "
    "element ial ian ien ienn ion ional ionel ir isent us usement",
    ("", 5): "ement ent isant ism ment",
    ("ac", 4): "aq",
    ("ar", 4): "air",
    ("ic", 4): "icat ical icit iq iqement",
    ("olog", 5): "ologic ologicl ologiq ologist",
    ("or", 4): "eur our",
    ("s", 4): "sion sional sionel",
    ("t", 4): "teur tion tional tionel tor tric",
    ("ul", 4): "ulair ular",
}
_ENDINGS = {
    ending: rule for rule, endings in _ENDINGS_BY_RULE.items() for ending in endings.split()
}
_LONGEST_ENDING = max(map(len, _ENDINGS))
_FINAL_VOWELS = re.compile(r"(?<!o)[aeiouy]{1,2}$|(?<=[aiuy])ou$|(?<=[^o]o)[aeiy]$")
_DOUBLED = re.compile(r"(.)\1")
_QUALITY = re.compile(r"(?<=.{5})ic$")  # "endoscopique" is said of an "endoscopie"
_ADVERB = re.compile(r"(?<=[^aeiry])ly$|ness$")


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text: its key, its folded form, and where it stands (code points)."""

    key: str
    word: str
    start: int
    end: int


@lru_cache(maxsize=65_536)
def fold(word: str) -> str:
    """The word in lower case without accents, ligatures or Greek letters."""
    plain = unicodedata.normalize("NFKD", word.lower().translate(LETTERS))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


@lru_cache(maxsize=65_536)
def key(word: str) -> str:
    """The key under which both languages index a folded word.

    Words of three letters or fewer, and numbers, are their own key: most are abbreviations.
    """
    if len(word) < 4 or not word.isalpha():
        return word
    stem = _ADVERB.sub("", word.replace("ae", "e").replace("oe", "e").replace("iz", "is"))
    if stem.endswith("eaux"):
        stem = stem[:-1]
    elif stem.endswith("aux"):
        stem = stem[:-3] + "al"
    elif stem.endswith(("eux", "euse", "euses", "ous")):
        stem = re.sub(r"(eux|euses?|ous)$", "us", stem)
    elif not stem.endswith("ss"):
        stem = stem.removesuffix("s")
    stem = _bare(_DOUBLED.sub(r"\1", stem.replace("k", "c")))
    stem = re.sub("([ae])nc$", r"\1nt", stem.replace("qu", "q"))
    for size in range(min(_LONGEST_ENDING, len(stem) - 2), 1, -1):
        stays, least = _ENDINGS.get(stem[-size:], ("", 99))
        if len(stem) - size + len(stays) >= least:
            stem = _bare(stem[:-size] + stays)
            break
    return _QUALITY.sub("", re.sub("q$", "c", stem))


def _bare(stem: str) -> str:
    """The stem without its final vowels, unless too little would be left."""
    bare = _FINAL_VOWELS.sub("", stem.rstrip("e") if stem.endswith("ee") else stem)
    return bare if len(bare) >= 3 else stem


def tokens(text: str) -> Iterator[Token]:
    """Every word of the text in order, stop words included, elisions left out."""
    ties = {m.start() if m[0][0] not in "'’ʼ" else m.start() + 1 for m in ELISION.finditer(text)}
    for match in TOKEN.finditer(text):
        if match.start() not in ties:
            word = fold(match[0])
            yield Token(key(word), word, match.start(), match.end())


def telling(text: str) -> list[Token]:
    """The words that carry meaning: stop words left out, unless nothing else was said."""
    every = list(tokens(text))
    return [token for token in every if token.word not in STOP_WORDS] or every
