"""What a transaction that will write knows, and what a page that reads leaves behind."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from exchange import db
from exchange.people.models import User
from exchange.questions.models import Question

ClientOf = Callable[[User | None], FlaskClient]


def test_what_was_read_before_a_write_is_read_again(app: Flask, claire: User) -> None:
    db.session.commit()
    with app.extensions["engine"].begin() as elsewhere:
        elsewhere.exec_driver_sql("UPDATE \"user\" SET title = 'Professeure'")
    assert claire.title == ""
    db.begin_write()
    assert claire.title == "Professeure"


def test_a_database_that_was_away_is_met_again(
    client_of: ClientOf, robin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(robin)
    assert client.get("/questions").status_code == 200
    db.session.remove()
    monkeypatch.setattr(db, "IDLE", 0.0)
    if db.is_postgresql():
        elsewhere = db.connect(db.session.get_bind().engine.url.render_as_string(False))
        with elsewhere.begin() as connection:
            ended = connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).all()
        elsewhere.dispose()
        assert ended
    assert client.get("/questions").status_code == 200


def test_a_page_that_only_looks_leaves_no_transaction_open(
    client_of: ClientOf, robin: User, claire: User, question: Question
) -> None:
    client = client_of(robin)
    assert client.get(f"/questions/{question.ref}").status_code == 200
    db.begin_write()
    claire.title = "Professeure"
    db.session.flush()
    db.session.rollback()
    assert db.session.get_one(User, claire.id).title == ""
