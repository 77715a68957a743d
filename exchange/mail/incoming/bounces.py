"""Reports that a letter did not arrive: whether the address is dead or only does not take it now.

RFC 3464 (the report), RFC 3463 (its codes). Servers that send no report write the code somewhere in
their sentence; a message without any says nothing, and may be somebody's answering machine.
"""

import re
from dataclasses import dataclass

from exchange.mail.incoming.parse import Incoming, body_text

_ACTION = re.compile(r"^action\s*:\s*([a-z]+)", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(r"^status\s*:\s*(\d\.\d{1,3}\.\d{1,3})", re.IGNORECASE | re.MULTILINE)
_CODE = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(r"([45])\d\d[ -]")

_GONE = re.compile(r"5\.(?:0\.\d+|1\.(?:0|1|2|3|4|6|10)|2\.1|4\.(?:1|4|310))$")
"""Permanent and about the address: unknown or moved mailbox or domain, closed mailbox. 5.4.1 and
5.4.310 are how Exchange Online says it. A full mailbox, a filter or a relay in trouble is none of
them, however permanent it calls itself."""


@dataclass(frozen=True)
class Report:
    """`status` is a code of RFC 3463; `hard`: the address is dead; `returned`: what came back of
    our letter, headers and all, in which its reply address stands."""

    status: str
    hard: bool
    returned: str


def read_report(incoming: Incoming) -> Report | None:
    """What a bounce says; None for a delay, for the good news that a letter arrived, and when
    nothing is said that can be counted."""
    parts = [body_text(part.content) for part in incoming.attachments]
    told = "\n".join(
        text
        for part, text in zip(incoming.attachments, parts, strict=True)
        if part.type in {"message/delivery-status", "message/global-delivery-status"}
    )
    action = _ACTION.search(told)
    if action is not None and action[1].lower() != "failed":
        return None
    found = _STATUS.search(told) or _CODE.search(incoming.text)
    if found is None:
        return None
    status = found[1]
    return Report(status, is_gone(status), "\n".join([*parts, incoming.text]))


def status_of(reply: str) -> str:
    """The code in a server's reply (RFC 5321 section 4.2): its own, or that of SMTP made one."""
    found = _CODE.search(reply)
    if found is not None:
        return found[1]
    begins = _REPLY.match(reply)
    return f"{begins[1]}.0.0" if begins is not None else "4.0.0"


def is_gone(status: str) -> bool:
    """Whether a code says that the address is dead."""
    return bool(_GONE.match(status))
