"""Signing in and out."""

from typing import Any

import pytest
import time_machine
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import update

from exchange import db
from exchange.people import passwords
from exchange.people.demo import DEMO_PASSWORD
from exchange.people.models import Role, User
from tests import factories
from tests.conftest import HASHER
from tests.people.browsing import hidden, is_signed_in, sign_in

ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "/\t/evil.example/",
    "\\\\evil.example/",
    "javascript:alert(1)",
    "evil.example",
)


@pytest.fixture
def members(claire: User, ada: User) -> None:
    db.session.commit()


def test_claire_signs_in_and_arrives_where_she_was_going(
    app: Flask, members: None, claire: User
) -> None:
    client = app.test_client()
    turned_away = client.get("/settings?from=mail")
    assert turned_away.status_code == 302
    assert turned_away.location == "/sign-in?next=/settings?from%3Dmail"
    page = client.get(turned_away.location).text
    form = page[page.index('<form class="form') :]
    answer = sign_in(client, claire, next=hidden(form, "next"))
    assert (answer.status_code, answer.location) == (303, "/settings?from=mail")
    assert claire.email in client.get("/settings").text


def test_her_address_may_be_typed_in_capitals(app: Flask, members: None, claire: User) -> None:
    client = app.test_client()
    sign_in(client, f" {claire.email.upper()} ")
    assert is_signed_in(client)


@pytest.mark.parametrize("who", ["claire", "nobody@example.org"])
def test_a_wrong_password_and_an_unknown_account_read_the_same(
    app: Flask, members: None, claire: User, who: str
) -> None:
    client = app.test_client()
    answer = sign_in(client, claire if who == "claire" else who, "un mot de passe faux")
    assert answer.status_code == 422
    assert "Adresse ou mot de passe inconnu, ou compte fermé." in answer.text
    assert not is_signed_in(client)


def test_an_unknown_account_costs_the_same_computation(
    app: Flask, members: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []

    class Watched(PasswordHasher):
        def verify(self, stored: str | bytes, password: str | bytes) -> Any:
            verified.append(str(stored))
            return super().verify(stored, password)

    monkeypatch.setattr(passwords, "_hasher", Watched())
    sign_in(app.test_client(), "nobody@example.org", "un mot de passe faux")
    assert len(verified) == 1
    assert verified[0].startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert not HASHER.check_needs_rehash(verified[0])


def test_others_write_while_argon2_computes(
    app: Flask, members: None, claire: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute = passwords.matches

    def meanwhile(stored: str, password: str) -> bool:
        _elsewhere(update(User).values(title="écrit entre-temps"))
        return compute(stored, password)

    monkeypatch.setattr(passwords, "matches", meanwhile)
    client = app.test_client()
    sign_in(client, claire)
    assert "écrit entre-temps" in client.get("/settings").text


def test_an_account_closed_while_argon2_computes_stays_closed(
    app: Flask, members: None, claire: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute = passwords.matches

    def meanwhile(stored: str, password: str) -> bool:
        _elsewhere(update(User).values(active=False))
        return compute(stored, password)

    monkeypatch.setattr(passwords, "matches", meanwhile)
    client = app.test_client()
    assert sign_in(client, claire).status_code == 422
    assert not is_signed_in(client)


def _elsewhere(statement: Any) -> None:
    """Another process writes: on SQLite this fails after a second when a writer is in the way."""
    connection = db.session.get_bind().connect()  # type: ignore[union-attr]
    if not db.is_postgresql():
        connection.exec_driver_sql("PRAGMA busy_timeout=1000")
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_dated_hash_is_made_anew(app: Flask, claire: User) -> None:
    claire.password_hash = PasswordHasher(2, 64, 1).hash(factories.PASSWORD)
    db.session.commit()
    assert passwords.is_dated(claire.password_hash)
    client = app.test_client()
    sign_in(client, claire)
    stored = db.session.get_one(User, claire.id).password_hash
    assert not passwords.is_dated(stored)
    assert passwords.matches(stored, factories.PASSWORD)


@pytest.mark.parametrize("target", ELSEWHERE)
def test_nobody_is_sent_to_another_site(
    app: Flask, members: None, claire: User, target: str
) -> None:
    assert sign_in(app.test_client(), claire, next=target).location == "/"
    signed_in = app.test_client()
    sign_in(signed_in, claire)
    answer = signed_in.get("/sign-in", query_string={"next": target})
    assert (answer.status_code, answer.location) == (302, "/")


@pytest.mark.parametrize("target", ELSEWHERE)
def test_what_was_typed_is_not_sent_to_another_site(
    app: Flask, members: None, claire: User, target: str
) -> None:
    answer = sign_in(app.test_client(), claire, kept='[["text", "un secret"]]', kept_to=target)
    assert "un secret" in answer.text
    assert 'class="form" method="post" action="/"' in answer.text
    assert "evil.example" not in answer.text


def test_a_planted_session_does_not_survive_the_sign_in(
    app: Flask, members: None, claire: User
) -> None:
    client = app.test_client()
    token = hidden(client.get("/sign-in").text, "csrf_token")
    with client.session_transaction() as session:
        session["planted"] = "by somebody at this computer"
        before = session["csrf_token"]
    fields = {"csrf_token": token, "email": claire.email, "password": factories.PASSWORD}
    client.post("/sign-in", data=fields)
    assert is_signed_in(client)
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session.get("csrf_token") != before
        assert session.permanent


def test_a_session_ends_after_the_hours_of_the_settings(
    app: Flask, members: None, claire: User
) -> None:
    client = app.test_client()
    with time_machine.travel("2026-03-02 08:00Z", tick=False) as traveller:
        sign_in(client, claire)
        traveller.shift(11 * 3600)
        assert is_signed_in(client)
        traveller.shift(11 * 3600)
        assert is_signed_in(client)
        traveller.shift(13 * 3600)
        assert not is_signed_in(client)


def test_a_suspended_person_does_not_sign_in(app: Flask, claire: User) -> None:
    claire.active = False
    db.session.commit()
    client = app.test_client()
    answer = sign_in(client, claire)
    assert "Adresse ou mot de passe inconnu, ou compte fermé." in answer.text
    assert not is_signed_in(client)


def test_claire_signs_out(app: Flask, members: None, claire: User) -> None:
    client = app.test_client()
    sign_in(client, claire)
    token = hidden(client.get("/settings").text, "csrf_token")
    answer = client.post("/sign-out", data={"csrf_token": token})
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert "Vous êtes déconnecté." in client.get("/sign-in").text
    assert not is_signed_in(client)


def test_signing_out_after_the_session_ended_leads_to_the_sign_in(app: Flask) -> None:
    answer = app.test_client().post("/sign-out", data={"csrf_token": "of yesterday"})
    assert (answer.status_code, answer.location) == (303, "/sign-in")


def test_cookies_are_closed_to_scripts_and_to_other_sites(
    app: Flask, members: None, claire: User
) -> None:
    answer = sign_in(app.test_client(), claire)
    cookies = answer.headers.getlist("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} == {"session", "device"}
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie


def test_a_newcomer_tries_the_demonstration_with_one_click(app: Flask, session: None) -> None:
    robin = factories.user("Robin Aubert", Role.RESEARCHER)
    robin.handle, robin.email = "robin.aubert", "robin.aubert@demo.invalid"
    robin.password_hash = passwords.digest(DEMO_PASSWORD)
    db.session.commit()
    client = app.test_client()
    page = client.get("/sign-in").text
    assert "Entrer comme chercheur" in page
    fields = {name: hidden(page, name) for name in ("csrf_token", "email", "password")}
    client.post("/sign-in", data=fields)
    assert is_signed_in(client)


def test_a_real_site_offers_no_demonstration(app: Flask, session: None) -> None:
    robin = factories.user("Robin Aubert", Role.RESEARCHER)
    robin.handle = "robin.aubert"
    db.session.commit()
    page = app.test_client().get("/sign-in").text
    assert DEMO_PASSWORD not in page
    assert "Entrer comme" not in page


@pytest.mark.parametrize(
    "cookies",
    [
        {"session": "garbage", "device": "garbage", "locale": "garbage"},
        {"session": "e30.e30.e30", "device": ".", "locale": "../../etc"},
        {"session": "é", "device": "é", "locale": ""},
    ],
)
def test_malformed_cookies_are_no_cookies(
    app: Flask, members: None, claire: User, cookies: dict[str, str]
) -> None:
    client = app.test_client()
    for name, value in cookies.items():
        client.set_cookie(name, value)
    assert client.get("/settings").status_code == 302
    sign_in(client, claire)
    assert is_signed_in(client)


@pytest.mark.parametrize("name", ["", "x", "1", ":", "1:", "²:0"])
def test_a_session_that_names_nobody_is_nobody(app: Flask, name: str) -> None:
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = name
        session["_fresh"] = True
    assert client.get("/settings").status_code == 302


@pytest.mark.parametrize("kept", ["{", "null", "3", "[1]", '[["a"]]', '[["a", 3]]', "[" * 9000])
def test_a_forged_text_to_keep_is_nothing(
    app: Flask, members: None, claire: User, kept: str
) -> None:
    assert sign_in(app.test_client(), claire, kept=kept, kept_to="/settings").location == "/"
    assert sign_in(app.test_client(), claire, "faux", kept=kept).status_code == 422
