"""Names of persons: after a title or a word that calls for one, beside a first name, with initials.

Nothing here is sure: a name in a question is asked about, and shown to the moderator. Diseases
that bear a name, cited authors, institutions, streets, drugs and germs are let through.
"""

import re
from collections.abc import Iterator

from exchange.guard.finding import Finding
from exchange.guard.reading import Reading
from exchange.guard.words import (
    ABBREVIATIONS,
    AMBIGUOUS,
    EPONYMS,
    FIRST_NAMES,
    GERMS,
    PARTICLES,
    PLACES,
    SURNAMES,
    is_listed,
    is_word,
)

_TITLE = re.compile(
    r"(?:monsieur|madame|mademoiselle|messieurs|mesdames|docteur|doctor|professeur|professor|m(?:me|mes|lle|elle|rs|r|s|iss|rne|ister|\.|m\.|(?= ))|d(?:r|octeure)|prof|pr|veuve|vve|soeur|sir|lady|maitre|me(?=\.))(?![a-z])"
)
_TITLE_GAP = re.compile(
    r"[ ._,:*|]{0,3}(?:\n ?)?(?:(?:le |la |the |et )?(?:docteur|dr|professeur|prof|pr|veuve|vve|m|mme|mr|mrs|mlle|madame|monsieur)\b\.? ?){0,2}(?:(?:nom|prenom|name) ?: ?)?"
)
_WORD = re.compile(r"[A-Za-z][A-Za-z0]*(?:['][A-Za-z]+)*(?:-[A-Za-z]+(?:'[A-Za-z]+)?)*")
_INITIAL = re.compile(r"[A-Z](?:\. ?-?[A-Z]|-[A-Z])?\.(?![a-z])|[A-Z](?=[ ,;:)\n]|$)")

_CUE = re.compile(
    r"(?<![a-z0-9])(?=[a-z])(?:(?P<strong>prenomm[eé]+e?s?|(?:sur|de)?nommee?s?|appelee?s?|s'appelle|called|named|(?<![a-z])(?:patient(?:'s)? )?name ?[:=]|surname ?[:=]|(?:first|last|family|given|full) name ?[:=]?"
    r"|noms?(?: (?:du |de la )?patiente?| de naissance| d'usage| usuel| de jeune fille| marital| patronymique| d'epouse| de famille| et prenoms?| prenoms?)? ?\(?s?\)? ?[:=]|prenoms?(?: du patient)?(?:\(s\))? ?[:=]|identite ?:|assuree? ?:|concerne ?:|patiente? ?:"
    r"|epouse(?= [A-Z])|nee(?= [A-Z])|signe(?: par)? ?:|(?:cher|chere|dear)(?= )|destinataire ?:|redige par|valide par|interne ?:|praticien ?:|referent ?:|medecin(?: traitant)? ?:|re ?:)"
    r"|(?P<weak>(?:patiente?|malade|enfant|petite?|jeune|fils|fille|frere|soeur|pere|mere|mari|epoux|epouse|femme|conjointe?|compagnon|compagne|bebe|nourrisson|garcon|fillette|tante|oncle|neveu|niece|cousine?|son|daughter|husband|wife|brother|sister|mother|father|baby|little|boy|girl|infirmiere?|interne|externe|psychologue|kinesitherapeute|secretaire|confrere|consoeur|collegue|mail|dossier de|pour|avec|by|par|for|voisine?|amie?|jumeaux?|jumelle|aine|cadette?)))"
    r"(?![a-z])(?: ?[:,(]| -)? ?(?:le |la |du |de la )?"
)
_CITED_AFTER = re.compile(
    r"^(?: ?\[[0-9]|,? ?(?:et|and|&) ?(?:al\b|coll|col\b|colleagues|associates|collaborateurs)|,? ?\(?(?:19|20)[0-9]{2}[a-z]?\)?(?![0-9/.-])|,? ?(?:et|and|&) [A-Z][a-z-]+,? ?\(?(?:19|20)[0-9]{2}| ?(?:'s)? ?(?:disease|syndrome|sign|score|test|criteria|classification|index|scale|stain|staining|phenomenon|reaction|cells?|bodies|body|lymphoma|sarcoma|tumor|tumour|"
    r"anemia|anaemia|thyroiditis|palsy|ataxia|method|procedure|maneuver|manoeuvre|hospital|university|institute|clinic|college|foundation|trial|study|coefficient|disease's|esophagus|oesophagus|contracture|fracture|nodes?|spots?|lines?|ulcer|virus|agar|medium)\b)"
)
_CREDIT = re.compile(
    r"(?:traduit|translated|traduction|illustration|photo(?:graphie)?s?|dessins?)(?: (?:par|de|by|from [a-z]+ by))? ?:? ?(?:(?:le )?(?:docteure?|dr|pr)\.? )?$"
)
_TAXON = re.compile(r"[A-Z](?:[a-z]+|\.) [a-z]+(?:us|um|ae|ax|ix|ii|ki|ni) \($")
_NAMED_THING = re.compile(
    r"\b(?:maladies?|syndromes?|signes?|scores?|tests?|criteres?|classifications?|echelles?|index|indices?|lymphomes?|sarcomes?|tumeurs?|anemies?|thyroidites?|purpura|phenomenes?|reactions?|methodes?|formules?|manoeuvres?|corps|cellules?|coloration|oesophage|ulceres?|virus|bacilles?|operation|procedure|loi|theoreme|modele|model|courbes?|triade|granulomatose|arterite|paralysie|nevralgie|"
    r"hopita(?:l|ux)|cliniques?|instituts?|institutes?|centres?|center|fondations?|foundation|universites?|university|lycee|college|ecole|rue|avenue|av\.|boulevard|bd|bld|place|square|quai|allees?|chemin|impasse|route|traverse|cours|prix|bourse|bibliotheque|laboratoires?|labos?|societe|chu|chru|ch|ehpad|residence|pavillon|batiment|salle|amphitheatre|unite|service|etablissement|saints?|saintes?|st|ste|san|santa|sao|port|mont|ile|isle|vallee|"
    r"disease|syndrome|hospital|clinic|college|cohorte?|etude|essai|study|trial|registre|programme|plan|reseau|logiciel|software|plateforme|alphabet|point de|ligne de|plexus|canal|ligament|muscle|nerf|valve de|publications?|travaux|decouvertes?|articles?|livres?|ouvrages?|theorie|equation|nobel|tempete|cyclone|ouragan|hurricane|storm|ville|commune|region|province|etat|intervention|prothese|anneau|sonde|pince|aiguille|score de|"
    r"according to|selon|d'apres|by|equipe|team|groupe|modified|modifie|editions?|docteurs? sans)"
    r"s?\.? (?:(?:de |du |des |d'|of |of the |de la |l'|the |type )+)?['\"«]? ?$"
)
_INSTITUTION_AFTER = re.compile(
    r"^ (?:hospital|university|institute|clinic|college|foundation|school|center|centre|street|road|laborator|inc|ltd|sas\b|sa\b)"
)
_IDENTITY_AFTER = re.compile(
    r"^[ \n]?[,;|:(/-]{0,2} ?(?:[hfm] ?[|,] ?)?\(?(?:nee?\b|ne\(e\)|born|ddn|dob|d\.o\.b|date de nais|[0-3]?[0-9][/.-][01]?[0-9][/.-](?:19|20)?[0-9]{2}|[0-9]{1,3} ?ans\b|age|aged|ipp|nda|nip|iep|mrn|tel\b|[0-9]{1,3} ?(?:yo|y/o|year)|[0-9] [0-9] [0-9] [0-9])"
)
_BIRTH_NEAR = re.compile(
    r"\b(?:nee?s?|ne\(e\)|naissance|ddn|born|dob|birth)\b|\b(?:patiente?|malade|enfant|sujet)$|[0-9]{1,3} ?(?:ans|yo\b|y/o|-?year)"
)
_DOTTED = re.compile(r"(?<![A-Za-z.])(?:[A-Z]\.[ -]?){2,3}(?![A-Za-z0-9])")
_ANONYMOUS = frozenset("XYZN")
_MOLAR = re.compile(
    r"(?:[0-9]|[mnuµ]) ?$|\b(?:phase|ig|stade|chromosome|classe|type|groupe|le|la|de) ?$"
)
_ROLE_ABBREVIATIONS = frozenset({"ms", "mr", "pr", "dr", "me", "m"})


class _Token:
    """A word written as a name may be: `Dupont`, `DUPONT`, `J.`"""

    __slots__ = ("end", "is_capitals", "is_initial", "lower", "start", "text")

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text, self.start, self.end = text, start, end
        self.lower = text.lower().replace("0", "o")
        self.is_initial = len(text) == 1 or "." in text
        self.is_capitals = not self.is_initial and text.isupper()


def names(reading: Reading, lang: str) -> Iterator[Finding]:
    """Every place that looks like a person's name or initials."""
    shouting = _is_shouting(reading.plain)
    yield from _titled(reading, lang, shouting)
    yield from _cued(reading, lang, shouting)
    yield from _chained(reading, lang, shouting)
    yield from _uncapitalised(reading, lang)
    yield from _initials(reading, lang)


def _is_shouting(plain: str) -> bool:
    letters = sum(map(str.isalpha, plain))
    return letters > 0 and sum(map(str.isupper, plain)) > 0.6 * letters


def _is_first_name(word: str) -> bool:
    if word in FIRST_NAMES:
        return True
    first, dash, second = word.partition("-")
    return (
        bool(dash)
        and word not in EPONYMS
        and first in FIRST_NAMES
        and (first not in AMBIGUOUS or second in FIRST_NAMES)
    )


def _is_known(word: str) -> bool:
    return word in SURNAMES or word in AMBIGUOUS or _is_first_name(word)


def _is_vocabulary(word: str) -> bool:
    if word[1:2] == "'" and is_listed(word[2:]):
        return True
    if "-" in word and not _is_first_name(word) and word not in SURNAMES:
        return word in PLACES or is_word(word) or any(is_word(part) for part in word.split("-"))
    return is_word(word)


def _name_at(
    reading: Reading, position: int, *, trusting: bool, shouting: bool
) -> tuple[int, list[_Token]]:
    """Read a name that begins at a position: where it ends, and its words (initials included).

    `trusting` is for what a title or "nom :" announces: only listed words are then refused.
    """
    plain = reading.plain
    tokens: list[_Token] = []
    end = position
    while len(tokens) < 5:
        gap = (
            re.compile(r"(?: |_|-| - |, (?=[A-Z])|\. (?=[A-Z]{2})|(?<=\.))?").match(plain, end)
            if tokens
            else None
        )
        start = gap.end() if gap else position
        initial = _INITIAL.match(plain, start)
        if initial and (initial.end() > start):
            tokens.append(_Token(initial[0], start, initial.end()))
            end = initial.end()
            continue
        word = _WORD.match(plain, start)
        if word is None or (
            tokens and gap is not None and gap.end() == gap.start() and plain[end - 1] != "."
        ):
            break
        text = word[0]
        if text.lower() in PARTICLES and (particles := _PARTICLE_RUN.match(plain, start)):
            after = _WORD.match(plain, particles.end())
            if after is None or is_listed(after[0].lower()):
                break
            tokens.append(_Token(plain[start : after.end()], start, after.end()))
            end = after.end()
            continue
        lower = text.lower().replace("0", "o")
        if not text[0].isupper() or _is_refused(
            lower, trusting=trusting, shouting=shouting, first=not tokens
        ):
            break
        if (
            tokens
            and gap is not None
            and "," in gap[0]
            and not (_is_first_name(text.lower()) or _is_first_name(tokens[0].lower))
        ):
            break
        tokens.append(_Token(text, start, word.end()))
        end = word.end()
    return end, tokens


def _is_refused(word: str, *, trusting: bool, shouting: bool, first: bool) -> bool:
    if not trusting:
        return _is_vocabulary(word)
    if first and word in FIRST_NAMES:
        return False
    if shouting and not first:
        return _is_vocabulary(word)
    return is_listed(word) and word not in SURNAMES and word not in PLACES


_PARTICLE_RUN = re.compile(
    r"(?:(?i:d[eui]s?|del|della|da|dos?|das|l[ea]s?|van|von|der|den|el|al|ben|bin|bint|ibn|bou|ould|abu|ait|d|l|mac|o|san)[ ']){1,3}(?=[A-Z])"
)


def _titled(reading: Reading, lang: str, shouting: bool) -> Iterator[Finding]:
    plain, lower = reading.plain, reading.lower
    for match in _TITLE.finditer(lower):
        start = match.start()
        if start and (
            plain[start - 1].isalnum()
            or (plain[start - 1] in "'-" and plain[start - 2 : start - 1].isalpha())
        ):
            continue
        written = plain[start : match.end()]
        gap = _TITLE_GAP.match(lower, match.end())
        position = gap.end() if gap else match.end()
        if _is_title_of_nobody(reading, written, position, start):
            continue
        end, tokens = _name_at(reading, position, trusting=True, shouting=shouting)
        if _CREDIT.search(lower[max(0, start - 25) : start]) or (
            tokens and _CITED_AFTER.match(plain[end : end + 40])
        ):
            continue
        if tokens and all(token.is_initial for token in tokens):
            if tokens[0].text[0] not in _ANONYMOUS and written.lower() not in {"m", "pr", "me"}:
                yield Finding(
                    "initials", False, start, end, "initials-title", _person(written, lang)
                )
        elif tokens:
            yield Finding("name", False, start, end, "name-title", _person(written, lang))
        else:
            yield from _lower_name(reading, written, start, position, lang)


def _is_title_of_nobody(reading: Reading, written: str, position: int, start: int) -> bool:
    """Letters that are a title elsewhere: magnetic resonance, PR interval, molar, M. tuberculosis."""
    plain = reading.plain
    word = _WORD.match(plain, position)
    if word is None:
        return True
    following = word[0].lower()
    if following in GERMS or (following in EPONYMS and written in {"M.", "M"}):
        return True
    bare = written.rstrip(".")
    if bare.lower() not in _ROLE_ABBREVIATIONS:
        return False
    if bare in {"M", "m", "Me", "me"}:
        if "\n" in plain[start:position] or not word[0][0].isupper() or bare in {"m", "me"}:
            return not (
                bare == "m"
                and written == "m."
                and _is_known(following)
                and following not in AMBIGUOUS
            )
        if written == "M" or bare == "Me":
            acronym = word[0].isupper() and len(word[0]) < 4
            return (
                bool(_MOLAR.search(plain[max(0, start - 12) : start]))
                or acronym
                or len(word[0]) == 1
                or not (word[0].isupper() or _is_known(following))
            )
        return False
    if bare in {"MS", "MR", "PR", "DR"}:
        return not (
            word[0].isupper() and len(word[0]) > 2 and (_is_known(following) or len(word[0]) > 4)
        )
    return bare in {"ms", "pr"} and not _is_known(following)


def _lower_name(
    reading: Reading, written: str, start: int, position: int, lang: str
) -> Iterator[Finding]:
    """A name without its capital, "mme dupont": any unknown word after a short title, a known one otherwise."""
    word = _WORD.match(reading.plain, position)
    if word is None or not word[0][0].islower() or len(word[0]) < 3:
        return
    lower = word[0].lower()
    short = written.lower().rstrip(".") in {"mme", "mlle", "mr", "mrs", "dr", "mrne"}
    if (
        is_word(lower)
        or lower in PARTICLES
        or (lower in AMBIGUOUS and lower not in SURNAMES)
        or lower in PLACES
    ):
        return
    if (short and not _looks_like_verb(lower)) or lower in SURNAMES or lower in FIRST_NAMES:
        end = word.end()
        second = re.compile(" ([a-z-]{3,})").match(reading.lower, end)
        if second and (second[1] in FIRST_NAMES or second[1] in SURNAMES):
            end = second.end()
        yield Finding("name", False, start, end, "name-title", _person(written, lang))


def _looks_like_verb(word: str) -> bool:
    return (
        re.search(r"(?:ait|ent|er|ee|ees|ir|ant|it|oit|est|at|ut)$", word) is not None
        and word not in SURNAMES
    )


def _cued(reading: Reading, lang: str, shouting: bool) -> Iterator[Finding]:
    plain, lower = reading.plain, reading.lower
    for match in _CUE.finditer(lower):
        position = match.end()
        if _CREDIT.search(lower[max(0, position - 25) : position]):
            continue
        if position < len(plain) and not plain[position].isupper():
            continue
        end, tokens = _name_at(
            reading, position, trusting=match["strong"] is not None, shouting=shouting
        )
        if not tokens or (all(t.is_initial for t in tokens) and not match["strong"]):
            continue
        if _CITED_AFTER.match(plain[end : end + 40]) or _INSTITUTION_AFTER.match(
            lower[end : end + 20]
        ):
            continue
        words = [t for t in tokens if not t.is_initial]
        if match["strong"]:
            believed = (
                bool(words)
                and not all(w.lower in PLACES and w.lower not in FIRST_NAMES for w in words)
                and not _is_disease(words)
            )
        else:
            believed = _is_believable(words, lower[match.start() : match.end()], shouting)
        if believed:
            yield Finding("name", False, tokens[0].start, end, "name-cue", _nobody(lang))


def _is_disease(words: list[_Token]) -> bool:
    return all(w.lower in EPONYMS and not _is_first_name(w.lower) for w in words)


_YOUNG = ("petit", "jeune", "enfant", "little", "baby", "bebe", "fillette", "garcon")
_ONE_PERSON = (
    *_YOUNG,
    "patient",
    "malade",
    "fils",
    "fille",
    "frere",
    "soeur",
    "pere",
    "mere",
    "mari",
    "epou",
    "femme",
    "conjoint",
    "compagn",
    "dossier de",
    "son",
    "daughter",
    "husband",
    "wife",
    "brother",
    "sister",
    "mother",
    "father",
    "infirmi",
    "interne",
    "externe",
    "psychologue",
    "secretaire",
)


def _is_believable(words: list[_Token], cue: str, shouting: bool) -> bool:
    """After "patient" or "fils": a known name, or one long unknown word in capitals."""
    if not words or (words[0].lower in PLACES and words[0].lower not in FIRST_NAMES):
        return False
    first = words[0]
    if (
        first.lower in EPONYMS
        and first.lower not in FIRST_NAMES
        and not (len(words) > 1 and any(_is_first_name(w.lower) for w in words))
    ):
        return False
    if any(_is_first_name(w.lower) and w.lower not in AMBIGUOUS for w in words) and (
        len(words) > 1 or cue.startswith(_ONE_PERSON)
    ):
        return True
    if (
        any(_is_first_name(w.lower) for w in words)
        and any(w.lower in SURNAMES for w in words)
        and len(words) > 1
    ):
        return True
    if (
        cue.startswith(_YOUNG)
        and len(words) == 1
        and not is_listed(first.lower)
        and not first.is_capitals
        and len(first.text) > 2
    ):
        return True
    if (
        len(words) == 2
        and cue.startswith(_ONE_PERSON)
        and not shouting
        and not any(w.lower in EPONYMS for w in words)
    ):
        return True
    if (
        first.lower in AMBIGUOUS
        and _is_first_name(first.lower)
        and cue.startswith(
            (
                "petit",
                "jeune",
                "little",
                "baby",
                "bebe",
                "enfant",
                "fils",
                "fille",
                "son",
                "daughter",
            )
        )
    ):
        return True
    if first.lower in SURNAMES and cue.startswith(_ONE_PERSON):
        return True
    return (
        first.is_capitals
        and not shouting
        and len(first.text) > 5
        and cue.startswith(("patient", "malade", "enfant"))
        and not cue.startswith("patients")
    )


def _chained(reading: Reading, lang: str, shouting: bool) -> Iterator[Finding]:
    """Names known by a first name, alone or beside a surname, or by standing on an identity line."""
    plain = reading.plain
    for chain in _chains(reading, shouting):
        start, end = chain[0].start, chain[-1].end
        before, after = reading.lower[max(0, start - 45) : start], plain[end : end + 45]
        rule = _chain_rule(chain, before, after, shouting)
        if (
            rule is None
            or _NAMED_THING.search(before)
            or _TAXON.search(plain[max(0, start - 45) : start])
            or _CREDIT.search(before)
            or _CITED_AFTER.match(after)
            or _INSTITUTION_AFTER.match(after.lower())
        ):
            continue
        yield Finding("name", False, start, end, rule, _nobody(lang))


def _chains(reading: Reading, shouting: bool) -> Iterator[list[_Token]]:
    """Runs of capitalised words that are not ordinary language."""
    plain = reading.plain
    chain: list[_Token] = []
    for match in _CHAIN_WORD.finditer(plain):
        if (
            not chain
            and not match[0].isupper()
            and is_listed(lower := match[0].lower())
            and lower not in FIRST_NAMES
        ):
            continue
        token = _Token(match[0], match.start(), match.end())
        glued = bool(chain) and _is_glue(plain, chain[-1], token.start)
        if glued and token.lower in PARTICLES:
            continue
        ordinary = not token.is_initial and _is_ordinary(token, chain if glued else [], shouting)
        if chain and (ordinary or not glued):
            yield chain
            chain = []
        if not ordinary:
            chain.append(token)
    if chain:
        yield chain


def _is_glue(plain: str, last: _Token, start: int) -> bool:
    """Whether what stands between two words can stand inside a name; a comma only after a surname."""
    gap = plain[last.end : start]
    if gap == " ":
        return True
    if "," in gap and not (last.is_capitals or last.lower in SURNAMES):
        return False
    return len(gap) < 20 and _CHAIN_GAP.fullmatch(gap) is not None


def _is_ordinary(token: _Token, chain: list[_Token], shouting: bool) -> bool:
    """Whether a word ends a chain: beside a first name, or in capitals, less of it looks ordinary."""
    if token.is_capitals and not shouting and token.lower in SURNAMES:
        return False
    follows_name = (
        bool(chain)
        and not shouting
        and _is_first_name(chain[-1].lower)
        and chain[-1].lower not in AMBIGUOUS
    )
    return (
        is_listed(token.lower)
        if follows_name and token.lower not in PLACES
        else _is_vocabulary(token.lower)
    )


_CHAIN_WORD = re.compile(
    r"(?<![A-Za-z0-9'])(?:[A-Z](?:\.[ -]?[A-Z]|-[A-Z])?\.(?![a-z])|(?:[A-Zdl]')?[A-Z][A-Za-z]*[A-Za-z](?:-[A-Za-z]+)*(?:'[A-Z][a-z]+)?|(?<=[A-Za-z][ ])[A-Z](?=[ ,;:)\n.]|$))(?![0-9])"
)
_CHAIN_GAP = re.compile(
    r" ?(?:(?:d[eui]s?|del|della|da|dos|das|van|von|der|den|el|al|ben|bin|ibn|bou|ould|abu|ait|le|la|les|san|mac|d'|l')[ ']?){0,3}|_|, ?| - |-|\.|\n|  ",
    re.IGNORECASE,
)


def _chain_rule(chain: list[_Token], before: str, after: str, shouting: bool) -> str | None:
    words = [token for token in chain if not token.is_initial]
    initials = len(chain) - len(words)
    if not words or (all(w.lower in EPONYMS for w in words) and not _is_firmly_named(words)):
        return None
    firm = [w for w in words if _is_first_name(w.lower) and w.lower not in AMBIGUOUS]
    loose = [w for w in words if _is_first_name(w.lower) and w.lower in AMBIGUOUS]
    others = [w for w in words if not _is_first_name(w.lower) and w.lower not in PLACES]
    if len(words) > 1 or initials:
        if firm and (len(words) > 1 or (initials and not chain[0].is_initial)):
            return "name-first"
        if loose and _has_surname(words, loose, others, shouting):
            return "name-first"
        if chain[0].is_initial and others and _follows_initial(words, shouting, after):
            return "name-initial"
        if (
            initials
            and not chain[0].is_initial
            and words[0].lower in SURNAMES
            and (shouting or words[0].is_capitals)
        ):
            return "name-initial"
    if len(words) > 1 and _is_pair(words, after, shouting):
        return "name-pair"
    if _IDENTITY_AFTER.match(after.lower()) and _is_identity(words, others, shouting):
        return "name-identity-line"
    alone = len(chain) == 1 and len(firm) == 1 and not _DETERMINER.search(before)
    if (
        alone
        and firm[0].lower not in EPONYMS
        and firm[0].lower not in PLACES
        and _TITLE_CASE.fullmatch(firm[0].text)
    ):
        return "name-first-alone"
    return None


def _is_pair(words: list[_Token], after: str, shouting: bool) -> bool:
    """Two unknown words that are written, or followed, as a person's first name and surname are."""
    unknown = [
        w for w in words if w.lower not in EPONYMS and w.lower not in PLACES and len(w.text) > 2
    ]
    if len(unknown) < 2 or shouting:
        return False
    if any(w.lower in SURNAMES for w in unknown):
        return True
    capitals = [
        w
        for w in unknown
        if w.is_capitals and len(w.text) > 3 and min(map(len, w.text.split("-"))) > 1
    ]
    plain = [w for w in unknown if w.text[1:].replace("-", "").islower() or "-" in w.text]
    if capitals and plain and len(unknown) <= 4:
        return True
    return len(plain) == len(words) == 2 and _PERSON_AFTER.match(after.lower()) is not None


_TITLE_CASE = re.compile(r"[A-Z][a-z]+(?:-[A-Z][a-z]+)*")
_DETERMINER = re.compile(r"\b(?:du|le|la|les|un|une|des|ce|cet|cette|l'|the|an?) $")
_PERSON_AFTER = re.compile(
    r"^(?:,? (?:who|whose|admitted|aged|age[de]?e?|dont|souffr|consult|vit|habit|ne\b|nee\b|hospitalis|nous a|presente (?:un|une|des|depuis)|developed|was (?:admitted|referred|seen|diagnosed|started|treated)|has (?:been|had|a|refractory)|is (?:a|an|on) |est (?:suivi|traite|hospitalis|atteint|age|sous|un patient|une patiente)|a (?:ete (?:hospitalis|vu|opere|admis|adress)|presente|recu|developpe|consulte)|sous [a-z]|dans les suites)|,? [0-9]{1,3} ?(?:ans|yo|y/o|year))"
)


def _is_firmly_named(words: list[_Token]) -> bool:
    """Two eponyms side by side are a disease ("Miller Fisher") unless one shouts as a surname does."""
    return (
        len(words) > 1
        and any(_is_first_name(w.lower) for w in words)
        and len({w.is_capitals for w in words}) == 2
    )


def _has_surname(
    words: list[_Token], loose: list[_Token], others: list[_Token], shouting: bool
) -> bool:
    """A first name that is also a word counts beside a known surname or one in capitals."""
    for word in others:
        if word.lower in SURNAMES and not {word.lower, *(w.lower for w in loose)} <= EPONYMS:
            return True
        if (
            word.is_capitals
            and not shouting
            and len(word.text) > 3
            and any(not w.is_capitals for w in loose)
        ):
            return True
    return len(loose) > 1 and any(w.lower in SURNAMES for w in words)


def _follows_initial(words: list[_Token], shouting: bool, after: str) -> bool:
    word = words[0]
    if word.lower in GERMS or word.lower in EPONYMS:
        return False
    return (word.is_capitals and not shouting and len(word.text) > 3) or (word.lower in SURNAMES)


def _is_identity(words: list[_Token], others: list[_Token], shouting: bool) -> bool:
    """Two words before a birth date, an age or a file number, one of them in capitals or known."""
    if len(words) < 2:
        return bool(words) and (_is_first_name(words[0].lower) or words[0].lower in SURNAMES)
    mixed = len({w.is_capitals for w in words}) == 2 and not shouting
    return mixed or any(_is_known(w.lower) for w in words)


_LOWER_WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*")


def _uncapitalised(reading: Reading, lang: str) -> Iterator[Finding]:
    """ "marie dupont": a firm first name beside a known surname, both without capitals."""
    previous: tuple[str, int, int] | None = None
    if SURNAMES.isdisjoint(_LOWER_WORD.findall(reading.plain)):
        return
    for match in _LOWER_WORD.finditer(reading.lower):
        word = (match[0], match.start(), match.end())
        if previous and word[1] - previous[2] == 1 and reading.plain[previous[2]] in " _-.":
            pair = {previous[0], word[0]}
            first = next((w for w in pair if w in FIRST_NAMES and w not in AMBIGUOUS), None)
            surname = next(
                (
                    w
                    for w in pair
                    if w in SURNAMES and w not in EPONYMS and w != first and not is_word(w)
                ),
                None,
            )
            if first and surname and reading.plain[previous[1]].islower():
                yield Finding("name", False, previous[1], word[2], "name-first", _nobody(lang))
        previous = word


def _initials(reading: Reading, lang: str) -> Iterator[Finding]:
    """ "J.D." near a birth, an age or the word patient."""
    for match in _DOTTED.finditer(reading.plain):
        written = match[0].strip()
        before = reading.lower[max(0, match.start() - 45) : match.start()].rstrip(" (,:")
        after = reading.lower[match.end() : match.end() + 45]
        usual = written.lower().replace(" ", "") in ABBREVIATIONS
        near = [bool(_BIRTH_NEAR.search(side)) for side in (before, after)]
        if all(near) or (any(near) and not usual):
            yield Finding(
                "initials", False, match.start(), match.start() + len(written), "initials-birth", ""
            )


def _person(title: str, lang: str) -> str:
    """What stands for a titled person: the patient for a civil title, a colleague for a doctor."""
    bare = title.lower().rstrip(".")
    if bare in {"dr", "docteur", "doctor", "docteure", "pr", "prof", "professeur", "professor"}:
        return "a colleague" if lang == "en" else "un confrère"
    if lang == "en":
        return "a patient"
    return (
        "une patiente"
        if bare
        in {
            "mme",
            "mmes",
            "mlle",
            "melle",
            "madame",
            "mademoiselle",
            "mrs",
            "ms",
            "miss",
            "veuve",
            "vve",
            "mrne",
            "soeur",
        }
        else "un patient"
    )


def _nobody(lang: str) -> str:
    return "[name]" if lang == "en" else "[nom]"
