"""An answer that is not the page asked for says what happened, and what to do."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from exchange import db
from exchange.errors import Conflict, IllegalMove, NotFound, TooOften
from exchange.people import actions
from exchange.people.models import Institution, User

ClientOf = Callable[[User | None], FlaskClient]
TEXT = "Un long texte, écrit entre deux patients."
PROFILE = {
    "name": "Claire Martel",
    "title": TEXT,
    "locale": "fr",
    "timezone": "Europe/Paris",
    "digest": "weekly",
    "digest_hour": "7",
}


@pytest.fixture
def failing(
    app: Flask, client_of: ClientOf, claire: User, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Exception], Any]:
    """What Claire is answered when saving her text fails like this."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    client = client_of(claire)

    def fail(error: Exception, **more: Any) -> Any:
        def raise_it(*_args: object, **_more: object) -> None:
            raise error

        monkeypatch.setattr(actions, "save_profile", raise_it)
        return client.post("/settings", data=PROFILE, **more)

    return fail


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (Conflict("Léna a été plus rapide."), 409, "Léna a été plus rapide."),
        (StaleDataError(), 409, "Quelqu’un d’autre vient de modifier cette question."),
        (NotFound("Aucune question de ce nom."), 404, "Aucune question de ce nom."),
        (TooOften("Attendez un peu.", seconds=61), 429, "Attendez un peu."),
        (
            OperationalError("", {}, Exception("database is locked")),
            503,
            "Le site est très occupé.",
        ),
        (RuntimeError("a secret of the machine"), 500, "Une erreur est survenue de notre côté"),
    ],
)
def test_the_text_is_there_to_be_copied(
    failing: Callable[[Exception], Any], error: Exception, status: int, sentence: str
) -> None:
    answer = failing(error)
    assert answer.status_code == status
    assert sentence in answer.text
    assert f"readonly>\n{TEXT}</textarea>" in answer.text
    assert "secret of the machine" not in answer.text
    assert "Traceback" not in answer.text


def test_two_administrators_take_the_same_name_at_once(
    app: Flask, client_of: ClientOf, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    client = client_of(ada)
    monkeypatch.setattr(actions, "_free_slug", lambda *_seen: "ipc")  # both saw it free
    house = {"name": "Institut Paoli-Calmettes", "short": "IPC", "kind": "hospital"}
    address = "/admin/new-institution"
    assert client.post(address, data={**house, "city": "Marseille"}).status_code == 303
    late = client.post(address, data={**house, "city": "Marseille (9e)"})
    assert late.status_code == 409
    assert "Quelqu’un d’autre vient d’enregistrer la même chose." in late.text
    assert "Marseille (9e)" in late.text
    slugs = select(func.count()).select_from(Institution).where(Institution.slug == "ipc")
    assert db.session.scalar(slugs) == 1


def test_another_rule_of_the_database_is_our_own_fault(failing: Callable[[Exception], Any]) -> None:
    answer = failing(IntegrityError("", {}, Exception("NOT NULL constraint failed")))
    assert answer.status_code == 500
    assert TEXT in answer.text


def test_a_wait_is_told_to_programs(failing: Callable[..., Any]) -> None:
    assert failing(TooOften("…", seconds=61)).headers["Retry-After"] == "61"


def test_an_illegal_move_names_the_legal_ones_to_programs(failing: Callable[..., Any]) -> None:
    answer = failing(IllegalMove("Non.", legal=["decline"]), headers={"Accept": "application/json"})
    assert answer.status_code == 409
    assert answer.json == {"error": "Non.", "legal_moves": ["decline"]}


def test_a_page_that_is_not_there(client_of: ClientOf, claire: User) -> None:
    for client in (client_of(None), client_of(claire)):
        answer = client.get("/nowhere")
        assert answer.status_code == 404
        assert "Cette page n’existe pas, ou n’est pas pour vous." in answer.text
    assert client.get("/nowhere", headers={"Accept": "application/json"}).is_json


def test_a_role_that_is_not_hers(client_of: ClientOf, claire: User) -> None:
    answer = client_of(claire).get("/admin")
    assert answer.status_code == 403
    assert "Votre compte ne permet pas cette action." in answer.text


def test_a_method_that_is_not_answered_names_those_that_are(
    client_of: ClientOf, claire: User
) -> None:
    client = client_of(claire)
    refused = client.get("/theme")
    assert refused.status_code == 405
    assert set(refused.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}
    assert "Cette adresse ne répond pas à ce genre de demande." in refused.text
    assert client.delete("/teams").status_code == 405


def test_too_much_at_once(app: Flask, client_of: ClientOf, claire: User) -> None:
    client = client_of(claire)
    large = "x" * (app.config["MAX_CONTENT_LENGTH"] + 1)
    for checked in (False, True):
        app.config["WTF_CSRF_ENABLED"] = checked
        answer = client.post("/settings", data={**PROFILE, "title": large})
        assert answer.status_code == 413
        assert "C’est trop volumineux" in answer.text
        assert len(answer.text) < 20_000


def test_a_text_that_holds_a_nul(client_of: ClientOf, claire: User) -> None:
    client = client_of(claire)
    for address in ("/teams?institution=a%00b", "/teams/a%00b", "/sign-in?next=%00"):
        assert client.get(address).status_code == 400
    answer = client.post("/settings", data={**PROFILE, "title": "avant\x00après"})
    assert answer.status_code == 303
    assert "avantaprès" in client.get("/settings").text
    fields = {"email": "a\x00b@example.org", "password": "c\x00d"}
    assert client_of(None).post("/sign-in", data=fields).status_code == 422


@pytest.mark.parametrize("query", ["%", "%ff%fe", "a=%ed%a0%80", "=&&=;", "q=" + "x" * 5000])
def test_an_address_of_rubbish_is_no_crash(
    client_of: ClientOf, claire: User, ada: User, query: str
) -> None:
    assert client_of(claire).get(f"/teams?{query}").status_code == 200
    assert client_of(ada).get(f"/admin?{query}").status_code == 200


def test_the_way_back_is_on_this_site(client_of: ClientOf, claire: User) -> None:
    client = client_of(claire)
    here = client.get("/nowhere", headers={"Referer": "http://localhost/teams"})
    assert 'href="/teams"><' in here.text.replace("\n", "")
    assert "Revenir en arrière" in here.text
    there = client.get("/nowhere", headers={"Referer": "https://evil.example/teams"})
    assert "Revenir en arrière" not in there.text
    assert "evil.example" not in there.text


def test_every_answer_carries_its_headers(client_of: ClientOf, claire: User) -> None:
    client = client_of(claire)
    for address in ("/teams", "/nowhere", "/theme", "/admin"):
        headers = client.get(address).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "private, no-cache"


def test_errors_speak_the_reader_s_language(client_of: ClientOf) -> None:
    answer = client_of(None).get("/nowhere", headers={"Accept-Language": "en"})
    assert '<html lang="en"' in answer.text
