"""From words to a mail: templates, style, MIME, headers.

Text and HTML in quoted-printable, which every relay carries (RFC 2045 section 6.7). No remote
image, no tracking: the mail asks nothing of the network.
"""

import base64
import re
import textwrap
from binascii import b2a_qp
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import compat32
from email.utils import format_datetime, formataddr, parseaddr
from functools import cache
from hashlib import blake2b
from typing import Any

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from exchange import clock, i18n
from exchange.mail.addresses import reply_to
from exchange.mail.incoming.trim import DELIMITER
from exchange.mail.unsubscribe import DIGEST, token
from exchange.outbox.letters import Due
from exchange.paths import TEMPLATES
from exchange.people.models import User
from exchange.settings import Settings

WIDTH = 72
"""Columns of the text part, for those who read mail in a terminal (RFC 3676 section 4.2 asks
for 78 at most)."""

_CRLF = compat32.clone(linesep="\r\n")
_CONTROLS = re.compile(r"[\x00-\x20\x7f]+")
_EPOCH_1601 = datetime(1601, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a letter says. `to`: another address than the reader's. `ref` names the thread it
    belongs to; `may_stop`: it carries a way to hear no more of that, or of what `stops` names;
    `takes_replies`: what is written back goes to the thread; `answers`: the
    Message-ID of the mail it answers; `last_event_id`: up to where it tells the story."""

    template: str
    to: str = ""
    subject: str
    words: Mapping[str, Any]
    topic: str = ""
    ref: str = ""
    begun_at: datetime | None = None
    may_stop: bool = False
    takes_replies: bool = True
    answers: str = ""
    stops: str = ""
    last_event_id: int | None = None

    @property
    def purpose(self) -> str:
        """What unsubscribing stops."""
        return self.stops or self.ref or DIGEST


def write_text(said: Said, reader: User, settings: Settings) -> str:
    """The text part, in the language in force."""
    return _render(f"mail/letters/{said.template}.txt", said, reader, settings).strip() + "\n"


def write_html(said: Said, reader: User, settings: Settings) -> str:
    """The HTML part, in the language in force, its style inlined: Outlook and webmails drop
    style sheets."""
    return _inliner().inline(_render(f"mail/letters/{said.template}.html", said, reader, settings))


def write_mail(said: Said, due: Due, reader: User, settings: Settings) -> bytes:
    """The whole message, as it goes over the wire."""
    mail = MIMEMultipart("alternative")
    for name, value in _headers(said, due, reader, settings).items():
        mail[name] = value
    mail.attach(_part("plain", write_text(said, reader, settings)))
    mail.attach(_part("html", write_html(said, reader, settings)))
    return mail.as_bytes(policy=_CRLF)


def _headers(said: Said, due: Due, reader: User, settings: Settings) -> dict[str, Any]:
    domain = settings.mail_domain
    headers: dict[str, Any] = {
        "From": _address(settings.site_name, parseaddr(settings.mail_from)[1]),
        "To": _address(reader.name, said.to or reader.email),
        "Subject": _words(said.subject, "Subject"),
        "Date": format_datetime(clock.now()),
        "Message-ID": due.message_id,
        "Content-Language": i18n.get_locale(),
        "List-Id": f"<{'questions' if said.ref else 'digest'}.{domain}>",  # RFC 2919
        "Feedback-ID": f"{due.kind}:exchange:{domain}",
        "Auto-Submitted": "auto-generated",  # RFC 3834 section 5
        "X-Auto-Response-Suppress": "All",  # [MS-OXCMAIL] section 2.2.3.2.14
        "Precedence": "list",
        # RFC 2369 and, for the one-click POST, RFC 8058. An answer to one's own act has it too,
        # for the rest of its thread: mail clients show the button on every letter, or on none.
        "List-Unsubscribe": f"<{_stop_href(said, reader, settings)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    if said.takes_replies and (address := reply_to(due.token, settings)):
        headers["Reply-To"] = _address(settings.site_name, address)
    if said.answers:
        headers |= _answering(said.answers)
    elif said.ref:
        headers |= _threading(said, domain)
    else:
        headers["References"] = f"<digest.{reader.id}@{domain}>"
    return headers


def _threading(said: Said, domain: str) -> dict[str, Any]:
    """All letters of a thread answer one root that never left: RFC 5322 section 3.6.4 for most
    clients, [MS-OXOMSG] section 2.2.1.3 for Outlook, which reads nothing else."""
    root = f"<question.{said.ref}@{domain}>"
    return {
        "In-Reply-To": root,
        "References": root,
        "Thread-Topic": _words(said.topic, "Thread-Topic"),
        "Thread-Index": _thread_index(root, said.begun_at or clock.now(), clock.now()),
    }


def _answering(message_id: str) -> dict[str, str]:
    """What was asked by mail is answered in the same conversation (RFC 3834 section 3.1.5)."""
    return {
        "In-Reply-To": message_id,
        "References": message_id,
        "Auto-Submitted": "auto-replied",
    }


def _thread_index(root: str, begun_at: datetime, now: datetime) -> str:
    """Six bytes of the beginning (in units of 100 ns since 1601), sixteen that name the thread,
    and five for this answer: 31 bits of the time since."""
    begun = _ticks(begun_at)
    name = blake2b(root.encode(), digest_size=16).digest()
    since = max(_ticks(now) - begun, 0)
    long_after = since >= 1 << 49
    passed = (since >> (23 if long_after else 18)) & 0x7FFF_FFFF
    answer = ((long_after << 31) | passed).to_bytes(4, "big") + b"\0"
    return base64.b64encode(begun.to_bytes(8, "big")[:6] + name + answer).decode()


def _ticks(moment: datetime) -> int:
    since = moment - _EPOCH_1601
    return (since.days * 86_400 + since.seconds) * 10_000_000 + since.microseconds * 10


def _stop_href(said: Said, reader: User, settings: Settings) -> str:
    return f"{settings.address}/unsubscribe/{token(reader, said.purpose, settings)}"


def _address(name: str, address: str) -> str:
    """The name can hold no header of its own, nor accents as they are (RFC 2047)."""
    return formataddr((_line(name), address), "utf-8")


def _line(text: str) -> str:
    """One line, so that no title writes a header of its own; no-break spaces stay."""
    return _CONTROLS.sub(" ", text).strip()


def _words(text: str, header: str) -> str | Header:
    line = _line(text)
    return line if line.isascii() else Header(line, "utf-8", header_name=header)


def _part(subtype: str, text: str) -> Message:
    part = MIMENonMultipart("text", subtype, charset="utf-8")
    part["Content-Transfer-Encoding"] = "quoted-printable"
    part.set_payload(b2a_qp(text.encode(), istext=True).decode("ascii"))
    return part


def _render(name: str, said: Said, reader: User, settings: Settings) -> str:
    return (
        _environment()
        .get_template(name)
        .render(
            said.words,
            subject=said.subject,
            reader=reader,
            site=settings.site_name,
            contact=settings.contact,
            address=settings.address,
            locale=i18n.get_locale(),
            stop_href=_stop_href(said, reader, settings) if said.may_stop else "",
            replies=said.takes_replies and settings.takes_replies,
            delimiter=DELIMITER[i18n.get_locale()],
        )
    )


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    made.globals.update(_=i18n.gettext, ngettext=i18n.ngettext)
    made.filters.update(date=i18n.show_date, number=i18n.show_number, wrap=wrap, safe_html=Markup)
    return made


@cache
def _inliner() -> CSSInliner:
    """`@media` rules cannot be inlined: they stay in the head, for dark screens and phones."""
    return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def wrap(text: str, indent: str = "") -> str:
    """The text in lines that a terminal shows whole; links are never cut."""
    return "\n".join(
        textwrap.fill(
            line,
            WIDTH,
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in text.splitlines()
    )
