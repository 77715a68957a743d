"""The IMAP door: where no mail server can hand over messages, they are fetched from a mailbox.

A message is moved to a folder, `Done` or `Refused`, only after what became of it was committed; a
crash in between reads it again, and it is known by its Message-ID. Nothing is ever deleted.
"""

import signal
import ssl
import time
from collections.abc import Callable
from imaplib import IMAP4
from pathlib import Path
from types import FrameType
from urllib.parse import unquote, urlsplit

import structlog
from imap_tools.errors import ImapToolsError
from imap_tools.mailbox import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted

from exchange import db
from exchange.mail.receiving.outcomes import Outcome
from exchange.mail.receiving.receive import receive
from exchange.settings import Settings

TIMEOUT = 60
"""Seconds a server may keep silent."""

IDLE = 10 * 60
"""Seconds of one IDLE; RFC 2177 section 3 asks for less than 29 minutes."""

PAUSE = 60
"""Seconds between two looks where the server knows no IDLE."""

LONGEST_PAUSE = 300
"""Seconds between two tries at a server that does not answer."""

LOCAL = {"localhost", "127.0.0.1", "::1"}

AWAY = (OSError, IMAP4.error, ImapToolsError)

_log = structlog.get_logger()


class Poller:
    """One loop over a mailbox; `stop` ends it after the message under way."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.stopping = False

    def stop(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        """End the loop soon; a signal handler."""
        self.stopping = True

    def run(self) -> None:
        """`poll`, in a process of its own that is told to stop by a signal."""
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        self.poll()

    def poll(self) -> None:
        """Fetch until told to stop; a server that does not answer is waited for."""
        tries = 0
        while not self.stopping:
            try:
                with connect(self.settings) as box:
                    tries = 0
                    self._watch(box)
            except AWAY as error:
                tries += 1
                _log.warning("imap.away", error=f"{type(error).__name__}: {error}")
                self._rest(min(2**tries, LONGEST_PAUSE))

    def _watch(self, box: BaseMailBox) -> None:
        knows_idle = "IDLE" in str(box.client.capability())
        while not self.stopping:
            fetch(box, self.settings, stop=lambda: self.stopping)
            if knows_idle:
                self._idle(box)
            else:
                self._rest(PAUSE)

    def _idle(self, box: BaseMailBox) -> None:
        """Wait for the server to say that something came, in short looks at whether to stop."""
        until = time.monotonic() + IDLE
        with box.idle as idle:
            while not self.stopping and time.monotonic() < until and not idle.poll(timeout=1):
                pass

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self.stopping and time.monotonic() < until:
            time.sleep(0.1)


def connect(settings: Settings) -> BaseMailBox:
    """The mailbox of EXCHANGE_IMAP_URL, signed in, its folder open. A password travels in clear to
    this machine only. Raises one of `AWAY`."""
    parts = urlsplit(settings.imap_url)
    host = parts.hostname or ""
    context = ssl.create_default_context()
    box: BaseMailBox
    if parts.scheme == "imaps":
        box = MailBox(host, parts.port or 993, timeout=TIMEOUT, ssl_context=context)
    elif host in LOCAL:
        box = MailBoxUnencrypted(host, parts.port or 143, timeout=TIMEOUT)
    else:
        box = MailBoxStartTls(host, parts.port or 143, timeout=TIMEOUT, ssl_context=context)
    user, folder = unquote(parts.username or ""), unquote(parts.path.strip("/")) or "INBOX"
    try:
        if settings.imap_token_file:
            box.xoauth2(user, Path(settings.imap_token_file).read_text().strip(), folder)
        else:
            box.login(user, unquote(parts.password or ""), folder)
    except BaseException:
        box.client.shutdown()
        raise
    return box


def fetch(box: BaseMailBox, settings: Settings, *, stop: Callable[[], bool] = lambda: False) -> int:
    """Read what is in the folder, oldest first; commits. Returns how many were read. One that
    cannot be read now stays where it is."""
    uids = sorted(box.uids(), key=int)
    if not uids:
        return 0
    done, refused = _folder(box, "Done"), _folder(box, "Refused")
    read = 0
    for uid in uids:
        if stop():
            break
        raw = _raw(box, uid)
        if raw is None:  # another reader was faster
            continue
        try:
            outcome = receive(raw, door="imap", settings=settings).outcome
        except Exception:
            _log.exception("imap.stumbled", uid=uid)
            continue
        finally:
            db.session.remove()
        fine = outcome.done or outcome in {Outcome.KEPT, Outcome.REPEATED}
        box.move(uid, done if fine else refused)
        read += 1
    return read


def _raw(box: BaseMailBox, uid: str) -> bytes | None:
    """The message as it is, without marking it as seen."""
    _status, told = box.client.uid("fetch", uid, "(BODY.PEEK[])")
    return next((bytes(part[1]) for part in told if isinstance(part, tuple)), None)


def _folder(box: BaseMailBox, name: str) -> str:
    """A folder of this name, made when it is not there. Some servers keep all of them under the
    inbox."""
    delimiter = next((folder.delim for folder in box.folder.list()), "/") or "/"
    names = (name, f"INBOX{delimiter}{name}")
    for known in names:
        if box.folder.exists(known):
            return known
    try:
        box.folder.create(names[0])
    except ImapToolsError:
        box.folder.create(names[1])
        return names[1]
    return names[0]
