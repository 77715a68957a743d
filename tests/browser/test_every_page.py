"""Every page of the demo story, as each role: axe finds nothing, nothing scrolls sideways, nothing
is asked of another host, and the frame is in the reader's language."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select

from exchange import clock, db
from exchange.demo import story
from exchange.moderation.batches import actions as batches
from exchange.people.demo import DEMO_PASSWORD
from exchange.people.models import User
from exchange.questions.models import Question, Stage
from exchange.research.models import Hypothesis, Project, Verdict
from tests.browser.conftest import Desk, Site

pytestmark = pytest.mark.browser

EVERYBODY = [
    "/",
    "/questions",
    "/questions?area=cancer&unclaimed=1&sort=waiting",
    "/hypotheses",
    "/projects",
    "/teams",
    "/impact",
    "/impact/candidates",
    "/impact/targets/jobs",
    "/search?q=lupus",
    "/search?q=zzzz",
    "/notifications",
    "/settings",
    "/settings/replies",
    "/settings/identities",
    "/help",
    "/accessibility",
    "/questions/Q-1999-0001",
]
WIDTHS = (1280, 375)
AXE = Axe().axe_script
FAULTS = """async () => {
    const { violations } = await axe.run({ resultTypes: ["violations"] })
    const found = violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target}`))
    const wide = document.documentElement.scrollWidth - window.innerWidth
    return wide > 0 ? [...found, `${wide} px too wide`] : found
}"""
ROLE = {
    "claire.martel": [
        "/questions/new",
        "/questions/{open}/attachments",
        "/questions/{hidden}/rewrite",
    ],
    "robin.aubert": ["/questions/{open}/claim"],
    "mona.ferrand": [
        "/triage",
        "/triage/list",
        "/triage/replies",
        "/triage/habits",
        "/triage/{submitted}",
        "/triage/{submitted}/score",
        "/triage/{submitted}/return",
        "/triage/aside?item=/triage/{submitted}",
        "/triage/batches/{batch}",
        "/register",
    ],
    "ada.kessler": [
        "/admin",
        "/admin/mail",
        "/admin/mail/received",
        "/admin/vocabulary",
        "/admin/vocabulary/melanoma",
    ],
}


@pytest.fixture
def told(app: Flask, session: None) -> dict[str, str]:
    """The demo story, and one reference of each kind in it."""
    story.tell()
    stages = {
        stage.value: db.session.scalars(
            select(Question.ref).where(Question.stage == stage, Question.audience == "members")
        ).first()
        or ""
        for stage in Stage
        if stage is not Stage.DRAFT
    }
    hypothesis = select(Hypothesis.ref).where(
        Hypothesis.confidential.is_(False), Hypothesis.verdict == Verdict.PROPOSED
    )
    stages["hypothesis_ref"] = db.session.scalars(hypothesis).first() or ""
    stages["project_ref"] = (
        db.session.scalars(select(Project.ref).where(Project.confidential.is_(False))).first() or ""
    )
    stages["hidden"] = _hide_one_of("claire.martel")
    stages["batch"] = _decide_on(stages["submitted"], "mona.ferrand")
    return stages


def _hide_one_of(handle: str) -> str:
    """A question of theirs that somebody reported."""
    own = select(Question).join(Question.asker).where(User.handle == handle)
    found = db.session.scalars(own.where(Question.stage == Stage.CLAIMED)).first()
    assert found is not None
    found.hidden_at = clock.now()
    return found.ref or ""


def _decide_on(but: str, handle: str) -> str:
    """A decision on all that wait but one, which can still be undone."""
    waiting = select(Question).where(Question.stage == Stage.SUBMITTED, Question.ref != but)
    by = db.session.scalars(select(User).where(User.handle == handle)).one()
    return str(batches.decide(db.session.scalars(waiting).all(), "publish", by=by).id)


@pytest.mark.parametrize("handle", ROLE)
def test_every_page_is_clean(
    told: dict[str, str], serve: Callable[[], Site], desk: Callable[..., Desk], handle: str
) -> None:
    person = db.session.scalars(select(User).where(User.handle == handle)).one()
    paths = [path.format(**told) for path in ROLE[handle]]
    if handle == "robin.aubert":
        paths += EVERYBODY
        paths += [f"/questions/{told[stage.value]}" for stage in (Stage.OPEN, Stage.PROJECT)]
        paths += [f"/hypotheses/{told['hypothesis_ref']}", f"/projects/{told['project_ref']}"]
    site = serve()
    found: list[str] = []
    one = desk(person, site, javascript=True, password=DEMO_PASSWORD)
    for path in paths:
        found += [f"{path}: {fault}" for fault in faults(one.open(path), *WIDTHS)]
    one.trouble[:] = [url for url in one.trouble if "Q-1999" not in url]
    assert found == []


def faults(page: Page, *widths: int) -> list[str]:
    """What axe finds at these widths (px; none: as wide as it is), and whether the page is wider
    than the screen."""
    page.evaluate(AXE)
    if not widths:
        return list(page.evaluate(FAULTS))
    found: list[str] = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"at {width} {fault}" for fault in page.evaluate(FAULTS)]
    return found
