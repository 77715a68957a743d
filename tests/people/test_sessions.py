"""Sessions are rows: each is seen, bounded and ended from another browser."""

from collections.abc import Callable

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from exchange import db
from exchange.people import sessions
from exchange.people.models import OpenSession, User
from tests import factories
from tests.counting import count_queries
from tests.people.browsing import hidden, is_signed_in, sign_in

ClientOf = Callable[[User | None], FlaskClient]
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox, Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18 Safari/605.1.15", "Safari, macOS"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit Chrome/130 Mobile Safari/537", "Chrome, Android"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130 Safari/537 Edg/130", "Edge, Windows"),
        ("curl/8", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_a_browser_is_named_in_two_words(agent: str, words: str) -> None:
    assert sessions.device(agent) == words


def test_claire_ends_the_session_she_left_open_on_the_ward(app: Flask, claire: User) -> None:
    db.session.commit()
    here, ward = app.test_client(), app.test_client()
    ward.environ_base["HTTP_USER_AGENT"] = FIREFOX
    sign_in(ward, claire)
    sign_in(here, claire)
    page = here.get("/settings/sessions").text
    assert "Firefox, Windows" in page
    form = page[page.index("/end") :]
    number = db.session.scalar(select(func.min(OpenSession.id)))
    token = hidden(form, "csrf_token")
    here.post(f"/settings/sessions/{number}/end", data={"csrf_token": token})
    assert not is_signed_in(ward)
    assert is_signed_in(here)


def test_nobody_ends_the_session_of_another(client_of: ClientOf, claire: User, robin: User) -> None:
    hers, his = client_of(claire), client_of(robin)
    number = db.session.scalar(select(OpenSession.id).where(OpenSession.user_id == claire.id))
    assert his.post(f"/settings/sessions/{number}/end").status_code == 303
    assert is_signed_in(hers)


def test_signing_out_everywhere(client_of: ClientOf, claire: User, robin: User) -> None:
    here, ward, his = client_of(claire), client_of(claire), client_of(robin)
    assert here.post("/settings/sessions/end").location == "/sign-in"
    assert not is_signed_in(here)
    assert not is_signed_in(ward)
    assert is_signed_in(his)


def test_signing_out_ends_the_session_and_not_only_the_cookie(app: Flask, claire: User) -> None:
    db.session.commit()
    client, thief = app.test_client(), app.test_client()
    sign_in(client, claire)
    cookie = client.get_cookie("session")
    assert cookie is not None
    thief.set_cookie("session", cookie.value)
    assert is_signed_in(thief)
    token = hidden(client.get("/settings").text, "csrf_token")
    client.post("/sign-out", data={"csrf_token": token})
    assert not is_signed_in(thief)


def test_signing_in_again_ends_the_session_of_this_browser(app: Flask, claire: User) -> None:
    db.session.commit()
    client = app.test_client()
    token = hidden(client.get("/sign-in").text, "csrf_token")
    fields = {"email": claire.email, "password": factories.PASSWORD}
    client.post("/sign-in", data={**fields, "csrf_token": token})
    token = hidden(client.get("/settings").text, "csrf_token")
    client.post("/sign-in", data={**fields, "csrf_token": token})
    assert db.session.scalar(select(func.count()).select_from(OpenSession)) == 1


def test_no_session_outlives_the_days_of_the_settings(app: Flask, claire: User) -> None:
    db.session.commit()
    client = app.test_client()
    with time_machine.travel("2026-03-02 08:00Z", tick=False) as traveller:
        sign_in(client, claire)
        for _visit in range(16):
            traveller.shift(10 * 3600)
            assert is_signed_in(client)
        traveller.shift(10 * 3600)
        assert not is_signed_in(client)
        sign_in(app.test_client(), claire)
        assert db.session.scalar(select(func.count()).select_from(OpenSession)) == 1  # swept out


def test_reading_notes_nothing_and_acting_notes_its_time(client_of: ClientOf, claire: User) -> None:
    with time_machine.travel("2026-03-02 08:00Z", tick=False) as traveller:
        client = client_of(claire)
        began = db.session.scalar(select(OpenSession.seen_at))
        traveller.shift(600)
        client.get("/settings")
        assert db.session.scalar(select(OpenSession.seen_at)) == began
        client.post("/theme", data={"theme": "dark"})
        db.session.expire_all()
        noted = db.session.scalar(select(OpenSession.seen_at))
        assert began is not None
        assert noted is not None
        assert (noted - began).total_seconds() == 600


def test_a_copy_of_the_table_opens_no_session(client_of: ClientOf, claire: User) -> None:
    client_of(claire)
    stored = db.session.scalar(select(OpenSession.token_hash))
    assert stored is not None
    thief = client_of(None)
    with thief.session_transaction() as session:
        session["_user_id"] = stored
    assert not is_signed_in(thief)


def test_the_session_costs_no_query_of_its_own(client_of: ClientOf, claire: User) -> None:
    """It is read with the person, whole or not."""
    client = client_of(claire)
    client.get("/questions")
    for path in ("/questions", "/settings"):
        with count_queries() as statements:
            client.get(path)
        assert [" JOIN open_session" in one for one in statements].count(True) == 1
        assert "open_session" in statements[0]


def test_ada_signs_claire_out_everywhere(
    client_of: ClientOf, ada: User, claire: User, robin: User
) -> None:
    hers, client, his = client_of(claire), client_of(ada), client_of(robin)
    page = f"/admin/people/{claire.handle}"
    assert his.post(f"{page}/sessions/end").status_code == 403
    assert "Terminer ses sessions" in client.get(page).text
    client.post(f"{page}/sessions/end")
    assert not is_signed_in(hers)
    assert is_signed_in(client)


def test_the_next_person_at_this_computer_finds_no_page(client_of: ClientOf, claire: User) -> None:
    answer = client_of(claire).post("/sign-out")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
