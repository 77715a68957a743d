"""What administrators do, and what being one does not open."""

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from exchange import clock, db
from exchange.errors import NotAllowed
from exchange.log.facts import Fact
from exchange.log.models import Bookmark, Event, ParkedEvent
from exchange.outbox import letters
from exchange.people import actions, factors, facts
from exchange.people.models import Institution, Role, Team, Totp, User
from exchange.questions.models import Question
from exchange.questions.policy import may_read
from tests import factories
from tests.people.browsing import hidden, is_signed_in, sign_in

ClientOf = Callable[[User | None], FlaskClient]
NEW = "trois mots sans rapport"


def said(by: User) -> Fact:
    """The last thing this person did, as the log has it."""
    event = db.session.scalars(
        select(Event).where(Event.actor_id == by.id).order_by(Event.id.desc())
    ).first()
    assert event is not None
    return event.fact


def again(person: User) -> User:
    return db.session.get_one(User, person.id, populate_existing=True)


def test_ada_opens_an_account_and_its_password_is_shown_once(
    app: Flask, client_of: ClientOf, ada: User, lab: Team
) -> None:
    answer = client_of(ada).post(
        "/admin/new-person",
        data={
            "email": "Lou.Garcia@Example.org",
            "name": " Lou  Garcia ",
            "roles": ["2"],
            "team": lab.slug,
        },
    )
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    found = re.search(r'<code id="password">([^<]+)</code>', answer.text)
    assert found is not None
    lou = db.session.scalars(select(User).where(User.email == "lou.garcia@example.org")).one()
    assert (lou.name, lou.roles, lou.team_ids) == ("Lou Garcia", Role.RESEARCHER, [lab.id])
    assert said(ada) == facts.TeamJoined(team_id=lab.id, user_id=lou.id)
    assert found[1] not in client_of(ada).get(f"/admin/people/{lou.handle}").text
    own = client_of(None)
    app.config["WTF_CSRF_ENABLED"] = True
    choose_own(own, lou, found[1])


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"email": "nobody"}, "n’est pas une adresse électronique"),
        ({"email": ""}, "Ce champ est nécessaire."),
        ({"name": " "}, "Ce champ est nécessaire."),
        ({"roles": []}, "Ce champ est nécessaire."),
        ({"roles": ["64"]}, "Rôles"),
        ({"team": "nowhere"}, "Équipe"),
    ],
)
def test_an_account_that_cannot_be_opened_says_why(
    client_of: ClientOf, ada: User, typed: dict[str, object], sentence: str
) -> None:
    fields = {"email": "lou@example.org", "name": "Lou Garcia", "roles": ["1"], "team": ""}
    answer = client_of(ada).post("/admin/new-person", data={**fields, **typed})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert db.session.scalar(select(User).where(User.name == "Lou Garcia")) is None


def test_the_same_address_twice_is_refused(client_of: ClientOf, ada: User, claire: User) -> None:
    fields = {"email": claire.email, "name": "Une autre", "roles": ["1"], "team": ""}
    answer = client_of(ada).post("/admin/new-person", data=fields)
    assert answer.status_code == 422
    assert "Un compte existe déjà" in answer.text


def test_suspending_ends_the_sessions_at_once(client_of: ClientOf, ada: User, claire: User) -> None:
    hers, client = client_of(claire), client_of(ada)
    assert is_signed_in(hers)
    client.post(f"/admin/people/{claire.handle}/suspend")
    assert not is_signed_in(hers)
    assert said(ada) == facts.UserSuspended(user_id=claire.id)
    assert client.post(f"/admin/people/{claire.handle}/suspend").status_code == 409
    client.post(f"/admin/people/{claire.handle}/reinstate")
    assert said(ada) == facts.UserReinstated(user_id=claire.id)
    assert not is_signed_in(hers)  # the old session stays ended
    assert is_signed_in(client_of(again(claire)))
    assert client.post(f"/admin/people/{claire.handle}/reinstate").status_code == 409


def test_ada_does_not_lock_herself_out(client_of: ClientOf, ada: User) -> None:
    client = client_of(ada)
    assert client.post(f"/admin/people/{ada.handle}/suspend").status_code == 403
    assert (
        client.post(f"/admin/people/{ada.handle}/roles", data={"roles": ["1"]}).status_code == 422
    )
    assert again(ada).active
    assert again(ada).is_admin


def test_other_roles_ask_for_another_session(client_of: ClientOf, ada: User, claire: User) -> None:
    hers = client_of(claire)
    assert hers.get("/admin").status_code == 403
    client_of(ada).post(f"/admin/people/{claire.handle}/roles", data={"roles": ["1", "8"]})
    assert said(ada) == facts.RolesChanged(user_id=claire.id, before=1, after=9)
    assert not is_signed_in(hers)
    assert client_of(again(claire)).get("/admin").status_code == 200


def test_ada_gives_herself_no_way_in(client_of: ClientOf, ada: User, lab: Team) -> None:
    """A role or a team opens texts: somebody else gives it, or nobody hears of it."""
    client, page = client_of(ada), f"/admin/people/{ada.handle}"
    for address, data in (("roles", {"roles": ["4", "8"]}), ("teams", {"team": lab.slug})):
        answer = client.post(f"{page}/{address}", data=data)
        assert answer.status_code == 422
        assert "demandez à un autre administrateur" in answer.text
    assert client.get("/triage").status_code == 403
    assert (again(ada).roles, again(ada).team_ids) == (Role.ADMINISTRATOR, [])


def test_a_forgotten_password_is_replaced(
    app: Flask, client_of: ClientOf, ada: User, claire: User
) -> None:
    hers = client_of(claire)
    answer = client_of(ada).post(f"/admin/people/{claire.handle}/password")
    found = re.search(r'<code id="password">([^<]+)</code>', answer.text)
    assert found is not None
    assert said(ada) == facts.PasswordChanged(user_id=claire.id)
    assert not is_signed_in(hers)
    app.config["WTF_CSRF_ENABLED"] = True
    sign_in(hers, claire)
    assert not is_signed_in(hers)
    given = again(claire).password_until
    assert given is not None
    assert timedelta(hours=71) < given - clock.now() <= timedelta(hours=72)
    for until, sentence in ((clock.now(), "n’a pas servi à temps"), (given, "")):
        again(claire).password_until = until
        db.session.commit()
        if sentence:
            assert sentence in sign_in(app.test_client(), claire, found[1]).text
    choose_own(hers, claire, found[1])


def choose_own(browser: FlaskClient, person: User, given: str) -> None:
    """A password made by somebody else opens nothing: its owner chooses one, and it is spent."""
    address = str(sign_in(browser, person, given).location)
    assert address.startswith("/sign-in/reset/")
    assert not is_signed_in(browser)
    token = hidden(browser.get(address).text, "csrf_token")
    fields = {"csrf_token": token, "new_password": NEW, "repeat": NEW}
    assert browser.post(address, data=fields).location == "/sign-in"
    assert sign_in(browser, person, given).status_code == 422
    sign_in(browser, person, NEW)
    assert is_signed_in(browser)


def test_what_was_typed_outlives_a_session_a_provisional_password_and_a_second_factor(
    app: Flask, client_of: ClientOf, ada: User, claire: User
) -> None:
    """Ada gives Claire a password while Claire writes: the session is over, and she comes in by
    choosing her own and showing a code. Her words come along through every page."""
    hers, desk = client_of(claire), client_of(ada)
    secret = factors.new_secret()
    key = app.config["SECRET_KEY"]
    factors.add_totp(again(claire), secret, pyotp.TOTP(secret).now(), key=key)
    db.session.execute(update(Totp).values(last_step=0))
    db.session.commit()
    given = re.search(
        r'<code id="password">([^<]+)</code>',
        desk.post(f"/admin/people/{claire.handle}/password").text,
    )
    assert given is not None
    words = "Un patient sur deux progresse sans que rien ne le prédise."
    late = hers.post("/questions/new", data={"title": "Mes mots", "problem": words})
    assert late.status_code == 401
    assert "Entrer avec une clé d’accès" in late.text  # a passkey is a door from there, too

    def carried(page: TestResponse) -> dict[str, str]:
        fields = {name: hidden(page.text, name) for name in ("kept", "kept_to")}
        assert ["problem", words] in json.loads(fields["kept"])
        return fields

    email = again(claire).email
    chosen = hers.post("/sign-in", data={"email": email, "password": given[1], **carried(late)})
    found = re.search(r'action="(/sign-in/reset/[^"]+)"', chosen.text)
    assert found is not None
    wrong = hers.post(found[1], data={"new_password": NEW, "repeat": "autre", **carried(chosen)})
    assert wrong.status_code == 422
    right = {"new_password": NEW, "repeat": NEW, **carried(wrong)}
    back = hers.post(found[1], data=right)
    half = hers.post("/sign-in", data={"email": email, "password": NEW, **carried(back)})
    shown = {"code": pyotp.TOTP(secret).now(), **carried(half)}
    whole = hers.post("/sign-in/second", data=shown)
    assert 'action="/questions/new"' in whole.text
    assert words in whole.text
    assert is_signed_in(hers)


def test_leaving_a_team_closes_its_circles_at_once(
    client_of: ClientOf, ada: User, claire: User, mona: User, robin: User, lab: Team
) -> None:
    secret = factories.circled(claire, mona, lab)
    assert may_read(robin, secret)
    client = client_of(ada)
    client.post(f"/admin/people/{robin.handle}/teams/{lab.slug}/leave")
    assert said(ada) == facts.TeamLeft(team_id=lab.id, user_id=robin.id)
    db.session.expire_all()
    kept = db.session.get_one(Question, secret.id)
    assert not may_read(again(robin), kept)
    again_left = client.post(f"/admin/people/{robin.handle}/teams/{lab.slug}/leave")
    assert again_left.status_code == 409


def test_joining_a_team(client_of: ClientOf, ada: User, robin: User, other_lab: Team) -> None:
    client = client_of(ada)
    address = f"/admin/people/{robin.handle}/teams"
    client.post(address, data={"team": other_lab.slug, "lead": "y"})
    assert said(ada) == facts.TeamJoined(team_id=other_lab.id, user_id=robin.id)
    assert other_lab.id in again(robin).team_ids
    twice = client.post(address, data={"team": other_lab.slug})
    assert twice.status_code == 409
    assert "fait déjà partie" in twice.text


def test_being_an_administrator_opens_no_question(
    client_of: ClientOf, ada: User, claire: User, mona: User, robin: User, lab: Team
) -> None:
    secret = factories.circled(claire, mona, lab, title="Canari dans le cercle")
    waiting = factories.submitted(claire, title="Canari en attente")
    factories.claimed(secret, robin)
    assert not may_read(ada, secret)
    assert not may_read(ada, waiting)
    client = client_of(ada)
    for address in (
        "/admin",
        f"/admin/people/{claire.handle}",
        "/admin/teams",
        f"/admin/teams/{lab.slug}",
        f"/teams/{lab.slug}",
        f"/questions/{secret.ref}",
        f"/questions/{waiting.ref}",
    ):
        assert "Canari" not in client.get(address).text


def test_everybody_else_stays_outside(app: Flask, client_of: ClientOf, robin: User) -> None:
    visitors = [(client_of(None), {302, 401}), (client_of(robin), {403})]
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("people.admin")]
    assert len(rules) > 10
    for rule in rules:
        address = rule.rule.replace("<handle>", robin.handle).replace("<slug>", "t1")
        for client, refused in visitors:
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                assert client.open(address, method=method).status_code in refused, address


def test_actions_ask_again_who_acts(session: None, robin: User, claire: User, lab: Team) -> None:
    attempts: list[Callable[[], object]] = [
        lambda: actions.suspend(claire, by=robin),
        lambda: actions.reinstate(claire, by=robin),
        lambda: actions.set_roles(robin, Role.ADMINISTRATOR, by=robin),
        lambda: actions.renew_password(claire, by=robin),
        lambda: actions.join_team(robin, lab, by=robin),
        lambda: actions.leave_team(claire, lab, by=robin),
    ]
    for attempt in attempts:
        with pytest.raises(NotAllowed):
            attempt()
    assert robin.roles == Role.RESEARCHER


def test_a_house_and_its_team(client_of: ClientOf, ada: User) -> None:
    client = client_of(ada)
    house = {"name": "Hôpital Européen", "short": "HE", "kind": "hospital", "city": "Marseille"}
    assert client.post("/admin/new-institution", data=house).location == "/admin/teams"
    institution = db.session.scalars(select(Institution)).one()
    assert (institution.slug, institution.name) == ("he", "Hôpital Européen")
    assert said(ada) == facts.InstitutionAdded(institution_id=institution.id)
    crew = {
        "name": "Rhumatologie",
        "kind": "department",
        "institution": "he",
        "description": "Un **service**.",
        "expertise": "polyarthrite\r\n\r\n lupus ",
        "areas": ["autoimmune"],
    }
    client.post("/admin/new-team", data=crew)
    team = db.session.scalars(select(Team)).one()
    assert (team.slug, team.expertise) == ("he-rhumatologie", ["polyarthrite", "lupus"])
    assert "<strong>service</strong>" in team.description_html
    assert said(ada) == facts.TeamAdded(team_id=team.id)
    client.post("/admin/teams/he-rhumatologie", data={**crew, "name": "Rhumatologie et os"})
    db.session.expire_all()
    assert db.session.get_one(Team, team.id).name == "Rhumatologie et os"
    assert said(ada) == facts.TeamChanged(team_id=team.id)
    client.post("/admin/institutions/he", data={**house, "city": "Aubagne"})
    assert said(ada) == facts.InstitutionChanged(institution_id=institution.id)
    assert "Rhumatologie et os" in client.get("/admin/teams").text
    assert client.post("/admin/new-institution", data=house).status_code == 303
    slugs = db.session.scalars(select(Institution.slug)).all()
    assert set(slugs) == {"he", "he-2"}


def test_a_team_keeps_what_its_form_shows(client_of: ClientOf, ada: User, lab: Team) -> None:
    lab.expertise, lab.areas = ["épuisement T", "TIGIT"], ["cancer", "other"]
    page = client_of(ada).get(f"/admin/teams/{lab.slug}").text
    assert "épuisement T\nTIGIT" in page
    assert len(re.findall(r"<input checked[^>]*name=\"areas\"", page)) == 2


def test_people_are_found_by_name_and_by_address(
    client_of: ClientOf, ada: User, claire: User, robin: User
) -> None:
    client = client_of(ada)

    def found(**query: str) -> set[str]:
        page = client.get("/admin", query_string=query).text
        return {name for name in ("Claire Martel", "Robin Aubert") if name in page}

    assert found() == {"Claire Martel", "Robin Aubert"}
    assert found(q="martel") == {"Claire Martel"}
    assert found(q="aubert robin") == {"Robin Aubert"}
    assert found(q=robin.email) == {"Robin Aubert"}
    assert found(q="%") == set()
    assert found(role="clinician") == {"Claire Martel"}
    assert found(role="wizard") == {"Claire Martel", "Robin Aubert"}
    assert found(suspended="1") == set()


def test_people_are_turned_by_pages(client_of: ClientOf, ada: User) -> None:
    names = [f"Zo{'éeë'[number % 3]} {number:03}" for number in range(120)]
    for name in names:
        factories.user(name, Role.CLINICIAN)
    client = client_of(ada)
    seen: list[str] = []
    address = "/admin?q=Zo"
    pages = [address]
    while True:
        page = client.get(address).text
        seen += re.findall(r"Zo[éeë] \d{3}", page)
        older = re.search(r'href="([^"]+)" rel="next"', page)
        if older is None:
            break
        address = older[1].replace("&amp;", "&")
        pages.append(address)
    assert seen == names
    assert len(pages) == 6
    newer = re.search(r'href="([^"]+)" rel="prev"', page)
    assert newer is not None
    back = client.get(newer[1].replace("&amp;", "&")).text
    assert re.findall(r"Zo[éeë] \d{3}", back) == seen[80:100]
    assert client.get("/admin?after=nobody").status_code == 200


def test_the_page_tells_when_mail_no_longer_leaves(
    client_of: ClientOf, ada: User, claire: User, question: Question
) -> None:
    with clock.at(clock.now().replace(year=2025)):
        letters.put("asked", to=claire.id, reason="test:1", question_id=question.id)
    last = db.session.scalars(select(Event.id).order_by(Event.id.desc())).first()
    assert last is not None
    db.session.add(Bookmark(follower="letters", event_id=last - 1, attempts=2, error="boom"))
    db.session.add(ParkedEvent(follower="letters", event_id=last, error="KeyError: kind"))
    page = client_of(ada).get("/admin").text
    assert "Les courriels ne partent plus." in page
    assert "boom" in page
    assert "KeyError: kind" in page
