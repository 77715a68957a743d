"""An SMTP server in a process of its own, for kill tests and benchmarks: `python -m
tests.mail.sink`. It prints its port, then takes mail as fast as it can, or makes trouble.

Each mail it accepts is a line of `--log`, `taken` and its Message-ID, written before it answers;
and one more, `told`, when the client goes on: then it knows, and must not send it again.
"""

import argparse
import asyncio
import random
import re
from pathlib import Path
from typing import TextIO

_ID = re.compile(rb"^Message-ID: *(<[^>]+>)", re.M | re.I)


class Sink:
    """What was taken, and how much trouble to make: one answer in `trouble` goes wrong."""

    def __init__(self, log: TextIO | None, trouble: int, seed: int) -> None:
        self.log = log
        self.trouble = trouble
        self.chance = random.Random(seed)
        self.seen: set[bytes] = set()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One conversation (RFC 5321, with the pipelining of RFC 2920)."""
        try:
            writer.write(b"220 sink\r\n")
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, _HangUp):
            pass
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        willing, taken = False, ""
        while line := await reader.readline():
            if taken:
                self._note(f"told {taken}")
                taken = ""
            verb = line[:4].upper()
            if verb == b"EHLO":
                writer.write(b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
            elif verb == b"RCPT":
                willing = self._takes(line.strip())
                writer.write(b"250 ok\r\n" if willing else b"451 4.7.1 come back\r\n")
            elif verb == b"DATA" and not willing:
                writer.write(b"554 5.5.1 nobody to send to\r\n")
            elif verb == b"DATA":
                writer.write(b"354 go on\r\n")
                body = await reader.readuntil(b"\r\n.\r\n")
                taken = await self._take(body, writer)
            elif verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                return
            else:
                writer.write(b"250 ok\r\n")

    def _takes(self, recipient: bytes) -> bool:
        """Whom was never seen before may have to come back."""
        if self._trouble() and recipient not in self.seen:
            self.seen.add(recipient)
            return False
        return True

    async def _take(self, body: bytes, writer: asyncio.StreamWriter) -> str:
        """Gives the Message-ID."""
        if self._trouble():
            if self.chance.random() < 0.5:
                await asyncio.sleep(1.5)  # longer than the patience of the test's sender
            raise _HangUp  # before accepting: the mail is not ours
        found = _ID.search(body)
        name = found[1].decode() if found else "?"
        self._note(f"taken {name}")
        if self._trouble():
            raise _HangUp  # accepted, but they will never know
        writer.write(b"250 taken\r\n")
        return name

    def _note(self, line: str) -> None:
        if self.log:
            self.log.write(f"{line}\n")
            self.log.flush()

    def _trouble(self) -> bool:
        return bool(self.trouble) and self.chance.randrange(self.trouble) == 0


class _HangUp(Exception):
    """The server closes without a word."""


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mail.sink", description=__doc__)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--trouble", type=int, default=0)
    parser.add_argument("--seed", type=int, default=42)
    told = parser.parse_args()
    log = told.log.open("a") if told.log else None
    sink = Sink(log, told.trouble, told.seed)
    server = await asyncio.start_server(sink.talk, "127.0.0.1", 0, limit=2**24)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
