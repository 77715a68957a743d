"""Sending what is due: by SMTP, or into a local mailbox when there is no server.

No transaction is open while we talk to the server. A letter is leased in one, written in a second
that only reads, and settled in a third: a kill anywhere loses none, and repeats one only between
the server's acceptance and our commit, under the same Message-ID.
"""

import mailbox
import smtplib
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import structlog
from sqlalchemy import bindparam, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import joinedload

from exchange import db, i18n
from exchange.log.followers import what_failed
from exchange.mail import accounts, desk, digest, drafts, letters, meetings, returns
from exchange.mail.addresses import return_path
from exchange.mail.compose import Ready, Said, Unreachable, write_mail
from exchange.mail.pace import Pace
from exchange.mail.receiving import answers
from exchange.mail.signature import Signer
from exchange.outbox import letters as outbox
from exchange.outbox.letters import Due
from exchange.outbox.models import LetterState
from exchange.people.models import Membership, Team, User
from exchange.settings import Settings

BATCH = 200
PATIENCE = 300
"""Seconds after which the rest of a batch is given back: well inside the lease."""

TIMEOUT = 30
"""Seconds a server may keep silent."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=10)
"""How long a server that is away is left alone, twice as long each time."""

IDLE = 20
"""Seconds without a letter after which the connection is closed, before the server does."""

_log = structlog.get_logger()

WRITERS = {
    **letters.WRITERS,
    **accounts.WRITERS,
    **answers.WRITERS,
    meetings.MEETING: meetings.write,
    "desk": desk.write,
    drafts.DRAFT: drafts.write,
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


_READER = (
    select(User)
    .where(User.id == bindparam("id"))
    .options(joinedload(User.memberships).joinedload(Membership.team).joinedload(Team.institution))
)


class Post:
    """The worker's post office: one carrier, kept from batch to batch."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.carrier: Carrier = (
            Smtp(settings.smtp_url) if settings.smtp_url else Box(settings.data_dir / "mail")
        )
        self.signer = Signer(settings)
        self.printer = digest.Printer(settings)
        self.pace = Pace(settings.mail_pace)
        self.aways = 0
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
                self._send(due, leased[place + 1 :])
            except Away as away:
                self._set_aside(leased[place:], str(away))
                return place
        self.last_used = time.monotonic()
        return len(leased)

    def close(self) -> None:
        """Say goodbye to the server."""
        self.carrier.close()

    def _set_aside(self, left: Sequence[Due], error: str) -> None:
        """The server is away. The letter at hand, which may be why, is tried again like one that
        was refused for now; the others wait for the server, however long."""
        _log.warning("mail.away", error=error)
        pause = min(FIRST_PAUSE * 2**self.aways, LONGEST_PAUSE)
        self.aways = min(self.aways + 1, 10)
        with _writing():
            outbox.put_off(left[0], error)
            outbox.put_back(left[1:], error, pause=pause)

    def _send(self, due: Due, following: Sequence[Due]) -> None:
        try:
            ready = self._write(due, following)
            if ready is None:
                return
            if not self.pace.allows(ready.recipient):
                with _writing():
                    outbox.wait_until(due, self.pace.next_minute())
                return
            self.carrier.carry(
                self.signer.signed(ready.mail),
                sender=return_path(due.token, self.settings),
                recipient=ready.recipient,
            )
        except Refused as refused:
            _log.warning("mail.refused", letter_id=due.id, error=str(refused))
            with _writing():
                outbox.failed(due, str(refused))
                returns.refused(due.user_id, str(refused), letter_id=due.id)
        except NotNow as later:
            with _writing():
                outbox.put_off(due, str(later))
        else:
            self.aways = 0
            self.pace.count(ready.recipient)
            with _writing():
                _sent(due, ready)

    def _write(self, due: Due, following: Sequence[Due]) -> Ready | None:
        """The mail, written in a transaction that only reads; None when there is nothing to
        send, which is settled here."""
        try:
            ready = self._digest(due, following) if due.kind == "digest" else self._letter(due)
        except OperationalError:
            raise
        except Unreachable as error:
            raise Refused(str(error)) from None
        except Exception as error:
            _log.exception("mail.unwritten", letter_id=due.id)
            with _writing():
                outbox.put_off(due, what_failed(error))
            return None
        if isinstance(ready, Ready):
            db.session.rollback()
            return ready
        with _writing():
            _unsent(due, ready)
        return None

    def _digest(self, due: Due, following: Sequence[Due]) -> Ready | LetterState:
        return self.printer.print(due, following) or LetterState.DROPPED

    def _letter(self, due: Due) -> Ready | LetterState:
        reader = db.session.scalars(_READER, {"id": due.user_id}).unique().one()
        if not reader.active and due.kind not in accounts.KINDS:
            return LetterState.DROPPED
        if reader.mail_dead_at is not None and due.kind not in accounts.TRIED_ALL_THE_SAME:
            return LetterState.SITE if due.question_id else LetterState.DROPPED
        with i18n.speaking(reader.locale, reader.timezone):
            said = WRITERS[due.kind](due, reader, self.settings)
            if not isinstance(said, Said):
                return said
            return Ready(
                recipient=said.to or reader.email,
                subject=said.subject,
                last_event_id=said.last_event_id,
                mail=write_mail(said, due, reader, self.settings),
            )

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
            if self.server is None or self.server.sock is None:
                self.server = connect(self.url, timeout=TIMEOUT)
            if self.server.has_extn("pipelining"):
                _send_at_once(self.server, mail, sender=sender, recipient=recipient)
            else:
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


def _send_at_once(server: smtplib.SMTP, mail: bytes, *, sender: str, recipient: str) -> None:
    """Sender, recipient and the wish to send in one go (RFC 2920): two round trips instead of
    four. Raises what `sendmail` raises, and `ValueError` for an address of more than one line."""
    told = f"MAIL FROM:{smtplib.quoteaddr(sender)}\r\nRCPT TO:{smtplib.quoteaddr(recipient)}\r\n"
    if told.count("\n") != 2 or told.count("\r") != 2:
        raise ValueError("an address of more than one line")
    server.send(f"{told}DATA\r\n")
    from_, to, data = server.getreply(), server.getreply(), server.getreply()
    if data[0] == 354 and from_[0] == 250 and to[0] in {250, 251}:
        # A line that begins with a point gets another (RFC 5321 section 4.5.2); the first is a header.
        server.send(mail.replace(b"\n.", b"\n..") + b".\r\n")
        code, words = server.getreply()
        if code != 250:
            raise smtplib.SMTPDataError(code, words)
        return
    if data[0] == 354:  # it waits for a mail that nobody takes
        server.close()
    else:
        server.rset()
    if from_[0] != 250:
        raise smtplib.SMTPSenderRefused(*from_, sender)
    if to[0] not in {250, 251}:
        raise smtplib.SMTPRecipientsRefused({recipient: to})
    raise smtplib.SMTPDataError(*data)


def _sent(due: Due, ready: Ready) -> None:
    outbox.sent(due, subject=ready.subject, last_event_id=ready.last_event_id)
    if due.kind == "digest":
        digest.read_up_to(due.user_id, ready.last_event_id or 0)


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
