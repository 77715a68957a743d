"""The list of teams, and what a team promised and did."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from exchange import db
from exchange.people.models import Area, InstitutionKind, Membership, Role, Team, TeamKind, User
from exchange.questions.models import Question
from exchange.research import hypotheses
from tests import factories
from tests.counting import count_queries

ClientOf = Callable[[User | None], FlaskClient]


def test_the_list_says_who_works_on_what(
    client_of: ClientOf, claire: User, robin: User, lena: User, question: Question
) -> None:
    factories.claimed(question, robin)
    hypothesis = factories.proposed(question, robin)
    hypotheses.endorse(hypothesis, by=claire)
    factories.started(hypothesis, robin, claire)
    cards = client_of(claire).get("/teams").text.split("<article")[1:]
    (lab,) = (card for card in cards if "Immunité et tumeurs" in card)
    assert "1 question prise en charge" in lab
    assert "1 projet" in lab
    others = [card for card in cards if card is not lab]
    assert len(others) == 2
    assert not any("prise en charge" in card or "projet" in card for card in others)


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("/teams", {"Dermatologie", "Bactéries", "Anticorps"}),
        ("/teams?area=cancer", {"Dermatologie"}),
        ("/teams?area=infectious", {"Bactéries", "Anticorps"}),
        ("/teams?kind=department", {"Dermatologie"}),
        ("/teams?institution=biotech", {"Anticorps"}),
        ("/teams?area=infectious&kind=department", set()),
        ("/teams?area=astrology&kind=%25", {"Dermatologie", "Bactéries", "Anticorps"}),
        ("/teams?institution=nowhere", set()),
    ],
)
def test_the_filters_live_in_the_address(
    client_of: ClientOf, session: None, address: str, found: set[str]
) -> None:
    company = factories.institution("Biotech", InstitutionKind.COMPANY)
    company.slug = "biotech"
    factories.team("Dermatologie", kind=TeamKind.DEPARTMENT)
    factories.team("Bactéries", areas=(Area.INFECTIOUS, Area.OTHER))
    factories.team("Anticorps", of=company, areas=(Area.INFECTIOUS,))
    reader = factories.user("Claire Martel", Role.CLINICIAN)
    page = client_of(reader).get(address).text
    assert {name for name in ("Dermatologie", "Bactéries", "Anticorps") if name in page} == found


def test_a_team_page_tells_what_was_promised_and_by_when(
    client_of: ClientOf, claire: User, robin: User, lab: Team, question: Question
) -> None:
    claim = factories.claimed(question, robin)
    hypothesis = factories.proposed(question, robin)
    hypotheses.endorse(hypothesis, by=claire)
    project = factories.started(hypothesis, robin, claire)
    lab.expertise, lab.techniques = ["épuisement T"], ["cytométrie spectrale"]
    page = client_of(claire).get(f"/teams/{lab.slug}").text
    for shown in (
        "Robin Aubert",
        "épuisement T",
        "cytométrie spectrale",
        f"/questions/{question.ref}",
        claim.next_step,
        f"/hypotheses/{hypothesis.ref}",
        f"/projects/{project.ref}",
    ):
        assert shown in page


def test_a_member_who_was_suspended_is_not_shown(
    client_of: ClientOf, claire: User, robin: User, lab: Team
) -> None:
    robin.active = False
    assert "Robin Aubert" not in client_of(claire).get(f"/teams/{lab.slug}").text


def test_a_promise_in_a_circle_is_for_the_circle(
    client_of: ClientOf,
    claire: User,
    mona: User,
    ada: User,
    robin: User,
    lena: User,
    lab: Team,
) -> None:
    secret = factories.circled(claire, mona, lab, title="Canari dans le cercle")
    factories.claimed(secret, robin)
    address = f"/teams/{lab.slug}"
    for outsider in (lena, ada):
        client = client_of(outsider)
        assert "Canari" not in client.get(address).text
        assert "prise en charge" not in client.get("/teams").text
    for insider in (claire, robin, mona):
        client = client_of(insider)
        assert "Canari dans le cercle" in client.get(address).text
        assert "1 question prise en charge" in client.get("/teams").text


def test_a_confidential_project_is_counted_for_those_who_read_it(
    client_of: ClientOf,
    claire: User,
    ada: User,
    robin: User,
    lena: User,
    lab: Team,
    question: Question,
) -> None:
    factories.claimed(question, robin)
    hypothesis = factories.proposed(question, robin, confidential=True)
    hypotheses.endorse(hypothesis, by=claire)
    project = factories.started(hypothesis, robin, claire, confidential=True)
    address = f"/teams/{lab.slug}"
    for outsider in (lena, ada):
        client = client_of(outsider)
        page = client.get(address).text
        assert hypothesis.ref not in page
        assert hypothesis.statement not in page
        assert project.ref not in page
        assert project.title not in page
        assert "1 projet" not in client.get("/teams").text
    insider = client_of(robin)
    assert project.ref in insider.get(address).text
    assert "1 projet" in insider.get("/teams").text


def test_a_partner_is_part_of_the_project(
    client_of: ClientOf, claire: User, robin: User, lena: User, other_lab: Team, question: Question
) -> None:
    factories.claimed(question, robin)
    hypothesis = factories.proposed(question, robin)
    hypotheses.endorse(hypothesis, by=claire)
    project = factories.started(hypothesis, robin, claire)
    project.partners.append(other_lab)
    page = client_of(lena).get(f"/teams/{other_lab.slug}").text
    assert project.title in page
    assert "partenaire" in page


@pytest.mark.parametrize("slug", ["nowhere", "%27", "a%00b", "é", "x" * 300])
def test_a_team_that_is_not_there(client_of: ClientOf, claire: User, slug: str) -> None:
    assert client_of(claire).get(f"/teams/{slug}").status_code in {400, 404}


def test_pages_cost_the_same_whatever_their_size(
    app: Flask,
    client_of: ClientOf,
    claire: User,
    mona: User,
    robin: User,
    lab: Team,
    question: Question,
) -> None:
    factories.claimed(question, robin)
    client = client_of(claire)
    small = [_cost(client, address) for address in ("/teams", f"/teams/{lab.slug}")]
    db.begin_write()
    claire, mona, robin = (db.session.merge(one) for one in (claire, mona, robin))
    for number in range(8):
        one = factories.opened(claire, mona, title=f"Une autre question, {number}")
        factories.claimed(one, robin)
        factories.proposed(one, robin)
        factories.team(f"Équipe {number}")
        friend = factories.user(f"Ami {number}", Role.RESEARCHER)
        friend.memberships = [Membership(team_id=lab.id)]
    db.session.commit()
    large = [_cost(client, address) for address in ("/teams", f"/teams/{lab.slug}")]
    assert small == large
    assert max(large) <= 8


def _cost(client: FlaskClient, address: str) -> int:
    client.get(address)
    db.session.remove()
    with count_queries() as sent:
        assert client.get(address).status_code == 200
    return len(sent)
