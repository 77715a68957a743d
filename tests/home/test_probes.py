"""Health, readiness, metrics, help: what machines and newcomers read."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine

from exchange import db, i18n
from exchange.app import create_app
from exchange.home.glossary import REQUIRED_LABELS, STAGE_MEANINGS
from exchange.people.models import Team, User
from exchange.questions.models import STAGE_LABELS, Question, Stage
from exchange.questions.workflow import MOVES
from exchange.settings import Settings, WrongSetting
from tests import factories
from tests.counting import count_queries

Browser = Callable[[User | None], FlaskClient]


def test_the_process_lives_without_its_database(app: Flask) -> None:
    with app.app_context(), count_queries() as statements:
        answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert statements == []


def test_it_is_ready_when_the_database_answers_and_is_migrated(
    app: Flask, client_of: Browser, question: Question
) -> None:
    ready = client_of(None).get("/readyz")
    assert ready.status_code == 200
    assert ready.json == {"database": True, "migrated": True, "lag": 2}
    app.extensions["engine"] = create_engine("sqlite://")
    empty = app.test_client().get("/readyz")
    assert empty.status_code == 503
    assert empty.json == {"database": True, "migrated": False, "lag": None}
    app.extensions["engine"] = create_engine("sqlite:////nowhere/at/all.sqlite")
    gone = app.test_client().get("/readyz")
    assert gone.status_code == 503
    assert gone.json == {"database": False, "migrated": False, "lag": None}


def test_metrics_count_what_all_may_read_for_monitors_only(
    client_of: Browser, question: Question, claire: User, mona: User, lab: Team
) -> None:
    factories.circled(claire, mona, lab)
    factories.submitted(claire)
    client = client_of(None)
    text = client.get("/metrics").text
    assert 'exchange_questions{stage="open"} 1.0' in text
    assert "submitted" not in text
    assert "exchange_parked_events 0.0" in text
    far = {"REMOTE_ADDR": "203.0.113.9"}
    assert client.get("/metrics", environ_base=far).status_code == 403
    hidden = {"X-Forwarded-For": "203.0.113.9"}
    assert client.get("/metrics", headers=hidden).status_code == 403


def test_another_network_may_be_let_in(settings: Settings, app: Flask) -> None:
    app.extensions["settings"] = settings.replaced(metrics_from="203.0.113.0/24")
    client = app.test_client()
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 200
    assert client.get("/metrics").status_code == 403
    with pytest.raises(WrongSetting, match="EXCHANGE_METRICS_FROM"):
        Settings.from_env({"EXCHANGE_METRICS_FROM": "everywhere"})


def test_the_help_tells_every_stage_and_every_move(client_of: Browser) -> None:
    page = client_of(None).get("/help").text
    for label in STAGE_LABELS.values():
        assert i18n.gettext(label) in page
    for move in MOVES:
        assert (i18n.gettext(move.label) in page) is (move.by is not None)
    assert set(STAGE_MEANINGS) == set(Stage)
    assert {name for move in MOVES for name in move.requires} <= set(REQUIRED_LABELS)


def test_the_accessibility_page_says_what_was_not_checked(client_of: Browser) -> None:
    page = client_of(None).get("/accessibility").text
    assert "partiellement conforme" in page
    assert "Ce qui n’a pas encore été vérifié" in page


def test_an_application_made_twice_keeps_its_own_engine(settings: Settings) -> None:
    first = create_app(settings).extensions["engine"]
    second = create_app(settings).extensions["engine"]
    assert first is not second
    first.dispose()
    second.dispose()
    db.session.remove()
