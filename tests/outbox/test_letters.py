"""The box: once per reason, leased, settled by whoever holds the lease."""

import pytest
from sqlalchemy import select

from exchange import clock, db
from exchange.errors import Conflict
from exchange.outbox import letters
from exchange.outbox.letters import LEASE, Due, put
from exchange.outbox.models import Letter, LetterState
from exchange.people.models import User
from tests.mail.post import letters_of, travel


@pytest.fixture
def due(claire: User) -> Due:
    put("receipt", to=claire.id, reason="receipt:1", event_id=1)
    (taken,) = letters.lease(domain="example.org", limit=10)
    return taken


def test_a_reason_is_written_once(claire: User, robin: User) -> None:
    assert put("receipt", to=claire.id, reason="receipt:1", event_id=1)
    assert not put("receipt", to=claire.id, reason="receipt:1", event_id=2)
    assert put("receipt", to=robin.id, reason="receipt:1", event_id=1)
    assert [letter.data for letter in letters_of(claire)] == [{"event_id": 1}]


def test_what_is_leased_is_not_due(due: Due, claire: User) -> None:
    assert due.message_id == f"<letter.{due.id}@example.org>"
    assert not letters.any_due()
    assert letters.lease(domain="example.org", limit=10) == []
    with travel(clock.now() + LEASE):
        (again,) = letters.lease(domain="elsewhere.org", limit=10)
    assert again.attempts == 2
    assert again.message_id == due.message_id


def test_who_lost_the_lease_settles_nothing(due: Due, claire: User) -> None:
    with travel(clock.now() + LEASE):
        (again,) = letters.lease(domain="example.org", limit=10)
    letters.failed(due, "too late")
    (letter,) = letters_of(claire)
    assert letter.state is LetterState.WAITING
    letters.sent(again, subject="Bonjour", last_event_id=7)
    (letter,) = letters_of(claire)
    assert letter.state is LetterState.SENT
    assert letter.data == {"event_id": 1, "last_event_id": 7}


def test_given_back_it_is_as_if_never_taken(due: Due, claire: User) -> None:
    letters.give_back([due])
    (letter,) = letters_of(claire)
    assert letter.attempts == 0
    assert letters.any_due()


def test_what_left_cannot_be_called_back(due: Due, claire: User) -> None:
    letters.sent(due, subject="Bonjour", last_event_id=None)
    (letter,) = letters_of(claire)
    with pytest.raises(Conflict):
        letters.resend(letter)
    with pytest.raises(Conflict):
        letters.discard(letter)
    assert letter.state is LetterState.SENT


def test_ada_sends_again_or_discards(due: Due, claire: User) -> None:
    letters.failed(due, "550 no such user")
    (letter,) = letters_of(claire)
    letters.resend(letter)
    db.session.flush()
    assert (letter.state, letter.attempts, letter.error) == (LetterState.WAITING, 0, "")
    assert letters.any_due()
    letters.discard(letter)
    db.session.flush()
    assert letter.state is LetterState.DROPPED
    assert not letters.any_due()


def test_notices_are_read_by_question_or_all(claire: User, robin: User) -> None:
    put("news", to=claire.id, reason="news:1", event_id=1)
    put("news", to=robin.id, reason="news:1", event_id=1)
    letters.mark_read(claire.id)
    unread = db.session.scalars(select(Letter.user_id).where(Letter.read_at.is_(None))).all()
    assert list(unread) == [robin.id]
