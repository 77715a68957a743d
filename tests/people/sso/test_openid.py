"""Coming in by an OpenID Connect provider."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
import requests
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from exchange import check, clock, db
from exchange.app import create_app
from exchange.log.models import Event
from exchange.people import factors
from exchange.people.models import (
    Detour,
    Identity,
    InstitutionKind,
    OuterSession,
    Role,
    Standing,
    Totp,
    User,
)
from exchange.people.sso import openid
from exchange.settings import Settings, WrongSetting
from tests import factories
from tests.factories import PASSWORD
from tests.mail import post
from tests.people.browsing import hidden, is_signed_in, sign_in
from tests.people.sso import mock as wrong
from tests.people.sso.mock import Mock
from tests.people.test_recovery import links

CLAIRE = {
    "email": "claire.martel@ap-hm.fr",
    "email_verified": True,
    "name": "Claire Martel",
}


@pytest.fixture
def settings(settings: Settings, mock: Mock) -> Settings:
    return replace(
        settings,
        oidc_issuer=mock.issuer,
        oidc_client_id="exchange",
        oidc_client_secret=wrong.SECRET,
        oidc_label="Compte AP-HM",
        sso_rules="@ap-hm.fr = clinician; groups:labo = researcher pending",
    )


@dataclass
class Browser:
    """Somebody at the sign-in page who goes to the provider and comes back."""

    client: FlaskClient
    mock: Mock

    def leave(self, **fields: str) -> dict[str, str]:
        """Press the button; what the provider was asked."""
        page = self.client.get("/sign-in")
        if page.status_code == 302:
            page = self.client.get("/settings/identities")
        token = hidden(page.text, "csrf_token")
        answer = self.client.post("/sign-in/openid", data={"csrf_token": token, **fields})
        assert answer.status_code == 200, answer.text
        found = re.search(r'http-equiv="refresh" content="0; url=([^"]*)"', answer.text)
        assert found
        return self.mock.authorize(unescape(found[1]))

    def back(self, state: str, **fields: str) -> TestResponse:
        query = {"code": "a-code", "state": state, **fields}
        return self.client.get("/sign-in/openid/back", query_string=query)

    def enter(self, **fields: str) -> TestResponse:
        return self.back(self.leave(**fields)["state"])


@pytest.fixture
def browser(app: Flask, mock: Mock, session: None) -> Browser:
    db.session.commit()
    return Browser(app.test_client(), mock)


@pytest.fixture
def journal(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The journal of security, as it is written."""
    lines: list[dict[str, Any]] = []

    class Log:
        def info(self, event: str, **more: Any) -> None:
            lines.append({"event": event, **more})

    monkeypatch.setattr("exchange.people.watch._log", Log())
    return lines


def main(answer: TestResponse) -> str:
    """The page without what stands on every page."""
    return answer.text[answer.text.index("<main") :]


def linked(user: User, mock: Mock, subject: str = "248289761001") -> Identity:
    identity = Identity(
        user_id=user.id, door="openid", issuer=mock.issuer, subject=subject, name=user.name
    )
    db.session.add(identity)
    db.session.commit()
    return identity


# -- the way in ------------------------------------------------------------------------------------


def test_a_clinician_of_the_hospital_comes_in_and_returns_where_she_was_going(
    browser: Browser, mock: Mock, journal: list[dict[str, Any]]
) -> None:
    mock.claims = CLAIRE
    asked = browser.leave(next="/settings?from=mail")
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["scope"] == "openid email profile"
    assert asked["redirect_uri"] == "http://localhost/sign-in/openid/back"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    answer = browser.back(asked["state"])
    assert (answer.status_code, answer.location) == (303, "/settings?from=mail")
    _place, body, authorization = next(one for one in mock.asked if one[0] == "/token")
    assert len(body["code_verifier"]) >= 43
    assert authorization.startswith("Basic ")
    claire = db.session.scalars(select(User)).one()
    assert (claire.email, claire.roles, claire.active) == (CLAIRE["email"], Role.CLINICIAN, True)
    assert (claire.standing, claire.password_hash) == (Standing.MEMBER, "")
    identity = db.session.scalars(select(Identity)).one()
    assert (identity.issuer, identity.subject) == (mock.issuer, "248289761001")
    kinds = list(db.session.scalars(select(Event.kind).order_by(Event.id)))
    assert kinds == ["user.joined", "user.identity_linked"]
    assert [line["how"] for line in journal if line["event"] == "security.signed_in"] == ["openid"]
    assert claire.email in browser.client.get("/settings").text
    browser.client.post(
        "/sign-out",
        data={"csrf_token": hidden(browser.client.get("/settings").text, "csrf_token")},
    )
    browser.enter()
    assert is_signed_in(browser.client)
    assert db.session.query(User).count() == 1


def test_what_was_typed_comes_through_this_door_too(browser: Browser, mock: Mock) -> None:
    mock.claims = CLAIRE
    kept = json.dumps([["text", "Une longue question. " * 2_000]])
    asked = browser.leave(kept=kept, kept_to="/questions/new")
    stored = db.session.scalars(select(Detour)).one()
    assert b"longue" not in stored.sealed
    answer = browser.back(asked["state"])
    assert answer.status_code == 200
    assert "Une longue question." in answer.text
    assert 'action="/questions/new"' in answer.text


def test_what_was_typed_comes_back_when_it_fails(browser: Browser, mock: Mock) -> None:
    mock.spoil["/token"] = 500
    kept = json.dumps([["text", "Pourquoi l’anti-PD-1 échoue-t-il ?"]])
    answer = browser.enter(kept=kept, kept_to="/questions/new", next="/impact")
    assert answer.status_code == 503
    assert "Pourquoi l’anti-PD-1" in answer.text
    assert json.loads(hidden(answer.text, "kept")) == json.loads(kept)
    assert hidden(main(answer), "next") == "/impact"


def test_nobody_is_sent_to_another_site(browser: Browser, mock: Mock) -> None:
    mock.claims = CLAIRE
    assert browser.enter(next="//evil.example/").location == "/"


def test_a_state_holds_once_in_one_browser_and_for_a_quarter_of_an_hour(
    app: Flask, browser: Browser, mock: Mock, claire: User
) -> None:
    linked(claire, mock)
    refused = "Cette connexion a déjà servi"
    with time_machine.travel("2026-03-02 08:00Z", tick=False) as traveller:
        late = browser.leave()["state"]
        traveller.shift(901)
        assert refused in browser.back(late).text
    elsewhere = Browser(app.test_client(), mock)
    stolen = browser.leave()["state"]
    assert refused in elsewhere.back(stolen).text
    assert not is_signed_in(elsewhere.client)
    assert refused in browser.back(stolen).text, "it was spent"
    mine = browser.leave()["state"]
    with browser.client.session_transaction() as before:
        key = before["detour"]
    assert browser.back(mine).status_code == 303
    with browser.client.session_transaction() as after:
        assert "detour" not in after
        after["detour"] = key
    assert refused in browser.back(mine).text
    assert refused in browser.back("").text


# -- what does not hold ----------------------------------------------------------------------------


def _with(**changes: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda claims: {k: v for k, v in {**claims, **changes}.items() if v is not None}


NOT_SAFE = "n’est pas sûre"
CLOCKS = "l’heure des deux serveurs diffère"
NOT_READ = "est illisible"
WRONGS: dict[str, tuple[str, Any, int, str]] = {
    "wrong nonce": ("claims", _with(nonce="of somebody else"), 422, NOT_SAFE),
    "no nonce": ("claims", _with(nonce=None), 422, NOT_SAFE),
    "another audience": ("claims", _with(aud="another-site"), 422, NOT_SAFE),
    "authorized for another": ("claims", _with(aud=["exchange", "x"], azp="x"), 422, NOT_SAFE),
    "another issuer": ("claims", _with(iss="https://evil.example"), 422, NOT_SAFE),
    "no subject": ("claims", _with(sub=None), 422, NOT_SAFE),
    "a list of subjects": ("claims", _with(sub=["a"]), 422, NOT_SAFE),
    "expired": ("claims", _with(exp=1_000_000), 422, CLOCKS),
    "of tomorrow": ("claims", _with(iat=int(time.time()) + 86_400), 422, CLOCKS),
    "no signature": ("id_token", wrong.unsigned, 422, NOT_SAFE),
    "our own secret": ("id_token", wrong.signed_with_our_secret, 422, NOT_SAFE),
    "no token": ("id_token", lambda _made: "a.b", 422, NOT_SAFE),
    "half a token": ("id_token", lambda made: made[1][:-9], 422, NOT_SAFE),
    "bad JSON": ("/token", b"<html>", 503, NOT_READ),
    "a list": ("/token", b"[]", 503, NOT_READ),
    "no ID token": ("/token", lambda _answer: {"access_token": "x"}, 503, NOT_READ),
    "an error": ("/token", lambda _answer: {"error": "invalid_grant"}, 422, "refuse cette"),
    "a redirect": ("/token", 302, 503, NOT_READ),
    "keys that are none": ("/keys", b'{"keys": [{"kty": "RSA"}]}', 503, NOT_READ),
    "no keys": ("/keys", 404, 503, NOT_READ),
}


@pytest.mark.parametrize("name", WRONGS)
def test_an_answer_that_does_not_hold_is_refused_in_plain_words(
    browser: Browser, mock: Mock, claire: User, journal: list[dict[str, Any]], name: str
) -> None:
    linked(claire, mock)
    place, spoil, status, words = WRONGS[name]
    mock.spoil[place] = spoil
    answer = browser.enter()
    assert answer.status_code == status
    assert words in answer.text
    assert not is_signed_in(browser.client)
    assert "security.openid_failed" in {line["event"] for line in journal}
    written = repr(journal)
    for secret in (wrong.SECRET, "a-code", "an-access-token", *mock.told, mock.nonce):
        assert secret not in written


def test_a_key_of_somebody_else_signs_nothing_and_a_new_key_is_read_again(
    browser: Browser, mock: Mock, claire: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked(claire, mock)
    mock.key = wrong.OTHER_KEY
    assert NOT_SAFE in browser.enter().text
    mock.spoil["/keys"] = lambda _keys: {"keys": [wrong.OTHER_KEY.as_dict(private=False)]}
    assert NOT_SAFE in browser.enter().text, "keys are asked for once a minute at most"
    monkeypatch.setattr(openid, "AGAIN", 0)
    assert browser.enter().status_code == 303


@pytest.mark.parametrize("error", [requests.ConnectTimeout, requests.ConnectionError])
def test_a_provider_that_is_away_is_told(
    browser: Browser, mock: Mock, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    state = browser.leave()["state"]

    def away(*_words: Any, **more: Any) -> None:
        assert more["timeout"] == openid.PATIENCE
        raise error

    monkeypatch.setattr(requests.Session, "request", away)
    answer = browser.back(state)
    assert answer.status_code == 503
    assert "Compte AP-HM ne répond pas." in answer.text


@pytest.mark.parametrize(
    "spoil", [b"<html>", 500, b"[]", b"{}", b'{"issuer": "https://evil.example"}']
)
def test_a_description_that_cannot_be_used_sends_nobody_away(
    browser: Browser, mock: Mock, spoil: Any
) -> None:
    mock.spoil["/.well-known/openid-configuration"] = spoil
    token = hidden(browser.client.get("/sign-in").text, "csrf_token")
    answer = browser.client.post("/sign-in/openid", data={"csrf_token": token, "next": "/impact"})
    assert answer.status_code == 503
    assert NOT_READ in answer.text
    assert hidden(main(answer), "next") == "/impact"


def test_who_changes_their_mind_there_reads_a_sentence(browser: Browser, mock: Mock) -> None:
    answer = browser.back(browser.leave()["state"], error="access_denied")
    assert answer.status_code == 422
    assert "n’est pas allée au bout" in answer.text
    answer = browser.back(browser.leave()["state"], iss="https://evil.example")
    assert "La réponse ne vient pas de" in answer.text


# -- who comes in as what --------------------------------------------------------------------------


def test_a_rule_can_leave_the_decision_to_a_moderator(browser: Browser, mock: Mock) -> None:
    mock.claims = {**CLAIRE, "email": "robin@inserm.fr", "groups": ["Labo", "autre"]}
    answer = browser.enter()
    assert "Votre demande est envoyée" in answer.text
    robin = db.session.scalars(select(User)).one()
    assert (robin.active, robin.standing) == (False, Standing.CANDIDATE)
    assert robin.roles == Role.RESEARCHER
    assert "Votre demande est envoyée" in browser.enter().text
    assert not is_signed_in(browser.client)


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "somebody@elsewhere.fr", "email_verified": True},
        {"email": "claire@ap-hm.fr", "email_verified": False},
        {"email": "claire@ap-hm.fr"},
        {"email": "claire@not-ap-hm.fr", "email_verified": True},
        {},
    ],
)
def test_nobody_else_comes_in(browser: Browser, mock: Mock, claims: dict[str, Any]) -> None:
    mock.claims = {**claims, "name": "Quelqu’un d’ailleurs"}
    answer = browser.enter()
    assert answer.status_code == 200
    assert "Aucun compte d’ici n’est encore rattaché à Quelqu’un d’ailleurs" in answer.text
    assert "Demander un compte" in answer.text
    assert db.session.query(User).count() == 0


def test_a_suspended_person_does_not_come_in(browser: Browser, mock: Mock, claire: User) -> None:
    linked(claire, mock)
    claire.active = False
    db.session.commit()
    answer = browser.enter()
    assert "Ce compte est fermé." in answer.text
    assert not is_signed_in(browser.client)


def test_her_own_second_factor_is_asked_for_unless_the_provider_has_seen_one(
    app: Flask, browser: Browser, mock: Mock, claire: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked(claire, mock)
    monkeypatch.setattr(factors, "has", lambda _user: True)
    mock.claims = {"amr": ["pwd", "mfa"]}
    answer = browser.enter(next="/impact")
    assert "Vous êtes reconnu." in answer.text
    assert hidden(main(answer), "next") == "/impact"
    assert not is_signed_in(browser.client)
    told = replace(app.extensions["settings"], oidc_factors="mfa,eidas2")
    app.extensions["outer_doors"].provider.settings = told
    assert browser.enter().status_code == 303
    assert is_signed_in(browser.client)


# -- linking ---------------------------------------------------------------------------------------


def test_an_account_of_this_address_is_linked_only_from_inside(
    browser: Browser, mock: Mock, claire: User
) -> None:
    claire.email = "claire.martel@ap-hm.fr"
    db.session.commit()
    mock.claims = CLAIRE
    answer = browser.enter()
    assert "Aucun compte d’ici n’est encore rattaché à Claire Martel" in answer.text
    assert not is_signed_in(browser.client)
    assert db.session.query(Identity).count() == 0
    target = hidden(main(answer), "next")
    assert sign_in(browser.client, claire, next=target).location == "/settings/identities/link"
    page = browser.client.get("/settings/identities/link").text
    assert "Est-ce bien vous" in page
    assert "Claire Martel (claire.martel@ap-hm.fr)" in page
    assert 'name="password"' not in page
    with browser.client.session_transaction() as before:
        name = before["_user_id"]
    token = hidden(page, "csrf_token")
    browser.client.post("/settings/identities/link", data={"csrf_token": token})
    with browser.client.session_transaction() as after:
        assert after["_user_id"] != name
        assert "stranger" not in after
    assert db.session.scalars(select(Identity.user_id)).one() == claire.id
    other = Browser(browser.client.application.test_client(), mock)
    assert other.enter().status_code == 303
    assert is_signed_in(other.client)


def test_another_address_asks_for_the_password_and_she_may_say_no(
    browser: Browser, mock: Mock, claire: User
) -> None:
    db.session.commit()
    mock.claims = {"name": "C. Martel", "email": claire.email}  # not verified
    sign_in(browser.client, claire)
    assert browser.enter().location == "/settings/identities/link"
    page = browser.client.get("/settings/identities/link").text
    token = hidden(page, "csrf_token")
    link = {"csrf_token": token, "password": "un mot de passe faux"}
    refused = browser.client.post("/settings/identities/link", data=link)
    assert "Ce n’est pas votre mot de passe." in refused.text
    browser.client.post("/settings/identities/forget", data={"csrf_token": token})
    assert browser.client.get("/settings/identities/link").status_code == 303
    assert db.session.query(Identity).count() == 0
    browser.enter()
    link["password"] = factories.PASSWORD
    assert browser.client.post("/settings/identities/link", data=link).status_code == 303
    identity = db.session.scalars(select(Identity)).one()
    assert identity.user_id == claire.id
    page = browser.client.get("/settings/identities").text
    assert "C. Martel" in page
    token = hidden(page, "csrf_token")
    away = f"/settings/identities/{identity.id}/remove"
    browser.client.post(away, data={"csrf_token": token, "password": factories.PASSWORD})
    assert db.session.query(Identity).count() == 0
    kinds = db.session.scalars(select(Event.kind).order_by(Event.id)).all()
    assert list(kinds)[-2:] == ["user.identity_linked", "user.identity_unlinked"]


def test_an_identity_is_one_persons(
    browser: Browser, mock: Mock, claire: User, robin: User
) -> None:
    identity = linked(claire, mock)
    sign_in(browser.client, robin)
    answer = browser.enter()
    assert answer.location == "/settings/identities"
    assert "déjà rattachée à un autre compte" in browser.client.get(answer.location).text
    away = f"/settings/identities/{identity.id}/remove"
    assert browser.client.get(away).status_code == 404


def test_nobody_gives_up_the_last_way_in(browser: Browser, mock: Mock) -> None:
    mock.claims = CLAIRE
    browser.enter()
    number = db.session.scalars(select(Identity.id)).one()
    token = hidden(browser.client.get("/settings/identities").text, "csrf_token")
    answer = browser.client.post(
        f"/settings/identities/{number}/remove", data={"csrf_token": token}
    )
    assert "C’est votre seule entrée" in answer.text
    assert db.session.query(Identity).count() == 1


# -- leaving, and what the settings change ---------------------------------------------------------


def test_signing_out_here_signs_out_there_when_the_settings_say_so(
    app: Flask, browser: Browser, mock: Mock
) -> None:
    mock.claims = CLAIRE
    browser.enter()
    app.extensions["settings"] = replace(app.extensions["settings"], oidc_logout=True)
    token = hidden(browser.client.get("/settings").text, "csrf_token")
    page = browser.client.post("/sign-out", data={"csrf_token": token}).text
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]*)"', page)
    assert found
    parts = urlsplit(unescape(found[1]))
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{mock.issuer}/out"
    assert parse_qs(parts.query) == {
        "client_id": ["exchange"],
        "post_logout_redirect_uri": ["http://localhost/sign-in"],
        "id_token_hint": [mock.told[-1]],
    }
    assert not is_signed_in(browser.client)
    stored = db.session.scalars(select(OuterSession.sealed_token)).one()
    assert mock.told[-1].encode() not in stored


def test_signing_out_there_signs_out_here(
    app: Flask, settings: Settings, browser: Browser, mock: Mock, claire: User, session: None
) -> None:
    """One session of the provider ends, through her second factor and a change of keys here; then
    all that are left. Her session with a password stays, and a message that comes late ends none."""
    linked(claire, mock)
    secret = factors.new_secret()
    factors.add_totp(claire, secret, pyotp.TOTP(secret).now(), key=settings.key())
    db.session.execute(update(Totp).values(last_step=0))
    db.session.commit()
    desk, ward = browser, Browser(app.test_client(), mock)
    mock.claims = {"sid": "desk"}
    page = desk.enter().text
    with desk.client.session_transaction() as cookie:
        assert mock.told[-1] not in str(dict(cookie))
    fields = {"csrf_token": hidden(page, "csrf_token"), "code": pyotp.TOTP(secret).now()}
    desk.client.post("/sign-in/second", data=fields)
    token = hidden(desk.client.get("/settings").text, "csrf_token")
    chosen = {"new_password": "trois mots sans rapport", "repeat": "trois mots sans rapport"}
    chosen |= {"csrf_token": token, "password": PASSWORD}
    assert desk.client.post("/settings/password", data=chosen).status_code == 303
    token = hidden(desk.client.get("/settings").text, "csrf_token")
    given_up = {"csrf_token": token, "password": chosen["repeat"]}
    desk.client.post("/settings/second-factor/totp/remove", data=given_up)
    mock.claims = {"sid": "ward"}
    ward.enter()
    password = app.test_client()
    sign_in(password, claire, chosen["repeat"])

    def told(**changed: Any) -> int:
        data = {"logout_token": mock.logout_token(**changed)}
        answer = app.test_client().post("/sign-in/openid/logout", data=data)
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.status_code

    now = int(time.time())
    spoilt: tuple[dict[str, Any], ...] = (
        {"nonce": "n"},
        {"events": {}},
        {"events": "logout"},
        {"sub": None},
        {"aud": "another"},
        {"iss": "https://elsewhere.example.org"},
        {"iat": now - 3600},
        {"exp": now - 3600},
        {"jti": None},
        {"sub": ["a", "list"]},
    )
    for changed in spoilt:
        assert told(**changed) == 400, changed
    mock.key = wrong.OTHER_KEY
    assert told() == 400
    mock.key = wrong.KEY
    assert app.test_client().post("/sign-in/openid/logout").status_code == 400
    everybody = (desk.client, ward.client, password)
    assert [is_signed_in(one) for one in everybody] == [True, True, True]
    assert told(sid="desk", sub=None) == 200
    assert [is_signed_in(one) for one in everybody] == [False, True, True]
    assert told(sub="somebody-else") == 200
    db.session.execute(update(OuterSession).values(began_at=clock.now() + timedelta(minutes=5)))
    db.session.commit()
    assert told() == 200
    assert [is_signed_in(one) for one in everybody] == [False, True, True]
    db.session.execute(update(OuterSession).values(began_at=clock.now()))
    db.session.commit()
    assert told() == 200
    assert [is_signed_in(one) for one in everybody] == [False, False, True]
    assert db.session.scalars(select(OuterSession)).all() == []


def test_the_local_form_stays_and_can_be_folded_away(app: Flask, browser: Browser) -> None:
    page = browser.client.get("/sign-in").text
    assert "Entrer avec Compte AP-HM" in page
    assert 'name="password"' in page
    assert "<details" not in page.split("</h2>")[1]
    app.jinja_env.globals["settings"] = replace(app.extensions["settings"], sso_first=True)
    folded = browser.client.get("/sign-in").text
    assert "<summary>Entrer avec une adresse et un mot de passe</summary>" in folded
    assert 'name="password"' in folded


def test_pro_sante_connect_is_a_profile(settings: Settings, mock: Mock, session: None) -> None:
    db.session.commit()
    app = create_app(
        replace(
            settings,
            oidc_profile="psc",
            oidc_label="",
            oidc_discovery=f"{mock.issuer}/.well-known/openid-configuration",
            oidc_trust_email=True,
            sso_rules="profession:10,21 = clinician",
        )
    )
    browser = Browser(app.test_client(), mock)
    assert "Entrer avec Pro Santé Connect" in browser.client.get("/sign-in").text
    person = {
        "given_name": "CLAIRE",
        "family_name": "MARTEL",
        "email": "claire@medecins.example",
        "SubjectNameID": "810003456789",
        "otherIds": [{"identifiant": "10003456789", "origine": "RPPS"}],
    }
    mock.claims = {"acr": "eidas1"}
    mock.userinfo = {**person, "SubjectRefPro": {"exercices": []}}
    assert "Aucun compte d’ici n’est encore rattaché" in browser.enter().text
    mock.userinfo = {**person, "SubjectRefPro": {"exercices": [{"codeProfession": "10"}]}}
    mock.claims = {"acr": "none"}
    assert NOT_SAFE in browser.enter().text
    mock.claims = {"acr": "eidas1"}
    mock.userinfo["sub"] = "of another"
    assert NOT_SAFE in browser.enter().text
    del mock.userinfo["sub"]
    asked = browser.leave()
    assert (asked["scope"], asked["acr_values"]) == ("openid scope_all", "eidas1")
    assert browser.back(asked["state"]).status_code == 303
    assert next(one[1] for one in mock.asked if one[0] == "/token")["client_secret"]
    assert db.session.scalars(select(Identity.rpps)).one() == "10003456789"
    assert db.session.scalars(select(User.name)).one() == "CLAIRE MARTEL"


def test_no_provider_no_door(settings: Settings, session: None) -> None:
    db.session.commit()
    client = create_app(replace(settings, oidc_client_id="")).test_client()
    page = client.get("/sign-in").text
    assert "Entrer avec Compte" not in page
    data = {"csrf_token": hidden(page, "csrf_token")}
    assert client.post("/sign-in/openid", data=data).status_code == 404
    assert client.get("/sign-in/openid/back?state=x&code=y").status_code == 404


def test_the_settings_are_checked_against_the_provider(
    settings: Settings, mock: Mock, app: Flask
) -> None:
    def said(told: Settings) -> str:
        return "\n".join(finding.line() for finding in check.run(told))

    assert "ok    openid: Compte AP-HM answers, and its keys are there" in said(settings)
    wrong_settings = replace(settings, base_url="", oidc_client_secret="", sso_rules="")
    mock.spoil["/keys"] = 500
    told = said(wrong_settings)
    for words in ("OIDC_CLIENT_SECRET", "set EXCHANGE_BASE_URL", "no EXCHANGE_SSO_RULES"):
        assert words in told
    assert f"WRONG openid: {mock.issuer} does not answer as it should" in told
    rules = replace(settings, sso_rules="@ap-hm.fr = clinician team:nowhere")
    assert "WRONG rules: EXCHANGE_SSO_RULES: no team is called nowhere" in said(rules)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SSO_RULES", "@ap-hm.fr = moderator"),
        ("SSO_RULES", "ap-hm.fr"),
        ("SSO_RULES", "@ap-hm.fr = clinician soon"),
        ("OIDC_CLAIMS", "mail = email"),
        ("OIDC_ISSUER", "http://provider.example"),
        ("OIDC_PROFILE", "google"),
        ("OIDC_CLIENT_AUTH", "private_key_jwt"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_at_start(name: str, value: str) -> None:
    with pytest.raises(WrongSetting, match=f"EXCHANGE_{name}"):
        Settings.from_env({f"EXCHANGE_{name}": value})


def test_a_physician_without_a_verified_address_asks_for_an_account_and_is_in(
    settings: Settings, mock: Mock, session: None
) -> None:
    """Pro Santé Connect says what one is, not where one reads mail."""
    house = factories.institution("AP-HM", InstitutionKind.HOSPITAL)
    house.mail_domains = ["ap-hm.example"]
    db.session.commit()
    told = replace(
        settings,
        oidc_claims="profession = professions; name = name",
        sso_rules="profession:10 = clinician",
    )
    app = create_app(told)
    app.config["WTF_CSRF_ENABLED"] = False
    person = Browser(app.test_client(), mock)
    mock.claims = {"name": "Lou Garcia", "professions": ["10"]}
    token = detours_state(person)
    assert "Aucun compte d’ici" in person.back(token).text
    assert person.client.post("/join", data={"email": "lou@ap-hm.example"}).status_code == 200
    path = links(post.deliver(told))["lou@ap-hm.example"]
    db.session.rollback()
    page = person.client.get(path).text
    assert "C’est moi" in page
    assert "Lou Garcia ouvrira aussi ce compte" in page
    word = "trois mots sans rapport"
    hello = {"name": "Lou Garcia", "title": "", "new_password": word, "repeat": word}
    fields = {**hello, "role": "2", "team": "", "identity": "y"}
    elsewhere = app.test_client().get(path).text
    assert "C’est moi" not in elsewhere, "only in the browser that brought the identity"
    answer = person.client.post(path, data=fields)
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    lou = db.session.scalars(select(User)).one()
    assert (lou.active, lou.roles) == (True, Role.CLINICIAN)
    assert db.session.scalars(select(Identity.user_id)).one() == lou.id
    assert person.back(detours_state(person)).status_code == 303
    assert is_signed_in(person.client)


def detours_state(browser: Browser) -> str:
    """Leave, on a site whose forms carry no token."""
    page = browser.client.post("/sign-in/openid").text
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]*)"', page)
    assert found
    return browser.mock.authorize(unescape(found[1]))["state"]
