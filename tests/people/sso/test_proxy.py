"""Coming in by a header of the web server in front."""

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from exchange import check, db
from exchange.app import create_app
from exchange.people.models import Identity, OpenSession, Role, User
from exchange.settings import Settings, WrongSetting
from tests.people.browsing import hidden, is_signed_in, sign_in

FRONT = {"REMOTE_ADDR": "10.1.2.3"}
ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(
        settings,
        trusted_proxies=1,
        remote_user_header="X-Remote-User",
        remote_email_header="X-Remote-Mail",
        remote_name_header="X-Remote-Name",
        remote_user_from="10.1.0.0/16",
        remote_label="Poste AP-HM",
        sso_rules="@ap-hm.fr = clinician",
    )


@pytest.fixture
def journal(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines: list[str] = []

    class Log:
        def info(self, event: str, **more: Any) -> None:
            lines.append(f"{event} {more.get('peer', '')}".strip())

    monkeypatch.setattr("exchange.people.watch._log", Log())
    return lines


def leave(client: FlaskClient, **fields: str) -> str:
    """Press the button; the address that the server in front guards."""
    page = client.get("/sign-in")
    if page.status_code == 302:
        page = client.get("/settings/identities")
    token = hidden(page.text, "csrf_token")
    answer = client.post("/sign-in/proxy", data={"csrf_token": token, **fields})
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]*)"', answer.text)
    assert found
    return unescape(found[1])


def enter(client: FlaskClient, user: str, front: dict[str, str], **headers: str) -> TestResponse:
    sent = {"X-Remote-User": user, **{f"X-Remote-{k.title()}": v for k, v in headers.items()}}
    return client.get(leave(client, next="/impact"), headers=sent, environ_base=front)


def test_the_server_in_front_lets_a_clinician_in(
    app: Flask, session: None, journal: list[str]
) -> None:
    db.session.commit()
    client = app.test_client()
    answer = enter(
        client, "CMartel@HOPITAL.FR", FRONT, mail="Claire.Martel@ap-hm.fr",
        name="Claire Zoé".encode().decode("latin-1"),
    )  # fmt: skip
    assert (answer.status_code, answer.location) == (303, "/impact")
    claire = db.session.scalars(select(User)).one()
    assert (claire.email, claire.roles) == ("claire.martel@ap-hm.fr", Role.CLINICIAN)
    assert claire.name == "Claire Zoé"
    identity = db.session.scalars(select(Identity)).one()
    assert (identity.issuer, identity.subject) == ("proxy", "cmartel@hopital.fr")
    assert "security.signed_in" in journal


@pytest.mark.parametrize(
    ("peer", "name"),
    [
        (ELSEWHERE, "claire.martel"),
        ({"REMOTE_ADDR": ""}, "claire.martel"),
        (FRONT, "attacker, claire.martel"),
        (FRONT, "x" * 300),
    ],
)
def test_a_header_of_anyone_else_is_ignored_and_noted(
    app: Flask, claire: User, journal: list[str], peer: dict[str, str], name: str
) -> None:
    app.extensions["outer_doors"].front.settings = replace(
        app.extensions["settings"], remote_user_maps="login"
    )
    db.session.commit()
    client = app.test_client()
    address = leave(client)
    told = {"X-Remote-User": name, "X-Forwarded-For": "10.1.2.3"}
    answer = client.get(address, headers=told, environ_base=peer)
    assert answer.status_code == 422
    assert "n’a nommé personne" in answer.text
    assert not is_signed_in(client)
    assert f"security.header_refused {peer['REMOTE_ADDR']}".strip() in journal


def test_the_address_that_counts_is_that_of_the_connection(
    app: Flask, session: None, journal: list[str]
) -> None:
    db.session.commit()
    client = app.test_client()
    told = {"X-Remote-User": "c", "X-Remote-Mail": "c@ap-hm.fr", "X-Forwarded-For": "192.0.2.7"}
    client.get(leave(client), headers=told, environ_base=FRONT)
    assert is_signed_in(client)


@pytest.mark.parametrize(("maps", "name"), [("email", "email"), ("login", "login")])
def test_a_header_maps_to_an_account_when_the_settings_say_so(
    settings: Settings, claire: User, maps: str, name: str
) -> None:
    db.session.commit()
    named = claire.email if name == "email" else f"HOPITAL\\{claire.handle.upper()}"
    without = create_app(settings).test_client()
    assert "Aucun compte d’ici n’est encore rattaché" in enter(without, named, FRONT).text
    mapped = create_app(replace(settings, remote_user_maps=maps)).test_client()
    assert enter(mapped, named, FRONT).status_code == 303
    assert db.session.scalars(select(Identity.user_id)).one() == claire.id


def test_another_name_ends_the_session_and_says_so(
    app: Flask, claire: User, robin: User, journal: list[str]
) -> None:
    db.session.add(
        Identity(user_id=claire.id, door="proxy", issuer="proxy", subject="claire", name="Claire")
    )
    db.session.commit()
    client = app.test_client()
    enter(client, "claire", FRONT)
    same = client.get("/settings", headers={"X-Remote-User": "Claire"}, environ_base=FRONT)
    assert same.status_code == 200
    stranger = client.get("/settings", headers={"X-Remote-User": "robin"}, environ_base=ELSEWHERE)
    assert stranger.status_code == 200, "a forged header ends nobody's session"
    token = hidden(same.text, "csrf_token")
    posted = client.post(
        "/settings/password",
        data={"csrf_token": token, "title": "Un mot gardé"},
        headers={"X-Remote-User": "robin"},
        environ_base=FRONT,
    )
    assert posted.status_code == 401
    assert "ouvert au nom de quelqu’un d’autre" in posted.text
    assert "Un mot gardé" in posted.text
    assert db.session.query(OpenSession).count() == 0
    assert "security.another_in_front" in journal
    sign_in(client, robin)
    local = client.get("/settings", headers={"X-Remote-User": "claire"}, environ_base=FRONT)
    assert local.status_code == 200, "a session that began with a password is its own"


def test_the_check_says_whom_the_site_believes(app: Flask, settings: Settings) -> None:
    def said(told: Settings) -> str:
        return "\n".join(finding.line() for finding in check.run(told))

    assert "X-Remote-User is believed from 10.1.0.0/16" in said(settings)
    everybody = said(replace(settings, remote_user_from="0.0.0.0/0"))
    assert "WRONG remote user: 0.0.0.0/0 is wide" in everybody


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("REMOTE_USER_FROM", {"REMOTE_USER_HEADER": "X-Remote-User"}),
        ("REMOTE_USER_FROM", {"REMOTE_USER_FROM": "the proxy"}),
        ("REMOTE_USER_MAPS", {"REMOTE_USER_MAPS": "name"}),
        ("REMOTE_NAME_HEADER", {"REMOTE_NAME_HEADER": "Name: x"}),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused(name: str, told: dict[str, str]) -> None:
    with pytest.raises(WrongSetting, match=f"EXCHANGE_{name}"):
        Settings.from_env({f"EXCHANGE_{key}": value for key, value in told.items()})
