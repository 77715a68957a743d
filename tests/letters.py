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
from dataclasses import fields, replace
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from sqlalchemy import select

from exchange import clock, db, i18n
from exchange.app import create_app
from exchange.demo import story
from exchange.discussion import actions as discussion
from exchange.discussion.models import Comment
from exchange.log.facts import Fact, kinds
from exchange.log.models import Event
from exchange.log.record import record
from exchange.mail import accounts, digest, drafts, notify
from exchange.mail.compose import Said, write_mail
from exchange.mail.letters import DECISIONS
from exchange.mail.outgoing import WRITERS
from exchange.mail.press import Press
from exchange.mail.receiving.answers import ANSWERS
from exchange.mail.receiving.outcomes import Outcome
from exchange.mail.unsubscribe import DESK
from exchange.migrate import upgrade
from exchange.moderation.flags import actions as flags
from exchange.moderation.flags import targets as flagging
from exchange.moderation.flags.models import Verdict
from exchange.moderation.grounds import Ground
from exchange.outbox.letters import Due, put
from exchange.outbox.models import Letter
from exchange.people import facts as people
from exchange.people import links
from exchange.people.models import Link, Purpose, Standing, User
from exchange.questions import actions as asking
from exchange.questions import facts as moves
from exchange.questions.actions import write_note
from exchange.questions.models import Audience, Question
from exchange.research import facts as research
from exchange.research import unsealing
from exchange.research.models import Claim, Project
from exchange.settings import Settings
from tests.factories import circled, content

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
    """The story with the letters it calls for, and what the story does not tell: accounts, decisions,
    silences, reports, answers to mail."""
    db.begin_write()
    story.tell()
    claire, robin, mona, ada = (
        db.session.scalars(select(User).where(User.handle == handle)).one()
        for handle in ("claire.martel", "robin.aubert", "mona.ferrand", "ada.kessler")
    )
    _accounts(claire, ada)
    _questions(claire, robin, mona, ada)
    for event in db.session.scalars(select(Event).order_by(Event.id)).all():
        notify.follow(event)
        accounts.follow(event)
    put(DESK, to=mona.id, reason="desk:now")
    claire.mail_dead_at = clock.now()
    put("confirm", to=claire.id, reason="confirm:now")
    for outcome in Outcome:
        if outcome in ANSWERS:
            put("reply", to=robin.id, reason=f"reply:{outcome}", **_answered(outcome, claire))
    db.session.commit()


def _accounts(claire: User, ada: User) -> None:
    for purpose in Purpose:
        other = purpose is Purpose.ADDRESS
        email, former = ("nouvelle@example.org", claire.email) if other else (claire.email, "")
        links.ask(purpose, claire, email=email, former=former)
    by_herself: list[Fact] = [
        people.PasswordChanged(user_id=claire.id),
        people.FactorAdded(user_id=claire.id, factor="totp"),
        people.FactorRemoved(user_id=claire.id, factor="totp"),
        people.IdentityLinked(user_id=claire.id, door="openid"),
        people.IdentityUnlinked(user_id=claire.id, door="openid"),
    ]
    by_ada: list[Fact] = [
        people.PasswordChanged(user_id=claire.id),
        people.FactorsReset(user_id=claire.id),
        people.RolesChanged(user_id=claire.id, before=1, after=5),
        people.UserAdmitted(user_id=claire.id),
        people.UserInvited(user_id=claire.id),
    ]
    for who, facts in ((claire, by_herself), (ada, by_ada)):
        for fact in facts:
            record(fact, by=who)
    away = db.session.scalars(select(User).where(User.handle == "bruno.tessier")).one()
    away.standing = Standing.TURNED_AWAY
    record(people.UserTurnedAway(user_id=away.id), by=ada)


def _questions(claire: User, robin: User, mona: User, ada: User) -> None:
    own = db.session.scalars(
        select(Question)
        .where(Question.asker_id == claire.id, Question.audience == Audience.MEMBERS)
        .where(Question.published_at.is_not(None))
        .order_by(Question.id)
    ).all()
    question, other = own[0], own[1]
    note = write_note(question, "Deux phrases de plus aideraient.", by=mona, confirmed=True)
    told: dict[str, Any] = {"note_id": note.id, "into_id": other.id, "until": "2026-12-01"}
    told |= {"because": "duplicate", "revision_id": 1, "quarters": 2}
    for kind in DECISIONS:
        fact = kinds()[kind]
        record(fact(**{one.name: told[one.name] for one in fields(fact)}), on=question.id, by=mona)
    claim = db.session.scalars(
        select(Claim).join(Question).where(Claim.ended_at.is_(None), Question.asker_id == claire.id)
    ).first()
    assert claim is not None
    silent = {"claim_id": claim.id, "team_id": claim.team_id}
    record(research.ClaimNudged(**silent), on=claim.question_id)
    record(research.ClaimWarned(**silent, lapses_on="2026-12-01"), on=claim.question_id)
    record(moves.Lapsed(**silent), on=claim.question_id)
    project = db.session.scalars(select(Project).where(Project.state == "running")).first()
    assert project is not None
    home = project.hypotheses[0].question_id
    record(research.ProjectNewsAsked(project_id=project.id), on=home)
    sealed = db.session.scalars(select(Project).order_by(Project.id.desc())).first() or project
    sealed.confidential = True
    unsealing.unseal(sealed, reason="Une plainte à instruire.", by=ada, confirmed=True)
    commented = db.session.scalars(
        select(Comment).join(Question).where(Comment.author_id == robin.id)
    ).first()
    assert commented is not None
    target = flagging.of_comment(commented.id, to=claire)
    report = flags.flag(target, ground=Ground.IDENTITY, by=claire)
    flags.decide(report, verdict=Verdict.DISMISSED, answer="Personne n’y est nommé.", by=mona)
    draft = asking.save_draft(content(title="Un brouillon oublié ?"), by=claire)
    draft.draft_told_at = clock.now() + timedelta(minutes=1)
    put(drafts.DRAFT, to=claire.id, reason="draft:now", draft=draft.id)
    hidden = circled(claire, mona, *robin.teams)
    discussion.comment(hidden, text="Où en êtes-vous ?", by=claire, confirmed=True)
    discussion.comment(hidden, text="Bientôt.", by=robin, confirmed=True)


def _answered(outcome: Outcome, claire: User) -> dict[str, Any]:
    about = db.session.scalars(select(Question.id).where(Question.asker_id == claire.id)).first()
    return {
        "outcome": outcome,
        "about_id": about,
        "draft_id": about,
        "files": 0,
        "joined": 1 if outcome is Outcome.POSTED else 0,
        "refused": [],
        "told": [["suivre", "Q-2026-0001", True, "Vous suivez cette question."]]
        if outcome is Outcome.COMMANDED
        else [],
        "answers": "<hers@example.org>",
    }


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
    if event is not None and event.kind == people.PasswordChanged.kind:
        about.append("self" if event.actor_id == letter.user_id else "administrator")
    if "outcome" in letter.data:
        about = [letter.data["outcome"]]
    if "link_id" in letter.data:
        about = [db.session.get_one(Link, letter.data["link_id"]).purpose.value]
    return "-".join([letter.kind, *about, *filter(None, [letter.data.get("why", "")])])


def _write(folder: Path, name: str, locale: str, wire: bytes) -> int:
    mail = email.message_from_bytes(wire, policy=default)
    assert isinstance(mail, EmailMessage)
    for kind, suffix in (("html", "html"), ("plain", "txt")):
        part = mail.get_body((kind,))
        assert part is not None
        (folder / f"{name.replace('.', '-')}.{locale}.{suffix}").write_text(
            part.get_content(), "utf-8"
        )
    return 1


if __name__ == "__main__":
    main()
