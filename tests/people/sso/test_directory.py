"""Coming in by a directory: OpenLDAP's own server."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from exchange import check, db
from exchange.app import create_app
from exchange.people.models import Identity, Role, User
from exchange.people.sso.directory import Directory
from exchange.settings import Settings, WrongSetting
from tests.people.browsing import hidden, is_signed_in
from tests.people.sso import slapd
from tests.people.sso.slapd import PASSWORD, Slapd

SAME_WORDS = "ne reconnaît pas cet identifiant ou ce mot de passe"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    started = slapd.start(tmp_path_factory.mktemp("slapd"))
    yield started
    started.running.terminate()
    started.running.wait(10)


@pytest.fixture
def settings(settings: Settings, server: Slapd) -> Settings:
    return replace(
        settings,
        ldap_url=server.plain,
        ldap_bind_dn=slapd.READER,
        ldap_bind_password="reader-2026",
        ldap_base=slapd.BASE,
        ldap_label="Annuaire AP-HM",
        sso_rules="employeeType:Medecin = clinician",
    )


@pytest.fixture
def journal(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines: list[str] = []

    class Log:
        def info(self, event: str, **more: Any) -> None:
            lines.append(f"{event} {more}")

    monkeypatch.setattr("exchange.people.watch._log", Log())
    return lines


def enter(client: FlaskClient, login: str, password: str = PASSWORD, **more: str) -> TestResponse:
    token = hidden(client.get("/sign-in").text, "csrf_token")
    page = client.post("/sign-in/directory", data={"csrf_token": token, **more})
    assert page.status_code == 200
    fields = {"csrf_token": token, "login": login, "password": password, **more}
    return client.post("/sign-in/directory", data=fields)


def test_a_clinician_of_the_directory_comes_in(
    app: Flask, session: None, journal: list[str]
) -> None:
    db.session.commit()
    client = app.test_client()
    assert "Entrer avec Annuaire AP-HM" in client.get("/sign-in").text
    kept = json.dumps([["text", "Pourquoi l’anti-PD-1 échoue-t-il ?"]])
    wrong = enter(client, "claire.martel", "une autre marée", kept=kept, kept_to="/questions/new")
    assert wrong.status_code == 422
    assert json.loads(hidden(wrong.text, "kept")) == json.loads(kept)
    assert enter(client, " Claire.Martel ", next="/impact").location == "/impact"
    claire = db.session.scalars(select(User)).one()
    assert (claire.email, claire.name) == ("claire.martel@ap-hm.fr", "Claire Martel-Zoé")
    assert claire.roles == Role.CLINICIAN
    identity = db.session.scalars(select(Identity)).one()
    assert (identity.issuer, identity.subject) == ("ldap", "claire.martel")
    assert is_signed_in(client)
    written = "\n".join(journal)
    for secret in (PASSWORD, "une autre marée", "reader-2026"):
        assert secret not in written
    again = app.test_client()
    enter(again, "claire.martel")
    assert is_signed_in(again)


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("claire.martel", "faux"),
        ("nobody", PASSWORD),
        ("*", PASSWORD),
        ("claire*", PASSWORD),
        ("claire.martel)(uid=*", PASSWORD),
        ("claire  martel", PASSWORD),
        ("ｃlaire.martel", PASSWORD),
        ("reader", "reader-2026"),
    ],
)
def test_the_same_words_whatever_was_wrong(
    app: Flask, session: None, login: str, password: str
) -> None:
    db.session.commit()
    client = app.test_client()
    answer = enter(client, login, password)
    assert answer.status_code == 422
    assert SAME_WORDS in answer.text
    assert not is_signed_in(client)


def test_an_empty_password_never_binds(
    settings: Settings, app: Flask, session: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    db.session.commit()
    client = app.test_client()
    monkeypatch.setattr(Directory, "_bound", None)
    for blank in ("", " ", "\x00"):
        answer = enter(client, "claire.martel", blank)
        assert answer.status_code == 422
        assert not is_signed_in(client)
    with pytest.raises(Exception, match=SAME_WORDS):
        Directory(settings).recognise("claire.martel", "")


def test_what_is_typed_is_escaped(settings: Settings) -> None:
    known = Directory(replace(settings, ldap_dn="uid={login},ou=people"))
    assert known.filter_for("a*)(uid=\\\0") == r"(uid=a\2a\29\28uid=\5c\00)"
    assert known.name_for("a,ou=x+y") == r"uid=a\,ou\=x\+y,ou=people"


def test_all_names_in_one_place_need_no_search(settings: Settings, session: None) -> None:
    db.session.commit()
    told = replace(settings, ldap_bind_dn="", ldap_dn="uid={login}," + slapd.BASE)
    client = create_app(told).test_client()
    assert SAME_WORDS in enter(client, "claire.martel", "faux").text
    assert enter(client, "claire.martel").status_code == 303
    assert "Aucun compte d’ici" in enter(create_app(told).test_client(), "paul.petit").text


def test_tries_are_counted_as_for_passwords_of_ours(app: Flask, session: None) -> None:
    db.session.commit()
    client = app.test_client()
    answers = [enter(client, "claire.martel", "faux") for _try in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert "Retry-After" in answers[-1].headers
    assert enter(client, "claire.martel").status_code == 429


def test_tls_is_verified(settings: Settings, server: Slapd) -> None:
    person = ("claire.martel", PASSWORD)
    trusting = replace(settings, ldap_url=server.tls, ldap_ca_file=server.authority)
    assert Directory(trusting).recognise(*person).email == "claire.martel@ap-hm.fr"
    plain = server.plain.replace("127.0.0.1", "localhost")
    upgraded = replace(trusting, ldap_url=plain, ldap_starttls=True)
    assert Directory(upgraded).recognise(*person).email == "claire.martel@ap-hm.fr"
    for unknown in (
        replace(trusting, ldap_ca_file=""),
        replace(upgraded, ldap_ca_file=""),
        replace(trusting, ldap_url=server.tls.replace("localhost", "127.0.0.1")),
    ):
        with pytest.raises(Exception, match="ne répond pas"):
            Directory(unknown).recognise(*person)


def test_a_directory_that_is_away_is_told_and_checked(
    settings: Settings, session: None, journal: list[str]
) -> None:
    db.session.commit()

    def said(told: Settings) -> str:
        return "\n".join(finding.line() for finding in check.run(told))

    assert "ok    directory: Annuaire AP-HM answers" in said(settings)
    away = replace(settings, ldap_url="ldap://127.0.0.1:9")
    answer = enter(create_app(away).test_client(), "claire.martel")
    assert answer.status_code == 503
    assert "Annuaire AP-HM ne répond pas." in answer.text
    assert "security.directory_failed" in "\n".join(journal)
    assert "WRONG directory: ldap://127.0.0.1:9" in said(away)
    wrong = said(replace(settings, ldap_bind_password="faux"))
    assert "it refuses EXCHANGE_LDAP_BIND_DN or its password" in wrong
    elsewhere = said(replace(settings, ldap_base="ou=nobody,dc=ap-hm,dc=fr"))
    assert "EXCHANGE_LDAP_BASE is not there" in elsewhere
    clear = said(replace(settings, ldap_url="ldap://directory.invalid"))
    assert "WRONG directory: passwords would cross the network without TLS" in clear


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("LDAP_URL", {"LDAP_URL": "http://directory"}),
        ("LDAP_BASE", {"LDAP_URL": "ldaps://directory"}),
        ("LDAP_DN", {"LDAP_URL": "ldaps://directory", "LDAP_DN": "uid=me"}),
        ("LDAP_CLAIMS", {"LDAP_CLAIMS": "mail = mail"}),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused(name: str, told: dict[str, str]) -> None:
    with pytest.raises(WrongSetting, match=f"EXCHANGE_{name}"):
        Settings.from_env({f"EXCHANGE_{key}": value for key, value in told.items()})
