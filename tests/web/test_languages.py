"""A reader meets one language. The demo story is told, then every page is opened by a French and
by an English reader; in neither does the interface speak the other's language. What people wrote
keeps its own, in elements that say so."""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from exchange import db, i18n
from exchange.app import create_app
from exchange.demo import story
from exchange.people.demo import DEMO_HANDLES
from exchange.people.models import User
from exchange.questions.models import Question
from exchange.research.models import Hypothesis, Project
from exchange.settings import Settings
from tests import factories, messages
from tests.databases import PostgresMaker, SqliteMaker

LEAST = 12
"""Characters: shorter texts are too often the same word in both languages."""

BESIDE = (
    "/search?q=lupus",
    "/search?q=zzzz",
    "/questions?sort=waiting&area=cancer",
    "/questions?area=nowhere",
    "/hypotheses?verdict=nowhere",
    "/impact?year=1900",
    "/nowhere",
)
"""Addresses that no page leads to: filters, empty lists, a page that is not there."""

REACHED = {
    "thread.show",
    "questions.draft",
    "research.hypothesis",
    "research.project",
    "research.claim",
    "research.propose",
    "teams.team",
    "moderation.item",
    "people.admin.person",
}
"""Kinds of pages that the walk must not miss."""

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{\w+\}")

DEMO = Path(story.__file__).parent

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
SPOKEN = {"alt", "aria-label", "placeholder", "title"}


class Reading(HTMLParser):
    """The words of a page in the page's own language, and where its links lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.links: list[str] = []
        self.lang = ""
        self.feed(page)
        self.words = re.sub(r"\s+", " ", " ".join(self.texts))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        inherited = self.open[-1][1] if self.open else ""
        lang = named.get("lang", inherited)
        self.lang = self.lang or lang
        if tag == "a" and named.get("href", "").startswith("/"):
            self.links.append(named["href"])
        if tag not in VOID:
            self.open.append((tag, lang))
        if self.own(lang):
            self.texts += [value for name, value in named.items() if name in SPOKEN]

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self.open:
            return
        tag, lang = self.open[-1]
        if tag not in ("script", "style") and self.own(lang):
            self.texts.append(data)

    def own(self, lang: str) -> bool:
        return lang == self.lang


@pytest.fixture(scope="module")
def told(
    database_maker: SqliteMaker | PostgresMaker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """The application with the demo story in it."""
    with database_maker.fresh() as url:
        i18n.set_locale("fr")
        app = create_app(
            Settings(
                database_url=url,
                data_dir=Path(tmp_path_factory.mktemp("data")),
                secret_key="a secret of more than 32 characters",
                base_url="http://localhost",
                security_contact="mailto:rssi@example.org",
            )
        )
        app.testing = True
        with app.app_context():
            db.begin_write()
            story.tell()
            db.session.commit()
        yield app
        db.session.remove()
        db.session.get_bind().dispose()  # type: ignore[union-attr]


def signed_in(app: Flask, person: User) -> FlaskClient:
    client = app.test_client()
    token = factories.session_of(person)
    with client.session_transaction() as session:
        session["_user_id"] = token
        session["_fresh"] = True
    return client


def stories() -> list[str]:
    """A question at each stage, a hypothesis with each verdict, a project in each state."""
    return [
        f"/{place}/{ref}"
        for place, column, ref_column in (
            ("questions", Question.stage, Question.ref),
            ("hypotheses", Hypothesis.verdict, Hypothesis.ref),
            ("projects", Project.state, Project.ref),
        )
        for ref in db.session.scalars(
            select(func.min(ref_column)).where(ref_column.is_not(None)).group_by(column)
        )
    ]


def plain(app: Flask) -> list[str]:
    """The addresses without arguments, but one that is asked of an entry of the desk."""
    rules = app.url_map.iter_rules()
    found = [rule.rule for rule in rules if "GET" in (rule.methods or ()) and not rule.arguments]
    return [address for address in found if address != "/triage/aside"]


ELSEWHERE = {
    "/sign-in": 302,
    "/sign-in/second": 302,
    "/settings/identities/link": 303,
    "/sign-in/openid/back": 404,
    "/sign-in/proxy/back": 404,
    "/sign-in/directory": 404,
    "/triage": 302,
}
"""Whoever is in has nothing to do there; nor has anybody at doors that the site has not. The desk of
the story leads to what is most late in it, which has a page of its own."""

NOT_ALONE = ("/triage/aside", "/sign-in/", "/settings/identities/link")
"""How addresses begin that stand for something only with what a form, a setting or another site
adds to them."""


def walk(app: Flask, locale: str) -> Iterator[tuple[str, TestResponse]]:
    """The answers to the four people of the demonstration: every address without arguments, the
    stories, then the first page of each kind that these lead to."""
    addresses = app.url_map.bind("localhost")
    seen: set[str] = set()
    for handle in DEMO_HANDLES:
        person = db.session.scalars(select(User).where(User.handle == handle)).one()
        person.locale = locale
        db.session.commit()
        client = signed_in(app, person)
        for address in ("/", *BESIDE, *stories()):
            answer = client.get(address)
            assert answer.status_code in (200, 404), (handle, address, answer.status)
            yield f"{handle} {address}", answer
        ahead = plain(app) + [link for address in stories() for link in led(client.get(address))]
        for address in ahead:
            endpoint, _arguments = addresses.match(address.partition("?")[0].partition("#")[0])
            if endpoint in seen or not may_open(person, app.view_functions[endpoint]):
                continue
            answer = client.get(address)
            if answer.status_code in (303, 404) and address.startswith(NOT_ALONE):
                continue
            if answer.status_code == 403:  # the policy's word: another of the four opens it
                continue
            seen.add(endpoint)
            assert answer.status_code == ELSEWHERE.get(address, 200), (handle, address)
            ahead += led(answer)
            yield f"{handle} {address}", answer
    assert seen >= REACHED, REACHED - seen


def led(answer: TestResponse) -> list[str]:
    """Where a page leads."""
    links = Reading(answer.text).links if answer.mimetype == "text/html" else []
    return [link for link in links if not link.startswith("/static/")]


def may_open(person: User, view: object) -> bool:
    """Whether the route is for a person with these roles."""
    roles = getattr(view, "access_rule", ())
    return roles in ("public", ()) or any(person.roles & role for role in roles)


def foreign(locale: str) -> set[str]:
    """What only the other language's interface says: neither a text of this language's, nor a
    word of the people of the story."""
    texts: dict[str, set[str]] = {"fr": set(), "en": set()}
    for message in messages.read("en"):
        if message.id:
            texts["fr"].update(forms(message.id))
            texts["en"].update(forms(message.string))
    own, other = texts[locale], texts["en" if locale == "fr" else "fr"]
    known = "\n".join([*own, *(path.read_text() for path in DEMO.rglob("*.toml"))])
    pieces = {piece.strip() for text in other for piece in PLACEHOLDER.split(text)}
    return {piece for piece in pieces if len(piece) >= LEAST and piece not in known}


def forms(text: object) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)  # type: ignore[arg-type]


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_a_reader_meets_one_language(told: Flask, locale: str) -> None:
    others = foreign(locale)
    for where, answer in walk(told, locale):
        if answer.mimetype == "text/html" and answer.status_code not in (302, 303):
            reading = Reading(answer.text)
            assert reading.lang == locale, where
            assert [text for text in others if text in reading.words] == [], where


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [("fr", "Ce choix n’est pas dans la liste."), ("en", "This choice is not in the list.")],
)
def test_what_the_form_library_says_is_in_the_readers_language(
    client_of: Callable[[User | None], FlaskClient], claire: User, locale: str, sentence: str
) -> None:
    claire.locale = locale
    page = client_of(claire).post("/settings", data={"name": "Claire", "timezone": "Nowhere"})
    assert page.status_code == 422
    assert sentence in page.text
    assert "Not a valid choice" not in page.text
