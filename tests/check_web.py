"""What stands beside the suite because it needs Java and Node.js: `make check-web`.

    python -m tests.check_web CHECKERS html|lighthouse

CHECKERS is the folder in which `.ci/check-web` put them. `html`: the Nu HTML checker reads every page of
the demo story, in each role and both languages; axe looks at one page of each kind in the states
that the suite leaves out: dark, a tablet, 200 %. `lighthouse`: Lighthouse measures five pages, on a quiet machine.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from werkzeug.routing import MapAdapter

from exchange.app import create_app
from exchange.settings import Settings
from tests.browser.conftest import SWITCHES, Site, chromium_path, free_port
from tests.browser.test_every_page import faults
from tests.screenshots import CLAIRE, MONA, ROBIN, demo_site, places, sitting
from tests.walk import PEOPLE, Visitor, stories

VNU = "node_modules/vnu-jar/build/dist/vnu.jar"

LOOKED_AT = {
    ROBIN: ("/", "/questions", "/questions/{story}", "/impact"),
    CLAIRE: ("/questions/new",),
    MONA: ("/triage",),
}
"""One page of each kind, by who opens it."""

MEASURED = {
    CLAIRE: ("/", "/questions", "/questions/{story}", "/questions/new"),
    MONA: ("/triage",),
}
"""Home, list, thread, ask, triage."""

LEAST = {"accessibility": 100, "best-practices": 100, "performance": 98}
"""Scores of Lighthouse, out of 100."""


def main() -> None:
    """Check everything; the exit code is 1 when something was found."""
    checkers, what = Path(sys.argv[1]), sys.argv[2]
    port = free_port()
    with demo_site() as site, chromium(port) as browser:
        if what == "lighthouse":
            found = timed("Lighthouse", slow(site, places(site), port, checkers))
        else:
            with tempfile.TemporaryDirectory() as folder:
                pages = Path(folder)
                found = timed("HTML", invalid(site, routes(pages), pages, checkers / VNU))
            found += timed("axe", unreadable(browser, site, places(site)))
    if found:
        raise SystemExit(1)


@contextmanager
def chromium(port: int) -> Iterator[Browser]:
    """A browser that Lighthouse can drive by `port`."""
    with sync_playwright() as playwright:
        switches = [*SWITCHES, f"--remote-debugging-port={port}"]
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=switches)
        yield browser
        browser.close()


def timed(what: str, lines: Iterator[str]) -> list[str]:
    """Say what was found as it is found, and how long it took."""
    started = time.monotonic()
    found = []
    for line in lines:
        found.append(line)
        print(f"{what}: {line}", flush=True)
    print(f"{what}: {len(found)} findings in {time.monotonic() - started:.0f} s", flush=True)
    return found


def routes(folder: Path) -> MapAdapter:
    made = create_app(Settings(data_dir=folder, secret_key="read by nobody" * 3))
    return made.url_map.bind("localhost")


def invalid(site: Site, addresses: MapAdapter, folder: Path, vnu: Path) -> Iterator[str]:
    """What the Nu HTML checker says, warnings included, in one call: of each kind of page once in
    each language, and of each role's own first pages."""
    pages = folder / "pages"
    pages.mkdir()
    names: dict[str, str] = {}
    more = stories(site.run("export"))
    for locale in ("fr", "en"):
        met: set[str] = set()
        for who in PEOPLE:
            visitor = Visitor(site.address, who)
            visitor.speak(locale)
            found = visitor.walk(
                addresses,
                more=more if who == ROBIN else (),
                known=frozenset(met),
            )
            for page in found:
                met.add(page.route)
                file = pages / f"{len(names)}.html"
                file.write_text(page.text, encoding="utf-8")
                names[file.name] = f"{locale} {who or 'nobody'} {page.address}"
    print(f"HTML: {len(names)} pages", flush=True)
    answer = subprocess.run(
        ["java", "-jar", str(vnu), "--format", "json", "--stdout", "--exit-zero-always", pages],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    seen: set[tuple[str, str]] = set()
    for message in json.loads(answer.stdout)["messages"]:
        said = (message["message"], message.get("extract", ""))
        if said in seen:  # the same line of the same frame
            continue
        seen.add(said)
        where = names[message["url"].rpartition("/")[2]]
        yield f"{where}: {said[0]} {' '.join(said[1].split())}"


def unreadable(browser: Browser, site: Site, refs: dict[str, str]) -> Iterator[str]:
    """What axe finds in the dark, on a tablet, and at 200 %."""
    for who, paths in LOOKED_AT.items():
        with sitting(browser, site, who, viewport={"width": 1280, "height": 900}) as page:
            for path in paths:
                page.goto(site.address + path.format_map(refs))
                page.emulate_media(color_scheme="dark")
                found = [f"in the dark {fault}" for fault in faults(page)]
                page.emulate_media(color_scheme="light")
                # 640: what is left of 1280 when a browser shows everything twice as large.
                found += faults(page, 768, 640)
                page.set_viewport_size({"width": 1280, "height": 900})
                yield from (f"{path} {fault}" for fault in found)


def slow(site: Site, refs: dict[str, str], port: int, checkers: Path) -> Iterator[str]:
    """Scores of Lighthouse that are too low, with the audits that cost them."""
    for who, paths in MEASURED.items():
        visitor = Visitor(site.address, who)
        cookie = "; ".join(f"{one.name}={one.value}" for one in visitor.cookies)
        asked = [site.address + path.format_map(refs) for path in paths]
        answer = subprocess.run(
            ["node", checkers / "lighthouse.mjs", str(port), cookie, *asked],
            capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
        if answer.returncode:
            yield answer.stderr.strip()[-2000:]
        for line in answer.stdout.splitlines():
            told = json.loads(line)
            path = told["address"].removeprefix(site.address)
            print(f"Lighthouse: {path} {told['scores']}", flush=True)
            if told["trouble"] or any(told["scores"][kind] < LEAST[kind] for kind in LEAST):
                yield f"{path} {told['scores']} {told['found']} {told['trouble']}"


if __name__ == "__main__":
    main()
