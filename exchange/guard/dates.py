"""Full dates, birth dates and ages above 89 (HIPAA safe harbor, 45 CFR 164.514(b)(2)(i)(C))."""

import itertools
import re
from collections.abc import Iterator
from datetime import date, timedelta

from exchange.guard.finding import Finding
from exchange.guard.reading import Reading

_MONTHS = {
    "janvier": 1, "january": 1, "janv": 1, "jan": 1, "fevrier": 2, "february": 2, "fevr": 2, "fev": 2, "feb": 2,
    "mars": 3, "march": 3, "mar": 3, "avril": 4, "april": 4, "avr": 4, "apr": 4, "mai": 5, "may": 5,
    "juin": 6, "june": 6, "jun": 6, "juillet": 7, "july": 7, "juil": 7, "jul": 7, "aout": 8, "august": 8, "aug": 8,
    "septembre": 9, "september": 9, "sept": 9, "sep": 9, "octobre": 10, "october": 10, "oct": 10,
    "novembre": 11, "november": 11, "nov": 11, "decembre": 12, "december": 12, "dec": 12,
}  # fmt: skip
_MONTH = "(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + ")"
_UNITS = r"(?!\s?(?:mg|g|kg|ml|ng|ug|µg|%|mm|cm|ans|mois|ui|x)\b)"
_DAY_WORDS = r"(?:premier|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingt|trente)(?:[- ](?:et[- ])?(?:un|deux|trois|quatre|cinq|six|sept|huit|neuf))?"

NUMERIC = re.compile(
    r"(?=[0-9])(?<![0-9])(?<![0-9][./|-])(?:"
    r"(?P<d>[0-3]?[0-9]) ?(?P<sep>[/.|-]) ?(?P<m>[0-3]?[0-9]) ?(?P=sep) ?(?P<y>(?:19|20)[0-9]{2})"
    r"|(?P<iy>(?:19|20)[0-9]{2})(?P<isep>[-/.])(?P<im>[01]?[0-9])(?P=isep)(?P<id>[0-3]?[0-9])"
    r"|(?P<sd>[0-3][0-9]) (?P<sm>[01][0-9]) (?P<sy>(?:19|20)[0-9]{2})"
    r"|(?P<td>[0-3]?[0-9])/(?P<tm>[0-1]?[0-9])/(?P<ty>[0-9]{2})"
    + _UNITS
    + r"|(?P<pd>[0-3][0-9])(?P<psep>[.-])(?P<pm>[01][0-9])(?P=psep)(?P<py>[0-9]{2})"
    + _UNITS
    + r")(?![0-9])(?![./|-][0-9])"
)
_YEAR = r"(?P<y>(?:19|20)[0-9]{2}|'?[0-9]{2}(?= ?[),.;:\n]|\Z))(?![0-9])"
_DAY_FIRST = re.compile(
    rf"(?P<d>[0-9](?<![0-9.,].)(?:(?<=[0-3])[0-9])?)(?:er|st|nd|rd|th|e)?[ .,/-]{{0,2}}(?:of )?(?P<m>{_MONTH})[ .,/-]{{0,2}}{_YEAR}"
)
_MONTH_FIRST = re.compile(
    rf"(?P<m>{_MONTH})[ .]{{1,2}}(?P<d>[0-3]?[0-9])(?:st|nd|rd|th)?,? {{0,2}}(?P<y>(?:19|20)[0-9]{{2}})(?![0-9])"
)
_IN_WORDS = re.compile(rf"\b{_DAY_WORDS} {_MONTH} (?:mille neuf cent|deux mille)[a-z -]{{0,24}}")
_MONTH_YEAR = re.compile(rf"(?<![0-9a-z]){_MONTH}\.? (?P<y>(?:19|20)[0-9]{{2}})(?![0-9])")
_DAY_MONTH = re.compile(rf"(?<![0-9a-z])[0-3]?[0-9] ?(?:{_MONTH}(?![a-z])|/ ?[01]?[0-9](?![0-9/]))")

_BIRTH_BEFORE = re.compile(
    r"(?<![a-z])(?:n[eé]\.?(?:\(?e\)?)?s?|naiss?(?:ance)?\.?|ddn|d\.d\.n\.?|dn|dob|d\.o\.b\.?|born|birth(?:date|day)?)"
    r"(?![a-z])[^.;\n0-9]{0,30}$"
)
_BIRTH_AFTER = re.compile(r"^ ?\(?(?:ddn|dob|date de naissance|naissance)\b")
_LEGAL_BEFORE = re.compile(
    r"(?:\b(?:loi|lois|decret|arrete|ordonnance|directive|circulaire|reglement|instruction|jorf|jo|journal officiel|act|law|regulation|resolution)\b[^.;\n]{0,40}"
    r"|\b(?:consulte|accede|accessed|updated|mis a jour|mise a jour|publie|publiee|published|version|searched|pubmed|medline|embase|disponible|received|accepted|interroge|recherche|enregistree?|registered|jama|bmj|nejm|lancet|n engl j med|approuvee?|approved|amm|congres|conference|colloque|symposium|seminaire|forum|organisation mondiale|legalisation|promulgation|entree en vigueur|telechargee?|downloaded|notifiee?|confinement|lockdown|who|oms|fda|ema)\b[^.;\n]{0,45})$"
)
_STUDY_BEFORE = re.compile(
    r"\b(?:depuis|jusqu'au|jusqu'a|avant|apres|a partir du|a compter du|a la date du|until|till|since|before|after|as of|au 1er|au 31|to|through|au|from)(?: le| du)? $"
)
_RANGE_GAP = re.compile(
    r"^\s?(?:(?:et|and) le|jusqu'au|jusqu'a|au|a|et|and|to|until|till|through|-)\s?(?:le )?$"
)
_CARE = re.compile(
    r"\b(?:hospitalis|sejour|admi[st]|patient |patiente |sorti|discharged|monsieur|madame|mme)\w*"
)
_BETWEEN = re.compile(
    r"\b(?:entre (?:leur|la|sa) (?:creation|mise en ligne|parution) et (?:le )?|entre (?:le )?[0-9]{1,2} ?(?:er)?[^.;]{0,25} et (?:le )?|between [^.;]{4,25} and )$"
)
_STUDY_DAYS = 90

_AGE = re.compile(
    r"(?P<n>9(?<![0-9.,/-].)[0-9]|1(?<![0-9.,/-].)[01][0-9])(?: ?- ?| )?(?:ans\b|an\b|a\.? ?(?=\))|y\.?/?o\b\.?|years?[ -]old\b|year[ -]old\b|years? of age|yrs?[ -]old)"
    r"|ag(?<![a-z]..)(?:ed|e of|e ?:|ee? de|ee?) ?(?P<m>9[0-9]|1[01][0-9])(?![0-9.,%])(?! ?(?:a|et|-|to|and) ?[0-9])"
    r"|(?P<w>quatre[- ]vingt[- ](?:dix|onze|douze|treize|quatorze|quinze|seize)(?:[- ](?:sept|huit|neuf))?|cent(?: (?:un|deux|trois|quatre|cinq|six|sept))?) ans\b"
)
_AGE_BEFORE = re.compile(
    r"(?:[<>=≤≥±]|\b(?:plus de|moins de|superieure? a|inferieure? a|au[- ]dela de|avant|apres|jusqu'a|de [0-9]+ (?:ans )?a|entre [0-9]+ (?:ans )?et|[0-9]+ ?(?:a|to|and|et)|[0-9] ?-"
    r"|over|under|above|below|older than|younger than|more than|less than|at least|up to|until|depuis|pendant|durant|il y a|en|sur|dans|il y a|environ|for|over the|in"
    r"|median[ea]?|mean|moyen(?:ne)?|esperance de vie|suivi|survie)(?: (?:de|of|a|was|is|age|etait))*) ?$"
)
_AGE_AFTER = re.compile(
    r"^ ?(?:et plus|ou plus|and over|and older|or older|or over|et moins|d'histoire|d'existence|plus tard|apres|later|ago)"
)
_PREPOSITION = re.compile(r"\b(?P<p>le|du|au|on|en|the) $")


def dates(reading: Reading, lang: str) -> Iterator[Finding]:
    """Birth dates and other full dates; periods of a study, laws and search dates are let through."""
    text = reading.lower
    found = sorted(_valid(text), key=lambda item: item[0])
    periods = _study_periods(text, found)
    for start, end, day, year in found:
        before = text[max(0, start - 60) : start]
        if _BIRTH_BEFORE.search(before[-45:]) or _BIRTH_AFTER.match(text[end : end + 30]):
            yield _finding("birth_date", "birth-date", before, start, end, year, lang)
        elif (start, end) not in periods and not _harmless(before, day):
            yield _finding("date", "full-date", before, start, end, year, lang)
    yield from _loose_births(text, [(s, e) for s, e, _, _ in found], lang)


def ages(reading: Reading, lang: str) -> Iterator[Finding]:
    """Exact ages of 90 years and more; ranges, limits, means and durations are no one's age."""
    text = reading.lower
    for match in _AGE.finditer(text):
        stated = match["m"] is not None
        before = text[max(0, match.start() - 45) : match.start()]
        if _AGE_AFTER.match(text[match.end() : match.end() + 20]) or (
            not stated and _AGE_BEFORE.search(before)
        ):
            continue
        if stated and re.search(r"(?:median|mean|moyen)[a-z]* ?$", before):
            continue
        start = match.start("m") if stated else match.start()
        yield Finding("age", False, start, match.end(), "age-over-89", _age_wording(match, lang))


def is_compact_date(digits: str) -> bool:
    """Whether eight digits in a row read as a day of the last or this century."""
    orders = ((digits[:2], digits[2:4], digits[4:]), (digits[6:], digits[4:6], digits[:4]))
    return any(_real_day(int(d), int(m), int(y)) for d, m, y in orders)


def _real_day(day: int, month: int, year: int) -> date | None:
    if not 1900 <= year <= 2099:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _valid(text: str) -> Iterator[tuple[int, int, date | None, str]]:
    """Every date that exists: its place, the day when it could be computed, its year as digits."""
    for match in NUMERIC.finditer(text):
        day, month, year = next(
            (match[d], match[m], match[y])
            for d, m, y in (
                ("d", "m", "y"),
                ("id", "im", "iy"),
                ("sd", "sm", "sy"),
                ("td", "tm", "ty"),
                ("pd", "pm", "py"),
            )
            if match[d]
        )
        full = _full_year(year)
        real = _real_day(int(day), int(month), full) or _real_day(int(month), int(day), full)
        if real:
            yield match.start(), match.end(), real, str(full)
    for expression in (_DAY_FIRST, _MONTH_FIRST):
        for match in expression.finditer(text):
            full = _full_year(match["y"].lstrip("'"))
            if real := _real_day(int(match["d"]), _MONTHS[match["m"]], full):
                yield match.start(), match.end(), real, str(full)
    if " mille" in text:
        for match in _IN_WORDS.finditer(text):
            yield match.start(), match.end(), None, ""


def _full_year(year: str) -> int:
    """Two digits are read as the hundred years that end with 2030."""
    if len(year) == 4:
        return int(year)
    return int(year) + (2000 if int(year) <= 30 else 1900)


def _study_periods(
    text: str, found: list[tuple[int, int, date | None, str]]
) -> set[tuple[int, int]]:
    """Pairs of dates joined as a period long enough to be a study's, with no word of care before."""
    periods: set[tuple[int, int]] = set()
    for (start, end, first, _), (start2, end2, second, _) in itertools.pairwise(found):
        if not (first and second and _RANGE_GAP.match(text[end:start2])):
            continue
        long_enough = (second - first).days >= _STUDY_DAYS
        if long_enough and not _CARE.search(text[max(0, start - 50) : start]):
            periods |= {(start, end), (start2, end2)}
    return periods


def _harmless(before: str, day: date | None) -> bool:
    if _LEGAL_BEFORE.search(before):
        return True
    if _BETWEEN.search(before) and not _CARE.search(before):
        return True
    edge = day is not None and (day.day in {1, 15} or (day + timedelta(days=1)).day == 1)
    return edge and _STUDY_BEFORE.search(before) is not None


def _loose_births(text: str, known: list[tuple[int, int]], lang: str) -> Iterator[Finding]:
    """After "né(e)" or "DOB", a month and year or a day and month already say too much."""
    for expression in (_MONTH_YEAR, _DAY_MONTH):
        for match in expression.finditer(text):
            inside = any(s < match.end() and match.start() < e for s, e in known)
            before = text[max(0, match.start() - 45) : match.start()]
            if not inside and _BIRTH_BEFORE.search(before):
                year = match.groupdict().get("y") or ""
                yield _finding(
                    "birth_date", "birth-date", before, match.start(), match.end(), year, lang
                )


def _finding(
    kind: str, rule: str, before: str, start: int, end: int, year: str, lang: str
) -> Finding:
    """The date with its preposition, so that "le 12 mars 2021" becomes "en 2021" in one piece."""
    preposition = _PREPOSITION.search(before)
    if preposition:
        start -= len(before) - preposition.start()
    if not year:
        return Finding(kind, False, start, end, rule, "")
    words = {"le": "en", "on": "in", "du": "de", "au": "à", "en": "en"}
    if preposition is None:
        return Finding(kind, False, start, end, rule, year)
    lead = words.get(preposition["p"], "in" if lang == "en" else "en")
    return Finding(kind, False, start, end, rule, f"{lead} {year}")


def _age_wording(match: re.Match[str], lang: str) -> str:
    if match["m"] is not None:
        return "over 89" if lang == "en" else "plus de 89"
    if "old" in match[0] or "age" in match[0] or "yo" in match[0] or "y/o" in match[0]:
        return "more-than-89-year-old" if lang == "en" else "de plus de 89 ans"
    return "over 89" if lang == "en" else "plus de 89 ans"
