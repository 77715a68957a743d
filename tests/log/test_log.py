"""The log: append-only, in order of commit, followed without loss or repetition."""

import json
import threading
from dataclasses import fields
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import create_engine, delete, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from exchange import clock, db
from exchange.log.facts import fact_of, kinds
from exchange.log.followers import ATTEMPTS, Follower, advance, catch_up
from exchange.log.models import Bookmark, Event, ParkedEvent
from exchange.log.record import record
from exchange.outbox.letters import put
from exchange.outbox.models import Letter
from exchange.people.facts import UserAdded
from exchange.people.models import User
from exchange.questions.facts import AudienceChanged


def _happen(count: int, by: User) -> None:
    db.begin_write()
    for _number in range(count):
        record(UserAdded(user_id=by.id), by=by)
    db.session.commit()


@pytest.fixture
def robin_is_here(robin: User) -> User:
    db.session.commit()
    return robin


@pytest.mark.parametrize("change", [update(Event).values(kind="question.published"), delete(Event)])
def test_the_database_refuses_to_rewrite_history(robin_is_here: User, change: object) -> None:
    _happen(1, robin_is_here)
    db.begin_write()
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(change)  # type: ignore[call-overload]
    db.session.rollback()
    assert db.session.scalar(select(Event.kind)) == "user.added"


def test_every_kind_of_fact_is_read_back_as_it_was_written() -> None:
    for kind, fact in kinds().items():
        written = fact(**{field.name: 1 for field in fields(fact)})
        assert fact_of(kind, json.loads(json.dumps(written.data()))) == written
    circle = AudienceChanged(audience="circle", team_ids=(3, 5))
    assert fact_of(circle.kind, json.loads(json.dumps(circle.data()))) == circle


def test_a_follower_reads_each_event_once_and_in_order(robin_is_here: User) -> None:
    seen: list[int] = []
    follower = Follower("reader", lambda event: seen.append(event.id))
    _happen(3, robin_is_here)
    assert catch_up([follower]) == 3
    _happen(2, robin_is_here)
    assert catch_up([follower]) == 2
    assert seen == sorted(set(seen))
    assert len(seen) == 5


def test_a_crash_repeats_nothing_and_loses_nothing(robin_is_here: User) -> None:
    """Letters and bookmark commit together: what a killed follower wrote is not there."""
    _happen(2, robin_is_here)

    def die_on_second(event: Event) -> None:
        put("news", to=robin_is_here.id, reason=f"event:{event.id}")
        if event.id == last:
            raise KeyboardInterrupt

    last = db.session.scalar(select(Event.id).order_by(Event.id.desc()).limit(1))
    with pytest.raises(KeyboardInterrupt):
        advance(Follower("letters", die_on_second))
    db.session.remove()
    assert db.session.scalars(select(Letter)).all() == []

    def survive(event: Event) -> None:
        put("news", to=robin_is_here.id, reason=f"event:{event.id}")

    assert catch_up([Follower("letters", survive)]) == 2
    assert len(db.session.scalars(select(Letter)).all()) == 2


def test_an_event_nobody_can_take_is_parked_and_the_rest_goes_on(robin_is_here: User) -> None:
    _happen(3, robin_is_here)
    bad = db.session.scalars(select(Event.id).order_by(Event.id)).all()[1]
    db.session.rollback()
    seen: list[int] = []

    def stumble(event: Event) -> None:
        if event.id == bad:
            raise ValueError("not today")
        seen.append(event.id)

    follower = Follower("clumsy", stumble)
    start = clock.now()
    for minutes in range(0, 60, 6):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            advance(follower)
    assert len(seen) == 2
    parked = db.session.scalars(select(ParkedEvent)).one()
    assert (parked.event_id, parked.follower) == (bad, "clumsy")
    assert "not today" in parked.error
    assert ATTEMPTS > 1


def test_a_stumbling_follower_waits_before_it_tries_again(robin_is_here: User) -> None:
    _happen(1, robin_is_here)
    tries: list[int] = []

    def stumble(event: Event) -> None:
        tries.append(event.id)
        raise ValueError

    follower = Follower("clumsy", stumble)
    advance(follower)
    advance(follower)
    assert len(tries) == 1
    bookmark = db.session.get_one(Bookmark, "clumsy")
    assert bookmark.attempts == 1


def test_a_slow_transaction_is_not_passed_by_the_bookmark(
    app: Flask, robin_is_here: User, database_url: str
) -> None:
    """Two overlapping transactions: the first to draw an id commits last. Without the lock the
    bookmark would pass it for ever."""
    robin_id = robin_is_here.id
    db.session.remove()
    drawn, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        db.begin_write()
        record(UserAdded(user_id=robin_id))
        drawn.set()
        go_on.wait(10)
        db.session.commit()
        db.session.remove()

    def quick() -> None:
        drawn.wait(10)
        db.begin_write()
        record(UserAdded(user_id=robin_id))
        db.session.commit()
        db.session.remove()

    threads = [threading.Thread(target=slow), threading.Thread(target=quick)]
    for thread in threads:
        thread.start()
    drawn.wait(10)
    seen: list[int] = []
    follower = Follower("reader", lambda event: seen.append(event.id))
    if db.is_postgresql():  # on SQLite nothing can write meanwhile, not even the bookmark
        threads[1].join(0.5)
        advance(follower)
        assert seen == []
    go_on.set()
    for thread in threads:
        thread.join(10)
    catch_up([follower])
    db.session.remove()
    written = [row for (row,) in _plain_ids(database_url)]
    assert seen == written
    assert len(seen) == 2


def _plain_ids(url: str) -> list[tuple[int]]:
    engine = create_engine(url)
    with Session(engine) as session:
        rows = session.execute(text("SELECT id FROM event ORDER BY id")).all()
    engine.dispose()
    return [(row[0],) for row in rows]


def test_two_workers_do_not_follow_the_same_event_twice(app: Flask, robin_is_here: User) -> None:
    _happen(40, robin_is_here)
    db.session.remove()
    seen: list[int] = []
    follower = Follower("reader", lambda event: seen.append(event.id))

    def work() -> None:
        for _round in range(20):
            advance(follower, batch=3)
            db.session.remove()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    catch_up([follower])
    assert sorted(seen) == sorted(set(seen))
    assert len(seen) == 40
