"""Every page of the demo story, as each role: axe finds nothing, nothing scrolls sideways, nothing
is asked of another host, and the frame is in the reader's language."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select
from werkzeug.routing import MapAdapter

from exchange import clock, db
from exchange.demo import story
from exchange.impact import snapshots
from exchange.meetings.models import Meeting
from exchange.moderation.batches import actions as batches
from exchange.people.demo import DEMO_PASSWORD
from exchange.people.models import User
from exchange.questions.models import Question, Stage
from exchange.research.models import Hypothesis, Project, Verdict
from exchange.settings import Settings
from tests.browser.conftest import Desk, Site
from tests.walk import IGNORED, NOBODY, Visitor

pytestmark = pytest.mark.browser

NOT_WALKED = {
    "a file, or a frame of another page": {
        "attachments.document",
        "attachments.show",
        "attachments.show_of_draft",
        "discussion.people",
        "discussion.people_of_hypothesis",
        "discussion.people_of_project",
        "candidates.file",
        "habits.feed",
        "impact.table",
        "mail.html",
        "register.export",
        "research.frozen_file",
        "yearly.file",
    },
    "its address stands in a mail": {
        "mail.tag",
        "mail.unsubscribe",
        "people.joining.accept",
        "people.joining.apply",
        "people.recovery.confirm_address",
        "people.recovery.refuse_address",
        "people.recovery.reset",
        "receiving.confirm",
        "receiving.reply",
        "thread.follow",
        "thread.mute",
    },
    "it needs another site, or a second factor": {
        "people.factors.remove",
        "people.factors.show",
        "people.admin.reset_factors",
        "people.sso.back_from_front",
        "people.sso.back_from_provider",
        "people.sso.directory",
        "people.sso.link",
        "people.sso.remove",
    },
    "a form that stands on the page before, alone only when it was wrong": {
        "discussion.comment_hypothesis",
        "discussion.comment_project",
        "moderation.merge",
        "people.admin.suspend",
        "research.add_evidence",
        "research.endorse",
    },
    "it leads on to what will be late first": {"moderation.desk"},
    "nothing in the story is in that state": {
        "flags.attachment",
        "flags.hidden_hypothesis",
        "flags.hypothesis",
        "mail.box",
        "mail.message",
        "merges.answer",
        "objections.contest",
        "people.joining.turn_away",
        "replies.delete",
        "replies.edit",
        "questions.resubmit",
        "questions.revisions",
        "questions.sent",
        "questions.wake",
    },
}
"""Routes that the walk does not reach, and why."""

WIDTHS = (1280, 375)
AXE = Axe().axe_script
FAULTS = """async contrast => {
    const { violations } = await axe.run({
        resultTypes: ["violations"], preload: false,
        rules: { "color-contrast": { enabled: contrast } },
    })
    const found = violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target}`))
    const wide = document.documentElement.scrollWidth - window.innerWidth
    return wide > 0 ? [...found, `${wide} px too wide`] : found
}"""
WHO = ("robin.aubert", "claire.martel", "mona.ferrand", "ada.kessler", NOBODY)
"""In this order each looks at what nobody before could open."""

BESIDE = {
    "robin.aubert": (
        "/questions/{open}",
        "/questions/{project}",
        "/hypotheses/{hypothesis_ref}",
        "/projects/{project_ref}",
    ),
    "claire.martel": (
        "/questions/{open}/attachments",
        "/questions/drafts/{draft}/attachments",
        "/questions/{hidden}/rewrite",
        "/meetings/{meeting}",
    ),
    "mona.ferrand": (
        "/meetings/{meeting}/move",
        "/meetings/{meeting}/cancel",
        "/questions/{merged}/separate",
        "/triage/{submitted}",
        "/triage/{submitted}/return",
        "/triage/aside?item=/triage/{submitted}",
        "/triage/batches/{batch}",
    ),
}
"""Pages to see whatever led to their kind, or that a link leads to only now and then."""


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
    stages["meeting"] = str(db.session.scalars(select(Meeting.id)).one())
    drafts = select(Question.id).join(Question.asker).where(Question.stage == Stage.DRAFT)
    stages["draft"] = str(db.session.scalars(drafts.where(User.handle == "claire.martel")).first())
    stages["hidden"] = _hide_one_of("claire.martel")
    snapshots.take(2025, Settings())
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


def test_every_page_is_clean(
    told: dict[str, str], app: Flask, serve: Callable[[], Site], desk: Callable[..., Desk]
) -> None:
    people = {who.handle: who for who in db.session.scalars(select(User))}
    db.session.expunge_all()
    site = serve()
    addresses = app.url_map.bind("localhost")
    met: set[str] = set()
    found: list[str] = []
    for handle in WHO:
        more = tuple(path.format(**told) for path in BESIDE.get(handle, ()))
        visitor = Visitor(site.address, handle)
        pages = list(visitor.walk(addresses, more=more, known=frozenset(met)))
        met |= {page.route for page in pages}
        one = desk(people.get(handle), site, javascript=True, password=DEMO_PASSWORD)
        for page in pages:
            found += [
                f"{page.address}: {fault}" for fault in faults(one.open(page.address), *WIDTHS)
            ]
        one.trouble[:] = [url for url in one.trouble if "Q-1999" not in url]
    assert found == []
    assert sorted(pages_of(addresses) - met - set().union(*NOT_WALKED.values())) == [], (
        "walk it, or say why not"
    )


def pages_of(addresses: MapAdapter) -> set[str]:
    """The routes that answer GET, without those that are no pages."""
    rules = addresses.map.iter_rules()
    return {rule.endpoint for rule in rules if "GET" in (rule.methods or ())} - IGNORED


def faults(page: Page, *widths: int) -> list[str]:
    """What axe finds at these widths (px; none: as wide as it is), and whether the page is wider
    than the screen. Colours, half of its work, are the same at every width."""
    page.evaluate(AXE)
    if not widths:
        return list(page.evaluate(FAULTS, True))
    found: list[str] = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        faults = page.evaluate(FAULTS, width == widths[0])
        found += [f"at {width} {fault}" for fault in faults]
    return found
