"""A forgotten password and another address, by links that are mailed."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from exchange import clock, db
from exchange.log.models import Event
from exchange.people import facts
from exchange.people.models import Link, User
from exchange.settings import Settings
from tests.counting import count_queries
from tests.factories import PASSWORD
from tests.mail import post
from tests.people.browsing import is_signed_in, sign_in

ClientOf = Callable[[User | None], FlaskClient]
NEW = "trois mots sans rapport"
CHOSEN = {"new_password": NEW, "repeat": NEW}


def links(bag: post.Bag) -> dict[str, str]:
    """The path of the link in the mail to each address."""
    found = {}
    for to, mail in bag.mails:
        match = re.search(r"http://localhost(/\S+/\S+)", post.text(mail))
        assert match is not None
        found[to] = match[1]
    return found


def last_fact() -> object:
    event = db.session.scalars(select(Event).order_by(Event.id.desc())).first()
    assert event is not None
    return event.fact


def asked(client: FlaskClient, email: str) -> str:
    answer = client.post("/sign-in/forgotten", data={"email": email})
    assert answer.status_code == 200
    return answer.text


def test_claire_chooses_another_password(
    app: Flask, client_of: ClientOf, claire: User, settings: Settings
) -> None:
    hers, guest = client_of(claire), client_of(None)
    asked(guest, f" {claire.email.upper()}")
    path = links(post.deliver(settings))[claire.email]
    assert guest.get(path).status_code == 200
    assert guest.post(path, data={**CHOSEN, "repeat": "autre chose"}).status_code == 422
    assert guest.post(path, data=CHOSEN).location == "/sign-in"
    assert last_fact() == facts.PasswordChanged(user_id=claire.id)
    assert not is_signed_in(hers)
    assert guest.get(path).status_code == 404  # once
    app.config["WTF_CSRF_ENABLED"] = True
    sign_in(guest, claire, NEW)
    assert is_signed_in(guest)


def test_nobody_learns_who_has_an_account(
    client_of: ClientOf, claire: User, robin: User, settings: Settings
) -> None:
    """The same page, the same statements, an event alike; only the mailbox knows."""
    robin.active = False
    client = client_of(None)
    client.get("/sign-in")
    pages: list[str] = []
    statements: list[list[str]] = []
    now = clock.now()
    for email in (claire.email, "nobody@example.org", robin.email):
        with count_queries() as counted, time_machine.travel(now, tick=False):
            pages.append(asked(client, email).replace(email, ""))
        statements.append(sorted(one[:30] for one in counted if "throttle" not in one))
    assert pages[0] == pages[1] == pages[2]
    assert statements[0] == statements[1] == statements[2]
    assert list(links(post.deliver(settings))) == [claire.email]


@pytest.mark.parametrize("made_up", ["1-x", "x", "-", "1", "²-x", "9999999999-x", "%00", "é-é"])
def test_a_link_that_was_made_up(client_of: ClientOf, claire: User, made_up: str) -> None:
    client = client_of(None)
    asked(client, claire.email)
    for start in ("/sign-in/reset/", "/address/"):
        assert client.get(start + made_up).status_code in {400, 404}
        assert client.post(start + made_up, data=CHOSEN).status_code in {400, 404}


def test_a_link_holds_for_two_hours_and_only_the_last_one(
    client_of: ClientOf, claire: User, settings: Settings
) -> None:
    client = client_of(None)
    asked(client, claire.email)
    first = links(post.deliver(settings))[claire.email]
    asked(client, claire.email)
    second = links(post.deliver(settings))[claire.email]
    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200
    with time_machine.travel(clock.now() + timedelta(hours=2, minutes=1), tick=False):
        assert client.post(second, data=CHOSEN).status_code == 404


def test_a_link_does_one_thing(client_of: ClientOf, claire: User, settings: Settings) -> None:
    client = client_of(None)
    asked(client, claire.email)
    path = links(post.deliver(settings))[claire.email]
    assert client.get(path.replace("/sign-in/reset/", "/address/")).status_code == 404


def test_a_mailbox_is_not_flooded(client_of: ClientOf, claire: User) -> None:
    client = client_of(None)
    tried = [
        client.post("/sign-in/forgotten", data={"email": claire.email}).status_code
        for _ in range(5)
    ]
    assert tried == [200, 200, 200, 429, 429]
    unknown = [
        client.post("/sign-in/forgotten", data={"email": "nobody@example.org"}).status_code
        for _ in range(5)
    ]
    assert unknown == tried
    assert db.session.scalar(select(func.count()).select_from(Link)) == 6


# -- another address -------------------------------------------------------------------------------

OTHER = "claire.martel@ap-hm.example"


def moving(client: FlaskClient, settings: Settings, email: str = OTHER) -> dict[str, str]:
    client.post("/settings/address", data={"email": email, "password": PASSWORD})
    return links(post.deliver(settings))


def test_claire_moves_to_another_address(
    client_of: ClientOf, claire: User, settings: Settings
) -> None:
    client = client_of(claire)
    former = claire.email
    mails = moving(client, settings)
    assert set(mails) == {OTHER, former}
    assert post.again(claire).email == former
    db.session.rollback()
    assert client.get(mails[OTHER]).status_code == 200
    assert client.post(mails[OTHER]).location == "/settings"
    assert last_fact() == facts.AddressChanged(user_id=claire.id)
    assert post.again(claire).email == OTHER
    assert client.post(mails[OTHER]).status_code == 404


@pytest.mark.parametrize("too_late", [False, True])
def test_the_former_address_refuses(
    client_of: ClientOf, claire: User, settings: Settings, too_late: bool
) -> None:
    thief = client_of(claire)
    former = claire.email
    mails = moving(thief, settings)
    db.session.rollback()
    if too_late:
        thief.post(mails[OTHER])
    guest = client_of(None)
    assert "Garder mon adresse" in guest.get(mails[former]).text
    assert guest.post(mails[former]).location == "/sign-in/forgotten"
    assert last_fact() == facts.AddressRefused(user_id=claire.id)
    kept = post.again(claire)
    assert (kept.email, kept.password_hash) == (former, "")
    db.session.rollback()
    assert not is_signed_in(thief)
    assert thief.post(mails[OTHER]).status_code == 404
    assert guest.post(mails[former]).status_code == 404


def test_an_address_of_another_account_receives_nothing(
    client_of: ClientOf, claire: User, robin: User, settings: Settings
) -> None:
    """And the page says the same: no way to learn who is here."""
    client = client_of(claire)
    assert list(moving(client, settings, robin.email)) == [claire.email]


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ({"password": "faux"}, 422, "Ce n’est pas votre mot de passe."),
        ({"email": "nowhere"}, 422, "n’est pas une adresse électronique"),
        ({"email": "é@example.org"}, 422, "n’est pas une adresse électronique"),
        ({"email": "x" * 250 + "@example.org"}, 422, "la limite est de 255"),
    ],
)
def test_an_address_that_will_not_do(
    client_of: ClientOf, claire: User, typed: dict[str, str], status: int, sentence: str
) -> None:
    fields = {"email": OTHER, "password": PASSWORD, **typed}
    answer = client_of(claire).post("/settings/address", data=fields)
    assert (answer.status_code, sentence in answer.text.replace("\u00a0", " ")) == (status, True)
    assert db.session.scalar(select(func.count()).select_from(Link)) == 0


def test_an_administrator_types_an_address_and_its_owner_confirms(
    client_of: ClientOf, ada: User, claire: User, robin: User, settings: Settings
) -> None:
    client = client_of(ada)
    page = f"/admin/people/{claire.handle}/address"
    assert client.post(page, data={"email": robin.email}).status_code == 409
    assert client.post(page, data={"email": claire.email}).status_code == 409
    assert client.post(page, data={"email": OTHER}).status_code == 303
    former = claire.email
    mails = links(post.deliver(settings))
    assert set(mails) == {OTHER, former}
    db.session.rollback()
    client_of(None).post(mails[OTHER])
    assert post.again(claire).email == OTHER
