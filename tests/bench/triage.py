"""Thirty real questions triaged in Chromium by keyboard alone.

    python -m tests.bench triage --questions FILE [--seed 6]

FILE holds questions as JSON lines (`id`, `title`, `body`, `areas`, `language`), such as
../shared/questions/clinical_questions_en.jsonl. Five are imported and published in their short
wording; thirty are imported as submitted: the long wording of those five, five with somebody's name
and birth date planted in them, and twenty more. Each decision of the desk is taken at least once,
on a real `exchange serve`; keystrokes, characters typed and page loads are counted, axe looks at
every page that is met, and the database is read at the end. The seconds are the site's and the
browser's: the reading is the moderator's own.
"""

import argparse
import json
import random
import secrets
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright
from sqlalchemy import select

from exchange import db, guard, migrate
from exchange.app import create_app
from exchange.demo import story
from exchange.moderation.models import Assignment, Deferral
from exchange.people.models import Role, TeamKind, User
from exchange.questions.models import Audience, Question, Stage
from exchange.search.follower import SearchFollower
from exchange.settings import Settings
from exchange.sheets import importing
from tests import factories
from tests.bench import pages
from tests.browser.conftest import SWITCHES, chromium_path
from tests.browser.test_every_page import faults

NAMED = (
    "Mrs Susan Martin, born on 12 March 1961, came back with it last week.",
    "Mr John Keller, born on 3 May 1950, asked me the same.",
    "I last saw Mrs Paula Hughes on 14 October 2024.",
    "Mr Peter Novak, born on 21 January 1987, is one of them.",
    "It began when Mrs Laura Bennett came on 2 June 2023.",
)
"""What no question may say; the guard doubts it, its author is taken to have confirmed it."""

# A stroke is a key; `~` before it: it opens a panel, which then has the focus; `!`: it loads a page;
# `=`: characters that are typed.
DECISIONS: dict[str, list[str]] = {
    "publish": ["p", "!p"],
    "merge": ["~m", "!Enter"],
    "return": ["~r", "Tab", "Tab", "Tab", "Enter", "Tab", "!Enter"],
    "decline": ["~d", "=A", "Tab", "Tab", "Tab", "Enter", "Tab", "!Enter"],
    "already answered": ["~b", "=PMID 24132290", "Tab", "=See there.", "Tab", "!Enter"],
    "redact, then publish": ["!k", "Tab", "Tab", "Tab", "!Enter", "k", "!Enter", "p", "!p"],
    "rephrase, then publish": ["!e", "=In short: ", "Tab", "Tab", "!Enter", "p", "!p"],
    "put aside": ["~t", "=12122026", "Tab", "Tab", "=Ask the lab.", "Tab", "Tab", "!Enter"],
    "assign": ["~a", "=N", "Tab", "!Enter", "!j"],
    "circle, then publish": ["!c", "Tab", "Tab", "ArrowDown", "Tab", "Space", "Tab", "!Enter", "p", "!p"],
    "publish, then park": ["p", "!p", "!h", "!v", "~s", "=Trial under way.", "Tab", "!Enter"],
}  # fmt: skip
ORDER = [
    *["publish"] * 13, *["redact, then publish"] * 3, *["return"] * 2, "decline", "decline",
    "already answered", "rephrase, then publish", "put aside", "assign", "circle, then publish",
]  # fmt: skip
"""What is decided on the twenty-five that repeat nothing, the identifiers first among redacted and
returned; the last plain one is parked."""


@dataclass
class Taken:
    """What one decision took."""

    strokes: int = 0
    characters: int = 0
    loads: int = 0
    seconds: float = 0.0


@dataclass
class Hand:
    """A moderator's hand on the keyboard; no mouse."""

    page: Page
    taken: dict[str, list[Taken]] = field(default_factory=lambda: defaultdict(list))
    found: set[str] = field(default_factory=set)

    def decide(self, decision: str, strokes: list[str]) -> None:
        done, started = Taken(), time.monotonic()
        looked = 0.0
        for stroke in strokes:
            if stroke.startswith("="):
                self.page.keyboard.type(stroke[1:])
                done.characters += len(stroke) - 1
                continue
            done.strokes += 1
            if not stroke.startswith("!"):
                self.page.keyboard.press(stroke.removeprefix("~"))
                if stroke.startswith("~"):
                    self.page.wait_for_selector("details[open] :is(input, textarea, select):focus")
                continue
            with self.page.expect_navigation():
                self.page.keyboard.press(stroke[1:])
            done.loads += 1
            looking = time.monotonic()
            self.look()
            looked += time.monotonic() - looking
        done.seconds = time.monotonic() - started - looked
        self.taken[decision].append(done)

    def look(self) -> None:
        """What axe says of a kind of page, the first time it is met."""
        kind = f"{self.page.locator('h1').inner_text()} {self.page.url.rpartition('/')[2][:4]}"
        if kind not in self.found:
            self.found.add(kind)
            wrong = faults(self.page)
            assert wrong == [], f"{self.page.url}: {wrong}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Triage thirty questions by keyboard alone.")
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=6)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            data_dir=Path(folder),
            secret_key=secrets.token_urlsafe(32),
            host="127.0.0.1",
            port=pages._free_port(),
            demo=False,
        )
        plans = _fill(settings, told.questions, told.seed)
        with pages._served(settings), _signed_in(settings, "mona") as page:
            hand = Hand(page)
            hand.look()
            started = time.monotonic()
            for _turn in plans:
                _triage(hand, plans)
            seconds = time.monotonic() - started
        _check(settings, plans)
    print(table(hand.taken))
    print(
        f"\n{sum(map(len, hand.taken.values()))} questions in {seconds:.0f} s, axe included, which"
        f" found nothing on {len(hand.found)} kinds of page."
    )


def _triage(hand: Hand, plans: dict[str, tuple[str, str]]) -> None:
    """What is open is decided as planned; a twin that is not proposed is named."""
    page = hand.page
    ref = page.locator("article .kicker .ref").first.inner_text()
    decision, twin = plans[ref]
    strokes = DECISIONS[decision]
    if twin and page.locator("#merge-into").input_value() != twin:
        decision, strokes = "merge, twin named", ["~m", "Control+a", f"={twin}", "!Enter"]
    hand.decide(decision, strokes)


def table(taken: dict[str, list[Taken]]) -> str:
    lines = [
        "| decision | times | keystrokes | characters typed | page loads | seconds of the site |",
        "|---|---|---|---|---|---|",
    ]
    for decision, all_of in taken.items():
        one = all_of[0]
        seconds = statistics.median(each.seconds for each in all_of)
        lines.append(
            f"| {decision} | {len(all_of)} | {one.strokes} | {one.characters} | {one.loads} |"
            f" {seconds:.1f} |"
        )
    return "\n".join(lines)


def _fill(settings: Settings, file: Path, seed: int) -> dict[str, tuple[str, str]]:
    """The people, the five published and the thirty submitted; what is to be decided on each, and
    which it repeats, by reference."""
    app = create_app(settings)
    with app.app_context():
        migrate.upgrade(app.extensions["engine"])
        db.begin_write()
        claire = _people()
        story.load_canned_replies()
        db.session.commit()
        chosen = _chosen(file, seed)
        short = [{**row, "body": row["title"], "id": f"{row['id']}-short"} for row in chosen[:5]]
        long = [{**row, "title": ""} for row in chosen[:5]]
        named = [
            {**row, "body": f"{row['body']} {words}"}
            for row, words in zip(chosen[5:10], NAMED, strict=True)
        ]
        _import(settings, short, "open", claire)
        _import(settings, [*long, *named, *chosen[10:]], "submitted", claire)
        refs = {q.source_id or "": q.ref or "" for q in db.session.scalars(select(Question))}
        SearchFollower(settings.data_dir / "index").rebuild()
        db.session.remove()
        app.extensions["engine"].dispose()
    plans = {
        refs[row["id"]]: ("merge", refs[twin["id"]]) for row, twin in zip(long, short, strict=True)
    }
    rest = [*ORDER[13:18], *ORDER[:12], "publish, then park", *ORDER[18:]]
    plans |= {refs[row["id"]]: (told, "") for row, told in zip(chosen[5:], rest, strict=True)}
    return plans


def _people() -> str:
    """Claire, who asks, the two moderators and a laboratory; returns Claire's address."""
    department = factories.team("Médecine interne", kind=TeamKind.DEPARTMENT)
    factories.team("Immunité et tumeurs")
    claire = factories.user("Claire Martel", Role.CLINICIAN, department)
    for name in ("Mona Ferrand", "Nadia Salles"):
        factories.user(name, Role.MODERATOR)
    return claire.email


def _chosen(file: Path, seed: int) -> list[dict[str, Any]]:
    """Thirty questions with two wordings, in which the guard sees nothing."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    fit = [
        row
        for row in rows
        if 60 < len(row["body"]) < 1_500
        and len(row["title"]) < 115
        and row["title"].strip() not in row["body"]
        and not guard.find(f"{row['title']}\n{row['body']}", lang=row["language"])
    ]
    return random.Random(seed).sample(fit, 30)


def _import(settings: Settings, rows: list[dict[str, Any]], stage: str, email: str) -> None:
    file = settings.data_dir / "rows.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    report = importing.run(file, stage=stage, email=email)
    assert report.added == len(rows), list(report.lines(dry_run=False))
    db.session.commit()
    db.session.expunge_all()


@contextmanager
def _signed_in(settings: Settings, name: str) -> Iterator[Page]:
    """A browser in which this moderator has the desk open."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=SWITCHES)
        page = browser.new_page(locale="fr-FR", viewport={"width": 1280, "height": 900})
        page.goto(f"{settings.address}/sign-in")
        with _reading(settings):
            email = db.session.scalars(select(User.email).where(User.email.startswith(name))).one()
        page.fill("#email", email)
        page.fill("#password", factories.PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_load_state()
        page.goto(f"{settings.address}/triage")
        yield page
        browser.close()


@contextmanager
def _reading(settings: Settings) -> Iterator[None]:
    app = create_app(settings)
    with app.app_context():
        yield
        db.session.remove()
        app.extensions["engine"].dispose()


ENDS = {
    "publish": Stage.OPEN,
    "merge": Stage.MERGED,
    "return": Stage.RETURNED,
    "decline": Stage.DECLINED,
    "already answered": Stage.DECLINED,
    "redact, then publish": Stage.OPEN,
    "rephrase, then publish": Stage.OPEN,
    "put aside": Stage.SUBMITTED,
    "assign": Stage.SUBMITTED,
    "circle, then publish": Stage.OPEN,
    "publish, then park": Stage.PARKED,
}


def _check(settings: Settings, plans: dict[str, tuple[str, str]]) -> None:
    """What the database says of each is what was decided."""
    with _reading(settings):
        asked = {question.ref or "": question for question in db.session.scalars(select(Question))}
        for ref, (decision, twin) in plans.items():
            question = asked[ref]
            assert question.stage is ENDS[decision], (ref, decision, question.stage)
            assert question.merged_into_id == (asked[twin].id if twin else None)
            if decision.startswith("redact"):
                assert not guard.find(question.problem, lang=question.language)
            if decision.startswith("rephrase"):
                assert question.title.startswith("In short")
            if decision.startswith("circle"):
                assert question.audience is Audience.CIRCLE
        assert db.session.scalars(select(Assignment.item)).one()
        assert db.session.scalars(select(Deferral.item)).one()


if __name__ == "__main__":
    main()
