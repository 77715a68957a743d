"""Sending: a real SMTP peer that fails on demand, a mailbox, crashes, two workers."""

import asyncio
import mailbox
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from sqlalchemy import select, update

from exchange import clock, db
from exchange.mail import outgoing
from exchange.mail.outgoing import Away, NotNow, Post, Refused, Smtp
from exchange.outbox import letters
from exchange.outbox.letters import TRIES
from exchange.outbox.models import Letter, LetterState
from exchange.people.models import User
from exchange.settings import Settings
from tests.factories import submitted
from tests.mail.post import Bag, follow, read, text, travel


@dataclass
class Sink:
    """An SMTP server that answers what it is told to, once each, then takes everything."""

    answers: dict[str, list[str]] = field(default_factory=dict)
    mails: list[Any] = field(default_factory=list)
    greetings: int = 0
    pipelining: bool = False

    async def handle_EHLO(
        self, server: SMTP, session: Session, _envelope: Envelope, hostname: str, said: list[str]
    ) -> list[str]:
        self.greetings += 1
        session.host_name = hostname
        return [said[0], "250-PIPELINING", *said[1:]] if self.pipelining else said

    async def handle_MAIL(
        self, _server: SMTP, _session: Session, envelope: Envelope, sender: str, _more: list[str]
    ) -> str:
        envelope.mail_from = sender
        return self._answer("MAIL", "250 OK")

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, to: str, _more: list[str]
    ) -> str:
        said = self._answer("RCPT", "250 OK")
        if said.startswith("250"):
            envelope.rcpt_tos.append(to)
        return said

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        said = self._answer("DATA", "250 OK")
        if said.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.mails.append((envelope.rcpt_tos[0], read(envelope.content)))
        return said

    def _answer(self, verb: str, usual: str) -> str:
        waiting = self.answers.get(verb)
        return waiting.pop(0) if waiting else usual


@pytest.fixture(params=[False, True], ids=["in turn", "at once"])
def sink(request: pytest.FixtureRequest) -> Sink:
    """Servers that want one command at a time, and those that take several (RFC 2920)."""
    return Sink(pipelining=request.param)


@contextmanager
def listening(sink: Sink, **more: Any) -> Iterator[int]:
    """A server in a thread of its own; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    controller = Controller(sink, hostname="127.0.0.1", port=port, **more)
    controller.start()
    sink.greetings = 0  # the controller greets itself to see whether it stands
    yield port
    controller.stop()


@pytest.fixture
def server(sink: Sink) -> Iterator[int]:
    with listening(sink) as port:
        yield port


@pytest.fixture
def post(settings: Settings, server: int) -> Iterator[Post]:
    made = Post(settings.replaced(smtp_url=f"smtp://127.0.0.1:{server}"))
    yield made
    made.close()


def send(post: Post) -> int:
    done = post.send_due(lambda: False)
    db.session.rollback()
    return done


def letter_of(user: User) -> Letter:
    return db.session.scalars(
        select(Letter).where(Letter.user_id == user.id).execution_options(populate_existing=True)
    ).one()


@pytest.fixture
def claire_asked(claire: User) -> User:
    submitted(claire)
    follow()
    return claire


def test_a_letter_leaves_by_smtp(post: Post, sink: Sink, claire_asked: User) -> None:
    assert send(post) == 1
    ((recipient, mail),) = sink.mails
    assert recipient == claire_asked.email
    letter = letter_of(claire_asked)
    assert letter.state is LetterState.SENT
    assert letter.sent_at is not None
    assert mail["Message-ID"] == letter.message_id == f"<letter.{letter.id}@localhost>"
    assert mail["Subject"] == letter.subject
    assert "n’écrivez rien" in text(mail)
    assert send(post) == 0


def test_one_connection_serves_many(post: Post, sink: Sink, claire: User) -> None:
    for _number in range(3):
        submitted(claire)
    follow()
    assert send(post) == 3
    submitted(claire)
    follow()
    assert send(post) == 1
    assert len(sink.mails) == 4
    assert sink.greetings == 1


@pytest.mark.parametrize("verb", ["RCPT", "DATA"])
def test_a_temporary_refusal_is_tried_again(
    post: Post, sink: Sink, claire_asked: User, verb: str
) -> None:
    sink.answers[verb] = ["451 4.7.1 Greylisted, come back", "451 4.7.1 Again"]
    send(post)
    letter = letter_of(claire_asked)
    assert (letter.state, letter.attempts) == (LetterState.WAITING, 1)
    assert "451" in letter.error
    assert letter.due_at - clock.now() <= timedelta(minutes=1)
    with travel(clock.now() + timedelta(minutes=1)):
        send(post)
        second = letter_of(claire_asked)
        assert timedelta(minutes=1) < second.due_at - clock.now() <= timedelta(minutes=2)
    with travel(clock.now() + timedelta(minutes=4)):
        send(post)
    letter = letter_of(claire_asked)
    assert (letter.state, letter.attempts, letter.error) == (LetterState.SENT, 3, "")
    assert len(sink.mails) == 1


@pytest.mark.parametrize("verb", ["RCPT", "DATA"])
def test_a_refusal_for_good_is_recorded(
    post: Post, sink: Sink, claire_asked: User, verb: str
) -> None:
    sink.answers[verb] = ["550 5.1.1 No such user"]
    send(post)
    letter = letter_of(claire_asked)
    assert letter.state is LetterState.FAILED
    assert "550" in letter.error
    with travel(clock.now() + timedelta(days=1)):
        assert send(post) == 0


def test_that_we_are_not_wanted_is_no_fault_of_the_letters(
    post: Post, sink: Sink, claire: User
) -> None:
    """A wrong sender or password would else refuse the whole box for good."""
    submitted(claire)
    submitted(claire)
    follow()
    sink.answers["MAIL"] = ["550 5.7.1 Sender rejected"]
    send(post)
    waiting = db.session.scalars(select(Letter)).all()
    assert {one.state for one in waiting} == {LetterState.WAITING}
    assert sorted(one.attempts for one in waiting) == [0, 1]  # only one was tried
    assert all("Sender rejected" in one.error for one in waiting)
    with travel(clock.now() + timedelta(minutes=1)):
        assert send(post) == 2
    assert len(sink.mails) == 2


def test_a_server_that_closes_the_door_is_tried_again(
    post: Post, sink: Sink, claire_asked: User
) -> None:
    sink.answers["RCPT"] = ["421 4.3.2 Shutting down"]
    send(post)
    assert letter_of(claire_asked).state is LetterState.WAITING
    with travel(clock.now() + timedelta(minutes=1)):
        send(post)
    assert letter_of(claire_asked).state is LetterState.SENT
    assert sink.greetings == 2


def test_a_server_that_hangs_is_given_up(
    settings: Settings, claire_asked: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Silent(Sink):
        async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
            await asyncio.sleep(3)
            return "250 too late"

    monkeypatch.setattr(outgoing, "TIMEOUT", 0.3)
    with listening(Silent()) as port:
        started = time.monotonic()
        send(Post(settings.replaced(smtp_url=f"smtp://127.0.0.1:{port}")))
        assert time.monotonic() - started < 2
    letter = letter_of(claire_asked)
    assert (letter.state, letter.attempts) == (LetterState.WAITING, 1)
    assert "imed out" in letter.error or "imeout" in letter.error


def test_nobody_listens(settings: Settings, claire_asked: User) -> None:
    send(Post(settings.replaced(smtp_url="smtp://127.0.0.1:9")))
    letter = letter_of(claire_asked)
    assert letter.state is LetterState.WAITING
    assert "refused" in letter.error.lower()


def test_after_two_days_it_is_given_up(settings: Settings, claire_asked: User) -> None:
    post = Post(settings)
    bag = Bag(troubles=[NotNow("451 later") for _number in range(TRIES)])
    post.carrier = bag
    start = clock.now()
    moment = start
    while letter_of(claire_asked).state is LetterState.WAITING:
        moment = max(moment, letter_of(claire_asked).due_at)
        with travel(moment):
            send(post)
    letter = letter_of(claire_asked)
    assert (letter.state, letter.attempts) == (LetterState.FAILED, TRIES)
    assert timedelta(hours=46) < moment - start < timedelta(hours=50)


def test_a_kill_before_our_commit_repeats_under_the_same_name(
    settings: Settings, claire_asked: User
) -> None:
    """The server has the mail, we died before noting it."""
    bag = Bag()

    class Killed(Bag):
        def carry(self, mail: bytes, *, sender: str, recipient: str) -> None:
            bag.carry(mail, sender=sender, recipient=recipient)
            raise KeyboardInterrupt

    post = Post(settings)
    post.carrier = Killed()
    with pytest.raises(KeyboardInterrupt):
        send(post)
    db.session.rollback()
    again = Post(settings)
    again.carrier = bag
    assert send(again) == 0
    with travel(clock.now() + letters.LEASE):
        assert send(again) == 1
    first, second = (mail for _to, mail in bag.mails)
    assert first["Message-ID"] == second["Message-ID"]
    assert letter_of(claire_asked).state is LetterState.SENT


def test_two_workers_do_not_send_the_same_letter(settings: Settings, claire: User) -> None:
    for _number in range(3):
        submitted(claire)
    follow()
    bag = Bag()
    other = Post(settings)
    other.carrier = bag

    class Meeting(Bag):
        """While this worker talks to its server, the other one looks for letters."""

        def carry(self, mail: bytes, *, sender: str, recipient: str) -> None:
            assert other.send_due(lambda: False) == 0
            bag.carry(mail, sender=sender, recipient=recipient)

    post = Post(settings)
    post.carrier = Meeting()
    assert send(post) == 3
    assert len({mail["Message-ID"] for _to, mail in bag.mails}) == len(bag.mails) == 3


def test_no_transaction_is_open_while_we_talk_to_the_server(
    settings: Settings, claire_asked: User
) -> None:
    class Attentive(Bag):
        def carry(self, mail: bytes, *, sender: str, recipient: str) -> None:
            assert not db.session().in_transaction()
            super().carry(mail, sender=sender, recipient=recipient)

    post = Post(settings)
    post.carrier = bag = Attentive()
    assert send(post) == 1
    assert len(bag.mails) == 1


def test_told_to_stop_it_gives_the_rest_back(settings: Settings, claire: User) -> None:
    for _number in range(3):
        submitted(claire)
    follow()
    post = Post(settings)
    post.carrier = bag = Bag()
    assert post.send_due(lambda: len(bag.mails) == 1) == 1
    rest = db.session.scalars(select(Letter).where(Letter.state == LetterState.WAITING)).all()
    assert [one.attempts for one in rest] == [0, 0]
    assert send(post) == 2


def test_a_letter_that_cannot_be_written_holds_up_no_other(
    settings: Settings, claire: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted(claire)
    second = submitted(claire)
    follow()
    write = outgoing.WRITERS["receipt"]

    def stumble(due: letters.Due, reader: User, known: Settings) -> object:
        if due.question_id != second.id:
            raise RuntimeError("a template is broken")
        return write(due, reader, known)

    monkeypatch.setitem(outgoing.WRITERS, "receipt", stumble)
    post = Post(settings)
    post.carrier = bag = Bag()
    send(post)
    assert len(bag.mails) == 1
    broken = db.session.scalars(select(Letter).order_by(Letter.id)).first()
    assert broken is not None
    assert broken.state is LetterState.WAITING
    assert broken.error == "RuntimeError: a template is broken"


def test_an_address_outside_ascii_is_refused_and_told(settings: Settings, claire: User) -> None:
    submitted(claire)
    db.session.execute(update(User).where(User.id == claire.id).values(email="léna@example.org"))
    follow()
    send(Post(settings))
    letter = letter_of(claire)
    assert letter.state is LetterState.FAILED
    assert "ASCII" in letter.error


def test_without_a_server_mail_goes_to_a_mailbox(settings: Settings, claire_asked: User) -> None:
    post = Post(settings)
    assert send(post) == 1
    box = mailbox.Maildir(settings.data_dir / "mail", create=False)
    (key,) = box.keys()
    mail = read(box.get_bytes(key))
    assert mail["To"] == f"Claire Martel <{claire_asked.email}>"
    assert "bien reçu" in text(mail)
    post.close()


def test_a_password_is_never_sent_in_clear(server: int) -> None:
    carrier = Smtp(f"smtp://claire:secret@127.0.0.1:{server}")
    with pytest.raises(Away, match="TLS"):
        carrier.carry(b"", sender="a@example.org", recipient="b@example.org")


def test_user_and_password_of_the_address_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[bytes, bytes]] = []

    def know(
        _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        seen.append((data.login, data.password))
        return AuthResult(success=True)

    with listening(Sink(), authenticator=know, auth_require_tls=False) as port:
        monkeypatch.setattr("smtplib.SMTP.starttls", lambda _self, context: None)
        offered = {"starttls", "auth"}
        monkeypatch.setattr("smtplib.SMTP.has_extn", lambda _self, name: name in offered)
        outgoing.connect(f"smtp://claire%40aphm:s%3Acret@127.0.0.1:{port}", timeout=5).quit()
    assert seen == [(b"claire@aphm", b"s:cret")]


def test_refusals_are_told_apart() -> None:
    carrier = Smtp("smtp://127.0.0.1")
    assert isinstance(carrier._verdict(450, b"busy"), NotNow)
    assert isinstance(carrier._verdict(554, b"no"), Refused)
    assert isinstance(carrier._verdict(421, b"bye"), Away)


def test_a_domain_is_not_hurried(settings: Settings, claire: User, robin: User) -> None:
    """Two letters a minute to each domain; the others wait, and none of it counts as a try."""
    robin.email = "robin@elsewhere.example"
    for user in (claire, claire, claire, robin):
        question = submitted(claire)
        letters.put("receipt", to=user.id, reason=f"x{question.id}", question_id=question.id,
                    event_id=1)  # fmt: skip
    db.session.commit()
    post = Post(settings.replaced(mail_pace=2))
    post.carrier = bag = Bag()
    start = clock.now()
    with travel(start):
        send(post)
    assert [to for to, _mail in bag.mails].count(claire.email) == 2
    waiting = db.session.scalars(select(Letter).where(Letter.state == LetterState.WAITING)).all()
    assert {(one.attempts, one.error) for one in waiting} == {(0, "")}
    with travel(start + timedelta(minutes=1, seconds=1)):
        send(post)
    assert [to for to, _mail in bag.mails].count(claire.email) == 3
