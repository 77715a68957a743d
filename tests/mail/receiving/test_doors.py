"""The three doors with real peers: a mail server's LMTP client, an IMAP server, a pipe."""

import asyncio
import json
import os
import smtplib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiosmtpd.lmtp import LMTP
from click.testing import CliRunner
from imap_tools.mailbox import BaseMailBox
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from exchange import check, cli, db
from exchange.discussion.models import Comment
from exchange.mail.models import Received
from exchange.mail.receiving import imap, lmtp
from exchange.mail.receiving.imap import Poller
from exchange.mail.receiving.receive import receive
from exchange.outbox.models import Letter
from exchange.people.models import User
from exchange.settings import Settings
from tests import forked
from tests.mail.post import again
from tests.mail.receiving.inbox import address_of, message


def texts() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Comment.text).order_by(Comment.id)))


def outcomes() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Received.outcome).order_by(Received.id)))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


# -- LMTP ---------------------------------------------------------------------------------------


@contextmanager
def listening(settings: Settings) -> Iterator[int]:
    """The server in a thread of its own, on its own event loop."""
    loop = asyncio.new_event_loop()
    door = lmtp.Door(settings)
    port = free_port()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def listen() -> asyncio.Server:
        return await loop.create_server(
            lambda: LMTP(door, hostname="here", loop=loop), "127.0.0.1", port
        )

    async def close() -> None:
        server.close()
        await loop.shutdown_asyncgens()

    server = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
    yield port
    asyncio.run_coroutine_threadsafe(close(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    door.thread.shutdown()
    loop.close()


def test_a_mail_server_hands_over_by_lmtp(letter: Letter, robin: User, here: Settings) -> None:
    address, email = address_of(again(letter), here), again(robin).email
    nowhere = f"r-{'a' * 26}@reply.example.org"
    raw = message(email, address, "Par LMTP.")
    db.session.commit()
    with listening(here) as port, smtplib.LMTP("127.0.0.1", port) as peer:
        assert peer.verify("x")[0] in {250, 252, 500, 502}
        refused = peer.sendmail(email, [address, nowhere], raw)
        assert refused[nowhere][0] == 550
        peer.sendmail(email, [address], raw)
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            peer.sendmail(email, ["robin@example.org"], raw)
        peer.sendmail("", [address], message(email, address, "D'un robot."))
    assert texts() == ["Par LMTP."]
    assert outcomes() == ["posted", "delayed"]


def test_a_database_that_is_away_is_worth_another_try(
    letter: Letter, robin: User, here: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: object, **_more: object) -> None:
        raise OperationalError("SELECT", {}, Exception("away"))

    address, email = address_of(again(letter), here), again(robin).email
    db.session.commit()
    monkeypatch.setattr(lmtp, "receive", away)
    with listening(here) as port, smtplib.LMTP("127.0.0.1", port) as peer:
        with pytest.raises(smtplib.SMTPDataError) as told:
            peer.sendmail(email, [address], message(email, address, "Plus tard."))
        assert told.value.smtp_code == 451
        monkeypatch.setattr(lmtp, "is_ours", away)
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            peer.sendmail(email, [address], message(email, address, "Plus tard."))


# -- IMAP ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def imap_port() -> Iterator[int]:
    """pymap, an IMAP server in pure Python, with one empty mailbox."""
    port = free_port()
    words = f"--no-service admin --host 127.0.0.1 --port {port} --no-tls dict"
    words += " --demo-user questions --demo-password secret"
    command = [str(Path(sys.executable).with_name("pymap")), *words.split()]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def mailbox(here: Settings, imap_port: int) -> Iterator[tuple[BaseMailBox, Settings]]:
    """Somebody else's eyes on the mailbox, emptied, and our settings."""
    settings = here.replaced(imap_url=f"imap://questions:secret@127.0.0.1:{imap_port}")
    with imap.connect(settings) as box:
        for folder in ("Done", "Refused", "INBOX"):
            if box.folder.exists(folder):
                box.folder.set(folder)
                box.delete(box.uids())
        yield box, settings


def count(box: BaseMailBox, folder: str) -> int:
    return int(box.folder.status(folder)["MESSAGES"]) if box.folder.exists(folder) else 0


def test_mail_is_fetched_and_put_away(
    mailbox: tuple[BaseMailBox, Settings], letter: Letter, robin: User
) -> None:
    box, settings = mailbox
    address, email = address_of(again(letter), settings), again(robin).email
    db.session.commit()
    raw = message(email, address, "Par IMAP.")
    for mail in (raw, message(email, "questions@example.org", "Pour personne."), raw):
        box.append(mail, "INBOX")
    with imap.connect(settings) as own:
        assert imap.fetch(own, settings) == 3
        assert imap.fetch(own, settings) == 0
    assert texts() == ["Par IMAP."]
    assert outcomes() == ["posted", "not_ours"]
    assert [count(box, folder) for folder in ("INBOX", "Done", "Refused")] == [0, 2, 1]


def test_what_cannot_be_read_now_stays_and_a_crash_reads_nothing_twice(
    mailbox: tuple[BaseMailBox, Settings],
    letter: Letter,
    robin: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    box, settings = mailbox
    address, email = address_of(again(letter), settings), again(robin).email
    db.session.commit()
    box.append(message(email, address, "Une fois."), "INBOX")
    real = receive

    def fails(*_args: object, **_more: object) -> None:
        raise OperationalError("SELECT", {}, Exception("away"))

    def dies(*args: object, **more: object) -> None:
        real(*args, **more)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with imap.connect(settings) as own:
        monkeypatch.setattr(imap, "receive", fails)
        assert imap.fetch(own, settings) == 0
        monkeypatch.setattr(imap, "receive", dies)
        with pytest.raises(KeyboardInterrupt):
            imap.fetch(own, settings)
        assert count(box, "INBOX") == 1
        monkeypatch.setattr(imap, "receive", real)
        assert imap.fetch(own, settings) == 1
    assert texts() == ["Une fois."]
    assert count(box, "Done") == 1


def test_the_poller_is_told_by_the_server_and_stops(
    mailbox: tuple[BaseMailBox, Settings], letter: Letter, robin: User
) -> None:
    box, settings = mailbox
    address, email = address_of(again(letter), settings), again(robin).email
    db.session.commit()
    poller = Poller(settings)

    def work() -> None:
        poller.poll()
        db.session.remove()

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.5)
    box.append(message(email, address, "Tout de suite."), "INBOX")
    until = time.monotonic() + 30
    while not count(box, "Done") and time.monotonic() < until:
        time.sleep(0.1)
    poller.stop()
    thread.join(timeout=10)
    assert not thread.is_alive()
    assert texts() == ["Tout de suite."]


def test_a_wrong_password_or_no_server_is_an_error_to_wait_on(
    here: Settings, imap_port: int, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("ya29.token\n")
    url = f"imap://questions:wrong@127.0.0.1:{imap_port}"
    for settings in (
        here.replaced(imap_url=url),
        here.replaced(imap_url=url, imap_token_file=str(token)),
        here.replaced(imap_url=f"imap://questions:x@127.0.0.1:{free_port()}"),
        here.replaced(imap_url=url, imap_token_file=str(tmp_path / "none")),
    ):
        with pytest.raises(imap.AWAY):
            imap.connect(settings)


# -- the pipe -----------------------------------------------------------------------------------


def run(raw: bytes, here: Settings, *args: str) -> tuple[int, str]:
    """As a mail server would start it."""
    db.session.commit()
    environ = {
        "EXCHANGE_DATABASE_URL": here.database_url,
        "EXCHANGE_DATA_DIR": str(here.data_dir),
        "EXCHANGE_REPLY_DOMAIN": here.reply_domain,
        "EXCHANGE_MAIL_FROM": here.mail_from,
    }
    done = forked.run(
        "receive", *args, environment={**os.environ, **environ}, folder=here.data_dir, given=raw
    )
    return done.returncode, done.stdout


def test_a_pipe_takes_a_reply(letter: Letter, robin: User, here: Settings) -> None:
    address, email = address_of(again(letter), here), again(robin).email
    raw = message(email, "inbound@example.org", "Par un tuyau.")
    code, out = run(raw, here, "--dry-run", address)
    assert code == 0
    told = json.loads(out)
    assert (told["outcome"], told["text"]) == ("posted", "Par un tuyau.")
    assert texts() == []
    assert run(raw, here, address) == (0, "")
    assert texts() == ["Par un tuyau."]


def test_a_pipe_asks_for_another_try(here: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXCHANGE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("EXCHANGE_DATA_DIR", str(here.data_dir))
    done = CliRunner().invoke(cli.main, ["receive"], input=b"From: a@b.org\n\nx")
    assert done.exit_code == cli.TRY_AGAIN
    monkeypatch.setenv("EXCHANGE_PORT", "none")
    assert CliRunner().invoke(cli.main, ["receive"], input=b"").exit_code == cli.TRY_AGAIN
    monkeypatch.delenv("EXCHANGE_PORT")
    assert CliRunner().invoke(cli.main, ["imap"]).exit_code == 1
    assert CliRunner().invoke(cli.main, ["lmtp", "--listen", "here"]).exit_code == 2


def test_the_mailbox_answers_or_not(mailbox: tuple[BaseMailBox, Settings], app: object) -> None:

    _box, settings = mailbox
    found = {finding.what: finding for finding in check.run(settings)}
    assert found["mailbox"].fine
    wrong = settings.replaced(imap_url="imap://x:y@127.0.0.1:1", reply_mailbox="a@b.org")
    lines = [finding.line() for finding in check.run(wrong)]
    assert any(line.startswith("WRONG mailbox: 127.0.0.1 does not") for line in lines)
    assert any("are both set" in line for line in lines)
