"""From words to a mail: templates, style, MIME, headers.

Text and HTML in quoted-printable, which every relay carries (RFC 2045 section 6.7). No remote
image, no tracking: the mail asks nothing of the network.
"""

import base64
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr
from functools import cache, lru_cache
from hashlib import blake2b
from typing import Any, Protocol

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from exchange import clock, i18n
from exchange.mail import unsubscribe
from exchange.mail.addresses import reply_to
from exchange.mail.incoming.trim import DELIMITER
from exchange.mail.mould import quoted
from exchange.meetings import calendar
from exchange.meetings.calendar import Invitation
from exchange.outbox.letters import Due
from exchange.paths import TEMPLATES
from exchange.settings import Settings

WIDTH = 72
"""Columns of the text part, for those who read mail in a terminal (RFC 3676 section 4.2 asks
for 78 at most)."""

_CONTROLS = re.compile(r"[\x00-\x20\x7f]+")
_BREAKS = re.compile(r"[\t\n\r\v\f]|  |^ | $")
_EPOCH_1601 = datetime(1601, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a letter says. `to`: another address than the reader's. `ref` names the thread it
    belongs to; `may_stop`: its text carries a way to hear no more of that, or of what `stops` names;
    a letter of neither (about one's account, an answer to a mail that is about no question) is no
    part of a list, and has nothing to stop;
    `takes_replies`: what is written back goes to the thread; `answers`: the Message-ID of the mail
    it answers; `last_event_id`: up to where it tells the story; `calendar`: what the reader's calendar
    makes of it."""

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
    calendar: Invitation | None = None

    @property
    def purpose(self) -> str:
        """What unsubscribing stops; empty: nothing."""
        return self.stops or self.ref


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A mail, ready to leave. `last_event_id`: up to where it tells the story."""

    recipient: str
    subject: str
    last_event_id: int | None
    mail: bytes


class Unreachable(Exception):
    """An address outside ASCII, which few relays of hospitals carry (RFC 6531)."""


class Addressee(unsubscribe.Known, Protocol):
    """Whom a letter is for."""

    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...


def write_mail(said: Said, due: Due, reader: Addressee, settings: Settings) -> bytes:
    """The whole message, as it goes over the wire, in the language in force."""
    stop = stop_href(said, reader, settings)
    words = {
        **said.words,
        "subject": said.subject,
        "stop_href": stop if said.may_stop else "",
        "replies": said.takes_replies and settings.takes_replies,
    }
    text = render(f"{said.template}.txt", words, settings).strip() + "\n"
    html = style(render(f"{said.template}.html", words, settings))
    head = headers(said, due, reader, settings, stop)
    return assemble(head, quoted(text), quoted(html), said.calendar)


def assemble(
    headers: Mapping[str, str], text: bytes, html: bytes, told: Invitation | None = None
) -> bytes:
    """A message of two parts in quoted-printable, which holds no `=_` and so not the boundary
    (RFC 2045 section 6.7). Ten times as fast as `email.message` with its policies."""
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    start = head.encode("ascii") + b"MIME-Version: 1.0\r\n"
    if told is not None:
        return start + _with_calendar(text, html, told)
    return start + _alternative(text, html)


def _with_calendar(text: bytes, html: bytes, told: Invitation) -> bytes:
    """Twice: as the last alternative, which Outlook and Gmail show with its buttons (RFC 6047
    section 2.4), and as a file, for whatever opens files."""
    written = calendar.write(told)
    lines = base64.encodebytes(written).replace(b"\n", b"\r\n")
    part = (
        f'Content-Type: text/calendar; charset="utf-8"; method={told.method}\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    ).encode()
    return b"".join(
        (
            b'Content-Type: multipart/mixed; boundary="=_whole"\r\n\r\n',
            b"--=_whole\r\n",
            _alternative(text, html, part + lines),
            b"\r\n--=_whole\r\n",
            b'Content-Type: application/ics; name="invite.ics"\r\n',
            b'Content-Disposition: attachment; filename="invite.ics"\r\n',
            b"Content-Transfer-Encoding: base64\r\n\r\n",
            lines,
            b"\r\n--=_whole--\r\n",
        )
    )


def _alternative(text: bytes, html: bytes, *more: bytes) -> bytes:
    """The same thing said in several ways, the richest last (RFC 2046 section 5.1.4)."""
    return b"".join(
        (
            b'Content-Type: multipart/alternative; boundary="=_exchange"\r\n\r\n',
            b"--=_exchange\r\n",
            b'Content-Type: text/plain; charset="utf-8"\r\n',
            b"Content-Transfer-Encoding: quoted-printable\r\n\r\n",
            text,
            b"\r\n--=_exchange\r\n",
            b'Content-Type: text/html; charset="utf-8"\r\n',
            b"Content-Transfer-Encoding: quoted-printable\r\n\r\n",
            html,
            *(b"\r\n--=_exchange\r\n" + part for part in more),
            b"\r\n--=_exchange--\r\n",
        )
    )


def headers(
    said: Said, due: Due, reader: Addressee, settings: Settings, stop: str
) -> dict[str, str]:
    """The headers, encoded; the words of the language in force. `stop`: its `stop_href`."""
    domain = settings.mail_domain
    told = {
        "From": _from(i18n.gettext(settings.site_name), settings.mail_from),
        "To": _address(reader.name, said.to or reader.email),
        "Subject": _words(said.subject, "Subject"),
        "Date": format_datetime(clock.now()),
        "Message-ID": due.message_id,
        "Content-Language": i18n.get_locale(),
        "Feedback-ID": f"{due.kind}:exchange:{domain}",
        "Auto-Submitted": "auto-generated",  # RFC 3834 section 5
        "X-Auto-Response-Suppress": "All",  # [MS-OXCMAIL] section 2.2.3.2.14
    }
    if said.purpose:
        told |= _of_list("questions" if said.ref else said.purpose, domain, stop)
    if said.takes_replies and (address := reply_to(due.token, settings)):
        told["Reply-To"] = _address(i18n.gettext(settings.site_name), address)
    if said.answers:
        return told | _answering(said.answers)
    if said.ref:
        return told | _threading(said, domain)
    if said.purpose:
        told["References"] = f"<{said.purpose}.{reader.id}@{domain}>"
    return told


def _of_list(name: str, domain: str, stop: str) -> dict[str, str]:
    """RFC 2919, RFC 2369 and, for the one-click POST, RFC 8058. An answer to one's own act in a
    thread has them too, for the rest of that thread."""
    return {
        "List-Id": f"<{name}.{domain}>",
        "Precedence": "list",
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _threading(said: Said, domain: str) -> dict[str, str]:
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
    known = _line(message_id).encode("ascii", "ignore").decode()
    return {
        "In-Reply-To": known,
        "References": known,
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


def stop_href(said: Said, reader: Addressee, settings: Settings) -> str:
    """The address at which the reader hears no more of this."""
    return f"{settings.address}/unsubscribe/{unsubscribe.token(reader, said.purpose, settings)}"


@cache
def _from(site: str, mail_from: str) -> str:
    return _address(site, parseaddr(mail_from)[1])


def _address(name: str, address: str) -> str:
    """The name can hold no header of its own, nor accents as they are (RFC 2047). Raises
    `Unreachable`."""
    if not address.isascii():
        raise Unreachable(f"{address}: an address outside ASCII")
    line = _line(name)
    return formataddr((line, address)) if line.isascii() else f"{_encoded(line)} <{address}>"


def _line(text: str) -> str:
    """One line, so that no title writes a header of its own; no-break spaces stay."""
    return _CONTROLS.sub(" ", text).strip()


def _words(text: str, header: str) -> str:
    return _encoded(_line(text), header)


@lru_cache(maxsize=1_000)
def _encoded(line: str, header: str = "") -> str:
    """As RFC 2047 wants it, folded."""
    charset = "us-ascii" if line.isascii() else "utf-8"
    return Header(line, charset, header_name=header or None).encode(linesep="\r\n")


def render(name: str, words: Mapping[str, object], settings: Settings) -> str:
    """A template of the folder of letters, in the language in force."""
    return (
        _environment()
        .get_template(f"mail/letters/{name}")
        .render(
            words,
            site=i18n.gettext(settings.site_name),
            contact=settings.contact,
            address=settings.address,
            locale=i18n.get_locale(),
            delimiter=DELIMITER[i18n.get_locale()],
        )
    )


def style(html: str) -> str:
    """A page with its style inlined: Outlook and webmails drop style sheets."""
    return _inliner().inline(html)


def style_fragment(html: str) -> str:
    """A piece of a page, styled as in one."""
    return _inliner().inline_fragment(html, (TEMPLATES / "mail" / "mail.css").read_text())


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
    if text and len(text) + len(indent) <= WIDTH and not _BREAKS.search(text):
        return f"{indent}{text}"
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
