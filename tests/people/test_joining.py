"""Coming to the site: invited, admitted, from a table; and what stays closed until then."""

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from exchange import db
from exchange.people import accounts, facts
from exchange.people import links as made
from exchange.people.models import Institution, Link, Membership, Role, Standing, Team, User
from exchange.settings import Settings
from tests import factories
from tests.mail import post
from tests.people.browsing import is_signed_in, sign_in
from tests.people.test_recovery import last_fact, links

ClientOf = Callable[[User | None], FlaskClient]
LOU = "lou.garcia@ap-hm.example"
WORD = "trois mots sans rapport"
HELLO = {"name": "Lou Garcia", "title": "Interne", "new_password": WORD, "repeat": WORD}


def lou() -> User:
    return db.session.scalars(
        select(User).where(User.email == LOU).execution_options(populate_existing=True)
    ).one()


def invited(client: FlaskClient, settings: Settings, **changes: object) -> dict[str, str]:
    fields = {"email": LOU, "name": "Lou G.", "roles": ["2"], "team": "", **changes}
    answer = client.post("/invitations/new", data=fields)
    assert answer.status_code == 303, answer.text
    found = links(post.deliver(settings))
    db.session.rollback()
    return found


@pytest.fixture
def leader(lab: Team) -> User:
    """The researcher responsible for the laboratory."""
    person = factories.user("Paule Vidal", Role.RESEARCHER, lab)
    person.memberships[0].lead = True
    db.session.flush()
    return person


def test_a_lead_invites_and_lou_comes_in(
    app: Flask, client_of: ClientOf, leader: User, lab: Team, settings: Settings
) -> None:
    path = invited(client_of(leader), settings, team=lab.slug)[LOU]
    assert (lou().active, lou().standing, lou().team_ids) == (False, Standing.INVITED, [lab.id])
    guest = client_of(None)
    assert 'value="Lou G."' in guest.get(path).text
    assert guest.post(path, data={**HELLO, "repeat": "autre"}).status_code == 422
    assert guest.post(path, data=HELLO).location == "/sign-in"
    assert last_fact() == facts.TeamJoined(team_id=lab.id, user_id=lou().id)
    assert (lou().name, lou().handle, lou().roles) == ("Lou Garcia", "lou.garcia", Role.RESEARCHER)
    assert guest.get(path).status_code == 404
    app.config["WTF_CSRF_ENABLED"] = True
    sign_in(guest, LOU, WORD)
    assert is_signed_in(guest)


@pytest.mark.parametrize(
    ("who", "roles", "team", "status"),
    [
        ("ada", ["4", "8"], "", 303),
        ("mona", ["1"], "", 303),
        ("mona", ["4"], "", 422),
        ("leader", ["2"], "", 422),
        ("leader", ["2"], "elsewhere", 422),
        ("leader", ["8"], "own", 422),
        ("robin", ["2"], "own", 403),
    ],
)
def test_one_invites_to_what_one_may_give(
    request: pytest.FixtureRequest,
    client_of: ClientOf,
    lab: Team,
    other_lab: Team,
    who: str,
    roles: list[str],
    team: str,
    status: int,
) -> None:
    slug = {"own": lab.slug, "elsewhere": other_lab.slug}.get(team, "")
    client = client_of(request.getfixturevalue(who))
    fields = {"email": LOU, "name": "Lou", "roles": roles, "team": slug}
    assert client.post("/invitations/new", data=fields).status_code == status
    assert db.session.scalar(select(func.count()).where(User.email == LOU)) == (status == 303)


def test_an_account_not_yet_open_is_nowhere(
    client_of: ClientOf, ada: User, lab: Team, settings: Settings
) -> None:
    client = client_of(ada)
    invited(client, settings, team=lab.slug)
    assert "Lou G." not in client.get(f"/teams/{lab.slug}").text
    page = client.get("/admin").text
    assert "Lou G." in page
    assert "invité" in page
    assert client.post(f"/admin/people/{lou().handle}/reinstate").status_code == 409
    assert "Lou G." not in client.get("/admin?suspended=1").text


def test_inviting_again_sends_a_new_link_and_voids_the_old(
    client_of: ClientOf, ada: User, settings: Settings
) -> None:
    client = client_of(ada)
    first = invited(client, settings)[LOU]
    second = invited(client, settings)[LOU]
    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200


# -- asking to join --------------------------------------------------------------------------------


@pytest.fixture
def house(department: Team) -> Institution:
    department.institution.mail_domains = ["ap-hm.example"]
    db.session.flush()
    return department.institution


def applied(client: FlaskClient, settings: Settings, team: str = "") -> None:
    assert client.post("/join", data={"email": LOU}).status_code == 200
    path = links(post.deliver(settings))[LOU]
    db.session.rollback()
    answer = client.post(path, data={**HELLO, "role": "1", "team": team})
    assert "Votre demande est envoyée" in answer.text
    assert client.get(path).status_code == 404


def test_lou_asks_and_mona_admits(
    app: Flask,
    client_of: ClientOf,
    house: Institution,
    department: Team,
    mona: User,
    settings: Settings,
) -> None:
    guest, desk, team = client_of(None), client_of(mona), department.name
    applied(guest, settings, department.slug)
    assert last_fact() == facts.UserApplied(user_id=lou().id)
    assert (lou().active, lou().standing) == (False, Standing.CANDIDATE)
    assert "/admissions#person-" in desk.get("/triage").text
    page = desk.get("/admissions").text
    assert "Lou Garcia" in page
    assert team in page
    assert desk.post(f"/admissions/{lou().id}/admit").status_code == 303
    assert (lou().active, lou().standing) == (True, Standing.MEMBER)
    assert desk.post(f"/admissions/{lou().id}/admit").status_code == 409
    told = post.deliver(settings)
    assert [str(mail["Subject"]) for mail in told.to(lou())] == ["Votre compte est ouvert"]
    db.session.rollback()
    app.config["WTF_CSRF_ENABLED"] = True
    sign_in(guest, LOU, WORD)
    assert is_signed_in(guest)


def test_a_candidate_does_not_sign_in(
    app: Flask, client_of: ClientOf, house: Institution, settings: Settings
) -> None:
    guest = client_of(None)
    applied(guest, settings)
    app.config["WTF_CSRF_ENABLED"] = True
    assert sign_in(guest, LOU, WORD).status_code == 422
    assert not is_signed_in(guest)


def test_the_lead_decides_for_the_team_and_for_no_other(
    client_of: ClientOf, house: Institution, department: Team, leader: User, settings: Settings
) -> None:
    chief = factories.user("Rémi Costes", Role.CLINICIAN, department)
    chief.memberships[0].lead = True
    his, hers = client_of(chief), client_of(leader)
    applied(client_of(None), settings, department.slug)
    assert "Lou Garcia" not in hers.get("/admissions").text
    assert hers.post(f"/admissions/{lou().id}/admit").status_code == 404
    assert "Lou Garcia" in his.get("/admissions").text
    assert his.post(f"/admissions/{lou().id}/turn-away").status_code == 303
    assert lou().standing is Standing.TURNED_AWAY
    bag = post.deliver(settings)
    assert "n’est pas retenue" in str(bag.to(lou())[0]["Subject"])


@pytest.mark.parametrize(
    ("email", "status"),
    [
        ("lou@ap-hm.example", 200),
        ("lou@derm.ap-hm.example", 200),
        ("lou@notap-hm.example", 422),
        ("lou@gmail.example", 422),
        ("lou", 422),
    ],
)
def test_only_addresses_of_the_institutions(
    client_of: ClientOf, house: Institution, email: str, status: int
) -> None:
    assert client_of(None).post("/join", data={"email": email}).status_code == status


def without_token(page: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]*"', "", page)


def test_asking_with_the_address_of_a_member_tells_only_the_member(
    client_of: ClientOf, house: Institution, claire: User, settings: Settings
) -> None:
    hers = claire.email = "claire@ap-hm.example"
    guest = client_of(None)
    guest.get("/join")
    page = guest.post("/join", data={"email": hers}).text
    other = guest.post("/join", data={"email": LOU}).text
    assert without_token(page.replace(hers, "")) == without_token(other.replace(LOU, ""))
    bag = post.deliver(settings)
    assert {to: str(mail["Subject"]) for to, mail in bag.mails} == {
        hers: "Vous avez déjà un compte",
        LOU: "Confirmer votre adresse",
    }
    db.session.rollback()
    link = db.session.scalars(select(Link).where(Link.email == hers)).one()
    path = f"/join/{made.token(link, settings.key())}"
    assert guest.post(path, data={**HELLO, "role": "1", "team": ""}).status_code == 409


def test_a_longer_domain_is_the_nearer_institution(house: Institution) -> None:
    inner = factories.institution("IPC")
    inner.mail_domains = ["ipc.ap-hm.example"]
    db.session.flush()
    found = accounts.institution_of("lou@ipc.ap-hm.example")
    assert found is not None
    assert found.short == "IPC"


def test_an_institution_keeps_its_domains(
    client_of: ClientOf, ada: User, house: Institution
) -> None:
    client = client_of(ada)
    page = f"/admin/institutions/{house.slug}"
    assert "ap-hm.example</textarea>" in client.get(page).text
    fields = {"name": "AP-HM", "short": "AP-HM", "kind": "hospital", "city": "Marseille"}
    assert client.post(page, data={**fields, "domains": "@ap-hm.fr"}).status_code == 422
    client.post(page, data={**fields, "domains": "AP-HM.fr\n\nuniv-amu.fr"})
    assert post.again(house).mail_domains == ["ap-hm.fr", "univ-amu.fr"]


# -- a table of people -----------------------------------------------------------------------------

GOOD = "email;nom;rôles;équipe\nLou.Garcia@ap-hm.example;Lou Garcia;chercheuse;{team}\n"


@pytest.mark.parametrize(
    ("text", "dry_run", "status", "sentence"),
    [
        (GOOD, True, 200, "1 personne serait invitée"),
        (GOOD, False, 200, "1 personne invitée"),
        (GOOD.replace("chercheuse", "reine"), False, 422, "« reine » n’est pas un rôle."),
        (GOOD.replace("{team}", "ailleurs"), False, 422, "Aucune équipe ne s’appelle"),
        (GOOD.replace("Lou Garcia;", ";"), False, 422, "Il manque le nom."),
        (GOOD.replace("@ap-hm.example", ""), False, 422, "n’est pas une adresse"),
    ],
)
def test_ada_sends_a_table(
    client_of: ClientOf, ada: User, lab: Team, text: str, dry_run: bool, status: int, sentence: str
) -> None:
    data: dict[str, object] = {"file": (BytesIO(text.format(team=lab.name).encode()), "people.csv")}
    if dry_run:
        data["dry_run"] = "y"
    answer = client_of(ada).post(
        "/admin/import-people", data=data, content_type="multipart/form-data"
    )
    assert (answer.status_code, sentence in answer.text.replace("\u00a0", " ")) == (status, True)
    there = db.session.scalar(
        select(func.count()).select_from(Membership).where(Membership.team_id == lab.id)
    )
    assert there == (status == 200 and not dry_run)


def test_members_in_the_table_are_left_alone(client_of: ClientOf, ada: User, claire: User) -> None:
    text = f"email,name,roles\n{claire.email},Autre nom,researcher\n"
    answer = client_of(ada).post(
        "/admin/import-people",
        data={"file": (BytesIO(text.encode()), "people.csv")},
        content_type="multipart/form-data",
    )
    assert "1 déjà membre" in answer.text.replace("\u00a0", " ")
    assert post.again(claire).name == "Claire Martel"
