"""The site's signature on its letters (DKIM, RFC 6376), when a key was given. It proves to the
reader's server that the letter is ours, which mailbox providers ask for before they offer
one-click unsubscribing (RFC 8058 section 4: the two List-Unsubscribe headers are signed too)."""

from email.utils import parseaddr
from pathlib import Path

import dkim

from exchange.settings import Settings

SIGNED = (
    b"from",
    b"to",
    b"subject",
    b"date",
    b"message-id",
    b"reply-to",
    b"in-reply-to",
    b"references",
    b"content-language",
    b"auto-submitted",
    b"list-id",
    b"list-unsubscribe",
    b"list-unsubscribe-post",
    b"mime-version",
    b"content-type",
)
"""Headers that a signature covers, when the letter has them (RFC 6376 section 5.4.1)."""


class BadKey(Exception):
    """The key cannot be read, or signs nothing."""


class Signer:
    """Signs whole letters; without a key, leaves them as they are."""

    def __init__(self, settings: Settings) -> None:
        """Raises `BadKey`, so that a site that was told to sign never sends unsigned mail."""
        self.selector = settings.dkim_selector.encode()
        self.domain = parseaddr(settings.mail_from)[1].rpartition("@")[2].encode()
        self.key = b""
        if settings.dkim_key_file:
            self.key = _read(Path(settings.dkim_key_file))
            self._try()

    def signed(self, mail: bytes) -> bytes:
        """The letter with its signature above it."""
        return self._signature(mail) + mail if self.key else mail

    def _signature(self, mail: bytes) -> bytes:
        head = mail.partition(b"\r\n\r\n")[0].lower()
        names = {line.partition(b":")[0] for line in head.split(b"\r\n")}
        signature: bytes = dkim.sign(
            mail,
            self.selector,
            self.domain,
            self.key,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=[name for name in SIGNED if name in names],
        )
        return signature

    def _try(self) -> None:
        try:
            self._signature(b"From: <" + b"a@" + self.domain + b">\r\n\r\n\r\n")
        except (dkim.DKIMException, ValueError) as error:
            raise BadKey(f"the key signs nothing: {error or type(error).__name__}") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadKey(f"{path} cannot be read: {error.strerror}") from None
