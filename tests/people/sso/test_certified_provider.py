"""Coming in by the certified provider of npm: a real peer, over HTTP."""

import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests
from flask.testing import FlaskClient
from sqlalchemy import select

from exchange import db
from exchange.app import create_app
from exchange.people.models import Identity, Role, User
from exchange.settings import Settings
from tests.browser.conftest import free_port
from tests.people.browsing import hidden, is_signed_in

FOLDER = Path(__file__).parent / "provider"
HERE = "http://localhost/sign-in"


@pytest.fixture
def letterbox() -> Iterator[tuple[str, Queue[bytes]]]:
    """An address where the provider tells of the end of a session, and what it said there."""
    told: Queue[bytes] = Queue()

    class Take(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.put(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_words: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Take)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", told
    server.shutdown()
    server.server_close()


@pytest.fixture
def issuer(letterbox: tuple[str, Queue[bytes]]) -> Iterator[str]:
    node = shutil.which("node")
    installed = (FOLDER / "node_modules" / "oidc-provider").is_dir()
    assert node, "install Node: see .ci/peers"
    assert installed, "the provider is installed by `make peers`: see .ci/peers"
    port = free_port()
    running = subprocess.Popen(
        [node, "server.mjs", str(port), letterbox[0]],
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert running.stdout
    assert running.stdout.readline().strip() == b"ready"
    yield f"http://127.0.0.1:{port}"
    running.terminate()
    running.wait(10)


def agree(address: str, browser: requests.Session) -> str:
    """A person's browser at the provider: does what its pages ask; where it is sent back to."""
    answer = browser.get(address, allow_redirects=False)
    for _step in range(12):
        if answer.status_code in {302, 303}:
            target = urljoin(answer.url, answer.headers["Location"])
            if target.startswith(HERE):
                return target
            answer = browser.get(target, allow_redirects=False)
            continue
        form = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
        assert form, answer.text
        asked = dict(re.findall(r'name="(prompt|xsrf)" value="(\w+)"', answer.text))
        data = {**asked, "login": "claire.martel", "password": "x", "logout": "yes"}
        answer = browser.post(
            urljoin(answer.url, unescape(form[1])), data=data, allow_redirects=False
        )
    raise AssertionError("the provider never sent us back")


def left_for(page: str) -> str:
    """Where the page sends the browser."""
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]*)"', page)
    assert found
    return unescape(found[1])


def enter(client: FlaskClient, browser: requests.Session) -> str:
    """Leave for the provider; where the browser stands once it is back, and with which code."""
    token = hidden(client.get("/sign-in").text, "csrf_token")
    page = client.post("/sign-in/openid", data={"csrf_token": token, "next": "/settings"}).text
    return agree(left_for(page), browser)


def test_claire_comes_in_a_code_holds_once_and_both_sessions_end_together(
    settings: Settings, session: None, issuer: str, letterbox: tuple[str, Queue[bytes]]
) -> None:
    db.session.commit()
    app = create_app(
        replace(
            settings,
            oidc_issuer=issuer,
            oidc_client_id="exchange",
            oidc_client_secret="a-secret-of-the-client",
            oidc_userinfo=True,
            oidc_logout=True,
            sso_rules="@ap-hm.fr = clinician",
        )
    )
    client, hers = app.test_client(), requests.Session()
    back = enter(client, hers)
    assert parse_qs(urlsplit(back).query)["iss"] == [issuer]
    answer = client.get(back.removeprefix("http://localhost"))
    assert (answer.status_code, answer.location) == (303, "/settings")
    assert is_signed_in(client)
    claire = db.session.scalars(select(User)).one()
    assert (claire.email, claire.name) == ("claire.martel@ap-hm.fr", "Claire Martel")
    assert claire.roles == Role.CLINICIAN
    assert db.session.scalars(select(Identity.subject)).one() == "claire.martel"

    thief = app.test_client()
    used = parse_qs(urlsplit(back).query)["code"][0]
    state = parse_qs(urlsplit(enter(thief, requests.Session())).query)["state"][0]
    refused = thief.get("/sign-in/openid/back", query_string={"code": used, "state": state})
    assert refused.status_code == 422
    assert "refuse cette connexion" in refused.text
    assert not is_signed_in(thief)

    ward, leaving = app.test_client(), app.test_client()
    for one in (ward, leaving):  # other windows, the same session there
        one.get(enter(one, hers).removeprefix("http://localhost"))
    token = hidden(leaving.get("/settings").text, "csrf_token")
    there = left_for(leaving.post("/sign-out", data={"csrf_token": token}).text)
    assert parse_qs(urlsplit(there).query)["id_token_hint"]
    assert agree(there, hers) == "http://localhost/sign-in"
    said = letterbox[1].get(timeout=5)
    assert is_signed_in(ward)
    answer = app.test_client().post(
        "/sign-in/openid/logout", data=said, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 200
    assert not is_signed_in(ward)
