"""Guessing passwords is slow, for the guesser."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from exchange import clock, db
from exchange.app import create_app
from exchange.people import passwords
from exchange.people.models import Throttle, User
from exchange.settings import Settings
from tests.people.browsing import is_signed_in, sign_in

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
WRONG = "un mot de passe faux"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, claire: User) -> None:
    """Argon2 is tried elsewhere; here a hundred guesses must not take a minute."""
    db.session.commit()
    monkeypatch.setattr(passwords, "matches", lambda _stored, password: password != WRONG)


def guess(app: Flask, who: User | str, times: int, *, address: str = "192.0.2.7") -> list[int]:
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return [sign_in(client, who, WRONG).status_code for _ in range(times)]


def at(address: str, app: Flask) -> FlaskClient:
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return client


def test_the_sixth_guess_waits_whoever_it_is_for(app: Flask, claire: User) -> None:
    with clock.at(MONDAY):
        for who in (claire, "nobody@example.org"):
            assert guess(app, who, 7) == [422] * 5 + [429] * 2


def test_a_wait_says_how_long_and_refuses_even_the_right_password(app: Flask, claire: User) -> None:
    with clock.at(MONDAY):
        guess(app, claire, 5)
        answer = sign_in(app.test_client(), claire)
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "61"
        assert "Attendez 2 minutes" in answer.text
    with clock.at(MONDAY + timedelta(seconds=61)):
        client = app.test_client()
        sign_in(client, claire)
        assert is_signed_in(client)


def test_each_failure_doubles_the_wait_and_guessing_during_it_changes_nothing(
    app: Flask, claire: User
) -> None:
    moment = MONDAY
    with clock.at(moment):
        guess(app, claire, 5)
    for minutes in (1, 2, 4, 8, 16, 32, 64):
        with clock.at(moment + timedelta(minutes=minutes, seconds=-1)):
            assert guess(app, claire, 3) == [429] * 3
        moment += timedelta(minutes=minutes)
        with clock.at(moment):
            assert guess(app, claire, 1) == [422]


def test_a_day_of_guessing_is_a_few_dozen_guesses(app: Flask, claire: User) -> None:
    made = 0
    for quarter in range(2 * 24 * 4):
        with clock.at(MONDAY + timedelta(minutes=15 * quarter)):
            tried = guess(app, claire, 1, address=f"198.51.100.{quarter % 250}")
            made += tried.count(422) if quarter >= 24 * 4 else 0
    assert 5 <= made <= 25


def test_a_restart_forgets_nothing(app: Flask, settings: Settings, claire: User) -> None:
    with clock.at(MONDAY):
        guess(app, claire, 5)
        db.session.remove()
        again = create_app(settings)
        assert guess(again, claire, 1, address="203.0.113.9") == [429]
        db.session.get_bind().dispose()  # type: ignore[union-attr]


def test_claire_signs_in_from_her_own_browser_under_attack(app: Flask, claire: User) -> None:
    own = at("192.0.2.7", app)
    with clock.at(MONDAY - timedelta(days=3)):
        sign_in(own, claire)
        own.delete_cookie("session")
    with clock.at(MONDAY):
        guess(app, claire, 60)
        guess(app, "nobody@example.org", 60)
        assert sign_in(at("192.0.2.7", app), claire).status_code == 429
        sign_in(own, claire)
        assert is_signed_in(own)
        assert guess(app, claire, 1) == [429]


def test_her_browser_helps_nobody_guess_another_account(
    app: Flask, claire: User, robin: User
) -> None:
    db.session.commit()
    own = at("192.0.2.8", app)
    with clock.at(MONDAY):
        sign_in(own, robin)
        own.delete_cookie("session")
        guess(app, claire, 5)
        assert sign_in(own, claire, WRONG).status_code == 429
        assert [sign_in(own, robin, WRONG).status_code for _ in range(6)] == [422] * 5 + [429]


def test_the_right_password_starts_the_account_afresh(app: Flask, claire: User) -> None:
    with clock.at(MONDAY):
        guess(app, claire, 4)
        sign_in(app.test_client(), claire)
        assert guess(app, claire, 6) == [422] * 5 + [429]


def test_many_accounts_from_one_address_wait_too(app: Flask) -> None:
    with clock.at(MONDAY):
        tried = [guess(app, f"p{n}@example.org", 1)[0] for n in range(52)]
        assert tried == [422] * 50 + [429] * 2
        assert guess(app, "p1@example.org", 1, address="192.0.2.8") == [422]


def test_a_guesser_with_an_account_gains_nothing_by_using_it(
    app: Flask, claire: User, robin: User
) -> None:
    db.session.commit()
    with clock.at(MONDAY):
        for n in range(50):
            assert guess(app, f"p{n}@example.org", 1) == [422]
        assert sign_in(at("192.0.2.7", app), robin).status_code == 429


def test_a_hospital_behind_one_address_signs_in(app: Flask, claire: User) -> None:
    with clock.at(MONDAY):
        for _ in range(60):
            assert sign_in(at("192.0.2.7", app), claire).status_code == 303


def test_addresses_of_one_ipv6_subscriber_count_together(app: Flask) -> None:
    with clock.at(MONDAY):
        tried = [
            guess(app, f"p{n}@example.org", 1, address=f"2001:db8:1:2::{n:x}")[0] for n in range(52)
        ]
        assert tried.count(429) == 2
        assert guess(app, "p99@example.org", 1, address="2001:db8:1:3::1") == [422]


def test_what_was_typed_as_an_address_is_not_stored(app: Flask) -> None:
    with clock.at(MONDAY):
        guess(app, "hunter2-typed-in-the-wrong-field", 1)
    names = db.session.scalars(select(Throttle.key)).all()
    assert len(names) == 2
    assert not any("hunter2" in name for name in names)


def test_old_counts_are_swept(app: Flask) -> None:
    with clock.at(MONDAY):
        guess(app, "p1@example.org", 1)
    with clock.at(MONDAY + timedelta(days=8)):
        guess(app, "p2@example.org", 1, address="203.0.113.9")
    assert len(db.session.scalars(select(Throttle.key)).all()) == 2
