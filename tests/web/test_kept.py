"""What is rendered once for everybody holds nothing of one person, and a session lives by visits."""

import re
import time
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from exchange import web
from exchange.people.models import User

ClientOf = Callable[[User | None], FlaskClient]


def test_each_reads_their_own_frame_whoever_came_before(
    client_of: ClientOf, claire: User, robin: User, mona: User, ada: User
) -> None:
    everybody = [claire, robin, mona, ada]
    pages = [(who, client_of(who).get("/questions").text) for who in [*everybody, *everybody]]
    for who, page in pages:
        frame = page.partition('<div class="wrap flashes"')[0]
        for other in everybody:
            assert (other.name in frame) is (other is who)
        assert ('href="/questions/new"' in frame) is (who in (claire, mona))
        assert ('href="/triage"' in frame) is (who is mona)
        assert ('href="/admin"' in frame) is (who is ada)


def test_each_gets_their_own_token(client_of: ClientOf, claire: User, robin: User) -> None:
    tokens = [
        set(re.findall(r'name="csrf_token" value="([^".]+)', client_of(who).get("/questions").text))
        for who in (claire, robin)
    ]
    assert [len(own) for own in tokens] == [1, 1]
    assert tokens[0] != tokens[1]


def test_the_place_and_the_language_are_those_of_the_page(
    client_of: ClientOf, claire: User
) -> None:
    client = client_of(claire)
    for _turn in range(2):
        assert '<a href="/questions" aria-current="page">' in client.get("/questions").text
        assert '<a href="/questions" aria-current="true">' in client.get("/questions/new").text
        assert '<a href="/impact" aria-current="page">' in client.get("/impact").text
        assert "aria-current" not in client.get("/settings").text.partition("<main")[0]
    client.post("/language", data={"locale": "en", "next": "/"})
    assert "Accueil" not in client.get("/questions").text


def test_a_visit_signs_the_session_again_only_when_it_has_grown_old(
    client_of: ClientOf, claire: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(claire)
    client.get("/questions")
    assert "Set-Cookie" not in client.get("/questions").headers

    later = time.time() + web.SIGN_AFTER + 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert "Set-Cookie" in client.get("/questions").headers
    assert "Set-Cookie" not in client.get("/questions").headers


def test_a_session_kept_alive_by_visits_outlives_its_first_signature(
    client_of: ClientOf, claire: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(claire)
    start = time.time()
    client.get("/questions")
    for hour in (8, 16, 24):
        monkeypatch.setattr(time, "time", lambda hour=hour: start + hour * 3600)
        assert client.get("/questions").status_code == 200
    monkeypatch.setattr(time, "time", lambda: start + 37 * 3600)
    assert client.get("/questions").status_code == 302
