"""The list: filters in the address, pages by place, and nothing that is not the reader's."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient

from exchange import clock, db
from exchange.moderation import actions as moderation
from exchange.people.models import Area, Role, Team, User
from exchange.questions import actions as asking
from exchange.questions import queries
from exchange.questions.forms import Sort
from exchange.questions.models import Kind, Question
from tests import factories
from tests.counting import count_queries
from tests.walk import TOKEN

ClientOf = Callable[[User | None], FlaskClient]


def titles(client: FlaskClient, address: str) -> list[str]:
    """The titles a page of the list shows, in order."""
    page = client.get(address)
    assert page.status_code == 200
    cards = page.text.partition('id="results"')[2].partition("</ol>\n")[0].split("<h2>")[1:]
    return [unescape(card.split(">")[1].partition("<")[0]).replace("\u00a0", " ") for card in cards]


def shown(client: FlaskClient, address: str) -> str:
    return unescape(client.get(address).text).replace("\u00a0", " ")


@pytest.fixture
def five(claire: User, mona: User) -> list[Question]:
    """Five open questions, a day apart, the oldest first."""
    made = []
    for number in range(5):
        with clock.at(clock.now() - timedelta(days=10 - number)):
            made.append(factories.opened(claire, mona, title=f"Question {number}"))
    return made


def test_the_newest_come_first(five: list[Question], robin: User, client_of: ClientOf) -> None:
    assert titles(client_of(robin), "/questions") == [f"Question {n}" for n in (4, 3, 2, 1, 0)]


def test_the_longest_waiting_come_first_and_taken_ones_do_not_wait(
    five: list[Question], robin: User, client_of: ClientOf
) -> None:
    factories.claimed(five[0], robin)
    client = client_of(robin)
    assert titles(client, "/questions?sort=waiting") == [f"Question {n}" for n in (1, 2, 3, 4)]
    assert "attend depuis 9 jours" in shown(client, "/questions?sort=waiting")


def test_the_most_supported_come_first(
    five: list[Question], department: Team, robin: User, client_of: ClientOf
) -> None:
    colin = factories.user("Colin Brun", Role.CLINICIAN, department)
    asking.support(five[1], band=None, by=colin)
    assert titles(client_of(robin), "/questions?sort=supported")[0] == "Question 1"


def test_each_filter_lives_in_the_address(
    five: list[Question],
    claire: User,
    mona: User,
    robin: User,
    lab: Team,
    department: Team,
    client_of: ClientOf,
) -> None:
    lupus = factories.opened(
        claire, mona, title="Lupus", area=Area.AUTOIMMUNE, kind=Kind.PREVENTION
    )
    factories.claimed(lupus, robin)
    asking.follow(five[2], robin)
    client = client_of(robin)
    house = department.institution.slug
    assert titles(client, "/questions?area=autoimmune") == ["Lupus"]
    assert titles(client, "/questions?kind=prevention") == ["Lupus"]
    assert titles(client, "/questions?stage=claimed") == ["Lupus"]
    assert titles(client, "/questions?mine=1") == ["Lupus"]
    assert titles(client, f"/questions?team={lab.slug}") == ["Lupus"]
    assert len(titles(client, f"/questions?team={department.slug}")) == 6
    assert len(titles(client, f"/questions?institution={house}")) == 6
    assert len(titles(client, "/questions?unclaimed=1")) == 5
    assert titles(client, "/questions?following=1&stage=open") == ["Question 2"]
    assert titles(client, "/questions?area=autoimmune&unclaimed=1") == []


def test_a_chip_takes_its_filter_away(
    five: list[Question], robin: User, client_of: ClientOf
) -> None:
    page = shown(client_of(robin), "/questions?area=cancer&stage=open&sort=supported")
    assert 'href="/questions?area=cancer&sort=supported"' in page
    assert 'href="/questions?stage=open&sort=supported"' in page


def test_an_unknown_value_is_said_not_ignored(
    five: list[Question], robin: User, client_of: ClientOf
) -> None:
    client = client_of(robin)
    page = shown(client, "/questions?area=astrology&stage=draft&sort=best&team=nobody&mine=yes")
    for told in (
        "Domaine : « astrology » n’est pas appliqué",
        "Étape : « draft » n’est pas appliqué",
        "Équipe : « nobody » n’est pas appliqué",
        "Les miennes : « yes » n’est pas appliqué",
    ):
        assert told in page
    assert "<script>" not in shown(client, "/questions?area=<x>").partition("<main")[0][-9:]


@pytest.mark.parametrize(
    "cursor",
    ["x", "é", "Zm9vfDE", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5fDE", "x" * 9_000, "////"],
)
@pytest.mark.parametrize("sort", list(Sort))
def test_a_wrong_place_shows_the_beginning_and_says_so(
    cursor: str, sort: Sort, five: list[Question], robin: User, client_of: ClientOf
) -> None:
    address = f"/questions?sort={sort.value}&after={cursor}"
    client = client_of(robin)
    assert "Cette page de la liste n’existe pas" in shown(client, address)
    assert len(titles(client, address)) == 5


@pytest.mark.parametrize("sort", list(Sort))
def test_pages_lead_on_and_back_without_losing_one(
    sort: Sort,
    five: list[Question],
    robin: User,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(queries, "PAGE", 2)
    client = client_of(robin)
    first = shown(client, f"/questions?sort={sort.value}")
    seen = titles(client, f"/questions?sort={sort.value}")
    addresses = [f"/questions?sort={sort.value}"]
    while 'rel="next"' in (page := shown(client, addresses[-1])):
        addresses.append(page.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0])
        seen += titles(client, addresses[-1])
    assert sorted(seen) == [f"Question {n}" for n in range(5)]
    assert len(addresses) == 3
    assert 'rel="prev"' not in first
    back = shown(client, addresses[1]).partition('rel="prev"')[0].rpartition('href="')[2]
    assert titles(client, back.partition('"')[0]) == seen[:2]


def test_the_same_date_twice_is_no_trap(
    claire: User, mona: User, robin: User, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clock.at(clock.now() - timedelta(days=1)):
        for number in range(3):
            factories.opened(claire, mona, title=f"Question {number}")
    monkeypatch.setattr(queries, "PAGE", 1)
    client = client_of(robin)
    address, seen = "/questions", titles(client, "/questions")
    while 'rel="next"' in (page := shown(client, address)):
        address = page.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
        seen += titles(client, address)
    assert seen == ["Question 2", "Question 1", "Question 0"]


def test_a_circle_is_not_there_for_the_others(
    five: list[Question],
    claire: User,
    mona: User,
    robin: User,
    lena: User,
    lab: Team,
    client_of: ClientOf,
) -> None:
    secret = factories.circled(claire, mona, lab, title="Avant brevet", area=Area.OTHER)
    asking.follow(secret, lena)
    named, other = client_of(robin), client_of(lena)
    assert "Avant brevet" in titles(named, "/questions")
    for address in (
        "/questions",
        "/questions?area=other",
        "/questions?stage=open",
        "/questions?following=1",
        "/questions?sort=waiting",
        "/questions?sort=supported",
    ):
        assert "Avant brevet" not in shown(other, address)
    hidden, absent = (
        other.get(f"/questions/{secret.ref}/revisions"),
        other.get("/questions/Q-2026-9999/revisions"),
    )
    assert hidden.status_code == absent.status_code == 404
    refused = [TOKEN.sub("", page.text) for page in (hidden, absent)]  # a token tells the second
    assert refused[0] == refused[1].replace("Q-2026-9999", secret.ref or "")


def test_what_waits_for_the_moderator_is_seen_by_its_asker_and_the_desk(
    claire: User, mona: User, robin: User, client_of: ClientOf
) -> None:
    factories.submitted(claire, title="Toute neuve")
    assert titles(client_of(robin), "/questions?stage=submitted") == []
    assert titles(client_of(claire), "/questions?mine=1") == ["Toute neuve"]
    assert titles(client_of(mona), "/questions?stage=submitted") == ["Toute neuve"]
    assert titles(client_of(claire), "/questions") == []


def test_declined_ones_show_when_asked_for(
    five: list[Question], mona: User, robin: User, client_of: ClientOf
) -> None:
    moderation.decline(five[0], reason="Déjà répondu.", by=mona)
    client = client_of(robin)
    assert "Question 0" not in titles(client, "/questions")
    assert titles(client, "/questions?stage=declined") == ["Question 0"]


def test_a_department_hides_its_asker(
    claire: User, mona: User, robin: User, client_of: ClientOf
) -> None:
    factories.opened(claire, mona, in_department_name=True)
    assert "Claire Martel" not in shown(client_of(robin), "/questions")
    assert "Dermatologie, La Timone" in shown(client_of(robin), "/questions")
    assert "Claire Martel" in shown(client_of(mona), "/questions")


def test_what_robin_has_not_seen_is_marked(
    claire: User, mona: User, robin: User, client_of: ClientOf
) -> None:
    question = factories.opened(claire, mona)
    client = client_of(robin)
    assert "Nouveau pour vous" in shown(client, "/questions")
    db.begin_write()
    last = queries.version_of_list(robin)[0]
    asking.mark_read(question, robin, event_id=last)
    db.session.commit()
    assert "Nouveau pour vous" not in shown(client, "/questions")
    db.begin_write()
    moderation.park(db.session.get_one(Question, question.id), reason="Plus tard.", by=mona)
    db.session.commit()
    assert "Nouveau pour vous" in shown(client, "/questions")
    db.begin_write()
    asking.mute(question, robin)
    db.session.commit()
    assert "Nouveau pour vous" not in shown(client, "/questions")


def test_an_old_question_never_opened_is_not_called_new(
    five: list[Question], claire: User, mona: User, robin: User, client_of: ClientOf
) -> None:
    with clock.at(clock.now() - timedelta(days=60)):
        factories.opened(claire, mona, title="Ancienne", area=Area.OTHER)
    assert "Nouveau pour vous" not in shown(client_of(robin), "/questions?area=other")


def test_drafts_stand_above_ones_own(claire: User, client_of: ClientOf) -> None:
    draft = asking.save_draft(factories.content(title="Pas finie"), by=claire)
    page = shown(client_of(claire), "/questions?mine=1")
    assert f'href="/questions/drafts/{draft.id}"' in page
    assert "Pas finie" in page


@pytest.mark.parametrize(
    ("address", "taught"),
    [
        ("/questions", "Personne n’a encore posé de question"),
        ("/questions?mine=1", "Votre équipe ne mène encore aucune question"),
        ("/questions?following=1", "« Suivre » la range ici"),
        ("/questions?unclaimed=1", "Aucune question n’attend d’équipe"),
        ("/questions?area=cancer", "Retirez un filtre"),
    ],
)
def test_an_empty_list_teaches(address: str, taught: str, robin: User, client_of: ClientOf) -> None:
    assert taught in shown(client_of(robin), address)


def test_the_list_costs_six_queries_whatever_its_size(
    claire: User, mona: User, robin: User, lab: Team, client_of: ClientOf
) -> None:
    for number in range(25):
        factories.opened(claire, mona, title=f"Question {number}")
        factories.circled(claire, mona, lab, title=f"Cercle {number}")
    client, asker = client_of(robin), client_of(claire)
    for browser, address in (
        (client, "/questions"),
        (client, "/questions?sort=supported&area=cancer&unclaimed=1"),
        (client, "/questions?following=1"),
        (asker, "/questions?mine=1"),
    ):
        with count_queries() as statements:
            page = browser.get(address)
        assert page.status_code == 200
        assert len(statements) <= 6, statements


def test_an_unchanged_list_is_not_sent_again(
    five: list[Question], mona: User, robin: User, client_of: ClientOf
) -> None:
    client = client_of(robin)
    client.get("/questions")  # the first page of a session gives it its token
    page = client.get("/questions")
    again = {"If-None-Match": page.headers["ETag"]}
    with count_queries() as statements:
        assert client.get("/questions", headers=again).status_code == 304
    assert len(statements) <= 3
    db.begin_write()
    moderation.park(db.session.get_one(Question, five[0].id), reason="Plus tard.", by=mona)
    db.session.commit()
    assert client.get("/questions", headers=again).status_code == 200
