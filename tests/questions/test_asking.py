"""Asking: the form, its drafts, and nothing typed is ever lost."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from threading import Barrier
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from exchange import db
from exchange.log.models import Event
from exchange.people.models import Area, Role, Team, User
from exchange.questions import facts
from exchange.questions.models import Audience, Band, Kind, Question, Stage
from tests import factories

ClientOf = Callable[[User | None], FlaskClient]

TYPED = {
    "title": "Qui fera une colite sous ipilimumab\u00a0?",
    "problem": "Un patient sur cinq arrête son traitement, sans que rien ne l’annonce.",
    "area": "cancer",
    "kind": "toxicity",
    "audience": "members",
    "language": "fr",
}


def all_questions() -> list[Question]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(Question).order_by(Question.id)))


def the_question() -> Question:
    (only,) = all_questions()
    return only


def shown(client_answer: str) -> str:
    return unescape(client_answer)


# -- asking ----------------------------------------------------------------------------------


def test_claire_asks_with_four_fields(claire: User, client_of: ClientOf) -> None:
    client = client_of(claire)
    answer = client.post("/questions/new", data=TYPED)
    question = the_question()
    assert question.stage is Stage.SUBMITTED
    assert (question.area, question.kind) == (Area.CANCER, Kind.TOXICITY)
    assert factories.facts(question) == [facts.Submitted(ref=question.ref or "")]
    assert answer.status_code == 303
    assert answer.location == f"/questions/{question.ref}/sent"


def test_after_sending_claire_reads_the_reference_the_place_and_the_delay(
    claire: User, client_of: ClientOf
) -> None:
    factories.submitted(claire, title="Une autre, avant")
    client = client_of(claire)
    page = client.post("/questions/new", data=TYPED, follow_redirects=True).text
    question = all_questions()[-1]
    assert question.ref is not None
    assert question.ref in page
    assert "la 2e dans la file" in shown(page)
    assert "10 jours ouvrés" in shown(page)


def test_claire_fills_everything(claire: User, lab: Team, client_of: ClientOf) -> None:
    client = client_of(claire)
    client.post(
        "/questions/new",
        data={
            **TYPED,
            "practice": "Coloscopie à la première diarrhée.",
            "shortfall": "Trop tard.",
            "population": "Mélanomes de stade IV.",
            "intervention": "Une calprotectine à chaque cure.",
            "comparison": "La surveillance clinique.",
            "outcome": "Une **hospitalisation** à trois mois.",
            "patients": "11-50",
            "severity": "serious",
            "known": "Voir PMID 12345678.",
            "known_searched_on": "2026-01-15",
            "resources": "Cent sérums à −80 °C.",
            "partner": "y",
            "in_department_name": "y",
            "audience": "circle",
            "circle_team_ids": [str(lab.id)],
            "language": "en",
        },
    )
    question = the_question()
    assert question.patients is Band.UP_TO_50
    assert question.intervention == "Une calprotectine à chaque cure."
    assert question.partner
    assert question.in_department_name
    assert question.audience is Audience.CIRCLE
    assert question.circle_team_ids == [lab.id]
    assert question.language == "en"
    assert str(question.known_searched_on) == "2026-01-15"
    assert "<strong>hospitalisation</strong>" in client.get(f"/questions/{question.ref}").text


def test_what_a_browser_sends_empty_is_nothing(claire: User, client_of: ClientOf) -> None:
    empty = dict.fromkeys(
        ("practice", "patients", "severity", "known", "known_searched_on", "draft", "version"), ""
    )
    assert client_of(claire).post("/questions/new", data={**empty, **TYPED}).status_code == 303
    question = the_question()
    assert question.known_searched_on is None
    assert question.patients is None


def test_what_is_missing_is_said_beside_the_field_and_the_rest_is_kept(
    claire: User, client_of: ClientOf
) -> None:
    client = client_of(claire)
    answer = client.post("/questions/new", data={**TYPED, "title": " ", "kind": ""})
    page = shown(answer.text)
    assert answer.status_code == 422
    assert "Une question commence par son titre." in page
    assert "Choisissez un genre" in page
    assert TYPED["problem"] in page
    assert all_questions() == []


def test_a_researcher_is_told_who_asks(robin: User, client_of: ClientOf) -> None:
    answer = client_of(robin).get("/questions/new")
    assert answer.status_code == 403
    assert "Les questions sont posées par les cliniciens" in shown(answer.text)


def test_the_form_teaches_by_example_and_says_what_it_is_not(
    claire: User, client_of: ClientOf
) -> None:
    page = shown(client_of(claire).get("/questions/new").text)
    assert "Quels patients feront une neurotoxicité sévère après des cellules CAR-T" in page
    assert "Aucun avis n’est donné ici sur un patient particulier" in page
    assert 'data-similar="/search/similar"' in page
    assert "data-similar-target" in page
    assert 'data-autosave="/questions/drafts/save"' in page


def test_the_preview_shows_the_markdown_and_sends_nothing(
    claire: User, client_of: ClientOf
) -> None:
    answer = client_of(claire).post(
        "/questions/new",
        data={**TYPED, "problem": "Un patient **sur cinq**.", "title": "", "do": "preview"},
    )
    assert answer.status_code == 200
    assert "<strong>sur cinq</strong>" in answer.text
    assert "Un patient **sur cinq**." in answer.text
    assert all_questions() == []


def test_similar_questions_are_shown_once_and_the_text_is_kept_as_a_draft(
    app: Flask, claire: User, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def look(content: object) -> list[SimpleNamespace]:
        asked.append(content.title)  # type: ignore[attr-defined]
        return [SimpleNamespace(ref="Q-2026-9999")]

    app.extensions["similar"] = look
    app.jinja_env.get_template("questions/ask.html")
    monkeypatch.setattr(
        app.jinja_env.loader,
        "get_source",
        _lent(app.jinja_env.loader, "search/similar.html", "{{ found[0].ref }} ressemble"),
    )
    client = client_of(claire)
    page = client.post("/questions/new", data=TYPED)
    assert page.status_code == 200
    assert "Q-2026-9999 ressemble" in shown(page.text)
    draft = the_question()
    assert draft.stage is Stage.DRAFT
    assert draft.title == TYPED["title"]
    hidden = dict(re.findall(r'name="(draft|version|seen_similar)"[^>]*value="(\d+)"', page.text))
    assert client.post(f"/questions/drafts/{draft.id}", data={**TYPED, **hidden}).status_code == 303
    assert the_question().stage is Stage.SUBMITTED
    assert asked == [" ".join(TYPED["title"].split())]


def _lent(loader: object, name: str, source: str) -> Callable[..., object]:
    """A loader's `get_source` that knows one more template: the search room's."""
    known = loader.get_source  # type: ignore[attr-defined]

    def get_source(environment: object, template: str) -> object:
        if template == name:
            return source, None, lambda: True
        return known(environment, template)

    return get_source


# -- bad input never breaks it -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("area", "astrology"),
        ("kind", "<script>"),
        ("audience", "everyone"),
        ("patients", "-1"),
        ("severity", "x" * 5_000),
        ("language", "tlh"),
        ("circle_team_ids", "999999999999999999999"),
        ("circle_team_ids", "42424242"),
        ("known_searched_on", "2026-13-45"),
        ("known_searched_on", "3000-01-01"),
        ("title", "x" * 121),
        ("problem", "x" * 8_001),
    ],
)
def test_absurd_values_are_refused_beside_their_field(
    field: str, value: str, claire: User, client_of: ClientOf
) -> None:
    answer = client_of(claire).post("/questions/new", data={**TYPED, field: value})
    assert answer.status_code == 422
    assert "field-error" in answer.text
    assert TYPED["problem"][:20] in shown(answer.text) or field == "problem"
    assert all_questions() == []


def test_nul_bytes_are_dropped_and_the_rest_is_kept(claire: User, client_of: ClientOf) -> None:
    client_of(claire).post("/questions/new", data={**TYPED, "title": "Qui\x00 fera une colite"})
    assert the_question().title == "Qui fera une colite"


def test_a_megabyte_is_too_large(claire: User, client_of: ClientOf) -> None:
    answer = client_of(claire).post("/questions/new", data={**TYPED, "problem": "x" * 1_100_000})
    assert answer.status_code == 413
    assert all_questions() == []


def test_half_a_megabyte_is_over_the_limit(claire: User, client_of: ClientOf) -> None:
    answer = client_of(claire).post("/questions/new", data={**TYPED, "problem": "x" * 500_000})
    assert answer.status_code == 422
    assert "la limite est de 8000" in shown(answer.text)


@pytest.mark.parametrize("number", ["0", "7", "99999999999999999999", "x", "-1"])
def test_a_wrong_draft_number_is_not_found(number: str, claire: User, client_of: ClientOf) -> None:
    client = client_of(claire)
    assert client.get(f"/questions/drafts/{number}").status_code == 404
    saved = client.post("/questions/drafts/save", data={**TYPED, "draft": number})
    assert saved.status_code == 404
    assert all_questions() == []


# -- nothing typed is lost -----------------------------------------------------------------------


def test_the_session_ended_while_claire_was_writing(claire: User, client_of: ClientOf) -> None:
    claire_s_mail = claire.email
    client = client_of(None)
    page = client.post("/questions/new", data=TYPED)
    assert page.status_code == 401
    assert TYPED["problem"] in shown(page.text)
    kept = {
        name: unescape(value)
        for name, value in re.findall(r'name="(kept|kept_to)" value="([^"]*)"', page.text)
    }
    signed_in = client.post(
        "/sign-in", data={"email": claire_s_mail, "password": factories.PASSWORD, **kept}
    )
    assert TYPED["problem"] in shown(signed_in.text)
    assert all_questions() == []
    client.post(kept["kept_to"], data=TYPED)
    assert the_question().title == TYPED["title"]


def test_the_token_of_the_page_is_too_old(app: Flask, claire: User, client_of: ClientOf) -> None:
    client = client_of(claire)
    app.config["WTF_CSRF_ENABLED"] = True
    page = client.post("/questions/new", data={**TYPED, "csrf_token": "of yesterday"})
    assert page.status_code == 400
    assert TYPED["problem"] in shown(page.text)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    again = client.post("/questions/new", data={**TYPED, "csrf_token": token[1]})
    assert again.status_code == 303
    assert the_question().title == TYPED["title"]


# -- drafts ----------------------------------------------------------------------------------------


def test_claire_keeps_a_draft_without_javascript(claire: User, client_of: ClientOf) -> None:
    client = client_of(claire)
    answer = client.post("/questions/new", data={"title": "Une idée", "do": "draft"})
    draft = the_question()
    assert draft.stage is Stage.DRAFT
    assert draft.ref is None
    assert answer.location == f"/questions/drafts/{draft.id}"
    page = client.get(answer.location).text
    assert 'value="Une idée"' in page
    assert db.session.scalar(select(func.count()).select_from(Event)) == 0


def test_a_draft_saves_as_claire_types_and_is_sent(claire: User, client_of: ClientOf) -> None:
    client = client_of(claire)
    first = client.post("/questions/drafts/save", data={"title": "Qui fera"}).get_json()
    second = client.post(
        "/questions/drafts/save", data={"title": "Qui fera une colite", **first["fields"]}
    ).get_json()
    assert second["address"] == first["address"]
    assert second["fields"]["version"] > first["fields"]["version"]
    client.post(second["address"], data={**TYPED, **second["fields"]})
    question = the_question()
    assert question.stage is Stage.SUBMITTED
    assert question.title == TYPED["title"]


def test_nothing_typed_makes_no_draft(claire: User, client_of: ClientOf) -> None:
    assert (
        client_of(claire).post("/questions/drafts/save", data={"area": "cancer"}).status_code == 204
    )
    assert all_questions() == []


def test_a_stale_tab_does_not_overwrite_and_sees_both_texts(
    claire: User, client_of: ClientOf
) -> None:
    client = client_of(claire)
    opened = client.post("/questions/drafts/save", data={"title": "Au bureau"}).get_json()
    client.post("/questions/drafts/save", data={"title": "À la maison", **opened["fields"]})
    stale = {"title": "Au bureau, plus tard", **opened["fields"]}
    assert client.post("/questions/drafts/save", data=stale).status_code == 409
    page = client.post(opened["address"], data={**stale, "do": "draft"})
    assert page.status_code == 409
    assert "À la maison" in shown(page.text)
    assert "Au bureau, plus tard" in shown(page.text)
    assert the_question().title == "À la maison"
    version = re.search(r'name="version"[^>]*value="(\d+)"', page.text)
    assert version is not None
    client.post(opened["address"], data={**stale, "version": version[1], "do": "draft"})
    assert the_question().title == "Au bureau, plus tard"


def test_nobody_else_opens_claires_draft(claire: User, mona: User, client_of: ClientOf) -> None:
    address = client_of(claire).post("/questions/drafts/save", data=TYPED).get_json()["address"]
    stranger = client_of(mona)
    hidden, absent = stranger.get(address), stranger.get("/questions/drafts/4242")
    assert hidden.status_code == absent.status_code == 404
    assert "Qui fera" not in hidden.text


def test_claire_throws_a_draft_away(claire: User, client_of: ClientOf) -> None:
    client = client_of(claire)
    address = client.post("/questions/drafts/save", data=TYPED).get_json()["address"]
    assert client.get(f"{address}/delete").status_code == 200
    assert len(all_questions()) == 1
    assert client.post(f"{address}/delete").status_code == 303
    assert all_questions() == []
    assert client.post(f"{address}/delete").status_code == 404


def test_a_draft_asks_again_for_what_was_never_chosen(claire: User, client_of: ClientOf) -> None:
    client = client_of(claire)
    saved = client.post("/questions/drafts/save", data={"title": "Une idée"}).get_json()
    page = client.get(saved["address"]).text
    assert "checked" not in page.split('id="kind"')[1].split("</fieldset>")[0]


# -- two at once ---------------------------------------------------------------------------------


def at_once(app: Flask, *posts: Callable[[], int]) -> list[int]:
    """The statuses of posts sent at the same instant."""
    barrier = Barrier(len(posts))

    def send(post: Callable[[], int]) -> int:
        barrier.wait()
        return post()

    with ThreadPoolExecutor(len(posts)) as pool:
        return sorted(pool.map(send, posts))


def test_a_double_click_sends_one_question(app: Flask, claire: User, client_of: ClientOf) -> None:
    client_of(claire)

    def click() -> int:
        return client_of_now(app, claire_name).post("/questions/new", data=TYPED).status_code

    claire_name = factories.session_of(claire)
    assert at_once(app, click, click) == [303, 303]
    assert the_question().stage is Stage.SUBMITTED


def test_two_submits_of_the_same_draft_send_one_question(
    app: Flask, claire: User, client_of: ClientOf
) -> None:
    saved = client_of(claire).post("/questions/drafts/save", data=TYPED).get_json()
    claire_name = factories.session_of(claire)

    def submit(title: str) -> Callable[[], int]:
        data = {**TYPED, "title": title, **saved["fields"]}
        return lambda: client_of_now(app, claire_name).post(saved["address"], data=data).status_code

    assert at_once(app, submit("Depuis le bureau"), submit("Depuis la maison")) == [303, 409]
    question = the_question()
    assert question.stage is Stage.SUBMITTED
    assert [fact.kind for fact in factories.facts(question)] == ["question.submitted"]


def test_a_draft_already_sent_can_still_be_sent_as_another_question(
    claire: User, client_of: ClientOf
) -> None:
    client = client_of(claire)
    saved = client.post("/questions/drafts/save", data=TYPED).get_json()
    client.post(saved["address"], data={**TYPED, **saved["fields"]})
    other = {**TYPED, "title": "Et sous nivolumab ?", **saved["fields"]}
    page = client.post(saved["address"], data=other)
    assert page.status_code == 409
    assert the_question().ref in shown(page.text)  # type: ignore[operator]
    assert 'action="/questions/new"' in page.text
    client.post("/questions/new", data={**other, "draft": "", "version": ""})
    assert [q.stage for q in all_questions()] == [Stage.SUBMITTED, Stage.SUBMITTED]


def client_of_now(app: Flask, name: str) -> FlaskClient:
    """Another browser of the same person, in a thread of its own."""
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = name
        session["_fresh"] = True
    return client


def test_a_moderator_may_write_one_down(mona: User, client_of: ClientOf) -> None:
    client_of(mona).post("/questions/new", data=TYPED)
    assert the_question().asker_id == mona.id
    assert mona.roles & Role.MODERATOR
