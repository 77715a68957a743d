"""A real site: `exchange serve` as a process, a mail server that receives, and Chromium."""

import contextlib
import email
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright

from exchange import db
from exchange.people.models import User
from tests.factories import PASSWORD

SWITCHES = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@dataclass
class Sink:
    """What the mail server received, in order."""

    mails: list[tuple[str, EmailMessage]] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        mail = email.message_from_bytes(envelope.content, policy=default)
        self.mails += [(address, mail) for address in envelope.rcpt_tos]
        return "250 taken"

    def wait_for(self, address: str, words: str, *, seconds: float = 30) -> EmailMessage:
        """The first mail to `address` whose text holds `words`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for to, mail in self.mails:
                if to == address and words in text_of(mail):
                    return mail
            time.sleep(0.1)
        seen = [(to, mail["Subject"]) for to, mail in self.mails]
        raise AssertionError(f"no mail to {address} with {words!r} among {seen}")


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    """Subject and text with plain spaces."""
    part = mail.get_body((kind,))
    assert part is not None
    return " ".join(f"{mail['Subject']} {part.get_content()}".split())


@pytest.fixture
def sink() -> Iterator[Sink]:
    handler = Sink()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    handler.port = controller.port  # type: ignore[attr-defined]
    yield handler
    controller.stop()


@dataclass
class Site:
    """Where the site answers, and the environment of its commands."""

    address: str
    environment: dict[str, str]

    def run(self, *words: str) -> str:
        """Run `exchange WORDS` against this site."""
        done = subprocess.run(
            [command(), *words], env=self.environment, capture_output=True, text=True, check=True
        )
        return done.stdout


@pytest.fixture
def serve(
    app: Flask, database_url: str, tmp_path: Path, sink: Sink
) -> Iterator[Callable[[], Site]]:
    """Commit what the test made, then serve it."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> Site:
        db.session.commit()
        db.session.remove()
        port = free_port()
        site = Site(
            f"http://127.0.0.1:{port}",
            {
                **os.environ,
                "EXCHANGE_DATABASE_URL": database_url,
                "EXCHANGE_DATA_DIR": str(tmp_path / "data"),
                "EXCHANGE_PORT": str(port),
                "EXCHANGE_SMTP_URL": f"smtp://127.0.0.1:{sink.port}",  # type: ignore[attr-defined]
                "EXCHANGE_WEB_WORKERS": "1",
                "EXCHANGE_DEMO": "0",
            },
        )
        started.append(
            subprocess.Popen([command(), "serve"], env=site.environment, stdout=subprocess.DEVNULL)
        )
        wait_for(port)
        return site

    yield start
    for process in started:
        process.send_signal(signal.SIGTERM)
        assert process.wait(40) == 0, "the site stops cleanly"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=SWITCHES)
        yield browser
        browser.close()


@dataclass
class Desk:
    """One person at a screen. Every page is watched: an error of the server or of a script, or a
    request to another host, fails the test."""

    page: Page
    site: Site
    trouble: list[str]

    def open(self, path: str) -> Page:
        self.page.goto(self.site.address + path)
        return self.page

    def fill(self, **values: str) -> None:
        for name, value in values.items():
            self.page.locator(f'main [name="{name}"]').first.fill(value)

    def press(self, label: str) -> None:
        """Press the button, or follow the link, of this name in the page's main part."""
        main = self.page.locator("main")
        target = main.get_by_role("button", name=label).or_(main.get_by_role("link", name=label))
        target.filter(visible=True).last.click()
        self.page.wait_for_load_state()

    def reads(self, words: str) -> None:
        main = " ".join(self.page.locator("body").inner_text().split())
        assert words in main, f"{words!r} is not on {self.page.url}: {main[:1500]}"


@pytest.fixture
def desk(
    chromium: Browser,
) -> Iterator[Callable[..., Desk]]:
    contexts = []
    desks: list[Desk] = []

    def sit(
        person: User | None,
        site: Site,
        *,
        javascript: bool,
        width: int = 1280,
        password: str = PASSWORD,
    ) -> Desk:
        context = chromium.new_context(
            java_script_enabled=javascript,
            locale="fr-FR",
            viewport={"width": width, "height": 900},
        )
        contexts.append(context)
        page = context.new_page()
        trouble: list[str] = []
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("response", lambda r: trouble.append(r.url) if r.status >= 500 else None)
        page.on(
            "request",
            lambda r: trouble.append(r.url) if not r.url.startswith(site.address) else None,
        )
        page.on("dialog", lambda dialog: dialog.accept())
        made = Desk(page, site, trouble)
        desks.append(made)
        if person is not None:
            made.open("/sign-in")
            made.fill(email=person.email, password=password)
            made.press("Se connecter")
        return made

    yield sit
    for one in desks:
        assert one.trouble == []
    for context in contexts:
        context.close()


def chromium_path() -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    assert found, "install Chromium (Debian: apt-get install chromium): see .ci/browser"
    return found


def command() -> str:
    found = shutil.which("exchange", path=str(Path(sys.executable).parent))
    assert found, "the command line is installed by make setup"
    return found


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(port: int) -> None:
    for _try in range(600):
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.1)
    raise AssertionError("the site did not start")
