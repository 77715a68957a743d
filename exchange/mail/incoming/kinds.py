"""Mail that never becomes a comment: written by machines, of ours, empty, or unsafe to keep.

Sources: RFC 3834 (Auto-Submitted), RFC 3464 and 6522 (delivery reports), RFC 8098 (receipts),
RFC 6047 (calendar answers), RFC 2919 (List-Id), and the headers and subjects that Exchange,
Zimbra, Gmail and vacation programs write in French and in English.
"""

import re
import unicodedata
from collections.abc import Collection
from enum import StrEnum

from exchange.mail.incoming.lines import fold
from exchange.mail.incoming.parse import Attachment, Incoming
from exchange.mail.incoming.trim import trim

LARGEST = 25 * 1024 * 1024
"""Bytes of the raw message that we read at most, unless told otherwise."""


class Refusal(StrEnum):
    """Why a message does not post; the value is what the log says, without any content."""

    OVERSIZE = "oversize"
    OWN_MAIL = "own_mail"
    BOUNCE = "bounce"
    RECEIPT = "receipt"
    CALENDAR = "calendar"
    LIST_LOOP = "list_loop"
    AUTO_REPLY = "auto_reply"
    NO_SENDER = "no_sender"
    ENCRYPTED = "encrypted"
    DANGEROUS_ATTACHMENT = "dangerous_attachment"
    EMPTY = "empty"

    @property
    def answerable(self) -> bool:
        """True when a person sent it, so that a helpful answer cannot start a loop."""
        return self in _FROM_A_PERSON


_FROM_A_PERSON = frozenset(
    {Refusal.OVERSIZE, Refusal.ENCRYPTED, Refusal.DANGEROUS_ATTACHMENT, Refusal.EMPTY}
)

_ROBOTS = re.compile(
    r"^(?:mailer-?daemon|postmaster|mail-?daemon|bounces?|no-?reply-bounce|microsoftexchange[0-9a-f]{16,})(?:[+=-].*)?@",
    re.IGNORECASE,
)
_BOUNCE_SUBJECT = re.compile(
    r"^(?:undeliver(?:ed|able)|delivery status notification|(?:mail )?delivery (?:failed|failure|has failed|delayed)"
    r"|mail delivery (?:failed|system|subsystem|problem)|returned mail|failure notice|message delivery delayed"
    r"|non[ -](?:remis|distribu[ée])\b|non[ -]remise? ?:|message non (?:remis|distribu|d[ée]livr[ée])"
    r"|courr?iel non (?:remis|distribu[ée])|mail non (?:remis|distribu[ée]|d[ée]livr[ée])"
    r"|[ée]chec (?:de la |de )?(?:remise|livraison|distribution|d'envoi|l'envoi)"
    r"|notification d'(?:[ée]chec|[ée]tat) |notification de (?:non[ -]remise|statut|retard)"
    r"|retour [àa] l'exp[ée]diteur|avis de non[ -](?:remise|distribution)|rapport de non[ -]remise"
    r"|warning: (?:could not send|message .* delayed)|remise (?:retard[ée]e|diff[ée]r[ée]e)|message bloqu[ée])",
    re.IGNORECASE,
)
_RECEIPT_SUBJECT = re.compile(
    r"^(?:lu|non lu|read|not read|remis|delivered|relay[ée]|relayed|supprim[ée] sans [êe]tre lu"
    r"|accus[ée] de (?:r[ée]ception|lecture)(?: de lecture)?|confirmation de (?:lecture|remise|r[ée]ception)"
    r"|read receipt|return receipt(?: \(displayed\))?|delivery receipt|disposition notification(?: \(.*\))?) ?(?::|-|$)",
    re.IGNORECASE,
)
_CALENDAR_SUBJECT = re.compile(
    r"^(?:accept[ée]e?|refus[ée]e?|d[ée]clin[ée]e?|provisoire|accepted|declined|tentative(?:ly accepted)?"
    r"|invitation(?: mise [àa] jour)?|updated invitation|annul[ée]e?|cancell?ed(?: event)?"
    r"|nouvelle heure propos[ée]e|new time proposed) ?:",
    re.IGNORECASE,
)
_AUTO_SUBJECT = re.compile(
    r"^(?:\[?auto(?:[- ]?reply|matic reply|matique|[- ]?response)?\]? ?:"
    r"|r[ée]ponse automatique|(?:e-?mail|message|courriel) automatique|(?:automatic|automated|auto)[ -]?(?:e?mail )?(?:reply|response|answer)"
    r"|autoreply|out of (?:the )?office|out[ -]of[ -]office|ooo ?:"
    r"|absent(?:\(e\)|e)?(?: du bureau| ?:| jusqu| du \d| en cong)"
    r"|absence (?:du bureau|du service|jusqu|temporaire)|absence ?: |(?:message|notification|notice|avis|r[ée]pondeur) d'absence"
    r"|(?:je suis |actuellement )(?:\w+ )?(?:absent|en cong|indisponible)|en (?:cong[ée]s?|vacances) (?:jusqu|du |- )"
    r"|cong[ée] (?:maternit[ée]|annuel)|i am (?:currently )?(?:out|away|on leave)|(?:on )?vacation (?:reply|message|notice)|away from (?:my |the )?(?:office|desk|mail)"
    r"|(?:on|maternity|annual|parental) leave\b|bureau ferm[ée]|ne travaille plus|no longer (?:with|works?|employed)"
    r"|changement d'adresse|nous avons bien re[çc]u votre|we (?:have )?received your"
    r"|votre (?:demande|message) a (?:bien )?[ée]t[ée] (?:re[çc]u|enregistr))",
    re.IGNORECASE,
)
_AUTO_HEADERS = (
    "x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-autoreply-from", "x-mail-autoreply",
    "x-auto-replied", "x-vacation", "x-cron-env", "x-autoreply-domain", "x-ebay-mailtracker",
)  # fmt: skip
_LIST_HEADERS = ("list-id", "list-post", "x-loop", "x-mailing-list", "mailing-list", "x-mailman-version", "x-been-there", "x-beenthere")  # fmt: skip

_DANGEROUS_ENDING = re.compile(
    r"\.(?:exe|scr|bat|cmd|com|pif|js|jse|mjs|vbs?|vbe|wsf?|wsh|wsc|hta|jar|jnlp|msi|msp|mst|msix|appx|ps1|psm1|lnk"
    r"|url|reg|cpl|dll|sys|inf|scf|sct|iso|img|vhdx?|dmg|app|apk|deb|rpm|sh|docm|dotm|xlsm|xltm|xlam|xll|xlsb|pptm"
    r"|potm|ppam|ppsm|sldm|one|onepkg|chm|ade|adp|mde|accde|library-ms|search-ms|settingcontent-ms|html?|shtml|xhtml"
    r"|mht(?:ml)?|svgz?|swf|py|pyw|ace|gadget|application)$",
    re.IGNORECASE,
)
_DANGEROUS_TYPES = frozenset(
    {
        "application/x-msdownload", "application/x-msdos-program", "application/x-dosexec", "application/hta",
        "application/x-ms-installer", "application/x-msi", "application/javascript", "text/javascript",
        "application/x-sh", "application/x-shellscript", "application/x-bat", "application/java-archive",
        "application/vnd.microsoft.portable-executable", "application/x-ms-shortcut", "application/x-iso9660-image",
        "application/vnd.android.package-archive", "text/vbscript", "text/html", "image/svg+xml",
    }
)  # fmt: skip
_ENCRYPTED = frozenset(
    {"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}
)


def never_posts(
    incoming: Incoming, *, own_addresses: Collection[str] = (), largest: int = LARGEST
) -> Refusal | None:
    """Returns why `incoming` does not post, or None when a person wrote something to read.

    `own_addresses` are those we send from, lower case; `largest` is in bytes.
    """
    if incoming.size > largest:
        return Refusal.OVERSIZE
    if incoming.from_address in own_addresses:
        return Refusal.OWN_MAIL
    return _machine(incoming) or _unreadable(incoming)


def _machine(incoming: Incoming) -> Refusal | None:
    """What a program sent, the most precise evidence first."""
    if report := _report(incoming):
        return report
    if _is_calendar(incoming):
        return Refusal.CALENDAR
    subject = fold(incoming.subject)
    if _ROBOTS.match(incoming.from_address) or incoming.header("x-failed-recipients"):
        return Refusal.BOUNCE
    if _is_automatic(incoming):
        return _named_by_subject(subject) or Refusal.AUTO_REPLY
    if any(incoming.header(name) for name in _LIST_HEADERS) or _precedence(incoming) == "list":
        return Refusal.LIST_LOOP
    if incoming.header("return-path").replace(" ", "") == "<>":
        return _named_by_subject(subject) or Refusal.BOUNCE
    return _named_by_subject(subject)


def _unreadable(incoming: Incoming) -> Refusal | None:
    """What a person sent, that we cannot take."""
    if not incoming.from_address:
        return Refusal.NO_SENDER
    if incoming.type in _ENCRYPTED and incoming.parameters.get("smime-type") != "signed-data":
        return Refusal.ENCRYPTED
    if any(is_dangerous(attachment) for attachment in incoming.attachments):
        return Refusal.DANGEROUS_ATTACHMENT
    if not trim(incoming.text).kept.strip():
        return Refusal.EMPTY
    return None


def is_dangerous(attachment: Attachment) -> bool:
    """True for what runs when opened: programs, scripts, macros, disk images, active pages.

    A name that hides its ending behind a direction mark (U+202E) is dangerous whatever it shows.
    """
    name = attachment.name.rstrip(". \u00a0")
    hidden = any(unicodedata.bidirectional(sign) in {"RLO", "LRO", "RLE", "LRE"} for sign in name)
    if attachment.type in _DANGEROUS_TYPES:
        return bool(name)
    return hidden or bool(_DANGEROUS_ENDING.search(name))


def _report(incoming: Incoming) -> Refusal | None:
    """RFC 6522: a report says what it reports on."""
    kind = incoming.parameters.get("report-type", "").lower()
    types = {attachment.type for attachment in incoming.attachments}
    if kind == "disposition-notification" or "message/disposition-notification" in types:
        return Refusal.RECEIPT
    if incoming.type == "multipart/report" or "message/delivery-status" in types:
        return Refusal.BOUNCE
    return None


def _is_calendar(incoming: Incoming) -> bool:
    if (
        incoming.type == "text/calendar"
        or "calendarmessage" in incoming.header("content-class").lower()
    ):
        return True
    return any(
        attachment.type == "text/calendar" and attachment.parameters.get("method")
        for attachment in incoming.attachments
    )


def _is_automatic(incoming: Incoming) -> bool:
    submitted = incoming.header("auto-submitted").split(";")[0].strip().lower()
    if submitted and submitted != "no":
        return True
    if any(incoming.header(name) for name in _AUTO_HEADERS):
        return True
    if _precedence(incoming) in {"auto_reply", "auto-reply", "bulk", "junk"}:
        return True
    if incoming.header("x-fc-machinegenerated").lower() == "true":
        return True
    suppress = {
        word.strip().lower() for word in incoming.header("x-auto-response-suppress").split(",")
    }
    return (
        bool(suppress & {"all", "oof", "autoreply"})
        or "autoresponder"
        in (incoming.header("delivered-to") + incoming.header("x-post-messageclass")).lower()
    )


def _precedence(incoming: Incoming) -> str:
    return (incoming.header("precedence") or incoming.header("x-precedence")).strip().lower()


def _named_by_subject(subject: str) -> Refusal | None:
    """A machine's subject starts with its formula; a person's answer starts with "Re:"."""
    if _BOUNCE_SUBJECT.match(subject):
        return Refusal.BOUNCE
    if _RECEIPT_SUBJECT.match(subject):
        return Refusal.RECEIPT
    if _CALENDAR_SUBJECT.match(subject):
        return Refusal.CALENDAR
    if _AUTO_SUBJECT.match(subject):
        return Refusal.AUTO_REPLY
    return None
