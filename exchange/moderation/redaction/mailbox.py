"""Mails kept as they came: what stands in them, and those of the demo's mailbox, which are files."""

import email
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from exchange.moderation.redaction.words import Words


def said_in(raw: bytes) -> list[str]:
    """Every header and every text of a mail, as people read them."""
    message = email.message_from_bytes(raw, _class=EmailMessage, policy=default)
    texts = [f"{name}: {value}" for name, value in message.items()]
    for part in message.walk():
        if part.get_content_maintype() == "text":
            charset = part.get_content_charset("utf-8")
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            try:
                texts.append(content.decode(charset, "replace"))
            except LookupError:  # a character set of the sender's own invention
                texts.append(content.decode("latin-1"))
    return texts


def find(folder: Path, words: Words) -> list[Path]:
    """The mails of a Maildir in which the words stand."""
    return [path for path in sorted(folder.glob("*/*")) if words.count(said_in(path.read_bytes()))]
