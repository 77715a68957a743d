"""Sending what is due: by SMTP, or into a local mailbox when there is no server.

No transaction is open while we talk to the server. A letter is leased in one, written in a second
that only reads, and settled in a third: a kill anywhere loses none, and repeats one only between
the server's acceptance and our commit, under the same Message-ID.
"""

import mailbox
import smtplib
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import structlog
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import joinedload

from exchange import db, i18n
from exchange.log.followers import what_failed
from exchange.mail import accounts, desk, digest, letters
from exchange.mail.addresses import return_path
from exchange.mail.compose import Said, write_mail
from exchange.outbox import letters as outbox
from exchange.outbox.letters import Due
from exchange.outbox.models import LetterState
from exchange.people.models import Membership, Team, User
from exchange.settings import Settings

BATCH = 50
PATIENCE = 300
"""Seconds after which the rest of a batch is given back: well inside the lease."""

TIMEOUT = 30
"""Seconds a server may keep silent."""

IDLE = 20
"""Seconds without a letter after which the connection is closed, before the server does."""

_log = structlog.get_logger()

WRITERS = {
    **letters.WRITERS,
    **accounts.WRITERS,
    "digest": digest.write,
    "desk": desk.write,
}


class Refused(Exception):
    """The server refuses this letter for good (5xx on the recipient or the content)."""


class NotNow(Exception):
    """The server asks to come back with this letter (4xx)."""


class Away(Exception):
    """No server to talk to, or it does not let us in: nothing to do with the letter."""


class Carrier(Protocol):
    """What takes a finished mail away."""

    def carry(self, mail: bytes, *, sender: str, recipient: str) -> None:
        """Hand it over; raises `Refused`, `NotNow` or `Away`."""

    def close(self) -> None: ...


class Post:
    """The worker's post office: one carrier, kept from batch to batch."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.carrier: Carrier = (
            Smtp(settings.smtp_url) if settings.smtp_url else Box(settings.data_dir / "mail")
        )
        self.last_used = time.monotonic()

    def send_due(self, stop: Callable[[], bool]) -> int:
        """Send a batch of what is due; commits. Returns how many letters were settled."""
        if not outbox.any_due():
            db.session.rollback()
            self._rest()
            return 0
        with _writing():
            leased = outbox.lease(domain=self.settings.mail_domain, limit=BATCH)
        started = time.monotonic()
        for place, due in enumerate(leased):
            if stop() or time.monotonic() - started > PATIENCE:
                with _writing():
                    outbox.give_back(leased[place:])
                return place
            try:
                self._send(due)
            except Away as away:
                _log.warning("mail.away", error=str(away))
                with _writing():
                    for left in leased[place:]:
                        outbox.put_off(left, str(away))
                return place
        self.last_used = time.monotonic()
        return len(leased)

    def close(self) -> None:
        """Say goodbye to the server."""
        self.carrier.close()

    def _send(self, due: Due) -> None:
        try:
            written = self._write(due)
            if written is None:
                return
            said, recipient, mail = written
            self.carrier.carry(
                mail, sender=return_path(due.token, self.settings), recipient=recipient
            )
        except Refused as refused:
            _log.warning("mail.refused", letter_id=due.id, error=str(refused))
            with _writing():
                outbox.failed(due, str(refused))
        except NotNow as later:
            with _writing():
                outbox.put_off(due, str(later))
        else:
            with _writing():
                _sent(due, said)

    def _write(self, due: Due) -> tuple[Said, str, bytes] | None:
        """The mail, written in a transaction that only reads; None when there is nothing to
        send, which is settled here."""
        try:
            said, recipient, mail = self._compose(due)
        except (OperationalError, Refused):
            raise
        except Exception as error:
            _log.exception("mail.unwritten", letter_id=due.id)
            with _writing():
                outbox.put_off(due, what_failed(error))
            return None
        if isinstance(said, Said):
            db.session.rollback()
            return said, recipient, mail
        with _writing():
            _unsent(due, said)
        return None

    def _compose(self, due: Due) -> tuple[Said | LetterState, str, bytes]:
        reader = (
            db.session.scalars(
                select(User)
                .where(User.id == due.user_id)
                .options(
                    joinedload(User.memberships)
                    .joinedload(Membership.team)
                    .joinedload(Team.institution)
                )
            )
            .unique()
            .one()
        )
        if not reader.active and due.kind not in accounts.KINDS:
            return LetterState.DROPPED, "", b""
        if not reader.email.isascii():  # RFC 6531: few relays of hospitals carry it
            raise Refused(f"{reader.email}: an address outside ASCII")
        with i18n.speaking(reader.locale, reader.timezone):
            said = WRITERS[due.kind](due, reader, self.settings)
            if not isinstance(said, Said):
                return said, "", b""
            return said, said.to or reader.email, write_mail(said, due, reader, self.settings)

    def _rest(self) -> None:
        if time.monotonic() - self.last_used > IDLE:
            self.carrier.close()


class Smtp:
    """One connection to the relay, reused from letter to letter."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.server: smtplib.SMTP | None = None

    def carry(self, mail: bytes, *, sender: str, recipient: str) -> None:
        """Raises `Refused`, `NotNow` or `Away`. That the relay does not want *us* (sender,
        password) is no fault of the letter, which waits until it is mended."""
        try:
            if self.server is None:
                self.server = connect(self.url, timeout=TIMEOUT)
            self.server.sendmail(sender, [recipient], mail)
        except smtplib.SMTPRecipientsRefused as refused:
            raise self._verdict(*refused.recipients[recipient]) from None
        except smtplib.SMTPDataError as refused:
            raise self._verdict(refused.smtp_code, refused.smtp_error) from None
        except ValueError as error:  # an address that cannot be written on the wire
            raise Refused(str(error)) from None
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise Away(f"{type(error).__name__}: {error}") from None

    def close(self) -> None:
        """Leave politely, if somebody still listens."""
        server, self.server = self.server, None
        if server is not None:
            try:
                server.quit()
            except (smtplib.SMTPException, OSError):
                server.close()

    def _verdict(self, code: int, told: bytes | str) -> Exception:
        sentence = f"{code} {told.decode(errors='replace') if isinstance(told, bytes) else told}"
        if code == 421:  # RFC 5321 section 3.8: the server closes the channel
            self.close()
            return Away(sentence)
        return NotNow(sentence) if code < 500 else Refused(sentence)


class Box:
    """The demo's mail server: a Maildir that the administrator reads on the site."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.box: mailbox.Maildir | None = None

    def carry(self, mail: bytes, *, sender: str, recipient: str) -> None:
        """Raises `Away` when the folder cannot be written."""
        try:
            if self.box is None:
                self.box = mailbox.Maildir(self.folder, create=True)
            self.box.add(mail.replace(b"\r\n", b"\n"))
        except OSError as error:
            raise Away(str(error)) from None

    def close(self) -> None:
        """Nothing is kept open."""


def connect(url: str, *, timeout: float) -> smtplib.SMTP:
    """A connection to the relay of `smtp://user:password@host:port` (STARTTLS when offered) or
    `smtps://…`, signed in. Raises `SMTPException` or `OSError`; a password never travels in
    clear."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    context = ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or 465, timeout=timeout, context=context
        )
    else:
        server = smtplib.SMTP(host, parts.port or 25, timeout=timeout)
    try:
        server.ehlo()
        secure = parts.scheme == "smtps"
        if not secure and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
            secure = True
        if parts.username:
            if not secure:
                raise smtplib.SMTPNotSupportedError(
                    f"{host} offers no TLS: the password is not sent in clear"
                )
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _sent(due: Due, said: Said) -> None:
    outbox.sent(due, subject=said.subject, last_event_id=said.last_event_id)
    if due.kind == "digest":
        digest.read_up_to(due.user_id, said.last_event_id or 0)


def _unsent(due: Due, state: LetterState) -> None:
    if state is LetterState.SITE:
        outbox.kept(due)
    else:
        outbox.dropped(due)


@contextmanager
def _writing() -> Iterator[None]:
    """A short transaction; what was read before is forgotten."""
    db.begin_write()
    yield
    db.session.commit()
