"""Postal addresses, and a small place that stands with an age and a disease."""

import re
from collections.abc import Iterator

from exchange.guard.finding import Finding
from exchange.guard.reading import Reading
from exchange.guard.words import DEPARTMENTS, EPONYMS, PLACES, RARE_DISEASES, is_listed, is_word

_NUMBER = (
    r"(?=[0-9])(?<![0-9.,/])[0-9]{1,4} ?(?:bis|ter|quater|[a-d](?= ))?(?: ?[-/] ?[0-9]{1,4})? ?,? ?"
)
_STREET = re.compile(
    _NUMBER
    + r"(?:(?:rue|avenue|ave?|boulevard|bd|bld|blvd|boul|chemin|impasse|traverse|quai|allees?|esplanade|promenade|lotissement|faubourg|fbg|venelle|corniche|hameau|lieu[- ]dit|montee|rte)\b\.? +[^\n,;:().0-9]{2,40}"
    r"|(?:cours|place|pl|passage|square|sq|villa|route|cite|residence|res|clos|voie|sentier|domaine|che|ch|all|imp|lot|parc|rond[- ]point|r)\b\.? +(?P<proper>(?:d[eu]s? |d'|de la |de l'|la |le |les |l'|du )*)(?P<cap>[a-z][a-z'-]+))"
)
_STREET_NAMED = re.compile(
    r"\b(?:habit\w*|domicili\w*|demeur\w*|resid\w*|adresse|sise?|vit|loge\w*|situe\w*)\b[^.;\n0-9]{0,25}\b(?:rue|avenue|boulevard|bd|impasse|chemin|traverse|(?<!en )place|cours|residence|cite|hameau|lotissement|quartier|lieu[- ]dit) [^\n,;:().0-9]{3,40}"
)
_STREET_ENGLISH = re.compile(
    r"\b[0-9]{1,5}[A-Za-z]?,? (?:[A-Z][A-Za-z'.]+ ){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Court|Ct|Boulevard|Blvd|Way|Close|Crescent|Terrace|Place|Square|Gardens|Grove|Hill|Mews|Row|Parade|Highway|Parkway)\b\.?"
)
_POSTCODE = re.compile(
    r"(?<![0-9.,/])(?:[Ff]-?)?(?:0[1-9]|[1-8][0-9]|9[0-8])(?: ?[0-9]{3})(?: ?[,-])? (?P<town>(?:[Ll]['ae]s? ?)?[A-Z][A-Za-z'-]+(?:[ -][A-Z][A-Za-z'-]+)*(?: (?:cedex|CEDEX|Cedex)(?: [0-9]{1,2})?)?)"
)
_POSTCODE_ENGLISH = re.compile(
    r"\b(?!CD|IL|PD|HR|TH)[A-PR-UWYZ][A-HK-Y]?[0-9][0-9A-HJKPSTUW]? [0-9][ABD-HJLNP-UW-Z]{2}\b|\b[A-Z][a-z]+,? (?:A[LKZR]|C[AOT]|D[EC]|FL|GA|HI|I[DLNA]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[TA]|W[AVIY]) [0-9]{5}(?:-[0-9]{4})?\b|\bP\.? ?O\.? Box [0-9]+"
)

_RESIDENT = re.compile(
    r"(?:habit[a-z]*|domicili[a-z]*|demeur[a-z]*|resid[a-z]*|vit|vivant|vivent|originaires?|install[a-z]*|venant|vient|natif|native|issue?|agriculteur|agricultrice|maire|boulanger|boulangere|instituteur|institutrice|eleveur|eleveuse|berger|bergere|viticulteur|lives?|living|inhabitant|(?:patient|man|woman|boy|girl|child|farmer|resident|comes?|is) from|farmer|mayor|born|nee?)"
    r"(?: (?:in|at|near|of|from|a|au|aux|dans|en|de|du|d'|pres|le|la|les|l'|the|petit|petite|village|commune|small|town|ville|rural|hameau)(?![a-z])| pres d'| d'| l')* ?"
)
_PLACE_NAME = re.compile(
    r"[A-Z][A-Za-z']+(?:[- ](?:[A-Z]|(?:sur|sous|en|les|le|la|de|du|des|aux|l|d|upon|on|by|in|the|d')[- ']{1,2}(?=[A-Za-z]))[A-Za-z']*)*"
)
_VILLAGE = re.compile(
    r"\b(?:village|commune|hameau|bourg|bourgade|hamlet|town|bourgs?) (?:de |d'|du |des |of |called |de la |nomme )(?P<place>[A-Z][A-Za-z']+(?:[- ](?:[A-Z]|(?:sur|sous|en|les|le|la|de|du|des|aux)[- ](?=[A-Za-z]))[A-Za-z']*)*)"
)
_TOWN_WITH_CODE = re.compile(
    r"(?P<place>[A-Z][A-Za-z'-]+(?:[ -][A-Za-z'-]+){0,3}) \((?:0[1-9]|[1-8][0-9]|9[0-5]|2[AB])\)"
)
_DEPARTMENT = re.compile(
    r"\b(?:dans|en|du|de|des|departement)\b (?:le |la |les |l'|du |de |de l'|des |departement |de la )*(?P<place>"
    + "|".join(
        sorted((re.escape(d).replace(r"\-", "[- ]") for d in DEPARTMENTS), key=len, reverse=True)
    )
    + r")(?![a-z])"
)
_AGE = re.compile(
    r"[0-9](?<![0-9.,-].)(?<![0-9] a .)[0-9]{0,2} ?(?:-| )?(?:ans\b|mois\b|an\b|years?[- ]old|year[- ]old|months?[- ]old|yo\b|y/o\b)|aged [0-9]{1,3}\b|agee? de [a-z-]+ ans"
)
_AGE_OF_MANY = re.compile(
    r"(?:plus de|moins de|entre|over|under|depuis|pendant|durant|a partir de|suivi de|[0-9] (?:a|et|-)|il y a|mean|median|moyen|moyenne|median de) ?$"
)
_DISEASE = re.compile(
    r"\b(?:maladies?|syndromes?|disease|cancers?|tumeurs?|tumou?rs?|lupus|leucemies?|leuk[a]?emia|lymphomes?|lymphoma|myelomes?|sclerose|sclerosis|deficit|deficiency|carcinom[ea]s?|sarcom[ea]s?|melanom[ea]s?|arterite|vascularites?|vasculitis|"
    r"[a-z]{4,}(?:oses?|osis|ites?|itis|omes?|oma|pathies?|opathy|emies?|emia|anaemia|trophies?|trophy|plasies?|plasia))\b"
)
_WINDOW = 250


def addresses(reading: Reading) -> Iterator[Finding]:
    """Streets with a number, streets someone lives in, postcodes with their town."""
    plain, lower = reading.plain, reading.lower
    if re.search("[0-9]", lower):
        for match in _STREET.finditer(lower):
            if match["cap"] is None or (
                plain[match.start("cap")].isupper() and not is_word(match["cap"])
            ):
                yield _address(plain, *match.span(), "address-street")
        for match in _STREET_ENGLISH.finditer(plain):
            yield _address(plain, *match.span(), "address-street")
        for match in _POSTCODE.finditer(plain):
            if _is_town(match["town"]):
                yield _address(plain, *match.span(), "address-postcode")
        for match in _POSTCODE_ENGLISH.finditer(plain):
            yield _address(plain, *match.span(), "address-postcode")
    for match in _STREET_NAMED.finditer(lower):
        yield _address(plain, *match.span(), "address-street")


def _address(plain: str, start: int, end: int, rule: str) -> Finding:
    place = plain[start:end]
    return Finding("address", False, start, start + len(place.rstrip(" .,-'")), rule, "")


def _is_town(town: str) -> bool:
    word = town.lower().split(" ")[0]
    if word in PLACES:
        return True
    return len(word) > 2 and not is_word(word) and not (town.isupper() and len(word) < 4)


def places(reading: Reading, lang: str) -> Iterator[Finding]:
    """A small town or a department beside an exact age and a disease (rare, for a department).

    A city of `lists/places.txt` is too large to count; so is a department with a frequent disease.
    """
    ages = [
        m.start()
        for m in _AGE.finditer(reading.lower)
        if not _AGE_OF_MANY.search(reading.lower[max(0, m.start() - 25) : m.start()])
    ]
    if not ages:
        return
    for place, end, small in _candidates(reading):
        near = reading.lower[max(0, place - _WINDOW) : end + _WINDOW]
        if any(abs(age - place) <= _WINDOW for age in ages) and (
            _is_rare(near) or (small and _DISEASE.search(near))
        ):
            yield Finding(
                "place",
                False,
                place,
                end,
                "place-age-disease",
                "[place]" if lang == "en" else "[lieu]",
            )


def _candidates(reading: Reading) -> Iterator[tuple[int, int, bool]]:
    for match in _RESIDENT.finditer(reading.lower):
        place = _PLACE_NAME.match(reading.plain, match.end())
        whole = not reading.plain[match.start() - 1 : match.start()].isalpha()
        if place and whole and _is_small(place[0]):
            yield place.start(), place.end(), True
    for expression in (_VILLAGE, _TOWN_WITH_CODE):
        for match in expression.finditer(reading.plain):
            if _is_small(match["place"]):
                yield match.start("place"), match.end("place"), True
    for match in _DEPARTMENT.finditer(reading.lower):
        if reading.plain[match.start("place")].isupper():
            yield match.start("place"), match.end("place"), False


def _is_small(place: str) -> bool:
    word = place.lower().replace(" ", "-")
    return not (word in PLACES or word.split("-")[0] in PLACES or is_listed(word))


def _is_rare(near: str) -> bool:
    words = re.findall(r"[a-z]+(?:-[a-z]+)*", near)
    if any(word in RARE_DISEASES or word.rstrip("s") in RARE_DISEASES for word in words):
        return True
    named = re.search(
        r"\b(?:maladie|syndrome) (?:de |d'|du )(?P<name>[a-z-]+)|(?P<english>[a-z-]+)(?:'s)? (?:disease|syndrome)\b",
        near,
    )
    if named is None:
        return False
    name = named["name"] or named["english"] or ""
    return name in EPONYMS and name not in {
        "crohn",
        "parkinson",
        "alzheimer",
        "basedow",
        "hodgkin",
        "raynaud",
        "graves",
    }
