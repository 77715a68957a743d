"""What a mail client writes above the message it quotes: attributions, header blocks, separators.

Each client has its own: Gmail and Apple Mail an attribution with date, time and address; Outlook,
Zimbra and the phones a block of headers; many a line of dashes above it. An opening is *certain*
when only a client writes it, so that it may open a quote without marks; the others count only
above lines that are marked as quoted.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from exchange.mail.incoming.lines import Line

DELIMITER: Mapping[str, str] = MappingProxyType(
    {
        "fr": "— répondez au-dessus de cette ligne —",
        "en": "— reply above this line —",
    }
)
"""The line our letters carry above their text, by language: what follows it is ours."""

_DAY = (
    r"(?:lun|mar|mer|jeu|ven|sam|dim|mon|tues?|wed|thu|thurs?|fri|sat|sun)"
    r"(?:di|credi|dredi|edi|anche|day|sday|nesday|rsday|urday)?\.?,?"
)
_MONTH = (
    r"(?:janv?(?:ier|uary)?|f[ée]v(?:r(?:ier)?)?|feb(?:ruary)?|mars?|march|avr(?:il)?|apr(?:il)?|mai|may"
    r"|jui(?:n|l(?:l(?:et)?)?)|june?|july?|ao[ûu]t|aug(?:ust)?|sept?(?:embre|ember)?|oct(?:obre|ober)?"
    r"|nov(?:embre|ember)?|d[ée]c(?:embre|ember)?)\.?"
)
_DATE = (
    r"(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}"
    r"|\d{4}[./-]\d{1,2}[./-]\d{1,2}"
    rf"|\d{{1,2}}(?:er|st|nd|rd|th)?\.?[ -](?:of )?{_MONTH},?(?:[ -]\d{{4}})?"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,?(?: \d{{4}})?)"
)
_TIME = r"\d{1,2}(?::\d{2}| ?h ?\d{2}|\.\d{2}\b)"
_EMAIL = re.compile(r"[\w.+%'=-]+@[\w-]+(?:\.[\w-]+)+")
_WROTE = r"(?:[aà] [ée]crit|[ée]crivait|wrote|writes)"

_DATED_HEAD = re.compile(rf"^(?:le|on)[ :,]+(?:{_DAY} ?)?(?:le |the )?{_DATE}(?!\w)", re.IGNORECASE)
_DATED = re.compile(rf"{_DATED_HEAD.pattern}.*?\b{_WROTE} ?:$", re.IGNORECASE)
# Yahoo's phone writes the first words of the quote on the same line.
_RUNNING_ON = re.compile(rf"{_DATED_HEAD.pattern}[^<]*<[^>]*@[^>]*>,? {_WROTE} ?: ", re.IGNORECASE)
_CLOCKED = re.compile(r".*\b(?:20)\d\d\b.*?\d{1,2}:\d{2}(?: ?[AaPp][Mm])?, ")
_DAY_AND_YEAR = re.compile(rf"^(?:le|on) {_DAY} .*\b20\d\d\b", re.IGNORECASE)
_TIMED = re.compile(rf"(?:{_DATE}|{_DAY}).*?{_TIME}", re.IGNORECASE)
_TO_THE_SECOND = re.compile(r"\d{1,2}:\d{2}:\d{2}|(?:gmt|utc) ?[+-]|[+-]\d{4}\b", re.IGNORECASE)
_STAMPED_HEAD = re.compile(rf"^(?:{_DAY} ?)?{_DATE},?(?: [àa]| at)? {_TIME}", re.IGNORECASE)
_STAMPED = re.compile(rf"{_STAMPED_HEAD.pattern}.*@.*>? ?:$", re.IGNORECASE)
_WRITER = re.compile(rf"<[^>]*>?,?$|\b{_WROTE}\b.*:$|^quoting .*:$", re.IGNORECASE)
_NAMED = re.compile(rf"^.{{0,120}}\b{_WROTE}(?: (?:le|on) .*{_DATE}.*)? ?:$", re.IGNORECASE)
_FOREIGN = re.compile(rf"^.{{0,200}}{_TIME}.{{0,80}}:$", re.IGNORECASE)
_QUOTING = re.compile(r"^quoting .{0,150}:$", re.IGNORECASE)
_TWO_NAMES = re.compile(
    r"^(?!(?:Le|La|Les|Un|Une|Mon|Ma|Notre|Votre|Il|Elle|On|The|A|My|Our|He|She) )"
    rf"(?:(?:Dr|Pr|Prof)\.? )?[A-ZÀ-Ý][\w'-]*(?: [A-ZÀ-Ý][\w.'-]*){{1,3}} {_WROTE} ?:$"
)
_BETWEEN_DASHES = re.compile(rf"^-{{2,}} ?(?:le|on) .*\b{_WROTE} ?-{{2,}}$", re.IGNORECASE)

_SEPARATOR = re.compile(
    r"^[>\s]*[-=_*]{2,} ?(?:(?:d[ée]but du )?(?:message|mail|courriel|e-?mail)"
    r" (?:d'origine|original|initial|pr[ée]c[ée]dent|transf[ée]r[ée]|r[ée]exp[ée]di[ée])"
    r"|original (?:message|e-?mail|appointment)|rendez-vous d'origine"
    r"|forwarded (?:message|mail|by .*)|r[ée]pondre au message|reply message) ?[-=_*]{2,}",
    re.IGNORECASE,
)
_ANNOUNCED = re.compile(
    r"^(?:d[ée]but du (?:message|mail|courriel) (?:r[ée]exp[ée]di[ée]|transf[ée]r[ée]) ?:"
    r"|begin forwarded message ?:"
    rf"|message du {_DATE} {_TIME})$",
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"^(?:message (?:d'origine|original|transf[ée]r[ée])|original message|mail original)$",
    re.IGNORECASE,
)
_RULE = re.compile(r"^[-_=*~]{5,}$")
_DELIMITER = re.compile(
    r"^[-*_ ]*(?:r[ée]pondez au-dessus de cette ligne|reply above this line)[-*_ ]*$", re.IGNORECASE
)

_KINDS = {
    "from": r"de|from|exp[ée]diteur|[ée]metteur",
    "date": r"envoy[ée]e?(?: le)?|date(?: d'envoi)?|sent(?: on)?",
    "to": r"[àa]|to|pour|destinataires?",
    "copy": r"cc|copie(?: [àa])?|cci|bcc",
    "subject": r"objet|subject|sujet",
    "other": r"r[ée]pondre [àa]|reply-to|importance|priorit[ée]|priority|pi[èe]ces? jointes?|attachments?",
}
_HEADER = re.compile(
    r"^\*{0,2}(?:"
    + "|".join(f"(?P<{kind}>{words})" for kind, words in _KINDS.items())
    + r")\*{0,2} ?:\*{0,2}",
    re.IGNORECASE,
)
_A_DATE = re.compile(rf"{_DATE}|\b(?:19|20)\d\d\b|{_TIME}", re.IGNORECASE)

_LONGEST_ATTRIBUTION = 5
_LONGEST_CONTINUATION = 4
_LONGEST_BLOCK = 30


@dataclass(frozen=True)
class Opening:
    """Lines `start` to `end` (excluded) that open a quote, named after the `rule` that saw them."""

    start: int
    end: int
    rule: str
    certain: bool
    closing: bool = False
    """True when nobody ends a text with it: at the very end it is what is left of a deleted quote."""


def opening_at(lines: Sequence[Line], at: int) -> Opening | None:
    """Returns the opening of a quote that begins on line `at`, or None."""
    bare = lines[at].bare
    if is_delimiter(lines[at]):
        return Opening(at, at + 1, "delimiter", certain=True)
    if _SEPARATOR.match(bare) or _ANNOUNCED.match(bare) or _BETWEEN_DASHES.match(bare):
        return Opening(at, at + 1, "separator", certain=True)
    if _HEADING.match(bare) or _RULE.match(bare):
        return _introduced_headers(lines, at)
    return _bare_headers(lines, at) or _attribution(lines, at)


def is_delimiter(line: Line) -> bool:
    """True for our own line, quoted or not."""
    return bool(_DELIMITER.match(line.bare))


def ends_like_an_attribution(lines: Sequence[Line]) -> bool:
    """True when these lines, just above our delimiter, are some client's attribution.

    The delimiter proves that a quote follows, so any language will do: a colon and an address,
    a date or a time.
    """
    joined = " ".join(line.bare for line in lines)
    told = _EMAIL.search(joined) or re.search(_TIME, joined) or re.search(_WROTE, joined)
    return joined.endswith(":") and len(joined) < 300 and bool(told)


def _introduced_headers(lines: Sequence[Line], at: int) -> Opening | None:
    """A rule or a heading opens a quote only above headers: alone it may be the author's."""
    following = at + 1
    while following < len(lines) and following <= at + 3 and lines[following].blank:
        following += 1
    if following >= len(lines):
        return None
    headers = _headers(lines, following, fewest=2)
    if headers is None:
        return None
    return Opening(at, headers.end, headers.rule, certain=True)


def _bare_headers(lines: Sequence[Line], at: int) -> Opening | None:
    """Without a separator, clients start with who or when, and give at least a third header."""
    first = _HEADER.match(lines[at].bare)
    if first is None or first.lastgroup not in {"from", "date"}:
        return None
    return _headers(lines, at, fewest=3)


def _headers(lines: Sequence[Line], at: int, *, fewest: int) -> Opening | None:
    """A block of headers: who and when at least, one per line, recipients perhaps wrapped."""
    seen: set[str] = set()
    end = at
    for index in range(at, min(len(lines), at + _LONGEST_BLOCK)):
        line = lines[index]
        header = _HEADER.match(line.bare)
        if header and header.lastgroup:
            kind, value = header.lastgroup, line.bare[header.end() :].strip()
            if kind in seen or not _plausible(kind, value):
                break
            seen.add(kind)
            end = index + 1
        elif (
            index == at
            or _RULE.match(line.bare)
            or index - end >= _LONGEST_CONTINUATION
            or line.depth != lines[at].depth
            or (seen >= {"from", "date", "subject"} and not _header_follows(lines, index))
        ):
            break
    addressed = any(_EMAIL.search(line.bare) for line in lines[at:end])
    if seen >= {"from", "date"} and len(seen) >= fewest and (addressed or "subject" in seen):
        return Opening(at, end, "headers", certain=True)
    return None


def _plausible(kind: str, value: str) -> bool:
    """A sender is not a number, a date has digits: "De : 10 h à 12 h" is a sentence's."""
    if kind == "from":
        return bool(re.match(r"^\W{0,2}[^\W\d]", value)) or not value
    return kind != "date" or bool(_A_DATE.search(value)) or not value


def _header_follows(lines: Sequence[Line], at: int) -> bool:
    following = lines[at + 1 : at + 2]
    return bool(following and _HEADER.match(following[0].bare))


def _attribution(lines: Sequence[Line], at: int) -> Opening | None:
    """ "Le …, Nom <adresse> a écrit :", on one line or wrapped over several."""
    first = lines[at].bare
    if not (
        _DATED_HEAD.match(first)
        or _STAMPED_HEAD.match(first)
        or _WRITER.search(first)
        or _FOREIGN.match(first)
    ):
        return None
    joined = ""
    for end in range(at + 1, min(len(lines), at + _LONGEST_ATTRIBUTION) + 1):
        line = lines[end - 1]
        if line.blank or line.depth != lines[at].depth:
            return None
        joined = f"{joined} {line.bare}".strip()
        if _DATED.match(joined):
            return _dated(joined, at, end)
        if _STAMPED.match(joined) or _RUNNING_ON.match(joined):
            return Opening(at, end, "attribution", certain=True)
        if end <= at + 2 and _names_its_writer(joined):
            return Opening(at, end, "attribution", certain=False)
    return None


def _names_its_writer(joined: str) -> bool:
    told = _EMAIL.search(joined) or _TIMED.search(joined)
    return bool(
        (told and _NAMED.match(joined))
        or (_EMAIL.search(joined) and _FOREIGN.match(joined))
        or _QUOTING.match(joined)
        or _TWO_NAMES.match(joined)
    )


def _dated(joined: str, at: int, end: int) -> Opening | None:
    """A date alone may be the author's ("Le 3 mars, le patient a écrit :"): a client gives more."""
    timed = bool(_TIMED.search(joined))
    addressed = bool(_EMAIL.search(joined))
    if not (timed or addressed or _DAY_AND_YEAR.match(joined)):
        return None
    certain = timed and bool(
        addressed or _TO_THE_SECOND.search(joined) or _gives_year_clock_and_name(joined)
    )
    return Opening(at, end, "attribution", certain=certain, closing=timed or addressed)


def _gives_year_clock_and_name(joined: str) -> bool:
    """ "…2025 à 10:12, Claire Martin a écrit :" is a client's; "…, l'infirmière a écrit :" a person's."""
    clock = _CLOCKED.match(joined)
    named = joined[clock.end() :] if clock else ""
    return bool(_TWO_NAMES.match(named))
