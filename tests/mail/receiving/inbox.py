"""Mail as people send it to us."""

import itertools
from email.message import EmailMessage
from pathlib import Path

from exchange import db
from exchange.mail import addresses
from exchange.mail.receiving.receive import Receipt, receive
from exchange.outbox.models import Letter
from exchange.people.models import User
from exchange.settings import Settings
from tests.mail.post import again, letters_of

CORPUS = Path(__file__).parent.parent / "incoming" / "corpus"

_numbers = itertools.count(1)


def message(
    sender: str, to: str, text: str, *, subject: str = "Re: Sérums", **headers: str
) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Message-ID"] = f"<m{next(_numbers)}@lab.example.org>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return bytes(mail)


def last_letter(user: User) -> Letter:
    return letters_of(user)[-1]


def address_of(letter: Letter, settings: Settings) -> str:
    return addresses.reply_to(letter.token or "", settings)


def give(raw: bytes, settings: Settings, *, to: str = "", door: str = "pipe") -> Receipt:
    """Through the door, after committing the story so far."""
    db.session.commit()
    receipt = receive(raw, recipients=[to] if to else (), door=door, settings=settings)
    db.begin_write()
    return receipt


def reply(user: User, text: str, settings: Settings, *, to: Letter, **headers: str) -> Receipt:
    """The person answers one of our letters from their own address."""
    sender = headers.pop("sender", again(user).email)
    return give(message(sender, address_of(again(to), settings), text, **headers), settings)
