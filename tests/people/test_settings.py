"""A person's own settings, language and look."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from exchange import db
from exchange.log.models import Event
from exchange.people.facts import PasswordChanged
from exchange.people.models import User
from tests.factories import PASSWORD
from tests.people.browsing import hidden, is_signed_in, sign_in

ClientOf = Callable[[User | None], FlaskClient]
NEW = "trois mots sans rapport"


def wishes(**changes: object) -> dict[str, object]:
    return {
        "name": "Claire Martel",
        "title": "Praticienne hospitalière",
        "locale": "en",
        "timezone": "Indian/Reunion",
        **changes,
    }


def test_claire_says_who_she_is(client_of: ClientOf, claire: User) -> None:
    client = client_of(claire)
    assert client.post("/settings", data=wishes()).location == "/settings"
    kept = db.session.get_one(User, claire.id)
    assert (kept.name, kept.title) == ("Claire Martel", "Praticienne hospitalière")
    assert (kept.locale, kept.timezone) == ("en", "Indian/Reunion")
    assert '<html lang="en"' in client.get("/settings").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "x" * 121},
        {"locale": "de"},
        {"timezone": "Mars/Olympus"},
    ],
)
def test_a_wrong_setting_changes_nothing_and_loses_nothing(
    client_of: ClientOf, claire: User, wrong: dict[str, object]
) -> None:
    answer = client_of(claire).post("/settings", data=wishes(**wrong))
    assert answer.status_code == 422
    assert "Praticienne hospitalière" in answer.text
    kept = db.session.get_one(User, claire.id, populate_existing=True)
    assert (kept.title, kept.locale) == ("", "fr")


def test_a_new_password_ends_the_other_sessions(app: Flask, claire: User) -> None:
    db.session.commit()
    here, ward = app.test_client(), app.test_client()
    sign_in(here, claire)
    sign_in(ward, claire)
    token = hidden(here.get("/settings/password").text, "csrf_token")
    answer = here.post(
        "/settings/password",
        data={"csrf_token": token, "password": PASSWORD, "new_password": NEW, "repeat": NEW},
    )
    assert answer.location == "/settings"
    assert is_signed_in(here)
    assert not is_signed_in(ward)
    assert sign_in(ward, claire).status_code == 422
    sign_in(ward, claire, NEW)
    assert is_signed_in(ward)
    event = db.session.scalars(select(Event).order_by(Event.id.desc())).first()
    assert event is not None
    assert (event.actor_id, event.fact) == (claire.id, PasswordChanged(user_id=claire.id))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"password": "pas le bon"}, "Ce n’est pas votre mot de passe actuel."),
        ({"new_password": "court", "repeat": "court"}, "5 caractères : il en faut au moins 12."),
        ({"new_password": "a" * 20, "repeat": "a" * 20}, "reviennent trop souvent"),
        ({"repeat": "autre chose"}, "Les deux saisies diffèrent."),
        ({"new_password": PASSWORD, "repeat": PASSWORD}, "C’est le mot de passe actuel."),
        ({"new_password": "Motdepasse2026!", "repeat": "Motdepasse2026!"}, "se devine trop vite"),
        ({"new_password": "Cl@ireMartel2026", "repeat": "Cl@ireMartel2026"}, "se devine trop vite"),
        ({"new_password": "é" * 300, "repeat": "é" * 300}, "300 caractères"),
    ],
)
def test_a_password_that_will_not_do_says_why(
    client_of: ClientOf, claire: User, typed: dict[str, str], sentence: str
) -> None:
    client = client_of(claire)
    fields = {"password": PASSWORD, "new_password": NEW, "repeat": NEW, **typed}
    answer = client.post("/settings/password", data=fields)
    assert answer.status_code == 422
    assert sentence in answer.text.replace("\u00a0", " ")
    assert not any(value in answer.text for value in fields.values())
    assert is_signed_in(client)


def test_guessing_the_current_password_at_an_open_session_is_slow(
    client_of: ClientOf, claire: User
) -> None:
    client = client_of(claire)
    fields = {"password": "faux", "new_password": NEW, "repeat": NEW}
    tried = [client.post("/settings/password", data=fields).status_code for _ in range(6)]
    assert tried == [422] * 5 + [429]


def test_a_member_changes_language_and_stays_on_the_page(client_of: ClientOf, claire: User) -> None:
    client = client_of(claire)
    answer = client.post("/language", data={"locale": "en", "next": "/teams?area=cancer"})
    assert (answer.status_code, answer.location) == (303, "/teams?area=cancer")
    assert db.session.get_one(User, claire.id, populate_existing=True).locale == "en"
    assert '<html lang="en"' in client.get("/teams").text


def test_a_guest_changes_language(app: Flask, client_of: ClientOf) -> None:
    client = client_of(None)
    french = client.get("/sign-in", headers={"Accept-Language": "fr"}).text
    assert '<html lang="fr"' in french
    client.post("/language", data={"locale": "en", "next": "/sign-in"})
    english = client.get("/sign-in", headers={"Accept-Language": "fr"}).text
    assert '<html lang="en"' in english


@pytest.mark.parametrize("path", ["/language", "/theme"])
def test_a_choice_leads_to_no_other_site(client_of: ClientOf, claire: User, path: str) -> None:
    answer = client_of(claire).post(path, data={"next": "//evil.example"})
    assert (answer.status_code, answer.location) == (303, "/")


def test_claire_reads_at_night(client_of: ClientOf, claire: User) -> None:
    client = client_of(claire)
    client.post("/theme", data={"theme": "dark", "next": "/teams"})
    assert 'data-theme="dark"' in client.get("/teams").text
    client.post("/theme", data={"theme": "plaid"})
    assert db.session.get_one(User, claire.id, populate_existing=True).theme == "dark"
