"""Whatever is sent, by whoever, to whatever route: never an error of ours (a 5xx)."""

import random
import re
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.routing import Rule

from exchange import db, i18n, web
from exchange.app import create_app
from exchange.demo import story
from exchange.discussion.models import Comment
from exchange.log.followers import Follower, catch_up
from exchange.meetings.models import Meeting
from exchange.moderation import doubts
from exchange.moderation.batches import actions as batches
from exchange.moderation.flags.models import Flag
from exchange.moderation.models import Batch, CannedReply, Doubt
from exchange.outbox.letters import put
from exchange.outbox.models import Letter
from exchange.people import sessions
from exchange.people.models import Institution, Role, Team, User
from exchange.questions.models import Question, Stage
from exchange.research.models import Claim, ClaimRequest, Hypothesis, Milestone, Project
from exchange.settings import Settings
from exchange.sheets import reading
from tests import databases

ABSURD = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\x01\x08\x0b\x1b",
    "-1",
    "0",
    str(2**31),
    str(2**63),
    "9" * 400,
    "9" * 5000,
    "1e309",
    "NaN",
    "²",
    "٣",
    "é" * 10_000,
    "😀\u202e\u200b\ufeff" * 60,
    "Q-2026-0001\n",
    "Q-2026-0001%00",
    "Q-٢٠٢٦-0001",
    "' OR 1=1 --",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }} %(x)s %s",
    "0000-00-00",
    "0001-01-01",
    "9999-12-31",
    "10000-01-01",
    "2026-02-30",
    "[]",
    "null",
    '[["a", "\\ud800"]]',
    '[["a", 1], 2]',
    "[" * 5_000,
    "//example.org",
    "http://[",
    "=1+1",
    "@claire.martel " * 600,
)
"""Values that no form of ours sends."""

ODD_PATHS = (
    "Q-2026-0001%00",
    "Q-2026-0001%0A",
    "%ED%A0%80",
    "%FF%FE",
    "%2e%2e%2f%2e%2e",
    "0",
    "-1",
    str(2**31),
    str(2**63),
    "9" * 400,
    "Q-%D9%A2%D9%A0%D9%A2%D9%A6-0001",
    "A" * 3_000,
    "'%20OR%201=1",
)

HEADERS = (
    {"X-Remote-User": "\xff\xfe, x"},
    {"Referer": "http://["},
    {"Referer": "\xff\xfe"},
    {"Origin": "http://["},
    {"Origin": "null"},
    {"Accept-Language": "*;q=abc, fr;q=9e999, \xff"},
    {"Accept": "application/json;q=nan"},
    {"If-None-Match": '"' + "x" * 5_000},
    {"If-Modified-Since": "yesterday"},
    {"Range": "bytes=9-1"},
    {"Host": "[::1"},
    {"Host": "\xff"},
    {"X-Forwarded-For": "'"},
    {"Cookie": "session=.eJw; locale=\xff; device=[]"},
    {"Cookie": "device=WzEsMl0.x"},
)

BODIES = (
    ("multipart/form-data", b"--x\r\n"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n\r\n--x--"),
    ("application/json", b'{"reason": ["\\ud800"]}'),
    ("application/x-www-form-urlencoded", b"reason=%ED%A0%80&title=%FF&text=%00&into=%ED%A0%80"),
    ("application/x-www-form-urlencoded", b"&".join([b"reason=x"] * 2_000)),
    ("application/x-www-form-urlencoded; charset=utf-7", b"reason=+ADw-"),
    ("application/x-www-form-urlencoded", b"text=" + b"x" * 1_100_000),
)

ASKED = (
    *("before", "after", "q", "page", "kind", "stage", "year", "figure", "quote"),
    *("canned", "into", "hypothesis", "next", "role", "state", "area", "team"),
)
"""What addresses of ours ask."""

ROLES = ("clinician", "researcher", "moderator", "administrator", "nobody")


@dataclass
class Site:
    """The demo story, told once. `people`: one of each role, mended before each route."""

    app: Flask
    people: dict[str, tuple[int, int]]
    known: dict[str, list[str]]
    broken: list[str]
    tokens: dict[int, str] = field(default_factory=dict)

    def mend(self, *roles: str) -> None:
        """Whatever the requests did to these people, they are signed in again."""
        db.begin_write()
        for role in self.people.keys() & roles:
            number, bits = self.people[role]
            values = {"active": True, "role_bits": bits, "locale": "fr"}
            db.session.execute(update(User).where(User.id == number).values(**values))
            self.tokens[number] = sessions.begin(
                db.session.get_one(User, number), agent="", limit=timedelta(days=7)
            )
        db.session.commit()

    def client(self, role: str) -> FlaskClient:
        client = self.app.test_client()
        if role in self.people:
            with client.session_transaction() as session:
                session["_user_id"] = self.tokens[self.people[role][0]]
                session["_fresh"] = True
        return client

    def send(self, client: FlaskClient, method: str, path: str, **more: Any) -> tuple[int, str]:
        """Status and page; where it broke, that is noted."""
        try:
            answer = client.open(path, method=method, **more)
        except Exception as error:  # what no handler of ours caught
            self.broken.append(f"{method} {path[:120]} {str(more)[:200]}: {told(error)}")
            return 500, ""
        if answer.status_code >= 500:
            self.broken.append(f"{method} {path[:120]} {str(more)[:200]}: {answer.status}")
        if answer.status_code == 302 and answer.location.startswith("/sign-in"):
            return 401, ""
        if answer.status_code != 200 or answer.mimetype != "text/html":
            return answer.status_code, ""
        return 200, answer.text


def told(error: BaseException) -> str:
    """The error and the last line of ours that it went through."""
    ours = [f for f in traceback.extract_tb(error.__traceback__) if "/exchange/" in f.filename]
    where = f"{ours[-1].filename}:{ours[-1].lineno}" if ours else ""
    return f"{where} {error!r}"[:400]


class Journal:
    """Stands for the log of the site: what it could not do, in a line each."""

    def __init__(self, broken: list[str]) -> None:
        self.broken = broken

    def exception(self, _event: str, **_more: object) -> None:
        error = sys.exc_info()[1]
        self.broken.append(told(error) if error else "")

    def info(self, _event: str, **_more: object) -> None:
        """A refusal is no failure."""

    def error(self, event: str, **more: object) -> None:
        self.broken.append(f"{event} {more}"[:400])


@pytest.fixture(scope="module")
def site(
    database_maker: databases.SqliteMaker | databases.PostgresMaker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    i18n.set_locale("fr")
    with database_maker.fresh() as url:
        app = create_app(
            Settings(
                database_url=url,
                data_dir=tmp_path_factory.mktemp("absurd"),
                secret_key="a secret of more than 32 characters",
                base_url="http://localhost",
                remote_user_header="X-Remote-User",
                remote_user_from="127.0.0.1/32",
                oidc_client_id="exchange",
                oidc_issuer="http://127.0.0.1:9",
                oidc_authorization_url="http://127.0.0.1:9/auth",
                oidc_token_url="http://127.0.0.1:9/token",
                oidc_jwks_url="http://127.0.0.1:9/keys",
            )
        )
        app.config.update(WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
        db.begin_write()
        story.tell()
        story.load_canned_replies()
        people = {role: _one_who_is(role) for role in ROLES if role != "nobody"}
        db.session.commit()
        catch_up([Follower("doubts", doubts.follow)])
        db.begin_write()
        moderator = db.session.get_one(User, people["moderator"][0])
        waiting = select(Question).where(Question.stage == Stage.SUBMITTED).limit(1)
        batches.decide(db.session.scalars(waiting).all(), "publish", by=moderator)
        put("receipt", to=people["clinician"][0], reason="absurd", question_id=None, event_id=1)
        db.session.commit()
        broken: list[str] = []
        patch = pytest.MonkeyPatch()
        patch.setattr(web, "_log", Journal(broken))
        yield Site(app, people, _known(), broken)
        patch.undo()
        db.session.remove()
        db.session.get_bind().dispose()  # type: ignore[union-attr]


@pytest.fixture(autouse=True)
def _nothing_broken_yet(site: Site) -> None:
    site.mend(*ROLES)
    site.broken.clear()


def _one_who_is(role: str) -> tuple[int, int]:
    person = next(
        (
            one
            for one in db.session.scalars(select(User).order_by(User.id))
            if one.roles == Role[role.upper()]
        ),
        None,
    )
    assert person is not None, role
    return person.id, person.role_bits


def _known() -> dict[str, list[str]]:
    """Arguments that exist, by name: a few of each, at different stages."""
    questions = list(db.session.scalars(select(Question).order_by(Question.id)))
    by_stage = {q.stage: q for q in questions if q.ref and q.stage is not Stage.DRAFT}

    def some(column: Any) -> list[str]:
        return [str(value) for value in db.session.scalars(select(column).limit(2))]

    return {
        "Q": [str(q.ref) for q in by_stage.values()],
        "H": some(Hypothesis.ref),
        "P": some(Project.ref),
        "/triage/flags/": some(Flag.id),
        "/claims/": some(Claim.id),
        "/requests/": some(ClaimRequest.id),
        "/comments/": some(Comment.id),
        "/meetings/": some(Meeting.id),
        "/questions/drafts/": [str(q.id) for q in questions if q.stage is Stage.DRAFT][:1],
        "/milestones/": some(Milestone.id),
        "/risks/": ["1"],
        "/outcomes/": ["1"],
        "/candidates/": ["1"],
        "/impact/targets/": ["jobs"],
        "year": ["2025", "1900"],
        "/attachments/": ["1"],
        "/passages/": some(Doubt.id),
        "/triage/mail/": ["1"],
        "/replies/": some(CannedReply.id),
        "/batches/": some(Batch.id),
        "/admin/mail/<int": some(Letter.id),
        "/admin/mail/addresses/": some(User.id),
        "/admin/unsealed/": ["1"],
        "/settings/sessions/": ["1"],
        "/settings/identities/": ["1"],
        "/notifications/filters/": ["1"],
        "/notifications/searches/": ["1"],
        "/admissions/": some(User.id),
        "handle": some(User.handle),
        "key": ["melanoma", "x"],
        "slug": some(Team.slug) + some(Institution.slug),
    }


def _values(rule: Rule, name: str, known: dict[str, list[str]]) -> list[str]:
    path = rule.rule
    if name == "ref":
        return known["H" if "/hypotheses/" in path else "P" if "/projects/" in path else "Q"]
    if name == "number" or "/impact/targets/" in path:
        return next(found for start, found in known.items() if start in path and start[0] == "/")
    converter = rule._converters[name]
    if hasattr(converter, "items"):
        return list(converter.items)
    return known.get(name, ["x"])


def addresses(rule: Rule, known: dict[str, list[str]], chance: random.Random) -> list[str]:
    """An address of the route that exists, and an absurd one."""
    names = sorted(rule.arguments)

    def filled(values: dict[str, str]) -> str:
        return re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda match: values[match[1]], rule.rule)

    if not names:
        return [filled({})]
    real = list(product(*(_values(rule, name, known) for name in names)))
    chosen = [dict(zip(names, one, strict=True)) for one in chance.sample(real, 1)]
    odd = [{**chosen[0], chance.choice(names): bad} for bad in chance.sample(ODD_PATHS, 1)]
    return [filled(values) for values in [*chosen, *odd]]


FIELD = re.compile(r"<(?:input|textarea|select|button)\b[^>]*\bname=\"([^\"]+)\"[^>]*>")
VALUE = re.compile(r"\bvalue=\"([^\"]*)\"")
OPTION = re.compile(r"<option\b[^>]*\bvalue=\"([^\"]+)\"")


def plausible(page: str) -> dict[str, str]:
    """What a person would send from this page: values shown, the last choice of each menu, words
    where there are none."""
    found: dict[str, str] = {}
    for match in FIELD.finditer(page):
        name = match[1]
        if name in {"csrf_token", "do", "preview", "guard_reword"}:
            continue
        value = VALUE.search(match[0])
        found[name] = unescape(value[1]) if value else ""
        if match[0].startswith("<select"):
            options = OPTION.findall(page[match.end() : page.find("</select>", match.end())])
            found[name] = options[-1] if options else ""
        elif 'type="date"' in match[0]:
            found[name] = found[name] or "2026-01-15"
        elif not found[name]:
            found[name] = "Quelques mots, assez pour un champ."
    return {**found, "guard_confirmed": "1"}


def rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


WALKERS = ROLES if databases.KIND == "sqlite" else ("moderator", "administrator")
"""Who sends nonsense everywhere; to PostgreSQL, those two whom most routes let in."""


@pytest.mark.parametrize("role", WALKERS)
def test_no_route_breaks_on_absurd_input(site: Site, role: str) -> None:
    """Whoever is turned away at the first form gets no further with the others."""
    chance = random.Random(role)
    for rule in rules(site.app):
        site.mend(role)
        for path in addresses(rule, site.known, chance):
            client = site.client(role)
            _status, page = site.send(client, "GET", path)
            for value in chance.sample(ABSURD, 1):
                query = "&".join(f"{name}={quote(value[:900])}" for name in ASKED)
                site.send(client, "GET", f"{path}?{query}")
            if "POST" not in (rule.methods or ()):
                continue
            right = plausible(page)
            names = (*right, "reason", "text", "event", "draft")
            sent = [dict.fromkeys(names, value) for value in chance.sample(ABSURD, 2)]
            for value in chance.sample(ABSURD, 3):
                sent.append({**right, chance.choice(sorted(right)): value})
            for data in sent:
                status, _page = site.send(site.client(role), "POST", path, data=data)
                if status in {401, 403, 404}:
                    break
    assert not site.broken, "\n".join(sorted(set(site.broken)))


def test_no_number_in_an_address_is_too_large(site: Site) -> None:
    for role in ("administrator", "clinician"):
        client = site.client(role)
        for rule, number in product(rules(site.app), (-1, 2**63, 10**30)):
            name = "before" if not rule.arguments else ""
            path = addresses(rule, site.known, random.Random(1))[0]
            if "GET" in (rule.methods or ()) and (name or "quote" in path or "comments" in path):
                site.send(client, "GET", f"{path}?before={number}&after={number}&quote={number}")
    for ref, number in product(site.known["Q"][:1], (-(10**30), -(2**63), 2**63, 10**30)):
        site.send(
            site.client("moderator"), "POST", f"/questions/{ref}/read", data={"event": number}
        )
    assert not site.broken, "\n".join(sorted(set(site.broken)))


def test_no_header_or_body_breaks_a_page(site: Site) -> None:
    refs = site.known["Q"][:1]
    paths = ["/", "/nothing", "/questions", "/sign-in", "/metrics", f"/questions/{refs[0]}"]
    posts = [
        "/sign-in",
        "/questions/new",
        f"/questions/{refs[0]}/comments",
        "/language",
        "/nothing",
    ]
    for role in ("clinician", "nobody"):
        for headers, path in product(HEADERS, paths):
            site.send(site.client(role), "GET", path, headers=headers)
        for headers, path in product(HEADERS, posts):
            site.send(site.client(role), "POST", path, headers=headers, data={"text": "x"})
        for (kind, body), path in product(BODIES, posts):
            site.send(
                site.client(role), "POST", path, content_type=kind, input_stream=BytesIO(body),
                content_length=len(body),
            )  # fmt: skip
    assert not site.broken, "\n".join(sorted(set(site.broken)))


def test_a_refused_token_breaks_no_page(site: Site) -> None:
    """The page that gives back what was typed also meets odd addresses."""
    site.app.config["WTF_CSRF_ENABLED"] = True
    try:
        for headers, role in product(HEADERS, ("clinician", "nobody")):
            for value in (*ABSURD[::9], "http://["):
                data = {"title": value, "next": value}
                path = "/questions/new"
                site.send(site.client(role), "POST", path, headers=headers, data=data)
    finally:
        site.app.config["WTF_CSRF_ENABLED"] = False
    assert not site.broken, "\n".join(sorted(set(site.broken)))


@pytest.mark.parametrize(
    "token", ["x", ".", ".eJw", "W10.x", "WzEsMl0.x", f"WzEse{'A' * 4_000}", "%ED%A0%80", "%00"]
)
def test_no_made_up_token_breaks_the_way_out(site: Site, token: str) -> None:
    for method in ("GET", "POST"):
        site.send(site.client("nobody"), method, f"/unsubscribe/{token}")
    assert not site.broken, "\n".join(sorted(set(site.broken)))


def test_a_title_of_control_characters_leaves_as_a_file(site: Site) -> None:
    db.begin_write()
    published = select(Question.id).where(Question.stage == Stage.OPEN)
    question = db.session.get_one(Question, db.session.scalars(published).first())
    question.title = "=1\x01\x08\x0b\x1b"
    db.session.commit()
    for name, form in product(("questions", "outcomes", "funnel"), ("csv", "xlsx")):
        site.send(site.client("moderator"), "GET", f"/impact/{name}.{form}")
    assert not site.broken, "\n".join(sorted(set(site.broken)))


def test_a_hostile_file_is_refused_by_its_lines(tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    lines = [
        '{"id": "1", "title": "a\\ud800b"}', '["x"]', "[" * 9_000, '{"id": "2", "problem": "x"}',
    ]  # fmt: skip
    file.write_text("\n".join(lines))
    assert [bool(row.error) for row in reading.rows(file)] == [True, True, True, False]
