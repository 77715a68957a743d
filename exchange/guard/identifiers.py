"""Numbers and addresses that point at one person: NIR, phones, e-mail, files, RPPS, IBAN, serials.

Public references (trials, articles, genes, chemicals, institutions) are blanked first, then each
rule takes what it recognises off the text, so that the last one, long runs of digits, sees only
what nobody explained.
"""

import itertools
import re
from collections.abc import Iterator, Sequence

import phonenumbers
from stdnum import iban, luhn
from stdnum.fr import nir

from exchange.guard.dates import NUMERIC, is_compact_date
from exchange.guard.finding import Finding
from exchange.guard.patterns import FilePattern
from exchange.guard.reading import Reading
from exchange.guard.words import DOMAINS, MAIL_ROLES, WEBMAIL

_GONE = "\x00"
_REMOVED = "[…]"

_PUBLIC = re.compile(
    r"(?<![a-z0-9])(?=[a-z0-9])(?:https?://\S+|www\.\S+"
    r"|\b(?:doi:? ?)?10\.[0-9]{4,9}/\S+"
    r"|\b(?:pmid|pmcid|pubmed|nct|pmc|isrctn|actrn|chictr[a-z-]{0,5}|umin|drks|ntr|irct|pactr|kct|tctr|ctri/|jprn-[a-z]{0,5}|crd|eudract|ctis|eu[ -]?ct|id[ -]?rcb|euctr|prospero) ?(?:n°|no\.?|number|id)? ?[:#]? ?[a-z]{0,2}[0-9][0-9/a-z-]*(?: ?[0-9]{4,})?"
    r"|\b20[0-9]{2}-5[0-9]{5}-[0-9]{2}(?:-[0-9]{2})?\b|\b20[0-9]{2}-[0-9]{6}-[0-9]{2}\b|\b20[0-9]{2}-a[0-9]{5}-[0-9]{2}\b|\bu1111-[0-9-]+"
    r"|\b(?:arxiv|orcid|isbn(?:-1[03])?|issn|cas|omim|mim|orpha(?:net|code)?|go|hp|mondo|chebi|hgnc|snomed(?: ct)?|sctid|loinc|ec|rrid|meddra|umls|cid|sid|finess|siret|siren|tva|naf|cim|icd|atc|ccam)(?: (?:n°|no\.?|number|rn))? ?[:#]? ?[a-z_]{0,4}[0-9][0-9x._-]*(?: [0-9]{3,5}\b){0,4}"
    r"|\b[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9x]\b"
    r"|\b(?:rs|ss|ens[a-z]{0,6}|n[mprcgtw]_|x[mpr]_|gse|gsm|gpl|sr[rpxs]|er[rpxs]|dr[rpxs]|prj[a-z]{2}|egas|egad|phs|pxd|samn|samea|cvcl_|ab_|uc|wp)[0-9][0-9.]*"
    r"|\bchr(?:omosome )?[0-9xy]{1,2}:[0-9,.-]+|\b[gcmnpr]\.[(]?[a-z]{0,3}[0-9][0-9_+*a-z>-]*"
    r"|\b(?:cat(?:alog(?:ue)?)?|ref|reference|lot|batch|clone)\.? ?(?:n°|no\.?|number|#)? ?[:#]? ?[a-z]{0,4}[0-9][0-9a-z-]{4,}"
    r"|\b(?:abcam|sigma(?:-aldrich)?|biolegend|invitrogen|thermo|miltenyi|bd|r&d|qiagen|illumina|merck|roche)[^0-9\n]{0,20}[a-z]{0,3}[0-9][0-9-]{4,}"
    r"|(?:brevets?|patents?|wo|us|ep)(?: (?:[a-z]+|n ?°|/)){0,3} ?[0-9]{4}[0-9/]{3,}(?:[a-z][0-9])?)"
)

_EMAIL = re.compile(
    r"(?<![\w.+'-])(?P<local>[\w.+'-]++) {0,2}(?:@|\((?:a|at|arobase)\)|\[(?:a|at|arobase)\]| (?:arobase|at) (?=[\w-]+ ?(?:\.|dot|point) ?[a-z])) {0,2}"
    r"(?P<domain>[a-z0-9-]{1,63}(?:(?:\.| \. ?|,| ?\(?\[?(?:dot|point)\]?\)? ?)[a-z0-9-]{1,63}){0,4}(?:(?:\.| \. ?|,| ?\(?\[?(?:dot|point)\]?\)? ?)[a-z]{2,12}(?![a-z])))"
)
_EMAIL_BARE = re.compile(r"(?<![\w.+'-])(?P<local>[\w.+'-]{3,}+)@(?P<domain>[a-z][a-z0-9-]{3,})")


_NIR = re.compile(
    r"(?=[1-478])(?<![0-9])(?<![0-9][.,])[1-478][ .,/_|-]{0,3}(?:[0-9] ?){2}[ ./_|-]{0,3}(?:[0-9] ?){2}[ ./_|-]{0,3}(?:[0-9] ?){1}[ .]?[0-9ab][ ./_|-]{0,3}(?:[0-9] ?){3}[ ./_|-]{0,3}(?:[0-9] ?){2}[0-9]"
    r"(?:[ ./_|(-]{0,3}(?:cle ?:? ?)?[0-9] ?[0-9]\)?)?(?![0-9])"
)
_NIR_LABEL = re.compile(
    r"\b(?:nir|ins(?:-c|-nir|ee)?|matricule(?: ins)?|n° ?ss|(?:n°|no|numero|num\.?) ?(?:de )?(?:securite sociale|secu(?:rite)?|immatriculation|assure[e]?)|securite sociale|secu|immatriculation|assurance maladie|social security(?: number)?|ssn)\b"
    r"[^0-9\n]{0,25}?(?P<value>[0-9][0-9 ./_|ab-]{7,}[0-9])(?![0-9])"
)
_IBAN = re.compile(r"(?<![a-z0-9])[a-z]{2} ?[0-9] ?[0-9](?:[ .-]?[a-z0-9]){11,30}")
_IBAN_LENGTHS = {"fr": 27, "mc": 27, "de": 22, "be": 16, "es": 24, "it": 27, "pt": 25, "ch": 21, "gb": 22, "lu": 20, "nl": 18, "tn": 24, "mr": 27, "at": 20, "ie": 22, "pl": 28, "ro": 24, "gr": 27, "dk": 18, "se": 24}  # fmt: skip

_LINK = r"(?:[ :=#.°(\[\]]|n°|no\b|est|etant|is|was|le\b|la\b|du\b|de\b|l'|d'|patiente?\b|numero\b|number\b|suivant\b|permanent\b|interne\b|hopital\b|local\b|unique\b|administratif\b){0,8}"
_FILE_VALUE = (
    r"(?P<value>(?:[a-z]{1,4}[ -]?)?[0-9](?:[ ./-]?[0-9]){3,}(?:[a-z]{1,3}[0-9]{2,})?[a-z]?(?![0-9])"
    r"|(?=(?:[a-z]{0,3}[0-9]){5})[0-9a-z]{6,16}(?![0-9a-z]))"
)
_FILE_STRONG = re.compile(
    r"(?<![a-z])(?:i\.?p\.?p\.?|ip(?= ?:)|ip(?= [0-9]{7})|n\.?i\.?p\.?|n\.?d\.?a\.?|n\.?d\.?h\.?|i\.?e\.?p\.?|m\.?r\.?n\.?|nhs(?: number| no\.?)?|chi number|ipp/nda|(?:ipp|nda|iep)(?=[a-z]?[0-9])"
    r"|identifiant(?: d'hospitalisation)?(?: (?:du )?patiente?| permanent)?|id[ -]?patient|patient[ -]?id)(?![a-z])"
    + _LINK
    + _FILE_VALUE
    + r"(?! ?(?:mg|%|g/|patients|cas\b|ans\b|cp\b|participants|sujets|personnes|cases))"
)
_THING = r"(?:dossiers?|sejour|visite|venue|passage|patiente?|admission|hospitalisation|archive|archivage|identification|episode|record|chart|hospital|encounter|visit|file|folder|medical record|patient record|ipp|nda)"
_FILE_NUMBERED = re.compile(
    r"(?<![a-z])(?:"
    rf"(?:n°|n o|no\.?|num(?:ero|\.)?|number|ref(?:erence|\.)?|code|id)\s?(?:de |du |d'|of |the |la |l')*{_THING}"
    rf"|{_THING}(?: medical| hospitalier| administratif| patient| clinique| record)? ?\(?(?:n°|n o|no\.?|num(?:ero|\.)?|number|ref\.?|reference|id\b|#|:))(?![a-z])"
    + _LINK
    + _FILE_VALUE
)
_FILE_BARE = re.compile(r"(?<![a-z])(?:dossier|sejour|chart|patient) (?P<value>[0-9]{6,})(?![0-9])")
_RPPS_LABEL = re.compile(
    r"(?<![a-z])(?:r\.?p\.?p\.?s\.?|adeli)(?![a-z])[^0-9\n]{0,15}(?P<value>[0-9](?:[ .-]?[0-9]){5,})(?![0-9])"
)

_PHONE_LABEL = re.compile(
    r"(?<![a-z])(?:tel(?:ephon(?:e|ique|ie))?|tph|phone|portable|mobile|gsm|cell|fax|telecopie|poste|bip|dect|ligne directe|whatsapp|joignables?(?: au| a l[ae]?)?|joindre au|(?:r?appel(?:er|ez)?|contact(?:er|ez)?|fax(?:er|ee?)) (?:au|le|a|l[ae]s?)|call(?: back)?(?: at| on)?|numero(?: suivant)?|standard)(?![a-z])"
    r"(?:[ :=.°(]|n°|no\b|num(?:ero)?\b|est|le\b|au\b|a\b|perso(?:nnel)?\b|prof(?:essionnel)?\b|dom(?:icile)?\b|mobile\b|portable\b|suivant\b|number\b|is\b|at\b|on\b|secretariat\b|urgences?\b|de bureau\b|direct[e]?\b){0,6}"
    r"(?P<value>[(+]{0,2}[0-9](?:[ ./_()-]{0,2}[0-9]){3,14})(?![0-9])(?! ?(?:mg|ans|%|h\b|:))"
)
_PHONE_RUN = re.compile(
    r"(?<![0-9])(?<![0-9][.,])(?:(?:\+|00) ?33 ?(?:\( ?0 ?\) ?)?|\(\+? ?[0-9]{2,3}\) ?|\+ ?[0-9]{1,3} ?(?:\(0\) ?)?)?(?P<body>[0-9](?:[ ./_-]{0,3}[0-9]){7,11})(?![0-9])(?![.,][0-9])"
)
_PHONE_INTERNATIONAL = re.compile(
    r"(?<![0-9])(?:\+|(?<![0-9 ])00) ?[1-9](?:[ ./()_-]{0,2}[0-9]){6,14}(?![0-9])"
)
_PHONE_NATIONAL = re.compile(
    r"(?<![0-9])(?:\([2-9][0-9]{2}\) ?[0-9]{3}[ .-][0-9]{4}|[2-9][0-9]{2}([.-])[0-9]{3}\1[0-9]{4}|0[1-9][0-9]{1,3} [0-9]{3,4} [0-9]{3,4}|0[1-9][0-9]{2,4} [0-9]{5,6})(?![0-9])"
)

_LONG_RUN = re.compile(
    r"(?=[0-9])(?<![0-9a-z])(?<![0-9][.,:])[0-9](?:(?:[ ./_|-]| - )?[0-9]){7,}(?![0-9])"
)
_SPELLED = re.compile(r"(?<![0-9.,:])(?<![0-9] )[0-9](?: [0-9](?![0-9])){7,}(?![.,][0-9])")
_OCR_RUN = re.compile(r"(?<![A-Za-z0-9])[0-9OoIl](?:[ ./-]{0,2}[0-9OoIl]){7,}(?![A-Za-z0-9])")
_OCR = str.maketrans("OoIl", "0011")
_QUANTITY_AFTER = re.compile(
    r"^ ?(?:[€$£%]|(?:euros?|dollars?|residente?s?|patients?|cas|cases|habitants|personnes|people|individu|cell|copies|ufc|cfu|ui\b|iu\b|u/|bp|pb\b|reads|km|mg|ml|kg|sujets|femmes|hommes|deces|deaths|"
    r"enfants|naissances|doses|births|children|women|men|inhabitants|participants|subjects|plaquettes|leucocytes|globules|gb|gr\b|/|par |per |×|x ?10|variants|snps?)\b)"
)
_SERIAL = re.compile(
    r"(?<![a-z])(?:(?:n°|no|numero|num\.?) ?(?:de )?serie|serial(?: ?(?:number|no\.?|n°|#))?|s/n|sn(?= ?[:#n])|udi|code[- ]barres?|barcode"
    r"|(?:n°|no\.?|numero|num\.?|ref\.?|reference|id|number) ?(?:de |du |d'|of )?(?:prelevement|echantillon|tube|bloc|lame|piece|biopsie|examen|implant|dispositif|specimen|sample|slide|block|device|anapath|demande)"
    r"|(?:prelevement|echantillon|tube|bloc|lame|biopsie|specimen|sample|slide|block|accession|implant|pacemaker|stimulateur|defibrillateur|pompe|valve|prothese|device|dispositif|demande|examen)s? ?\(?(?:n°|no\.?|number|num\.?|ref\.?|reference|id\b|sn\b|s/n|#|:))"
    r"[ :#.=n°]{0,4}(?P<value>(?=[a-z./-]{0,6}[0-9])[a-z0-9](?:[a-z0-9./-]{2,}[a-z0-9]))"
)
_DICOM = re.compile(r"(?<![0-9.])[12]\.[0-9]{1,3}(?:\.[0-9]+){5,}")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_PUBLIC_LINES = frozenset({"3114", "3919", "3624", "3237", "3977", "3939"})


class _Slate:
    """A text from which recognised places are wiped as they are reported.

    Wiping waits until the text is asked for again, that is for the next rule: a long text full of
    numbers is copied once a rule, not once a number.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._changes: list[tuple[int, int, str]] = []

    @property
    def text(self) -> str:
        if self._changes:
            pieces, position = [], 0
            for start, end, replacement in sorted(self._changes):
                pieces += [self._text[position:start], replacement]
                position = end
            self._text = "".join([*pieces, self._text[position:]])
            self._changes.clear()
        return self._text

    def change(self, start: int, replacement: str) -> None:
        """Write over a place, one character for one; places changed by one rule never overlap."""
        self._changes.append((start, start + len(replacement), replacement))

    def wipe(self, start: int, end: int) -> None:
        self.change(start, _GONE * (end - start))

    def take(self, kind: str, rule: str, start: int, end: int, *, sure: bool = True) -> Finding:
        self.wipe(start, end)
        return Finding(kind, sure, start, end, rule, _REMOVED)


def identifiers(reading: Reading, patterns: Sequence[FilePattern]) -> Iterator[Finding]:
    """Every sure identifier and serial number of a text, in the order of the rules."""
    slate = _Slate(reading.lower)
    _read_through_ocr(reading, slate)
    if any(sign in slate.text for sign in ("@", "arobase", "(a", "[a", " at ")):
        yield from _emails(slate)
    if not re.search("[0-9][^a-z]{0,8}[0-9]", slate.text):
        return
    for pattern in patterns:
        for match in pattern.expression.finditer(slate.text):
            yield slate.take("file_number", "file-pattern", *match.span())
    _blank_public(slate)
    yield from _ibans(slate)
    yield from _nirs(slate)
    yield from _labelled(slate)
    for match in NUMERIC.finditer(slate.text):
        slate.wipe(*match.span())
    yield from _phones(slate)
    yield from _long_runs(slate)


def _read_through_ocr(reading: Reading, slate: _Slate) -> None:
    """Scanned digits: O for 0, I and l for 1, inside a run that is mostly digits."""

    if not re.search("[0-9][ .-]{0,2}[OoIl]|[OoIl][ .-]{0,2}[0-9]", reading.plain):
        return
    for match in _OCR_RUN.finditer(reading.plain):
        letters, digits = (sum(c in signs for c in match[0]) for signs in ("OoIl", "0123456789"))
        if 0 < letters <= digits:
            slate.change(match.start(), match[0].translate(_OCR))


def _blank_public(slate: _Slate) -> None:
    if not re.search("[0-9][0-9./:_-]{3,}", slate.text):
        return
    for match in _PUBLIC.finditer(slate.text):
        slate.wipe(*match.span())


def _emails(slate: _Slate) -> Iterator[Finding]:
    for rule, expression in (("email-address", _EMAIL), ("email-address", _EMAIL_BARE)):
        for match in expression.finditer(slate.text):
            disguised = "@" not in match[0]
            if disguised and not _ends_in_a_domain(match["domain"]):
                continue  # « at what point is it », not « dupont at wanadoo dot fr »
            if not _is_role(match["local"], match["domain"]) and not _is_mention(match):
                start = match.start() + len(match["local"]) - len(match["local"].lstrip("'-."))
                yield slate.take(
                    "email", "email-disguised" if disguised else rule, start, match.end()
                )


def _ends_in_a_domain(text: str) -> bool:
    """Whether the last word is the end of an address that exists."""
    return re.split(r"[^a-z0-9-]+", text)[-1] in DOMAINS


def _is_mention(match: re.Match[str]) -> bool:
    """A colleague called in a discussion (« merci à @ines.cordier ») rather than an address typed
    with a space before its sign: what follows the sign ends in no domain that exists."""
    before, _sign, after = match[0].partition("@")
    return (
        before.endswith(" ")
        and not after.startswith(" ")
        and after.rpartition(".")[2] not in DOMAINS
    )


def _is_role(local: str, domain: str) -> bool:
    """A desk of an institution, not a person: every word of the local part names a role.

    `secretariat.oncologie@hopital.fr` may stay, since it leads to no patient and readers need it;
    `dupont.secretariat@…` and any webmail address may not.
    """
    host = re.split(r"[ .,(\[]", domain)[0]
    parts = [part for part in re.split(r"[._+0-9-]+", local) if part]
    return host not in WEBMAIL and bool(parts) and all(part in MAIL_ROLES for part in parts)


def _ibans(slate: _Slate) -> Iterator[Finding]:
    for match in _IBAN.finditer(slate.text):
        length = _IBAN_LENGTHS.get(match[0][:2])
        if length is None:
            continue
        places = [i for i in range(match.start(), match.end()) if slate.text[i].isalnum()][:length]
        compact = "".join(slate.text[i] for i in places)
        if len(compact) == length and iban.is_valid(compact.upper()):
            yield slate.take("iban", "iban-key", places[0], places[-1] + 1)
        elif (
            compact[:2] in {"fr", "mc"}
            and len(compact) >= 24
            and sum(c.isdigit() for c in compact) >= 20
        ):
            yield slate.take("iban", "iban-shape", places[0], places[-1] + 1)


def _nirs(slate: _Slate) -> Iterator[Finding]:
    for match in _NIR.finditer(slate.text):
        compact = re.sub("[^0-9ab]", "", match[0].replace("cle", "")).upper()
        if len(compact) == 15 and nir.is_valid(compact):
            yield slate.take("nir", "nir-key", *match.span())
        elif _plausible_nir(compact) and not re.fullmatch(r"[0-9]{1,3}(?: [0-9]{3})+", match[0]):
            yield slate.take("nir", "nir-shape", *match.span())
    for match in _NIR_LABEL.finditer(slate.text):
        if len(re.sub("[^0-9ab]", "", match["value"])) >= 9:
            yield slate.take("nir", "nir-label", *match.span("value"))


def _plausible_nir(compact: str) -> bool:
    """Sex, month and department as INSEE gives them out; the key may be missing or mistyped."""
    month, department = int(compact[3:5]), compact[5:7]
    if not (1 <= month <= 12 or month == 20 or 30 <= month <= 42 or 50 <= month <= 99):
        return False
    return department in {"2A", "2B"} or (department.isdigit() and 1 <= int(department) <= 99)


def _labelled(slate: _Slate) -> Iterator[Finding]:
    for kind, rule, expression in (
        ("rpps", "rpps-label", _RPPS_LABEL),
        ("file_number", "file-label", _FILE_STRONG),
        ("file_number", "file-label", _FILE_NUMBERED),
        ("file_number", "file-label", _FILE_BARE),
    ):
        for match in expression.finditer(slate.text):
            if not _is_year_or_date(match["value"]):
                yield slate.take(kind, rule, *match.span("value"))
    for match in _SERIAL.finditer(slate.text):
        value = match["value"]
        if sum(c.isdigit() for c in value) >= 4 and not _is_year_or_date(value):
            yield slate.take("serial", "serial-label", *match.span("value"), sure=False)
    for match in _DICOM.finditer(slate.text):
        yield slate.take("serial", "serial-dicom", *match.span(), sure=False)


def _is_year_or_date(value: str) -> bool:
    return bool(
        _YEAR.fullmatch(value)
        or re.fullmatch(r"(?:19|20)[0-9]{2}[ /-](?:19|20)?[0-9]{2}", value)
        or NUMERIC.fullmatch(value)
    )


def _phones(slate: _Slate) -> Iterator[Finding]:
    for match in _PHONE_RUN.finditer(slate.text):
        if _is_french_phone(match):
            yield slate.take("phone", "phone-fr", *match.span())
    for match in _PHONE_INTERNATIONAL.finditer(slate.text):
        if _is_possible(match[0]):
            yield slate.take("phone", "phone-international", *match.span())
    for match in _PHONE_NATIONAL.finditer(slate.text):
        yield slate.take("phone", "phone-national", *match.span())
    for match in _PHONE_LABEL.finditer(slate.text):
        digits = re.sub("[^0-9]", "", match["value"])
        if not (_YEAR.fullmatch(digits) or digits in _PUBLIC_LINES):
            yield slate.take("phone", "phone-label", *match.span("value"))


def _is_french_phone(match: re.Match[str]) -> bool:
    """Nine digits behind +33, ten from 01 to 09, in any grouping that no table of values has."""
    groups = re.findall("[0-9]+", match["body"])
    digits = "".join(groups)
    prefix = match[0][: match.start("body") - match.start()]
    if prefix.startswith(("+", "00", "(")):
        return len(digits) in {9, 10} and ("33" in prefix or prefix.startswith("("))
    if digits[0] != "0" or digits[1] == "0":
        return False
    if len(digits) == 8:
        return len(groups) == 4 and len({len(g) for g in groups}) == 1 and not _is_regular(groups)
    if len(digits) != 10 or _is_regular(groups):
        return False
    singles = all(len(g) == 1 for g in groups)
    return singles or len(groups[0]) > 1 or (groups[0] == "0" and "." not in match["body"])


def _is_possible(number: str) -> bool:
    if re.fullmatch(r"\+ ?[0-9]{1,3}(?: [0-9]{3})*(?: 000)", number):
        return False
    try:
        parsed = phonenumbers.parse("+" + re.sub("[^0-9]", "", number).removeprefix("00"))
    except phonenumbers.NumberParseException:
        return False
    return (
        phonenumbers.is_possible_number(parsed)
        or len(re.findall(r"[ .-][0-9]{2}(?![0-9])", number)) >= 4
    )


def _long_runs(slate: _Slate) -> Iterator[Finding]:
    for match in _SPELLED.finditer(slate.text):
        digits = match[0].replace(" ", "")
        if len(digits) == 8 and is_compact_date(digits):
            yield slate.take("date", "compact-date", *match.span(), sure=False)
        elif not _is_regular(list(digits)) and set(digits) - {"0", "1"}:
            yield slate.take("file_number", "file-long-number", *match.span())
    for match in _LONG_RUN.finditer(slate.text):
        groups = re.findall("[0-9]+", match[0])
        digits = "".join(groups)
        separators = set(re.sub("[0-9]", "", match[0]))
        after = match.string[match.end() : match.end() + 16]
        if len(digits) == 8 and len(groups) == 1 and is_compact_date(digits):
            yield slate.take("date", "compact-date", *match.span(), sure=False)
        elif len(digits) == 11 and len(groups) == 1 and digits[0] in "18" and luhn.is_valid(digits):
            yield slate.take("rpps", "rpps-key", *match.span())
        elif _is_file_number(groups, digits, separators, after):
            yield slate.take("file_number", "file-long-number", *match.span())


def _is_file_number(groups: list[str], digits: str, separators: set[str], after: str) -> bool:
    """Whether eight digits and more are a number that was given, not one that was measured."""
    if _is_regular(groups) or digits.endswith("00000") or _QUANTITY_AFTER.match(after):
        return False
    if len(groups) == 1:
        return True
    if len(digits) < 9 or all(_YEAR.fullmatch(group) for group in groups):
        return False
    widest = max(map(len, groups))
    if separators == {"."}:
        return (
            len(groups) > 2
            and widest >= 3
            and not _is_thousands(groups)
            and not _is_internet_address(groups)
        )
    if separators == {"-"} or separators == {"/"}:
        if len(groups) == 2:
            return widest >= 6 and abs(len(groups[0]) - len(groups[1])) >= 2
        return widest >= 3 and not _is_chemical(groups)
    if separators == {" "} and _is_thousands(groups):
        return not digits.endswith("000") and not all(int(g) % 10 == 0 for g in groups)
    return (
        widest >= 5
        or (separators == {" "} and len(groups) >= 3 and all(len(g) >= 3 for g in groups[:-1]))
        or _all_pairs(groups)
    )


def _is_regular(groups: list[str]) -> bool:
    """A series that counts by equal steps, such as 01 02 03 04 or 10 20 30 40."""
    if len(groups) < 4:
        return False
    steps = {int(b) - int(a) for a, b in itertools.pairwise(groups)}
    return len(steps) == 1 and (abs(min(steps)) < 10 or min(steps) % 10 == 0)


def _is_thousands(groups: list[str]) -> bool:
    return len(groups[0]) <= 3 and all(len(g) == 3 for g in groups[1:])


def _is_internet_address(groups: list[str]) -> bool:
    return len(groups) == 4 and all(int(g) < 256 for g in groups)


def _is_chemical(groups: list[str]) -> bool:
    """A CAS registry number: two to seven digits, two, and a check digit."""
    if len(groups) != 3 or len(groups[1]) != 2 or len(groups[2]) != 1:
        return False
    body = (groups[0] + groups[1])[::-1]
    return sum(i * int(c) for i, c in enumerate(body, 1)) % 10 == int(groups[2])


def _all_pairs(groups: list[str]) -> bool:
    return len(groups) >= 5 and all(len(g) == 2 for g in groups)
