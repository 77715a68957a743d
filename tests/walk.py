"""Every page of the demo story, found as people find them: from link to link, in each role."""

import html
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from exchange.people.demo import DEMO_DOMAIN, DEMO_HANDLES, DEMO_PASSWORD

NOBODY = ""
EMPTY: frozenset[str] = frozenset()
PEOPLE = (NOBODY, *DEMO_HANDLES)

STARTS = (
    "/",
    "/search?q=lupus",
    "/search?q=zzzz",
    "/questions?sort=waiting&area=cancer&unclaimed=1",
    "/hypotheses?verdict=nowhere",
    "/impact?year=1900",
    "/questions/Q-1999-0001",
)
"""The first page, and addresses that no page leads to: filters, empty lists, one that is not there."""

LINK = re.compile(r'<a\b[^>]*\bhref="(/[^"#]*)')
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True)
class Found:
    """A page that somebody opened: the name of its route ("" when there is none), its address, and
    its text."""

    route: str
    address: str
    text: str


@dataclass
class Visitor:
    """A browser without a screen, in which `who` (nobody, when empty) is signed in."""

    site: str
    who: str
    cookies: CookieJar = field(default_factory=CookieJar)
    _opener: OpenerDirector = field(init=False)

    def __post_init__(self) -> None:
        self._opener = build_opener(HTTPCookieProcessor(self.cookies))
        if self.who:
            self.post("/sign-in", email=self.who + DEMO_DOMAIN, password=DEMO_PASSWORD)

    def speak(self, locale: str) -> None:
        self.post("/language", locale=locale, next="/")

    def get(self, address: str) -> tuple[int, str, str]:
        """Status, type and text; a page that leads elsewhere is that which it leads to."""
        try:
            answer: HTTPResponse = self._opener.open(self.site + address, timeout=60)
        except HTTPError as refused:
            return refused.code, refused.headers.get_content_type(), refused.read().decode()
        with answer:
            kind = answer.headers.get_content_type()
            text = answer.read().decode() if kind == "text/html" else ""
            # Elsewhere: the page is counted where it stands.
            at = urlsplit(answer.geturl()).path
            return 200 if at == urlsplit(address).path else 302, kind, text

    def post(self, address: str, **fields: str) -> None:
        """Send a form with the token that the sign-in page, or the home page, gave."""
        _status, _kind, page = self.get("/" if address != "/sign-in" else address)
        token = TOKEN.search(page)
        assert token, f"no form on the page before {address}"
        fields["csrf_token"] = token[1]
        with self._opener.open(self.site + address, urlencode(fields).encode(), timeout=60):
            pass

    def walk(
        self, addresses: MapAdapter, *, more: tuple[str, ...] = (), known: frozenset[str] = EMPTY
    ) -> Iterator[Found]:
        """The first page of each route that links lead to and that is not known yet; those of
        `more` whatever their route. Of the kinds that lead far, more are opened for their links."""
        met = set(known | IGNORED)
        opened: Counter[str] = Counter()
        starts = (*STARTS, *more)
        ahead = [*starts, *(rule.rule for rule in addresses.map.iter_rules() if plain(rule))]
        for address in ahead:
            route = name(addresses, address)
            wanted = address in starts or route not in met
            if not wanted and opened[route] >= LEADING.get(route, 0):
                continue
            opened[route] += 1
            status, kind, text = self.get(address)
            assert status < 500, f"{self.who} {address}: {status}"
            if kind != "text/html" or (status != 200 and address not in starts):
                continue
            ahead += [html.unescape(link) for link in LINK.findall(text) if link not in ahead]
            if wanted:
                met.add(route)
                yield Found(route, address, text)


LEADING = {"thread.show": 25, "research.hypothesis": 15, "research.project": 10}
"""How many pages are opened of the kinds whose links differ from one to the next."""

IGNORED = {"static", "home.metrics", "home.healthz", "home.readyz", "home.security", ""}
"""No pages, or addresses of no route."""


def plain(rule: Any) -> bool:
    return "GET" in rule.methods and not rule.arguments


def name(addresses: MapAdapter, address: str) -> str:
    """The route of an address."""
    try:
        return str(addresses.match(urlsplit(address).path, "GET")[0])
    except HTTPException:
        return ""


def stories(export: str) -> tuple[str, ...]:
    """The page of one question at each stage, from what `exchange export` printed."""
    rows = [json.loads(line) for line in export.splitlines()]
    return tuple({row["stage"]: f"/questions/{row['ref']}" for row in rows}.values())
