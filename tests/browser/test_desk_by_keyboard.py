"""Thirty questions triaged in Chromium by keyboard alone: twenty plain ones, five that repeat a
question already published, five with a passage that the guard doubts.

`WALK_QUESTIONS` names a JSON Lines file of other questions (id, title, body, areas, language);
`pytest -s` prints the keystrokes and the time.
"""

import json
import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from exchange import db
from exchange.demo import story
from exchange.people.models import Area, User
from exchange.questions.models import Question, Stage
from tests import factories
from tests.browser.conftest import Desk, Site
from tests.browser.test_every_page import faults

pytestmark = pytest.mark.browser

PAIRS = Path(__file__).parent.parent / "bench" / "pairs_fr.jsonl"
NAMED = "Mme Martin est venue en consultation le 12 mars 2025."
KEYS = {
    "plain": ["p", "p"],
    "twin": ["m", "Enter"],
    # the second ready reason, then its button
    "named": ["r", "Tab", "Tab", "Tab", "Enter", "Tab", "Enter"],
}
ENDS = {"plain": Stage.OPEN, "twin": Stage.MERGED, "named": Stage.RETURNED}


def wordings() -> list[tuple[str, str, str]]:
    """Title, text and language of twenty-five questions, the last five to be repeated."""
    if path := os.environ.get("WALK_QUESTIONS"):
        rows = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]
        long = [row for row in rows if len(row["body"]) > 60 and len(row["title"]) < 115]
        return [(row["title"], row["body"], row["language"]) for row in long[:30]]
    rows = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    return [(row["one"][:115], row["other"], "fr") for row in rows[:120:4]]


def thirty(claire: User, mona: User) -> dict[str, str]:
    """What was planted, by reference."""
    found = wordings()
    planted: dict[str, str] = {}
    for number, (title, text, language) in enumerate(found):
        words = {"title": title, "problem": text, "area": Area.OTHER, "language": language}
        if 20 <= number < 25:
            factories.opened(claire, mona, **words)
            words["title"], words["problem"] = f"{title} (bis)"[:115], f"{text} {title}"
        if number >= 25:
            words["problem"] = f"{text} {NAMED}"
        kind = "plain" if number < 20 else "twin" if number < 25 else "named"
        planted[str(factories.submitted(claire, **words).ref)] = kind
    return planted


def test_thirty_questions_by_keyboard_alone(
    serve: Callable[[], Site], desk: Callable[..., Desk], claire: User, mona: User
) -> None:
    story.load_canned_replies()
    planted = thirty(claire, mona)
    assert Counter(planted.values()) == {"plain": 20, "twin": 5, "named": 5}
    site = serve()
    site.run("reindex")
    at_monas = desk(mona, site, javascript=True)
    page = at_monas.open("/triage")
    assert faults(page, 375, 1280) == []
    loads: list[str] = []
    page.on("load", lambda loaded: loads.append(loaded.url))
    keystrokes, started = 0, time.monotonic()
    for _turn in planted:
        ref = page.locator("article .kicker .ref").first.inner_text()
        keys = KEYS[planted[ref]]
        with page.expect_navigation():
            for key in keys:
                page.keyboard.press(key)
                if key in {"m", "r"}:
                    page.wait_for_selector("details[open] :is(input, textarea):focus")
        keystrokes += len(keys)
    seconds = time.monotonic() - started
    print(f"30 questions: {keystrokes} keystrokes, {len(loads)} page loads, {seconds:.1f} s")
    assert len(KEYS["plain"]) <= 4
    assert len(loads) == len(planted), "one page load for each decision"
    at_monas.reads("Rien à décider")
    db.session.rollback()
    stages = {
        ref: stage
        for ref, stage in db.session.execute(select(Question.ref, Question.stage))
        if ref in planted
    }
    assert {ref: ENDS[kind] for ref, kind in planted.items()} == stages
