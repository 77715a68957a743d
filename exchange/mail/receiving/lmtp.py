"""The LMTP door (RFC 2033): a mail server hands over a message and hears, for each recipient, what
became of it. It may ask first whether an address exists, and so refuse at its own door."""

import asyncio
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from exchange import db
from exchange.mail.incoming import kinds
from exchange.mail.receiving.receive import is_ours, receive
from exchange.settings import Settings

T = TypeVar("T")

UNKNOWN = "550 5.1.1 No such address here"
LATER = "451 4.3.0 Not now, try again"

_log = structlog.get_logger()


class Door:
    """What answers a mail server. One thread does the work: the order of messages is kept."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.thread = ThreadPoolExecutor(max_workers=1)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, to: str, _more: list[str]
    ) -> str:
        try:
            ours = await self._work(lambda: is_ours(to, self.settings))
        except Exception:
            _log.exception("lmtp.stumbled")
            return LATER
        if not ours:
            return UNKNOWN
        envelope.rcpt_tos.append(to)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """One answer for each recipient (RFC 2033 section 4.2), also when nothing is posted: what
        we refuse, we explain ourselves."""
        raw = envelope.original_content or b""
        sender = (envelope.mail_from or "").strip("<>")  # aiosmtpd keeps those of the null one
        traced = f"Return-Path: <{sender}>\r\n".encode() + raw
        return "\r\n".join([await self._take(traced, to) for to in envelope.rcpt_tos])

    async def _take(self, raw: bytes, to: str) -> str:
        try:
            receipt = await self._work(
                lambda: receive(raw, recipients=[to], door="lmtp", settings=self.settings)
            )
        except Exception:
            _log.exception("lmtp.stumbled")
            return LATER
        return f"250 2.0.0 {receipt.outcome}"

    async def _work(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.thread, _alone, work)


def _alone(work: Callable[[], T]) -> T:
    try:
        return work()
    finally:
        db.session.remove()


def serve(settings: Settings, *, host: str = "", port: int = 0, socket: Path | None = None) -> None:
    """Listen at an address or on a socket, until told to stop."""
    asyncio.run(_serve(settings, host, port, socket))


async def _serve(settings: Settings, host: str, port: int, socket: Path | None) -> None:
    loop = asyncio.get_running_loop()
    door = Door(settings)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def speak() -> LMTP:
        return LMTP(door, hostname=settings.mail_domain, data_size_limit=kinds.LARGEST, loop=loop)

    if socket is not None:
        server = await loop.create_unix_server(speak, str(socket))
        socket.chmod(0o660)  # the mail server's group
    else:
        server = await loop.create_server(speak, host, port)
    await stop.wait()
    server.close()
    door.thread.shutdown(wait=True)
