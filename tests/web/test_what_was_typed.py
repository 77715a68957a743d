"""Nothing typed is lost: not with the session, not with the token."""

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient

from exchange import db
from exchange.people.models import User
from tests.factories import PASSWORD
from tests.people.browsing import hidden, sign_in

TITLE = "Praticienne hospitalière, « dermatologie » & <immunologie>"


def typed(**more: str) -> dict[str, str]:
    return {
        "name": "Claire Martel",
        "title": TITLE,
        "locale": "fr",
        "timezone": "Europe/Paris",
        "digest": "weekly",
        "digest_hour": "7",
        **more,
    }


@pytest.fixture
def hers(app: Flask, claire: User) -> FlaskClient:
    """Claire's browser, signed in, with everything checked as in real life."""
    db.session.commit()
    client = app.test_client()
    sign_in(client, claire)
    return client


def title_of(claire: User) -> str:
    return db.session.get_one(User, claire.id, populate_existing=True).title


def test_a_text_sent_after_the_session_ended_is_shown_again_and_sent(
    hers: FlaskClient, claire: User
) -> None:
    token = hidden(hers.get("/settings").text, "csrf_token")
    hers.delete_cookie("session")
    late = hers.post("/settings", data=typed(csrf_token=token))
    assert late.status_code == 401
    assert "Rien n’est perdu" in late.text
    assert "« dermatologie » &amp; &lt;immunologie&gt;" in late.text
    carried = {name: hidden(late.text, name) for name in ("csrf_token", "kept", "kept_to")}
    assert token not in carried["kept"]
    for way_out in ('href="/sign-in"', 'action="/language"'):
        assert way_out not in late.text

    wrong = hers.post("/sign-in", data={**carried, "email": claire.email, "password": "faux"})
    assert wrong.status_code == 422
    carried = {name: hidden(wrong.text, name) for name in ("csrf_token", "kept", "kept_to")}

    back = hers.post("/sign-in", data={**carried, "email": claire.email, "password": PASSWORD})
    assert back.status_code == 200
    assert "« dermatologie » &amp; &lt;immunologie&gt;" in back.text
    assert 'action="/settings"' in back.text
    assert title_of(claire) == ""
    again = hers.post(
        "/settings", data={**dict(json.loads(carried["kept"])), **_token(back.text, "/settings")}
    )
    assert again.status_code == 303
    assert title_of(claire) == TITLE


def test_a_text_refused_for_its_token_is_shown_again_and_sent(
    hers: FlaskClient, claire: User
) -> None:
    refused = hers.post("/settings", data=typed(csrf_token="of yesterday"))
    assert refused.status_code == 400
    assert "« dermatologie » &amp; &lt;immunologie&gt;" in refused.text
    assert title_of(claire) == ""
    again = hers.post("/settings", data=typed(**_token(refused.text, "/settings")))
    assert again.status_code == 303
    assert title_of(claire) == TITLE


def _token(page: str, action: str) -> dict[str, str]:
    form = page[page.index(f'action="{action}"') :]
    return {"csrf_token": hidden(form, "csrf_token")}


def test_what_another_site_sent_is_not_one_click_away(hers: FlaskClient, claire: User) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}):
        refused = hers.post("/settings", data=typed(), headers=headers)
        assert refused.status_code == 400
        assert 'action="/settings"' not in refused.text
    hers.delete_cookie("session")
    late = hers.post("/settings", data=typed(), headers={"Origin": "https://evil.example"})
    assert late.status_code in {400, 401}
    assert "immunologie" not in late.text


def test_one_s_own_site_is_not_another(hers: FlaskClient) -> None:
    refused = hers.post("/settings", data=typed(), headers={"Origin": "http://localhost"})
    assert 'action="/settings"' in refused.text


def test_passwords_are_not_among_what_is_shown_again(hers: FlaskClient) -> None:
    secrets = {"password": "un secret", "new_password": "un autre", "repeat": "un troisième"}
    refused = hers.post("/settings/password", data=secrets)
    assert refused.status_code == 400
    hers.delete_cookie("session")
    late = hers.post("/settings/password", data=secrets)
    assert late.status_code == 401
    for secret in secrets.values():
        assert secret not in refused.text
        assert secret not in late.text


def test_a_line_end_at_the_start_of_a_text_survives(hers: FlaskClient) -> None:
    refused = hers.post("/settings", data=typed(title="\n\nun blanc d’abord"))
    assert ">\n\n\nun blanc d’abord</textarea>" in refused.text
