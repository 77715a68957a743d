"""Bytes of a message to what the rest needs of it, whatever the sender's software did to them.

RFC 5322 (message), 2045-2047 (MIME), 2231 (parameters), 3676 (flowed text). Nothing here raises
on a broken message: hospitals' gateways rewrite mail, and a person waits behind each.
"""

import email.parser
import email.policy
import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from quopri import decodestring
from types import MappingProxyType

from exchange.mail.incoming.markup import plain_text

_ENVELOPE = (
    "delivered-to", "x-original-to", "x-delivered-to", "envelope-to", "x-envelope-to",
    "x-rcpt-to", "x-forwarded-to", "apparently-to",
)  # fmt: skip
_ALIASES = {
    "ansi": "cp1252",
    "macintosh": "mac-roman",
    "x-mac-roman": "mac-roman",
    "utf8mb4": "utf-8",
}
_WESTERN = frozenset(
    {"", "ascii", "us-ascii", "iso-8859-1", "iso8859-1", "latin1", "latin-1", "windows-1252", "cp1252", "iso-8859-15"}
)  # fmt: skip
_ENCODED_WORD = re.compile(r"=\?([^?\s]+)\?([bq])\?([^?]*)\?=", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<[^<>\s]+>")
_META = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"(?:html[ -](?:capable|compatible|enabled|format|only)|ne (?:supporte|prend) pas .{0,20}html"
    r"|(?:message|mail) (?:is )?(?:in|en|au format) html|view(?:ed|er)? .{0,30}html)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Attachment:
    """A part of the message that is not its text; `size` in bytes, once decoded."""

    name: str
    type: str
    size: int
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Incoming:
    """A message as received. Message-IDs keep their angle brackets; `from_address` is lower case.

    `to_addresses` starts with the envelope's, which alone tell where the message really went.
    `headers` has lower-case names, values unfolded and decoded, in order. `size` in bytes, raw.
    """

    message_id: str
    in_reply_to: str
    references: tuple[str, ...]
    from_address: str
    to_addresses: tuple[str, ...]
    subject: str
    date: datetime | None
    text: str = field(repr=False)
    attachments: tuple[Attachment, ...]
    type: str
    parameters: Mapping[str, str]
    headers: Mapping[str, tuple[str, ...]] = field(repr=False)
    size: int

    def header(self, name: str) -> str:
        """Returns the first value of a header, "" when it is not there."""
        return next(iter(self.headers.get(name.lower(), ())), "")


def parse(raw: bytes, *, recipients: Iterable[str] = ()) -> Incoming:
    """Reads a message; `recipients` are those the envelope gave (LMTP, pipe)."""
    trimmed = raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    message = email.parser.BytesParser(policy=email.policy.compat32).parsebytes(trimmed)
    headers = _headers(message)
    senders = _addresses(headers, "from") or _addresses(headers, "sender")
    texts, attachments = _parts(message)
    return Incoming(
        message_id=next(iter(_ids(headers, "message-id")), ""),
        in_reply_to=next(iter(_ids(headers, "in-reply-to")), ""),
        references=tuple(_ids(headers, "references")),
        from_address=senders[0].lower() if senders else "",
        to_addresses=_recipients(headers, recipients),
        subject=next(iter(headers.get("subject", ())), ""),
        date=_date(next(iter(headers.get("date", ())), "")),
        text="\n\n".join(text.strip("\n") for text in texts if text.strip()),
        attachments=tuple(attachments),
        type=message.get_content_type(),
        parameters=_parameters(message),
        headers=headers,
        size=len(raw),
    )


def body_text(raw: bytes, charset: str = "") -> str:
    """Returns `raw` as text, in `charset` or in what it shows itself to be in.

    Mail declared in a Western charset is often UTF-8 or Windows-1252: valid UTF-8 is UTF-8, and
    "iso-8859-1" is read as Windows-1252, as browsers do (WHATWG Encoding, section 4.2).
    """
    name = charset.strip().strip("\"'").lower()
    name = _ALIASES.get(name, name)
    candidates = ["utf-8-sig", "cp1252"] if name in _WESTERN else [name, "utf-8-sig", "cp1252"]
    if name == "iso-8859-15":
        candidates.insert(1, name)
    for candidate in candidates:
        try:
            return _clean(raw.decode(candidate))
        except (LookupError, UnicodeError, ValueError):
            continue
    return _clean(raw.decode("latin-1"))


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").removeprefix("\ufeff")


def _headers(message: Message) -> Mapping[str, tuple[str, ...]]:
    values: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        values.setdefault(name.lower(), []).append(_decoded(str(value)))
    return MappingProxyType({name: tuple(several) for name, several in values.items()})


def _decoded(value: str) -> str:
    """A header value without folding, its encoded words and raw bytes read."""
    value = body_text(value.encode("utf-8", "surrogateescape"))
    value = re.sub(r"\s*\n\s*", " ", value).strip()
    value = re.sub(r"(\?=)\s+(?==\?)", r"\1", value)
    pieces: list[str] = []
    end = 0
    pending, pending_charset = b"", ""
    for word in _ENCODED_WORD.finditer(value):
        charset = word[1].split("*")[0]
        if word.start() != end or charset.lower() != pending_charset.lower():
            pieces.append(body_text(pending, pending_charset))
            pending = b""
        pieces.append(value[end : word.start()])
        pending, pending_charset, end = pending + _word_bytes(word[2], word[3]), charset, word.end()
    return "".join([*pieces, body_text(pending, pending_charset), value[end:]])


def _word_bytes(encoding: str, payload: str) -> bytes:
    if encoding.lower() == "q":
        return decodestring(payload.encode("utf-8"), header=True)
    try:
        return b64decode(payload.encode("utf-8") + b"===")
    except Base64Error:
        return payload.encode("utf-8")


def _addresses(headers: Mapping[str, tuple[str, ...]], name: str) -> list[str]:
    found = [address.strip() for _, address in getaddresses(list(headers.get(name, ())))]
    found = [address for address in found if "@" in address]
    if found:
        return found
    joined = " ".join(headers.get(name, ()))
    return re.findall(r"[\w.+%'=-]+@[\w-]+(?:\.[\w-]+)*", joined)


def _recipients(headers: Mapping[str, tuple[str, ...]], given: Iterable[str]) -> tuple[str, ...]:
    found = list(given)
    for name in (*_ENVELOPE, "to", "cc", "resent-to"):
        found += _addresses(headers, name)
    return tuple(dict.fromkeys(found))


def _ids(headers: Mapping[str, tuple[str, ...]], name: str) -> list[str]:
    joined = " ".join(headers.get(name, ()))
    bare = joined.strip()
    return _MESSAGE_ID.findall(joined) or (
        [f"<{bare}>"] if bare and not re.search(r"[\s<>]", bare) else []
    )


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _parameters(part: Message) -> Mapping[str, str]:
    found = part.get_params(failobj=[])
    return MappingProxyType({str(name).lower(): str(value) for name, value in found[1:]})


def _parts(message: Message) -> tuple[list[str], list[Attachment]]:
    """The texts to read, in order, and everything else."""
    if message.get_content_type() == "multipart/alternative" and message.is_multipart():
        return _alternative(message)
    if message.is_multipart() and message.get_content_maintype() != "message":
        texts: list[str] = []
        attachments: list[Attachment] = []
        for part in _children(message):
            more_texts, more_attachments = _parts(part)
            texts += more_texts
            attachments += more_attachments
        return texts, attachments
    if _is_text(message):
        return [_text(message)], []
    return [], [_attachment(message)]


def _alternative(message: Message) -> tuple[list[str], list[Attachment]]:
    """One text of several: the plain one, unless it only says that the other should be read."""
    attachments: list[Attachment] = []
    plain: list[str] = []
    marked_up: list[str] = []
    for part in _children(message):
        texts, more = _parts(part)
        attachments += more
        if part.get_content_type() == "text/plain":
            plain += texts
        else:
            marked_up += texts
    written = "".join(plain).strip()
    if written and not (marked_up and len(written) < 200 and _PLACEHOLDER.search(written)):
        return plain, attachments
    return marked_up or plain, attachments


def _children(message: Message) -> Iterator[Message]:
    payload = message.get_payload()
    if isinstance(payload, list):
        yield from (part for part in payload if isinstance(part, Message))


def _is_text(part: Message) -> bool:
    shown = part.get_content_disposition() != "attachment"
    return shown and part.get_content_type() in {"text/plain", "text/html"} and not _file_name(part)


def _text(part: Message) -> str:
    raw = _payload(part)
    charset = str(part.get_param("charset", ""))
    if part.get_content_type() == "text/html":
        declared = _META.search(raw[:2048])
        return plain_text(
            body_text(raw, charset or (declared[1].decode("ascii") if declared else ""))
        )
    text = body_text(raw, charset)
    if str(part.get_param("format", "")).lower() == "flowed":
        return unflowed(text, delete_space=str(part.get_param("delsp", "")).lower() == "yes")
    return text


def _payload(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _attachment(part: Message) -> Attachment:
    content = part.as_bytes() if part.is_multipart() else _payload(part)
    return Attachment(
        name=_file_name(part),
        type=part.get_content_type(),
        size=len(content),
        parameters=_parameters(part),
        content=content,
    )


def _file_name(part: Message) -> str:
    return _decoded(part.get_filename("")).replace("/", "_").replace("\\", "_").strip()


def unflowed(text: str, *, delete_space: bool) -> str:
    """Joins the lines that a client broke for transport (RFC 3676 section 4.2)."""
    joined: list[str] = []
    depth, flowing = 0, False
    for line in text.split("\n"):
        marks = len(line) - len(line.lstrip(">"))
        words = line[marks:].removeprefix(" ")
        if flowing and marks == depth and words != "-- ":
            joined[-1] += words
        else:
            joined.append(f"{'>' * marks} {words}" if marks else words)
        depth = marks
        flowing = words.endswith(" ") and words != "-- " and bool(words.strip())
        if flowing and delete_space:
            joined[-1] = joined[-1].removesuffix(" ")
    return "\n".join(joined)
