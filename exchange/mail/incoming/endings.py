"""What stands under a person's words without being theirs: signatures, app tags, legal footers.

Everything here reads from the end of what one person wrote, and stops at the first paragraph it
does not know: a word too many is better than an author's word lost.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from exchange.mail.incoming.lines import Line

_BRANDS = (
    r"outlook|yahoo|proton ?mail|k-9|zimbra|gmail|orange|sfr|la ?poste(?:\.net)?|bouygues|thunderbird|spark"
    r"|blue ?mail|aqua ?mail|mailo|fair ?email|tuta(?:nota)?|windows|samsung|galaxy|huawei|honor|xiaomi|redmi"
    r"|pixel|oneplus|oppo|nokia|sony|xperia|blackberry|iphone|ipad|ipod|apple watch|android|infomaniak|webmail"
    r"|airmail|mailspring|courrier|mail pour|mail for|messagerie"
)
_DEVICES = (
    rf"(?:{_BRANDS}|smartphone|t[ée]l[ée]phone|phone|mobile|portable|tablette?|appareil|device|mac)"
)
_TAG = re.compile(
    r"^\W*(?:"
    r"(?:(?:ce |this )?(?:message|mail|e-?mail|courriel) )?(?:a [ée]t[ée] )?"
    r"(?:envoy[ée]e?s?|sent|exp[ée]di[ée]|[ée]crit|typed) (?:\w+ )?"
    r"(?:d[e'](?:puis)?|[àa] partir d[eu']|via|avec|from|with|using|on)(?: |(?<='))"
    rf"(?:(?:l'|la |le |the |un |une |a |an |mon |ma |my )?(?:application |app )?[^.!?]{{0,40}}?\b{_DEVICES}\b)"
    r"[^.!?]{0,60}(?:\.(?: (?:veuillez|merci d'|d[ée]sol[ée]|please|excuse)[^.]{0,80}\.?)?)?"
    r"|(?:t[ée]l[ée]charge[rz]|obten(?:ir|ez)|get|download) outlook (?:pour|for) \w+.{0,90}"
    r"|provenance : courrier pour windows.{0,20}"
    r"|(?:veuillez excuser|merci d'excuser|please excuse|excuse) (?:ma|my|la|the) (?:bri[èe]vet[ée]|brevity)\.?"
    r"|excuser ma bri[èe]vet[ée]\.?"
    r"|yahoo mail ?: .{0,60}"
    r")\W*(?:<https?://\S+>|\[?\(?https?://\S+\)?)?\W*$",
    re.IGNORECASE,
)
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)|<https?://[^>]*>")
_NOT_A_TAG = re.compile(
    r"\b(?:service|patients?|je|j'|nous|vous|we|you|est|sont|ont|avec les|r[ée]sultats?|dossiers?)\b",
    re.IGNORECASE,
)

_LEGAL_START = re.compile(
    r"^\W*(?:[\w' -]{2,30}(?: -|:|\.) )?(?:ce(?:t|tte)? (?:message|mail|e-?mail|courriel|courrier|document|transmission)"
    r"|les? pr[ée]sente?s? (?:message|mail|courriel)|le contenu|les? informations? contenue|l'information contenue"
    r"|(?:avis|note|clause|mention|avertissement).{0,30}(?:confiden|l[ée]ga)|avertissement|disclaimer|confiden"
    r"|(?:important|legal) notice|this (?:e-?mail|message|communication|transmission)|the (?:information|content)"
    r"|si vous (?:n'[êe]tes pas|avez re[çc]u|recevez)|if you (?:are not|have received|received)"
    r"|toute (?:utilisation|publication|diffusion|divulgation)|any (?:use|unauthori|disclosure|review|dissemination)"
    r"|l'(?:int[ée]grit[ée]|internet)|internet |l'ap-?hm|l'(?:institut|h[ôo]pital|assistance|universit)|la soci[ée]t[ée]"
    r"|le centre hospitalier|please notify|merci d'en avertir)",
    re.IGNORECASE,
)
_LEGAL_STEMS = tuple(
    re.compile(stem, re.IGNORECASE)
    for stem in (
        r"confiden|privileged|secret (?:professionnel|m[ée]dical)",
        r"destinataire|destin[ée]e?s? |recipient|addressee|intended|à l'attention exclusive",
        r"exp[ée]diteur|[ée]metteur|sender|auteur",
        r"divulg|diffus|reprodu|dissemin|disclos|distribut|copi|publication|usage|utilisation|\buse\b",
        r"pi[èe]ces? jointes?|fichiers? (?:joints?|attach)|attachment|annexes|attached",
    )
)
_LEGAL_CORE = tuple(
    re.compile(stem, re.IGNORECASE)
    for stem in (
        r"par erreur|in error|n'[êe]tes pas|pas destin[ée]|not the intended|by mistake",
        r"interdit|prohib|non autoris|unauthori[sz]",
        r"d[ée]trui|supprim|effac|delete|destroy",
        r"responsab|liab",
        r"int[ée]grit|alt[ée]r|falsifi|modifi|virus",
        r"exclusi|strict|uniquement à|solely",
    )
)
_OF_THE_LAB = re.compile(
    r"\b(?:s[ée]rums?|pr[ée]l[èe]vements?|tubes?|[ée]chantillons?|samples?|sera|cohortes?|protocoles?)\b",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"n'imprim|avant d'imprimer|pens(?:ez|ons) (?:à |[àa] l'env|vert)|(?:respect|protection) de l'environnement"
    r"|consider the environment|before printing|n[ée]cessit[ée] (?:absolue )?d'imprimer"
    r"|(?:v[ée]rifi|analys|scann|contr[ôo]l)[ée]e? par .{0,30}(?:antivirus|avast)|www\.avast\.com|garanti sans virus|virus-free"
    r"|you received this message because|vous recevez ce message (?:car|parce)|se d[ée]sabonner de ce groupe"
    r"|unsubscribe from this group|mailing list$|liste de diffusion$",
    re.IGNORECASE,
)
_BANNER = re.compile(
    r"^\W*(?:attention|prudence|caution|warning|avertissement|externe?|external)\b"
    r"(?=.*(?:ext[ée]rieur|externe|external|outside))"
    r"(?=.*(?:mail|message|courriel|exp[ée]diteur|sender))(?=.*(?:cliqu|click|lien|links?|pi[èe]ces|attachments?|ouvr))",
    re.IGNORECASE,
)
_ORNAMENT = re.compile(
    r"^(?:[-_=*~#. ]{3,}|\[(?:cid|image|logo|inline).*\]|<image\d+\.\w+>|\[?https?://\S+\]?)$",
    re.IGNORECASE,
)
_IMAGE = re.compile(
    r"^(?:\[(?:cid|image|logo|inline)\b[^\]]*\]|<image\d+\.\w+>)(?:<https?://\S+>)?$", re.IGNORECASE
)

_FORMULA = (
    r"(?:bien |tr[èe]s |meilleures |sinc[èe]res |mes )*"
    r"(?:cordialement|cordiales|amicalement|confraternellement|confraternelles|respectueusement|sinc[èe]rement"
    r"|salutations|amiti[ée]s|remerciements|[àa] (?:vous|toi)|cdlt|cdt|bonne (?:journ[ée]e|soir[ée]e|fin|semaine|r[ée]ception)"
    r"|[àa] bient[ôo]t|merci|(?:best|kind|kindest|warm) (?:regards|wishes)|regards|best|sincerely|yours|cheers"
    r"|thanks?|thank you|many thanks|all the best)"
)
_MORE_THANKS = (
    r"(?:d'avance|par avance|beaucoup|encore|bcp|bien|infiniment|in advance|again|a lot|so much|very much|truly|sincerely"
    r"|faithfully|[àa] (?:toi|vous|tous|toutes)|to (?:you|all)|de (?:journ[ée]e|semaine)|distingu[ée]e?s|confraternelles"
    r"|cordiales|respectueuses|les meilleure?s|(?:et|and) .{2,30}|(?:pour|for) (?:votre|ton|vos|tes|your|the) [\w']+)"
)
# A name may end the formula's line; anything else makes it a sentence, and what follows its continuation.
_CLOSING = re.compile(
    rf"^(?:avec (?:\w+ )?)?{_FORMULA}(?:[ ,]+{_MORE_THANKS})*[ ,.!…;-]*"
    r"(?-i:(?:(?:Dr|Pr|Prof)\.? )?[A-ZÀ-Ý][\w.'-]*(?: [A-ZÀ-Ý][\w.'-]*){0,2})?[ ,.]*$",
    re.IGNORECASE,
)
_HARD = re.compile(
    r"(?:\+33|\b0)[ .(0)-]{0,5}[1-9](?:[ .-]?\d\d){4}|\b(?:t[ée]l|fax|dect|bip|poste|standard|mobile|port|secr[ée]tariat)"
    r"\b[^a-z]{0,4}[\d+(]|[\w.+-]+@[\w-]+\.[\w.-]+|\bwww\.|https?://|\b\d{5}\b [A-Z]|\+\d{2}[ \d().-]{8,}|\b\d[ \d]{4,}\d\b",
    re.IGNORECASE,
)
_SOFT = re.compile(
    r"\b(?:service|d[ée]partement|unit[ée]|p[ôo]le|laboratoire|labo|h[ôo]pital|h[ôo]pitaux|chu|institut|inserm|umr|cnrs"
    r"|universit[ée]|facult[ée]|ap-?hm|ipc|clinique|centre|interne|praticien|chef|cheffe|professeure?|pu-?ph|mcu-?ph"
    r"|ph|attach[ée]e?|arc|secr[ée]taire|phd|md|head of|professor|research(?:er)?|ing[ée]nieure?|doctorante?|directeur"
    r"|directrice|responsable|infirmi[èe]re?|m[ée]decin|h[ée]matologue|department|hospital|university|rue|avenue"
    r"|boulevard|bd|postdoc\w*|scientist|charg[ée]e? de recherche|team|[ée]quipe|dr|pr|prof|immunolog\w+|oncolog\w+)\b",
    re.IGNORECASE,
)
_PROSE = re.compile(
    r"\b(?:est|sont|ont|avons|avez|peut|peuvent|pourrait|sera|seront|serait|faut|nous|vous|je|j'|il|elle|ils|qui|voici|voil[àa]|here"
    r"|que|qu'|pas|notre|nos|votre|vos|mon|ma|mes|our|my|your|is|are|has|have|can|will|would|we|you|i|they|not)\b",
    re.IGNORECASE,
)
_LISTED = re.compile(r"^(?:[-*•·+]|\d{1,2}[.)]) ")
_NAME = re.compile(r"^(?:(?:Dr|Pr|Prof|Mme|M)\.? )?[A-ZÀ-Ý][\w'.-]+(?: [A-ZÀ-Ý][\w'.-]*){1,4}\b")

_THIN_DASHES = frozenset({"-", "--", "---"})
_LONGEST_SIGNATURE = 15
_LONGEST_NOTICE = 40
_MOST_FOOTERS = 20


@dataclass(frozen=True)
class Ending:
    """The person's words stop before line `start`; `rule` names what follows, "" for nothing."""

    start: int
    rule: str


def ending_of(lines: Sequence[Line]) -> Ending:
    """Returns where the words of one person's block of `lines` end."""
    end, rule = _trimmed(lines, len(lines)), ""
    dashes = _dashes(lines)
    if dashes is not None:
        end, rule = _trimmed(lines, dashes), "signature"
    for _ in range(_MOST_FOOTERS if end else 0):
        start, seen = _last_known(lines[:end])
        if start == end:
            break
        end, rule = _trimmed(lines, start), rule or seen
        if not end:
            break
    if not rule and any(not line.blank for line in lines[end:]):
        rule = "footer"
    return Ending(end, rule)


def banner_length(lines: Sequence[Line]) -> int:
    """Returns how many first lines are a gateway's warning about outside mail."""
    first = next((index for index, line in enumerate(lines) if not line.blank), len(lines))
    end = first
    while end < len(lines) and not lines[end].blank and not lines[end].depth:
        end += 1
    warned = _BANNER.search(" ".join(line.bare for line in lines[first:end]))
    return end if warned else 0


def _trimmed(lines: Sequence[Line], end: int) -> int:
    while end and (lines[end - 1].blank or _IMAGE.match(lines[end - 1].bare)):
        end -= 1
    return end


def _dashes(lines: Sequence[Line]) -> int | None:
    """The line "-- " (RFC 3676 section 4.3); without its space, only above what looks like one."""
    for index, line in enumerate(lines):
        if line.raw.rstrip("\r\n") in {"-- ", "--\u00a0"}:
            return index
        if line.bare in _THIN_DASHES and _is_card(lines[index + 1 :], certain=True):
            return index
    return None


def _last_known(lines: Sequence[Line]) -> tuple[int, str]:
    """Where the last paragraph starts when it is known not to be words, else the end."""
    end = len(lines)
    start = end
    while start and not lines[start - 1].blank:
        start -= 1
    for back in (1, 2, 3):
        first = max(end - back, start)
        joined = _LINK.sub(r"\1", " ".join(line.bare for line in lines[first:end]))
        if _TAG.match(joined) and not _NOT_A_TAG.search(joined):
            return _without_ornament(lines, first), "tag"
        if first == start:
            break
    for first in range(max(start, end - _LONGEST_NOTICE), end):
        joined = " ".join(line.bare for line in lines[first:end])
        if _is_legal(joined) or (first == start and _is_notice(joined)):
            return _without_ornament(lines, first), "footer"
    if _is_notice(lines[-1].bare):
        return _without_ornament(lines, end - 1), "footer"
    return _signature(lines), "signature"


def _without_ornament(lines: Sequence[Line], end: int) -> int:
    """A rule or a logo above something that is cut goes with it."""
    trimmed = _trimmed(lines, end)
    while trimmed and _ORNAMENT.match(lines[trimmed - 1].bare):
        trimmed = _trimmed(lines, trimmed - 1)
    return trimmed


def _is_notice(text: str) -> bool:
    return (
        bool(_NOTICE.search(text)) and len(text) < 600 and not re.search(r"\b(?:je|j'|I)\b", text)
    )


def _is_legal(text: str) -> bool:
    """A confidentiality notice: how it starts, and enough of the words they all share."""
    core = sum(bool(stem.search(text)) for stem in _LEGAL_CORE)
    total = core + sum(bool(stem.search(text)) for stem in _LEGAL_STEMS)
    if (
        not core
        or _OF_THE_LAB.search(text)
        or re.search(r"\b(?:je|j'|mon|ma|mes|nos patients|I|my)\b", text)
    ):
        return False
    return total >= 3 and bool(_LEGAL_START.match(text))


def _signature(lines: Sequence[Line]) -> int:
    """Where an informal signature starts: a card under a closing formula, or under everything."""
    for index in range(len(lines) - 1, max(-1, len(lines) - _LONGEST_SIGNATURE - 2), -1):
        line = lines[index]
        if _CLOSING.match(line.bare) and len(line.bare) < 80 and not _HARD.search(line.bare):
            below = _after_first_name(lines, index + 1)
            return below if _is_card(lines[below:], certain=True) else len(lines)
    start = len(lines)
    while start and not lines[start - 1].blank:
        start -= 1
    above = [line.bare for line in lines[:start] if not line.blank]
    if not above or above[-1].endswith((":", ",")) or not _NAME.match(lines[start].bare):
        return len(lines)
    return start if _is_card(lines[start:], certain=False) else len(lines)


def _after_first_name(lines: Sequence[Line], at: int) -> int:
    """A first name typed on its own under the formula is the person's; the card starts below."""
    written = [index for index in range(at, len(lines)) if not lines[index].blank]
    if len(written) < 2:
        return at
    alone = lines[written[0] + 1].blank
    short = len(lines[written[0]].bare.split()) <= 2 and not _HARD.search(lines[written[0]].bare)
    return written[0] + 1 if alone and short and not _SOFT.search(lines[written[0]].bare) else at


def _is_card(lines: Sequence[Line], *, certain: bool) -> bool:
    """True when `lines` are somebody's name, office and numbers, and no sentence."""
    written = [
        line.bare
        for line in lines[:_LONGEST_NOTICE]
        if not line.blank and not _ORNAMENT.match(line.bare)
    ]
    if not written or len(written) > _LONGEST_SIGNATURE:
        return False
    if any(_reads_as_prose(text) for text in written):
        return False
    if not _NAME.match(written[0]) and len(written[0].split()) > 2 and not _SOFT.search(written[0]):
        return False
    hard = sum(bool(_HARD.search(text)) for text in written)
    soft = sum(bool(_SOFT.search(text)) for text in written)
    if certain:
        return hard + soft >= 1
    return len(written) >= 2 and hard >= 1 and hard + soft >= 2


def _reads_as_prose(text: str) -> bool:
    if _LISTED.match(text) or text.startswith(">"):
        return True
    if _HARD.search(text):
        return len(text) > 140 or (len(text.split()) > 8 and bool(_PROSE.search(text)))
    return (
        text[:1].islower()
        or len(text.split()) > 10
        or text.endswith(("?", "!", ":", ";"))
        or bool(_PROSE.search(text))
    )
