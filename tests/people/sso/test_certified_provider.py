"""Coming in by the certified provider of npm: a real peer, over HTTP."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
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
BACK = "http://localhost/sign-in/openid/back"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    node = shutil.which("node")
    installed = (FOLDER / "node_modules" / "oidc-provider").is_dir()
    assert node, "install Node: see .ci/peers"
    assert installed, "the provider is installed by `make peers`: see .ci/peers"
    port = free_port()
    running = subprocess.Popen(
        [node, "server.mjs", str(port)], cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert running.stdout
    assert running.stdout.readline().strip() == b"ready"
    yield f"http://127.0.0.1:{port}"
    running.terminate()
    running.wait(10)


def agree(address: str) -> str:
    """A person's browser at the provider: signs in, consents; where it is sent back to."""
    with requests.Session() as browser:
        answer = browser.get(address, allow_redirects=False)
        for _step in range(12):
            if answer.status_code in {302, 303}:
                target = urljoin(answer.url, answer.headers["Location"])
                if target.startswith(BACK):
                    return target
                answer = browser.get(target, allow_redirects=False)
                continue
            form = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
            assert form, answer.text
            prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
            assert prompt
            data = {"prompt": prompt[1], "login": "claire.martel", "password": "x"}
            answer = browser.post(
                urljoin(answer.url, unescape(form[1])), data=data, allow_redirects=False
            )
    raise AssertionError("the provider never sent us back")


def enter(client: FlaskClient) -> str:
    """Leave for the provider; where the browser stands once it is back, and with which code."""
    token = hidden(client.get("/sign-in").text, "csrf_token")
    page = client.post("/sign-in/openid", data={"csrf_token": token, "next": "/settings"}).text
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]*)"', page)
    assert found
    return agree(unescape(found[1]))


def test_claire_comes_in_and_a_code_holds_once(
    settings: Settings, session: None, issuer: str
) -> None:
    db.session.commit()
    app = create_app(
        replace(
            settings,
            oidc_issuer=issuer,
            oidc_client_id="exchange",
            oidc_client_secret="a-secret-of-the-client",
            oidc_userinfo=True,
            sso_rules="@ap-hm.fr = clinician",
        )
    )
    client = app.test_client()
    back = enter(client)
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
    state = parse_qs(urlsplit(enter(thief)).query)["state"][0]
    refused = thief.get("/sign-in/openid/back", query_string={"code": used, "state": state})
    assert refused.status_code == 422
    assert "refuse cette connexion" in refused.text
    assert not is_signed_in(thief)
