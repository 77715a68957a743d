"""Our own addresses: where one replies to a letter, where it bounces to, where one asks.

A letter has one random token, which names it in both. It is never made from an id, tells nothing,
and is written in letters and digits that survive every relay's change of case.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import parseaddr
from enum import StrEnum

from exchange.settings import Settings

_OURS = re.compile(r"(?:^|\+)(?P<kind>[rb])-(?P<token>[a-z2-7]{26})@", re.IGNORECASE)

_NAMED = re.compile(r"\br-([a-z2-7]{26})@", re.IGNORECASE)


class Kind(StrEnum):
    REPLY = "r"
    BOUNCE = "b"
    ASK = "ask"


@dataclass(frozen=True)
class Address:
    """An address of ours that something was sent to; `token` names a letter."""

    kind: Kind
    token: str = ""


def reply_to(token: str, settings: Settings) -> str:
    """Where the reader of a letter replies; "" when no mail comes in."""
    if not token:
        return ""
    if settings.reply_domain:
        return f"r-{token}@{settings.reply_domain}"
    if settings.reply_mailbox:
        local, _at, domain = settings.reply_mailbox.rpartition("@")
        return f"{local}+r-{token}@{domain}"
    return ""


def return_path(token: str, settings: Settings) -> str:
    """The sender on the envelope, which names the letter when it bounces (VERP). A single mailbox
    rarely may send under other names: there the report itself has to name the letter."""
    if token and settings.reply_domain:
        return f"b-{token}@{settings.reply_domain}"
    return parseaddr(settings.mail_from)[1]


def find(recipients: Iterable[str], settings: Settings) -> Address | None:
    """The first address of ours among those a message was sent to."""
    for recipient in recipients:
        found = _OURS.search(recipient)
        if found is not None:
            return Address(Kind(found["kind"].lower()), found["token"].lower())
        if settings.ask_address and recipient.lower() == settings.ask_address.lower():
            return Address(Kind.ASK)
    return None


def named_in(text: str) -> str:
    """The token of the reply address in the headers of a letter of ours that came back."""
    found = _NAMED.search(text)
    return found[1].lower() if found is not None else ""
