"""The second factor: chosen, asked for, lost."""

import re
import time
from collections.abc import Callable
from dataclasses import replace

import pyotp
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from exchange import db
from exchange.log.models import Event
from exchange.people import factors, facts
from exchange.people.models import Passkey, RecoveryCode, Totp, User
from exchange.settings import Settings
from tests.factories import PASSWORD
from tests.people.browsing import is_signed_in
from tests.people.test_recovery import last_fact

ClientOf = Callable[[User | None], FlaskClient]
MORNING = "2026-03-02 08:00:00Z"


def enrolled(client: FlaskClient) -> tuple[pyotp.TOTP, list[str]]:
    """Take an application; what it shows, and the recovery codes."""
    page = client.get("/settings/second-factor/totp").text
    found = re.search(r'<code id="secret">([^<]+)</code>', page)
    assert found is not None
    app = pyotp.TOTP(found[1].replace(" ", ""))
    answer = client.post(
        "/settings/second-factor/totp", data={"code": app.now(), "password": PASSWORD}
    )
    assert answer.headers["Cache-Control"] == "no-store"
    return app, re.findall(r"<code>([^<]+)</code>", answer.text)


def first(client: FlaskClient, email: str, **more: str) -> TestResponse:
    return client.post("/sign-in", data={"email": email, "password": PASSWORD, **more})


def second(client: FlaskClient, code: str, **more: str) -> TestResponse:
    return client.post("/sign-in/second", data={"code": code, **more})


def test_claire_adds_an_application_and_shows_its_code(client_of: ClientOf, claire: User) -> None:
    with time_machine.travel(MORNING, tick=False) as moment:
        client, email, number = client_of(claire), claire.email, claire.id
        app, codes = enrolled(client)
        assert len(codes) == factors.CODES
        assert last_fact() == facts.FactorAdded(user_id=number, factor="totp")
        assert is_signed_in(client)
        ward = client_of(None)
        page = first(ward, email, next="/teams")
        assert (page.status_code, "Second facteur" in page.text) == (200, True)
        assert 'name="next" value="/teams"' in page.text
        assert not is_signed_in(ward)
        assert second(ward, app.now()).status_code == 422  # taken when it was enrolled
        moment.shift(60)
        assert second(ward, app.now(), next="/teams").location == "/teams"
        assert is_signed_in(ward)


def test_a_code_is_taken_once_and_near_its_time(client_of: ClientOf, claire: User) -> None:
    with time_machine.travel(MORNING, tick=False) as moment:
        email = claire.email
        app, _codes = enrolled(client_of(claire))
        moment.shift(300)
        one, other = client_of(None), client_of(None)
        for client in (one, other):
            first(client, email)
        late = app.at(int(time.time()) - 61)
        assert second(one, late).status_code == 422
        assert second(one, app.now()).status_code == 303
        assert second(other, app.now()).status_code == 422


def test_a_recovery_code_serves_once(client_of: ClientOf, claire: User) -> None:
    email = claire.email
    _app, codes = enrolled(client_of(claire))
    assert codes[0] not in str(db.session.scalars(select(RecoveryCode.code_hash)).all())
    for status in (303, 422):
        client = client_of(None)
        first(client, email)
        assert second(client, codes[0].upper()).status_code == status


def test_guessing_codes_is_slow(client_of: ClientOf, claire: User) -> None:
    email = claire.email
    enrolled(client_of(claire))
    thief = client_of(None)
    first(thief, email)
    assert [second(thief, "000000").status_code for _ in range(6)] == [422] * 5 + [429]


def test_half_way_lasts_ten_minutes_and_opens_nothing(client_of: ClientOf, claire: User) -> None:
    with time_machine.travel(MORNING, tick=False) as moment:
        email = claire.email
        app, _codes = enrolled(client_of(claire))
        client = client_of(None)
        assert client.get("/sign-in/second").location == "/sign-in"
        first(client, email)
        assert client.get("/sign-in/second").status_code == 200
        assert not is_signed_in(client)
        moment.shift(601)
        assert second(client, app.now()).location == "/sign-in"
        kept = {"kept": '[["title", "Mes mots"]]', "kept_to": "/questions/new"}
        for late in (
            second(client, app.now(), **kept),
            client.post("/sign-in/second/passkey", data=kept),
        ):
            assert (late.status_code, "Mes mots" in late.text) == (422, True)
        assert not is_signed_in(client)


def test_what_was_typed_comes_through_both_doors(client_of: ClientOf, claire: User) -> None:
    with time_machine.travel(MORNING, tick=False) as moment:
        email = claire.email
        app, _codes = enrolled(client_of(claire))
        moment.shift(60)
        kept = {"kept": '[["title", "Mes mots"]]', "kept_to": "/questions/new"}
        client = client_of(None)
        assert "Mes mots" in first(client, email, **kept).text
        wrong = second(client, "000000", **kept)
        assert "Mes mots" in wrong.text
        assert "Mes mots" in second(client, app.now(), **kept).text


def test_keys_change_only_with_the_password(client_of: ClientOf, claire: User) -> None:
    client, number = client_of(claire), claire.id
    app = pyotp.TOTP(factors.new_secret())
    with client.session_transaction() as session:
        session["totp"] = app.secret
    page = "/settings/second-factor/totp"
    assert client.post(page, data={"code": app.now(), "password": "faux"}).status_code == 422
    assert client.post(page, data={"code": "000000", "password": PASSWORD}).status_code == 422
    assert db.session.get(Totp, number) is None
    assert client.post(page, data={"code": app.now(), "password": PASSWORD}).status_code == 200
    for what in ("totp/remove", "codes"):
        refused = client.post(f"/settings/second-factor/{what}", data={"password": "faux"})
        assert refused.status_code == 422
    client.post("/settings/second-factor/totp/remove", data={"password": PASSWORD})
    assert last_fact() == facts.FactorRemoved(user_id=number, factor="totp")
    assert db.session.scalars(select(RecoveryCode)).all() == []


def test_the_secret_is_stored_sealed(client_of: ClientOf, claire: User) -> None:
    client, number = client_of(claire), claire.id
    app, _codes = enrolled(client)
    stored = db.session.get_one(Totp, number).secret
    assert app.secret not in stored
    assert factors._unseal(stored, "another key of more than 32 characters") is None


def test_an_administrator_takes_lost_factors_away(
    client_of: ClientOf, claire: User, ada: User, robin: User
) -> None:
    hers, client, email, number = client_of(claire), client_of(ada), claire.email, claire.id
    page = f"/admin/people/{claire.handle}/factors"
    his = client_of(robin)
    enrolled(hers)
    assert his.post(page).status_code == 403
    assert "Retirer les seconds facteurs" in client.get(page.removesuffix("/factors")).text
    assert client.post(page).status_code == 303
    event = db.session.scalars(select(Event).order_by(Event.id.desc())).first()
    assert event is not None
    assert (event.actor_id, event.fact) == (ada.id, facts.FactorsReset(user_id=number))
    assert not is_signed_in(hers)
    assert first(client_of(None), email).status_code == 303


def test_moderators_choose_one_first_when_the_site_says_so(
    app: Flask, settings: Settings, client_of: ClientOf, mona: User, claire: User
) -> None:
    app.extensions["settings"] = replace(settings, second_factor=True)
    desk, hers = client_of(mona), client_of(claire)
    assert hers.get("/questions").status_code == 200
    for path in ("/triage", "/questions", "/settings"):
        assert desk.get(path).location == "/settings/second-factor"
    assert desk.post("/theme", data={"theme": "dark"}).status_code == 403
    written = desk.post("/triage/Q-2026-0001/publish", data={"note": "Mes mots à garder"})
    assert (written.status_code, "Mes mots à garder" in written.text) == (403, True)
    assert 'action="/triage/Q-2026-0001/publish"' in written.text
    assert "Votre rôle demande un second facteur." in desk.get("/settings/second-factor").text
    enrolled(desk)
    assert desk.get("/triage").status_code == 200


@pytest.mark.parametrize("credential", ["", "{}", "[]", "null", '{"id": "x"}', '{"id":"AA","rawId":"AA","type":"public-key","response":{}}', "[" * 9000])  # fmt: skip
def test_a_made_up_passkey_is_nothing(client_of: ClientOf, claire: User, credential: str) -> None:
    client = client_of(claire)
    db.session.add(Passkey(user_id=claire.id, credential_id="AA", public_key="AA", sign_count=0, name="x"))  # fmt: skip
    db.session.commit()
    guest, email = client_of(None), claire.email
    kept = {"kept": '[["title", "Mes mots"]]', "kept_to": "/questions/new"}
    answer = guest.post("/sign-in/passkey", data={"credential": credential, **kept})
    assert answer.status_code == 422
    assert "Cette clé d’accès n’est pas reconnue ici." in answer.text
    assert "Mes mots" in answer.text
    first(guest, email)
    again = guest.post("/sign-in/second/passkey", data={"credential": credential})
    assert again.status_code == 422
    made = client.post(
        "/settings/second-factor/passkey",
        data={"name": "clé", "password": PASSWORD, "credential": credential},
    )
    assert made.status_code == 422
    assert not is_signed_in(guest)
