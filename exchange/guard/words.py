"""The word lists behind the rules about names and places, read once from `lists/`."""

import re
from importlib import resources

from exchange.guard.reading import fold


def _read(name: str) -> frozenset[str]:
    text = (resources.files("exchange.guard") / "lists" / f"{name}.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(fold(word).lower() for line in lines for word in line.split())


AMBIGUOUS = _read("ambiguous_names")
FIRST_NAMES = _read("first_names") | AMBIGUOUS
SURNAMES = _read("surnames")
EPONYMS = _read("eponyms")
PLACES = _read("places")
DEPARTMENTS = _read("departments")
RARE_DISEASES = _read("rare_diseases")
GERMS = _read("germs")
ABBREVIATIONS = _read("abbreviations")
MAIL_ROLES = _read("mail_roles")
WEBMAIL = _read("webmail")
DOMAINS = _read("domains")
PARTICLES = _read("particles")
_COMMON = _read("common_words") | _read("drugs") | PLACES | DEPARTMENTS | GERMS

# Endings of the trade and of ordinary French and English words, which hardly any name carries.
_ENDING = re.compile(
    r"(?:tions?|sions?|ites?|itis|oses?|osis|iques?|ismes?|isms?|ements?|logi[ea]s?|logy|logues?|"
    r"therap(?:ie|y|ies)|path(?:ie|y|ies)s?|emi[ea]s?|omes?|omas?|mabs?|nibs?|ciclibs?|statin[es]*|prils?|"
    r"sartans?|azoles?|cillin[es]*|mycin[es]*|cyclin[es]*|floxacin[es]*|virs?|prazoles?|umab|cept|kinra|"
    r"ives?|ifs?|euses?|eux|ables?|ibles?|ants?|antes?|ents?|entes?|ences?|ances?|ures?|aires?|ales?|aux|"
    r"ites?|ities|ity|ness|ings?|ed|ly|ical(?:ly)?|metr(?:ie|y)s?|graph(?:ie|y|ies)s?|scop(?:ie|y|ies)s?|tom(?:ie|y|ies)|"
    r"ectomie|ectomy|plastie|plasty|ases?|gen[es]*|cytes?|phil[es]*|toxic(?:ite|ity)|ees?|ments?|ology|ious|ous|"
    r"iens?|iennes?|teurs?|trices?|ages?|oides?|oid|cell|cid[es]*|amid[es]*|olol|oxetine|pam|lam)$"
)


def is_listed(word: str) -> bool:
    """Whether a folded lower-case word stands in the lists of ordinary words, drugs and places."""
    return word in _COMMON


def is_word(word: str) -> bool:
    """Whether a folded lower-case word is ordinary or medical language, so no part of a name.

    Names known as such (first names, surnames) are let through unless they are listed as words.
    """
    if word in _COMMON:
        return word not in FIRST_NAMES or word not in PLACES
    if word in FIRST_NAMES or word in SURNAMES:
        return False
    if word.endswith("s") and word[:-1] in _COMMON:
        return True
    return len(word) > 5 and _ENDING.search(word) is not None
