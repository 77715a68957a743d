"""A post office for stories: what happened is followed, what is due is sent into a list."""

import email
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from typing import TypeVar

import time_machine
from sqlalchemy import inspect, select

from exchange import clock, db
from exchange.db import Base
from exchange.log.followers import Follower, catch_up
from exchange.mail import accounts, notify
from exchange.mail.outgoing import Post
from exchange.outbox.models import Letter
from exchange.people.models import User
from exchange.settings import Settings

T = TypeVar("T", bound=Base)


@dataclass
class Bag:
    """A carrier that keeps the mails; it raises what it is told to, once each."""

    mails: list[tuple[str, EmailMessage]] = field(default_factory=list)
    troubles: list[Exception] = field(default_factory=list)
    wire: list[bytes] = field(default_factory=list)

    def carry(self, mail: bytes, *, sender: str, recipient: str) -> None:
        if self.troubles:
            raise self.troubles.pop(0)
        self.mails.append((recipient, read(mail)))
        self.wire.append(mail)

    def close(self) -> None:
        """Nothing is open."""

    def to(self, user: User) -> list[EmailMessage]:
        address = again(user).email
        return [mail for recipient, mail in self.mails if recipient == address]


def read(mail: bytes) -> EmailMessage:
    return email.message_from_bytes(mail, policy=default)


def text(mail: EmailMessage, kind: str = "plain") -> str:
    """A part with its spaces and line ends made plain, to look for words in."""
    part = mail.get_body((kind,))
    assert part is not None
    return " ".join(str(part.get_content()).split())


def follow() -> None:
    """Commit the story so far and let the letters be put in the box."""
    db.session.commit()
    catch_up([Follower("letters", notify.follow), Follower("accounts", accounts.follow)])


def deliver(settings: Settings, *, after: timedelta = timedelta(minutes=3)) -> Bag:
    """Follow, let some time pass, and send what is due then."""
    follow()
    bag = Bag()
    post = Post(settings)
    post.carrier = bag
    with time_machine.travel(clock.now() + after, tick=False):
        while post.send_due(lambda: False):
            pass
    db.begin_write()
    return bag


def travel(moment: datetime) -> time_machine.travel:
    return time_machine.travel(moment, tick=False)


def again(thing: T) -> T:
    """The same row after a request or a sending, which end the session's memory of it."""
    state = inspect(thing)
    assert state is not None
    return db.session.get_one(type(thing), state.identity, populate_existing=True)


def letters_of(user: User, kind: str | None = None) -> list[Letter]:
    statement = select(Letter).where(Letter.user_id == again(user).id).order_by(Letter.id)
    if kind is not None:
        statement = statement.where(Letter.kind == kind)
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))
