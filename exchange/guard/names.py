"""Names of persons without a title: after a word that calls for one, beside a first name, initials.

Nothing here is sure: a name in a question is asked about, and shown to the moderator.
"""

import itertools
import re
from collections.abc import Iterator

from exchange.guard.context import (
    is_brand,
    is_cited,
    is_credit,
    is_institution,
    is_place_or_breed,
    is_public,
    names_a_thing,
)
from exchange.guard.finding import Finding
from exchange.guard.reading import Reading
from exchange.guard.titles import titled
from exchange.guard.tokens import Token, chains, is_firm, is_first_name, is_known, name_at
from exchange.guard.words import (
    ABBREVIATIONS,
    AMBIGUOUS,
    EPONYMS,
    FIRST_NAMES,
    GERMS,
    PLACES,
    SURNAMES,
    is_listed,
    is_word,
)

_CUE = re.compile(
    r"(?<![a-z0-9])(?=[a-z])(?:(?P<strong>prenomm[eé]+e?s?|(?:sur|de)?nommee?s?|appelee?s?|s'appelle|called|named|(?<![a-z])(?:patient(?:'s)? )?name ?[:=]|surname ?[:=]|(?:first|last|family|given|full) name ?[:=]?"
    r"|noms?(?: (?:du |de la )?patiente?| de naissance| d'usage| usuel| de jeune fille| marital| patronymique| d'epouse| de famille| et prenoms?| prenoms?)? ?\(?s?\)? ?[:=]|prenoms?(?: du patient)?(?:\(s\))? ?[:=]|identite ?:|assuree? ?:|concerne ?:|patiente? ?:"
    r"|epouse(?= [A-Z])|nee(?= [A-Z])|signe(?: par)? ?:|(?:cher|chere|dear)(?= )|destinataire ?:|redige par|valide par|interne ?:|praticien ?:|referent ?:|medecin(?: traitant)? ?:|re ?:)"
    r"|(?P<weak>(?:patiente?|malade|enfant|petite?|jeune|fils|fille|frere|soeur|pere|mere|mari|epoux|epouse|femme|conjointe?|compagnon|compagne|bebe|nourrisson|garcon|fillette|tante|oncle|neveu|niece|cousine?|son|daughter|husband|wife|brother|sister|mother|father|baby|little|boy|girl|infirmiere?|interne|externe|psychologue|kinesitherapeute|secretaire|confrere|consoeur|collegue|mail|dossier de|pour|avec|by|par|for|voisine?|amie?|jumeaux?|jumelle|aine|cadette?)))"
    r"(?![a-z])(?: ?[:,(]| -)? ?(?:le |la |du |de la )?"
)
_YOUNG = ("petit", "jeune", "enfant", "little", "baby", "bebe", "fillette", "garcon")
_CHILD = (*_YOUNG, "fils", "fille", "son", "daughter")
_SICK = (
    "patient ",
    "patiente ",
    "malade ",
    "enfant ",
    "patient:",
    "patiente:",
    "patient,",
    "patiente,",
    "patient (",
    "patiente (",
)
_ONE_PERSON = re.compile(
    "petit|jeune|enfant|little|baby|bebe|garcon|fil(?:s|le)|patient|malade|frere|soeur|pere|mere|mari|epou|femme|"
    "conjoint|compagn|dossier de|son|daughter|husband|wife|brother|sister|mother|father|infirmi|interne|externe|psychologue|secretaire"
)
_IDENTITY_AFTER = re.compile(
    r"^[ \n]?[,;|:(/-]{0,2} ?(?:[hfm] ?[|,] ?)?\(?(?:nee?\b|ne\(e\)|born|ddn|dob|d\.o\.b|date de nais|[0-3]?[0-9][/.-][01]?[0-9][/.-](?:19|20)?[0-9]{2}|[0-9]{1,3} ?ans\b|age|aged|ipp|nda|nip|iep|mrn|tel\b|[0-9]{1,3} ?(?:yo|y/o|year)|[0-9] [0-9] [0-9] [0-9])"
)
_PERSON_AFTER = re.compile(
    r"^(?:,? (?:who|whose|admitted|aged|age[de]?e?|dont|souffr|consult|vit|habit|ne\b|nee\b|hospitalis|nous a|presente (?:un|une|des|depuis)|developed|was (?:admitted|referred|seen|diagnosed|started|treated)|has (?:been|had|a|refractory)|is (?:a|an|on) |est (?:suivi|traite|hospitalis|atteint|age|sous|un patient|une patiente)|a (?:ete (?:hospitalis|vu|opere|admis|adress)|presente|recu|developpe|consulte)|sous [a-z]|dans les suites)|,? [0-9]{1,3} ?(?:ans|yo|y/o|year))"
)
_DETERMINER = re.compile(r"\b(?:du|le|la|les|un|une|des|ce|cet|cette|l'|the|an?) $")
_SENTENCE_GOES_ON = re.compile(
    r"^(?:$|[^ a-z0-9-]| [^a-z0-9]| (?:est|a|va|vit|et|ou|qui|que|dont|avec|sous|chez|depuis|pour|en|aux?|dans|par|sans|sur|ne|se|souffre|souffrait|prend|recoit|presente|presentait|developpe|etait|avait|fait|rechute|revient|vient|dort|mange|tousse|saigne|dit|nous|me|lui|vu|vue|sort|entre|hier|ce|cette|apres|avant|lors|suivie?|agee?"
    r"|is|was|has|had|and|or|who|with|on|under|since|for|in|at|by|does|did|feels?|takes|took|came|comes|needs|will|can|says|said|got|gets|again|after|before)(?![a-z0-9])| [a-z]')"
)
_TITLE_CASE = re.compile(r"[A-Z][a-z]+(?:-[A-Z][a-z]+)*")
_BIRTH_NEAR = re.compile(
    r"\b(?:nee?s?|ne\(e\)|naissance|ddn|born|dob|birth)\b|\b(?:patiente?|malade|enfant|sujet)$|[0-9]{1,3} ?(?:ans|yo\b|y/o|-?year)"
)
_DOTTED = re.compile(r"(?<![A-Za-z.])(?:[A-Z]\.[ -]?){2,3}(?![A-Za-z0-9])")
_LOWER_WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*")


def names(reading: Reading, lang: str) -> Iterator[Finding]:
    """Every place that looks like a person's name or initials."""
    yield from titled(reading, lang)
    yield from _cued(reading, lang)
    yield from _chained(reading, lang)
    yield from _uncapitalised(reading, lang)
    yield from _initials(reading)


def _cued(reading: Reading, lang: str) -> Iterator[Finding]:
    """Names after "nommé", "Nom :", "le petit", "patient", "her husband"."""
    for match in _CUE.finditer(reading.lower):
        position = match.end()
        if not reading.plain[position : position + 1].isupper() or is_credit(reading, position):
            continue
        end, tokens = name_at(reading, position, trusting=match["strong"] is not None)
        words = [token for token in tokens if not token.is_initial]
        if not words or is_cited(reading, end) or is_institution(reading, end):
            continue
        if is_brand(reading, end) or is_public(reading, tokens[0].start):
            continue
        if match["strong"]:
            believed = not all(_is_elsewhere(word.lower) or _is_code(word) for word in words)
        else:
            believed = _is_believable(words, match[0], shouting=reading.shouting)
        if believed:
            yield Finding("name", False, tokens[0].start, end, "name-cue", _nobody(lang))


def _is_elsewhere(word: str) -> bool:
    """A place or the name of a disease that is nobody's first name."""
    return (word in PLACES or word in EPONYMS) and not is_first_name(word)


def _is_code(word: Token) -> bool:
    """ "PIT-déviation", "HNG-II": a technique or a type, called so like a person."""
    parts = word.text.split("-")
    short = [part for part in parts if part.isupper() and len(part) < 5]
    return (
        len(parts) > 1
        and bool(short)
        and any(part[0].islower() or set(part) <= set("IVX") for part in parts)
    )


def _is_believable(words: list[Token], cue: str, *, shouting: bool) -> bool:
    """After a mere "patient", "fils" or "avec": a known name, or a word that can be nothing else."""
    first = words[0]
    firm = any(is_firm(w.lower) for w in words)
    given = any(is_first_name(w.lower) for w in words)
    if _is_elsewhere(first.lower) and not (len(words) > 1 and given):
        return False
    if len(words) > 1 and (firm or (given and any(w.lower in SURNAMES for w in words))):
        return True
    if not _ONE_PERSON.match(cue):
        return False
    if firm or first.lower in SURNAMES or (first.lower in FIRST_NAMES and cue.startswith(_CHILD)):
        return True
    if len(words) == 2:
        return not shouting and not any(w.lower in EPONYMS for w in words)
    if first.is_capitals:
        return not shouting and len(first.text) > 5 and cue.startswith(_SICK)
    return cue.startswith(_YOUNG) and len(first.text) > 2 and not is_listed(first.lower)


def _chained(reading: Reading, lang: str) -> Iterator[Finding]:
    """Names known by a first name, alone or beside a surname, or by standing on an identity line."""
    for chain in chains(reading):
        start, end = chain[0].start, chain[-1].end
        rule = _chain_rule(chain, reading)
        if rule is None or names_a_thing(reading, start) or is_credit(reading, start):
            continue
        if is_public(reading, start) or is_brand(reading, end):
            continue
        if not is_cited(reading, end) and not is_institution(reading, end):
            yield Finding("name", False, start, end, rule, _nobody(lang))


def _chain_rule(chain: list[Token], reading: Reading) -> str | None:
    """Which rule, if any, takes a run of capitalised words for a person."""
    words = [token for token in chain if not token.is_initial]
    if is_place_or_breed([w.lower for w in words]):
        return None
    if not words or (all(w.lower in EPONYMS for w in words) and not _is_firmly_named(words)):
        return None
    after = reading.lower[chain[-1].end : chain[-1].end + 45]
    if len(words) > 1 and _has_first_name(words, reading):
        return "name-first"
    if len(words) < len(chain) and (rule := _initialled(chain, words, reading)):
        return rule
    if len(words) > 1 and _is_pair(words, after, reading):
        return "name-pair"
    if _IDENTITY_AFTER.match(after) and _is_identity(words, reading):
        return "name-identity-line"
    if len(chain) == 1 and _stands_alone(words[0], reading):
        return "name-first-alone"
    return None


def _is_firmly_named(words: list[Token]) -> bool:
    """Two eponyms side by side are a disease ("Miller Fisher") unless one shouts as a surname does."""
    given = any(is_first_name(w.lower) for w in words)
    return len(words) > 1 and given and len({w.is_capitals for w in words}) == 2


def _has_first_name(words: list[Token], reading: Reading) -> bool:
    """A firm first name; or one that is also a word, beside a known surname or one in capitals."""
    if any(is_firm(w.lower) for w in words):
        return True
    given = [w for w in words if is_first_name(w.lower)]
    others = [w for w in words if not is_first_name(w.lower) and w.lower not in PLACES]
    return bool(given) and any(_is_surname_beside(w, given, reading) for w in others)


def _is_surname_beside(word: Token, given: list[Token], reading: Reading) -> bool:
    if word.lower in SURNAMES:
        return not {word.lower, *(w.lower for w in given)} <= EPONYMS
    shown = word.is_capitals and len(word.text) > 3 and not reading.shouting
    return shown and not all(w.is_capitals for w in given)


def _initialled(chain: list[Token], words: list[Token], reading: Reading) -> str | None:
    """ "Karim B.", "DUPONT M.", "J. DUPONT"; not "E. COLI" nor "M. Crohn"."""
    first = words[0]
    shown = first.is_capitals and len(first.text) > 3 and not reading.shouting
    if not chain[0].is_initial:
        if is_firm(first.lower):
            return "name-first"
        surname = first.lower in SURNAMES and (first.is_capitals or reading.shouting)
        return "name-initial" if surname else None
    stranger = first.lower in GERMS or first.lower in EPONYMS or first.lower in PLACES
    return "name-initial" if not stranger and (shown or first.lower in SURNAMES) else None


def _is_pair(words: list[Token], after: str, reading: Reading) -> bool:
    """Two unknown words that are written, or followed, as a first name and a surname are."""
    unknown = [
        w for w in words if w.lower not in EPONYMS and w.lower not in PLACES and len(w.text) > 2
    ]
    if len(unknown) < 2 or reading.shouting:
        return False
    if any(w.lower in SURNAMES for w in unknown):
        return True
    capitals = [w for w in unknown if w.is_capitals and min(map(len, w.text.split("-"))) > 3]
    plain = [w for w in unknown if w.text[1:].replace("-", "").islower() or "-" in w.text]
    if capitals and plain and len(unknown) < 5:
        return True
    return len(plain) == len(words) == 2 and _PERSON_AFTER.match(after) is not None


def _is_identity(words: list[Token], reading: Reading) -> bool:
    """Words before a birth date, an age or a file number, one of them in capitals or known."""
    if len(words) == 1:
        return is_known(words[0].lower)
    mixed = len({w.is_capitals for w in words}) == 2 and not reading.shouting
    return mixed or any(is_known(w.lower) for w in words)


def _stands_alone(word: Token, reading: Reading) -> bool:
    """A firm first name by itself, without the article, or the noun behind it, that would make it a
    thing: "Camille va mieux", not "Gordon setter"."""
    if not is_firm(word.lower) or word.lower in EPONYMS or word.lower in PLACES:
        return False
    before = reading.lower[max(0, word.start - 8) : word.start]
    goes_on = _SENTENCE_GOES_ON.match(reading.lower[word.end : word.end + 20])
    shown = _TITLE_CASE.fullmatch(word.text) is not None
    return shown and goes_on is not None and not _DETERMINER.search(before)


def _uncapitalised(reading: Reading, lang: str) -> Iterator[Finding]:
    """`marie dupont`: a firm first name beside a known surname, both without capitals."""
    if SURNAMES.isdisjoint(_LOWER_WORD.findall(reading.plain)):
        return
    words = list(_LOWER_WORD.finditer(reading.lower))
    for one, two in itertools.pairwise(words):
        pair = (one[0], two[0])
        if two.start() - one.end() != 1 or not reading.plain[one.start()].islower():
            continue
        if any(_is_lower_pair(*order) for order in (pair, pair[::-1])):
            yield Finding("name", False, one.start(), two.end(), "name-first", _nobody(lang))


def _is_lower_pair(first: str, surname: str) -> bool:
    if surname not in SURNAMES or surname in EPONYMS or is_word(surname):
        return False
    return first in FIRST_NAMES and first not in AMBIGUOUS


def _initials(reading: Reading) -> Iterator[Finding]:
    """`J.D.` near a birth, an age or the word patient; between two of them if it abbreviates."""
    for match in _DOTTED.finditer(reading.plain):
        start, written = match.start(), match[0].rstrip(" -")
        before = reading.lower[max(0, start - 45) : start].rstrip(" (,:")
        after = reading.lower[match.end() : match.end() + 45]
        near = [_BIRTH_NEAR.search(side) is not None for side in (before, after)]
        usual = written.lower().replace(" ", "") in ABBREVIATIONS
        if all(near) or (any(near) and not usual):
            yield Finding("initials", False, start, start + len(written), "initials-birth", "")


def _nobody(lang: str) -> str:
    return "[name]" if lang == "en" else "[nom]"
