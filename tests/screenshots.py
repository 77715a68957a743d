"""Pictures of the demo story, for the README, the guides and whoever reviews a change:
`make screenshots`.

    python -m tests.screenshots [--to FOLDER] [--guides]

Serves a demo site of its own, opens each page as the person it is for, and writes one PNG per page
and width. `--guides` writes only the pictures of the guides, which the help page and the
documentation show, in each language, into `static/help`.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from exchange.people.demo import DEMO_DOMAIN, DEMO_PASSWORD
from tests.browser.conftest import SWITCHES, Site, chromium_path, command, free_port, wait_for

GUIDES = Path(__file__).resolve().parent.parent / "static" / "help"
LARGEST = 45_000
"""Bytes of a picture in the guides."""
WIDE = 1000
"""Pixels of such a picture."""

WIDTHS = (1280, 375)
CLAIRE, ROBIN, MONA, ADA = "claire.martel", "robin.aubert", "mona.ferrand", "ada.kessler"

Act = Callable[[Page], None]


def nothing(_page: Page) -> None:
    """The page as it opens."""


def with_a_number(page: Page) -> None:
    """A question in which the guard finds a file number; nothing is sent."""
    page.fill('main [name="title"]', "Pourquoi certains lupus résistent-ils au bélimumab ?")
    page.fill(
        'main [name="problem"]',
        "Chez un tiers de nos patients, la maladie reste active après six mois.\n"
        "Exemple récent : IPP 8012345678, vue en consultation de suivi.",
    )
    page.select_option('main [name="area"]', "autoimmune")
    page.check('main [name="kind"][value="non_response"]')
    page.locator("main .button-primary").first.click()
    page.wait_for_load_state()


@dataclass(frozen=True)
class Picture:
    """One page: its name, who looks, where, what they do first. `height` is that of the picture
    in the guides; None when it is not shown there."""

    name: str
    who: str
    path: str
    act: Act = nothing
    height: int | None = None


PICTURES = (
    Picture("welcome", "", "/"),
    Picture("home-clinician", CLAIRE, "/"),
    Picture("home-researcher", ROBIN, "/"),
    Picture("home-moderator", MONA, "/"),
    Picture("home-administrator", ADA, "/"),
    Picture("ask", CLAIRE, "/questions/new"),
    Picture("guard", CLAIRE, "/questions/new", with_a_number, height=760),
    Picture("questions", ROBIN, "/questions"),
    Picture("thread", ROBIN, "/questions/{story}", height=760),
    Picture("claim", ROBIN, "/questions/{open}/claim", height=760),
    Picture("hypotheses", ROBIN, "/hypotheses"),
    Picture("projects", ROBIN, "/projects"),
    Picture("teams", ROBIN, "/teams"),
    Picture("search", ROBIN, "/search?q=lupus"),
    Picture("triage", MONA, "/triage", height=760),
    Picture("impact", MONA, "/impact"),
    Picture("notifications", CLAIRE, "/notifications"),
    Picture("settings", ROBIN, "/settings"),
    Picture("mail", ADA, "/admin/mail"),
    Picture("help", CLAIRE, "/help"),
)


@contextmanager
def demo_site() -> Iterator[Site]:
    """The demo story, served from a folder that is thrown away."""
    folder = tempfile.mkdtemp(prefix="exchange-pictures-")
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXCHANGE_")}
    environment = {**kept, "EXCHANGE_DATA_DIR": folder, "EXCHANGE_PORT": str(port)}
    process = subprocess.Popen(
        [command(), "run"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # who was turned away, line by line
    )
    try:
        wait_for(port)
        yield Site(f"http://127.0.0.1:{port}", environment)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        shutil.rmtree(folder)


def places(site: Site) -> dict[str, str]:
    """References by what they show: the open question, and the project, most talked about."""
    rows = [json.loads(line) for line in site.run("export").splitlines()]

    def busiest(stage: str) -> str:
        found = [row for row in rows if row["stage"] == stage]
        return str(max(found, key=lambda row: (row["comments"], row["ref"]))["ref"])

    return {"story": busiest("project"), "open": busiest("open")}


@contextmanager
def sitting(browser: Browser, site: Site, who: str, **options: Any) -> Iterator[Page]:
    """A browser with these options in which `who` is signed in (nobody, when empty)."""
    context = browser.new_context(locale="fr-FR", reduced_motion="reduce", **options)
    page = context.new_page()
    if who:
        page.goto(f"{site.address}/sign-in")
        page.fill('main [name="email"]', who + DEMO_DOMAIN)
        page.fill('main [name="password"]', DEMO_PASSWORD)
        page.get_by_role("button", name="Se connecter").first.click()
        page.wait_for_load_state()
    yield page
    context.close()


def take_guides(browser: Browser, site: Site, refs: dict[str, str]) -> None:
    """The pictures of the guides, as small as they can be read."""
    for locale, picture in product(("fr", "en"), (one for one in PICTURES if one.height)):
        file = GUIDES / locale / f"{picture.name}.webp"
        file.parent.mkdir(parents=True, exist_ok=True)
        size = {"width": WIDE, "height": picture.height or 0}
        with sitting(browser, site, picture.who, viewport=size) as page:
            token = page.locator('[name="csrf_token"]').first.get_attribute("value") or ""
            spoken: dict[str, str | float | bool] = {
                "locale": locale,
                "next": "/",
                "csrf_token": token,
            }
            page.request.post(f"{site.address}/language", form=spoken)
            page.goto(site.address + picture.path.format_map(refs))
            picture.act(page)
            page.evaluate("document.querySelector('.demo')?.remove()")
            taken = Image.open(BytesIO(page.screenshot()))
            page.request.post(f"{site.address}/language", form=spoken | {"locale": "fr"})
        taken.convert("RGB").save(file, quality=32, method=6)
        weight = file.stat().st_size
        if weight > LARGEST:
            raise SystemExit(f"{file} is too large for the repository: {weight:,} bytes")
        print(f"{file} ({weight:,} bytes)")


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description="Pictures of the demo story.")
    parser.add_argument(
        "--to", type=Path, default=Path(tempfile.gettempdir()) / "exchange-pictures"
    )
    parser.add_argument("--guides", action="store_true", help="those of static/help, and no other")
    told = parser.parse_args()
    told.to.mkdir(parents=True, exist_ok=True)
    with demo_site() as site, sync_playwright() as playwright:
        refs = places(site)
        browser = playwright.chromium.launch(
            executable_path=chromium_path(),
            args=SWITCHES,
            env={**os.environ, "LANGUAGE": "fr"},  # the widgets' language
        )
        if told.guides:
            take_guides(browser, site, refs)
        for picture, width in () if told.guides else product(PICTURES, WIDTHS):
            file = told.to / f"{picture.name}-{width}.png"
            size = {"width": width, "height": picture.height or 900}
            with sitting(browser, site, picture.who, viewport=size) as page:
                page.goto(site.address + picture.path.format_map(refs))
                picture.act(page)
                page.screenshot(path=file, full_page=True)
            print(f"{file} ({file.stat().st_size:,} bytes)")
        browser.close()


if __name__ == "__main__":
    main()
