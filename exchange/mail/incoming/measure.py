"""Trimming, measured from the command line: anyone may ask why a reply was cut."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from exchange.mail.incoming.parse import body_text, parse
from exchange.mail.incoming.trim import trim

_FIELD = re.compile(rb"^([!-9;-~]+):")
_OF_MAIL = frozenset(
    {
        b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type",
        b"received", b"return-path", b"delivered-to",
    }
)  # fmt: skip


def trim_files(paths: Iterable[Path]) -> Iterator[str]:
    """Yields one JSON object per file: `file`, and `text`, what the author of the reply wrote.

    A file that does not begin with the header section of a message (RFC 5322 section 2.2) is read
    as plain text. Raises OSError for a file that cannot be read.
    """
    for path in paths:
        raw = path.read_bytes()
        text = parse(raw).text if has_headers(raw) else body_text(raw)
        yield json.dumps({"file": str(path), "text": trim(text).kept}, ensure_ascii=False)


def has_headers(raw: bytes) -> bool:
    """True when `raw` begins with header fields of which one belongs to mail.

    "Sent:" is no header field: it tells a pasted Outlook block from a message.
    """
    names: set[bytes] = set()
    lines = raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n").splitlines()
    for number, line in enumerate(lines):
        if not line.strip():
            break
        if number == 0 and line.startswith((b"From ", b">From ")):
            continue
        field = _FIELD.match(line)
        if field:
            names.add(field[1].lower())
        elif not names or not line.startswith((b" ", b"\t")):
            return False
    return bool(names & _OF_MAIL) and b"sent" not in names
