"""What a screen reader has of the main pages: landmarks, headings, controls and their names, as
Chromium gives them to it, compared with the text in `trees/`, which people can read.

The pages come from the application itself, on a day that never changes. To accept a change:
`EXCHANGE_WRITE_TREES=1 pytest tests/browser/test_trees.py`, then read the difference.
"""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, Route

from exchange import clock
from exchange.discussion import actions as discussion
from exchange.people.models import User
from exchange.questions import actions as asking
from exchange.research import hypotheses, outputs, projects
from exchange.research.models import OutcomeKind
from tests import factories
from tests.browser.test_every_page import AXE

pytestmark = pytest.mark.browser

TREES = Path(__file__).with_name("trees")
HOST = "http://localhost"
TODAY = datetime(2026, 3, 11, 9, tzinfo=UTC)
"""A Wednesday without a holiday near."""

LANDMARKS = {
    *("banner", "navigation", "main", "complementary", "contentinfo", "search", "region", "form"),
}
SPOKEN = {
    *("heading", "link", "button", "textbox", "searchbox", "combobox", "checkbox", "radio"),
    *("table", "image", "img", "alert", "status", "dialog", "group", "radiogroup", "figure"),
    *("blockquote", "spinbutton", "Date", "DateTime"),
}
SUMMARY = {"DisclosureTriangle", "DisclosureTriangleGrouped"}


def tree(page: Page) -> str:
    """One line for each thing that is announced, indented under its landmark."""
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    by_id = {node["nodeId"]: node for node in nodes}
    return "\n".join(_lines(nodes[0], by_id, 0)) + "\n"


def _lines(node: dict[str, Any], by_id: dict[str, Any], depth: int) -> Iterator[str]:
    role = "" if node.get("ignored") else str(node.get("role", {}).get("value", ""))
    name = " ".join(str(node.get("name", {}).get("value", "")).split())
    told = _told(node, role, name)
    if told:
        yield "  " * depth + told
    if role in {"link", "button", "heading", *SUMMARY} and not _has_link(node, by_id):
        return
    inner = depth + 1 if told and role in LANDMARKS | {"group", "radiogroup", "dialog"} else depth
    for child in node.get("childIds", ()):
        if child in by_id:
            yield from _lines(by_id[child], by_id, inner)


def _has_link(node: dict[str, Any], by_id: dict[str, Any]) -> bool:
    """A heading that is a link says both."""
    return any(
        by_id[child].get("role", {}).get("value") == "link"
        for child in node.get("childIds", ())
        if child in by_id
    )


def _told(node: dict[str, Any], role: str, name: str) -> str:
    if role in SUMMARY:
        return f"summary {name}"
    if role not in LANDMARKS | SPOKEN or (role in {"group", "form", "region"} and not name):
        return ""
    states = {one["name"]: one["value"].get("value") for one in node.get("properties", ())}
    said = [role if role != "heading" else f"heading {states.get('level')}", name]
    said += [word for word in ("required", "expanded") if states.get(word) is True]
    said += [f"checked={states['checked']}"] if states.get("checked") == "true" else []
    said += ["invalid"] if states.get("invalid") == "true" else []
    return " ".join(filter(None, said))


@pytest.fixture
def references(claire: User, mona: User, robin: User, lena: User, ada: User) -> dict[str, str]:
    """A question at each end of its story, a project under way, something for each role."""
    with clock.at(TODAY):
        asked = factories.opened(claire, mona)
        factories.claimed(asked, robin)
        discussion.comment(asked, text=f"@{claire.handle} auriez-vous les biopsies ?", by=robin)
        discussion.comment(asked, text="Oui, vingt, avant traitement.", by=claire)
        idea = factories.proposed(asked, robin)
        hypotheses.endorse(idea, by=claire)
        project = factories.started(idea, robin, claire)
        projects.add_milestone(
            project,
            title="Vingt biopsies",
            planned_on=date(2026, 9, 1),
            by=robin,
        )
        outputs.note(project, kind=OutcomeKind.THESIS, summary="Une thèse.", by=robin)
        factories.opened(claire, mona, title="Quel marqueur avant la rechute ?")
        waiting = factories.opened(claire, mona, title="Et dans le rein ?")
        factories.claimed(waiting, lena)
        factories.proposed(waiting, lena)
        factories.submitted(claire, title="Qui répond au traitement ?")
        asking.follow(asked, robin, again=True)
    return {"asked": str(asked.ref), "project": str(project.ref)}


PAGES = {
    "home-clinician": ("claire", "/"),
    "home-researcher": ("robin", "/"),
    "home-moderator": ("mona", "/"),
    "home-administrator": ("ada", "/"),
    "list": ("robin", "/questions"),
    "thread": ("robin", "/questions/{asked}"),
    "ask": ("claire", "/questions/new"),
    "desk": ("mona", "/triage"),
    "project": ("robin", "/projects/{project}"),
    "impact": ("claire", "/impact"),
}


Look = Callable[[str, str], Page]


@pytest.fixture
def look(
    references: dict[str, str],
    client_of: Callable[[User | None], FlaskClient],
    claire: User, robin: User, mona: User, ada: User,
    chromium: Browser,
) -> Iterator[Look]:  # fmt: skip
    """Open an address as somebody; the application answers in this process, on that day."""
    people = {"claire": claire, "robin": robin, "mona": mona, "ada": ada}
    with clock.at(TODAY):
        clients = {name: client_of(person) for name, person in people.items()}
    context = chromium.new_context(
        locale="fr-FR", viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
    )
    page = context.new_page()
    reader = ""

    def answer(route: Route) -> None:
        with clock.at(TODAY):
            got = clients[reader].get(route.request.url.removeprefix(HOST))
        route.fulfill(status=got.status_code, headers=dict(got.headers), body=got.data)

    def opened(who: str, address: str) -> Page:
        nonlocal reader
        reader = who
        page.goto(HOST + address.format(**references))
        return page

    page.route("**/*", answer)
    yield opened
    context.close()


def test_what_a_screen_reader_has_of_the_main_pages(look: Look) -> None:
    wrong = []
    for name, (who, address) in PAGES.items():
        found, kept = tree(look(who, address)), TREES / f"{name}.txt"
        if os.environ.get("EXCHANGE_WRITE_TREES"):
            kept.write_text(found, encoding="utf-8")
        if found != kept.read_text(encoding="utf-8"):
            wrong.append(f"--- {name}\n{found}")
    assert wrong == [], "\n".join(wrong)


SPACED = """() => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
        word-spacing: .16em !important } p { margin-block-end: 2em !important }`)
    document.adoptedStyleSheets = [sheet]
}"""
"""WCAG 2.2, 1.4.12."""

WIDER = "() => document.documentElement.scrollWidth - window.innerWidth"
SMALL = """async () => {
    const { violations } = await axe.run({ runOnly: { type: "rule", values: ["target-size"] } })
    return violations.flatMap(rule => rule.nodes.map(node => `${rule.id} ${node.target}`))
}"""
FOCUSED = """() => {
    const one = document.activeElement, box = one.getBoundingClientRect()
    if (one === document.body) return null
    const style = getComputedStyle(one)
    const at = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height, 40) / 2)
    return {
        name: one.outerHTML.slice(0, 90),
        seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        free: at !== null && (one.contains(at) || at.contains(one)),
    }
}"""
"""What has the focus: whether that shows, and whether nothing lies over it."""


def test_what_axe_leaves_aside(look: Look) -> None:
    """Reflow at 320 pixels, text spacing, the size of targets, and a focus that shows."""
    wrong: list[str] = []
    for name in ("home-clinician", "list", "thread", "ask", "desk", "impact"):
        page = look(*PAGES[name])
        page.evaluate(AXE)
        page.set_viewport_size({"width": 320, "height": 900})
        wrong += [f"{name}: {small}" for small in page.evaluate(SMALL)]
        wrong += [f"{name}: wider than 320"] * (page.evaluate(WIDER) > 0)
        page.evaluate(SPACED)
        wrong += [f"{name}: wider when spaced"] * (page.evaluate(WIDER) > 0)
        page.set_viewport_size({"width": 1280, "height": 900})
    for name in ("thread", "ask"):
        page = look(*PAGES[name])
        for _tab in range(200):
            page.keyboard.press("Tab")
            focused = page.evaluate(FOCUSED)
            if focused is None:
                break
            wrong += [f"{name}: {focused}"] * (not (focused["seen"] and focused["free"]))
    assert wrong == []
