"""Every kind of letter, composed from the demo story: `make screenshots`, for whoever reviews them.

    python -m tests.letters [--to FOLDER]

Tells the story in a database of its own, and writes each kind of letter, each decision and each
digest as HTML and as text, in French and in English, one file a letter, to be opened in a browser
and in a reader for terminals.
"""

import argparse
import email
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from sqlalchemy import select

from exchange import db, i18n
from exchange.app import create_app
from exchange.demo import story
from exchange.log.models import Event
from exchange.mail import accounts, digest, notify
from exchange.mail.compose import Said, write_mail
from exchange.mail.outgoing import WRITERS
from exchange.mail.press import Press
from exchange.mail.unsubscribe import DESK
from exchange.migrate import upgrade
from exchange.outbox.letters import Due, put
from exchange.outbox.models import Letter
from exchange.people import links
from exchange.people.models import Link, Purpose, User
from exchange.settings import Settings

LOCALES = ("fr", "en")


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--to", type=Path, default=Path(tempfile.gettempdir()) / "letters")
    folder: Path = options.parse_args().to
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        settings = replace(
            Settings.from_env(),
            data_dir=Path(data),
            database_url="",
            base_url="https://questions.example.org",
            reply_domain="reply.example.org",
        )
        app = create_app(settings)
        upgrade(app.extensions["engine"])
        with app.app_context():
            _tell()
            count = sum(_write(folder, *one) for one in (*_letters(settings), *_digests(settings)))
    print(f"{count} letters in {folder}")


def _tell() -> None:
    """The story with the letters it calls for, and those about accounts."""
    db.begin_write()
    story.tell()
    claire = db.session.scalars(select(User).where(User.handle == "claire.martel")).one()
    for purpose in Purpose:
        former = "ancienne@example.org" if purpose is Purpose.ADDRESS else ""
        links.ask(purpose, claire, email=claire.email, former=former)
    for event in db.session.scalars(select(Event).order_by(Event.id)).all():
        notify.follow(event)
        accounts.follow(event)
    mona = db.session.scalars(select(User).where(User.handle == "mona.ferrand")).one()
    put(DESK, to=mona.id, reason="desk:now")
    put("confirm", to=claire.id, reason="confirm:now")
    db.session.commit()


def _letters(settings: Settings) -> Iterator[tuple[str, str, bytes]]:
    """One of each, the newest that has something to say."""
    seen: set[tuple[str, str]] = set()
    for letter in db.session.scalars(select(Letter).order_by(Letter.id.desc())).all():
        reader = db.session.get_one(User, letter.user_id)
        name = _name(letter)
        for locale in LOCALES:
            if (name, locale) in seen or letter.kind not in WRITERS:
                continue
            due = Due(
                id=letter.id,
                user_id=letter.user_id,
                kind=letter.kind,
                question_id=letter.question_id,
                data=letter.data,
                attempts=0,
                message_id="<1@example.org>",
                token="a" * 26,
            )
            with i18n.speaking(locale, reader.timezone):
                said = WRITERS[letter.kind](due, reader, settings)
                if isinstance(said, Said):
                    seen.add((name, locale))
                    yield name, locale, write_mail(said, due, reader, settings)


def _digests(settings: Settings) -> Iterator[tuple[str, str, bytes]]:
    for handle in ("claire.martel", "robin.aubert"):
        whose = select(User.id).where(User.handle == handle)
        _found, reader = digest.gather(db.session.scalars(whose).one(), settings)
        for locale in LOCALES:
            with i18n.speaking(locale, reader.timezone):
                again, _reader = digest.gather(reader.id, settings)
                if again is not None:
                    due = Due(0, reader.id, "digest", None, {}, 0, "<2@example.org>")
                    yield f"digest-{handle}", locale, Press(settings).mail(again, due, reader)


def _name(letter: Letter) -> str:
    """The kind, and what it is about."""
    event = db.session.get(Event, letter.data.get("event_id") or 0)
    about = [event.kind.partition(".")[2]] if event is not None else []
    if "link_id" in letter.data:
        about = [db.session.get_one(Link, letter.data["link_id"]).purpose.value]
    return "-".join([letter.kind, *about, *filter(None, [letter.data.get("why", "")])])


def _write(folder: Path, name: str, locale: str, wire: bytes) -> int:
    mail = email.message_from_bytes(wire, policy=default)
    assert isinstance(mail, EmailMessage)
    for kind, suffix in (("html", "html"), ("plain", "txt")):
        part = mail.get_body((kind,))
        assert part is not None
        (folder / f"{name}.{locale}.{suffix}").write_text(part.get_content(), "utf-8")
    return 1


if __name__ == "__main__":
    main()
