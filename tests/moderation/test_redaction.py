"""Redaction: what people wrote leaves every place of the site, and nothing else does."""

from collections.abc import Callable
from datetime import date, timedelta
from email.message import EmailMessage
from mailbox import Maildir
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Column, select, text, update

from exchange import clock, db
from exchange.attachments import actions as attachments
from exchange.attachments.store import open_store
from exchange.db import Base
from exchange.discussion import actions as discussion
from exchange.discussion.models import Comment
from exchange.errors import NotAllowed, Refusal
from exchange.log.models import Bookmark, ParkedEvent
from exchange.mail.models import MailText, Received, SavedFilter, SavedSearch
from exchange.meetings import actions as meetings
from exchange.meetings.models import Way
from exchange.moderation import actions as moderation
from exchange.moderation.flags import actions as flags
from exchange.moderation.flags import targets
from exchange.moderation.grounds import Ground
from exchange.moderation.models import Batch, CannedReply, Deferral
from exchange.moderation.redaction import actions, mailbox, stores
from exchange.moderation.redaction.words import Words
from exchange.outbox.models import Letter
from exchange.people.models import Team, User
from exchange.questions import actions as asking
from exchange.questions.facts import Redacted
from exchange.questions.models import Band, Question, Revision
from exchange.research import claims, hypotheses, needs, outputs, projects
from exchange.research.models import OutcomeKind, RequestKind, Stance
from exchange.settings import Settings
from exchange.worker import Worker
from tests import factories

SignIn = Callable[[User | None], FlaskClient]
CANARY = "Zortavim"

SWEPT = {
    "attachment": {"name", "caption", "text"},
    "bookmark": {"error"},
    "candidate": {"name", "target", "reference"},
    "canned_reply": {"title", "text"},
    "claim": {"why", "why_html", "needs", "needs_html", "next_step"},
    "claim_request": {"text", "html"},
    "claim_update": {"text", "html"},
    "comment": {"text", "html"},
    "batch": {"reason"},
    "deferral": {"reason"},
    "decision": {"who", "what", "why"},
    "dossier": {
        "sponsor", "cpp", "ansm", "id_rcb", "nct", "eu_ct", "patent", "rights_note",
    },
    "risk": {"what", "answer"},
    "evidence": {"note", "html", "identifier"},
    "flag": {"text", "answer"},
    "funding": {"source"},
    "hypothesis": {"statement", "rationale", "prediction", "refutation", "plan", "html"},
    "letter": {"error", "subject"},
    "mail_text": {"text", "cut"},
    "meeting": {"place", "word", "reason"},
    "saved_filter": {"name"},
    "saved_search": {"words"},
    "milestone": {"title"},
    "note": {"text", "html"},
    "outcome": {"summary", "html", "reference", "key"},
    "parked_event": {"error"},
    "project": {"title", "summary", "summary_html", "answer", "answer_html"},
    "question": {
        "title", "problem", "practice", "shortfall", "population", "known", "resources", "html",
        "intervention", "comparison", "outcome", "source_id",
    },
    "revision": {"title", "texts", "html"},
    "support": {"note"},
    "team": {"description", "description_html", "expertise", "techniques"},
    "wording": {"texts", "html"},
}  # fmt: skip
"""Every column that a redaction reaches. One that you added and that holds no prose goes into
`stores.KEYS`; otherwise add it here, and `stores.LABELS` says what its table holds."""


def test_no_column_of_text_is_forgotten() -> None:
    found = {t.name: {column.name for column in columns} for t, columns in stores.swept().items()}
    assert found == SWEPT
    assert set(stores.LABELS) == set(SWEPT)
    for name, columns in stores.KEYS.items():
        assert columns <= set(Base.metadata.tables[name].columns.keys())


@pytest.mark.parametrize(
    ("typed", "written", "left"),
    [
        ("Dupont", "M. DUPONT va mieux.", "M. […] va mieux."),
        ("Lefevre", "Mme Lefèvre", "Mme […]"),
        ("Lefèvre", "Mme LEFEVRE", "Mme […]"),
        ("Le Cœur", "de Le Coeur", "de […]"),
        ("Jean Pierre Dupont", "Jean-Pierre **Dupont**, 62 ans", "[…]**, 62 ans"),
        ("l'Estaque", "à l’Estaque", "à […]"),
        ("l’Estaque", "<p>à l&#x27;Estaque</p>", "<p>à […]</p>"),
        ("06 12 34 56 78", "au 06.12.34.56.78", "au […]"),
        ("Roy", "le royaume de Leroy", "le royaume de Leroy"),
        ("Roy", "> Roy_a dit", "> […]_a dit"),
        ("A & B", "dossier A &amp; B", "dossier […]"),
    ],
)
def test_words_are_found_however_they_were_written(typed: str, written: str, left: str) -> None:
    assert Words([typed]).strike(written) == left


def test_too_little_is_refused() -> None:
    with pytest.raises(Refusal):
        Words.typed("Dupont\nle")


# -- the proof -------------------------------------------------------------------------------------


@pytest.fixture
def thread(claire: User, robin: User, mona: User, lab: Team, settings: Settings) -> Question:
    """A row in every table that people write in."""
    asked = factories.opened(claire, mona)
    asking.edit(asked, factories.content(title="Pourquoi l’anti-PD-1 échoue-t-il ?"), by=claire)
    colleague = factories.user("Inès Roche", claire.roles)
    asking.support(asked, band=Band.UP_TO_10, note="Ici aussi.", by=colleague)
    posted = discussion.comment(asked, text="Une cohorte existe.", by=robin)
    discussion.comment(asked, text="> Une cohorte existe.\n\nOù ?", by=claire)
    claim = factories.claimed(asked, robin)
    claims.update(claim, text="Inclus.", next_step="Lire", next_step_on=None, by=robin)
    needs.ask(claim, kind=RequestKind.DATA, text="Un tableau.", by=robin)
    plan = meetings.Plan(way=Way.VISIT, place="Salle B", minutes=60, zone="Europe/Paris")
    soon = clock.now().replace(tzinfo=None)
    meetings.propose(
        asked, plan, dates=[soon + timedelta(days=day) for day in (1, 2)], word="Venez.", by=robin
    )
    idea = factories.proposed(asked, robin)
    hypotheses.add_evidence(idea, stance=Stance.FOR, note="Un article.", by=robin)
    hypotheses.endorse(idea, note="Oui.", by=claire)
    project = factories.started(idea, robin, claire)
    projects.add_funding(project, source="ANR", amount=1, start_on=None, end_on=None, by=robin)
    projects.add_milestone(project, title="Bilan", planned_on=date(2027, 5, 1), by=robin)
    outputs.note(project, kind=OutcomeKind.TRIAL, summary="Un essai", by=robin)
    factories.documented(project, robin)
    asking.save_draft(factories.content(title="Un brouillon"), by=claire)
    attachments.attach(
        asked, data=f"dose;effet\n1;{CANARY}\n".encode(), name="doses.csv", caption="Les doses.", by=claire,
        files=open_store(settings),
    )  # fmt: skip
    db.session.add_all(
        [
            CannedReply(use="return", locale="fr", title="Préciser", text="Merci."),
            Bookmark(follower="autre", event_id=0, attempts=0, error="KeyError: x"),
            ParkedEvent(follower="autre", event_id=1, error="KeyError: x"),
            Batch(by_id=mona.id, decision="decline", reason="Hors sujet."),
            Deferral(
                item=f"/triage/{asked.ref}", question_id=asked.id, until=date(2027, 5, 1),
                reason="Plus tard.", by_id=mona.id,
            ),
            SavedFilter(user_id=robin.id, name="Nos mélanomes", query="area=cancer"),
            SavedSearch(user_id=robin.id, words="mélanome"),
            Letter(
                user_id=claire.id, kind="receipt", reason="receipt:x", question_id=asked.id,
                data={"event_id": 1}, state="sent", error="550", subject=asked.title,
            ),
        ]
    )  # fmt: skip
    flags.flag(targets.of_question(str(asked.ref), to=robin), ground=Ground.OTHER, by=robin)
    received = Received(key="k", door="reply", size=1, message_id="<1@x>", user_id=robin.id)
    db.session.add(received)
    db.session.flush()
    db.session.add(
        MailText(
            received_id=received.id, author_id=robin.id, question_id=asked.id,
            comment_id=posted.id, text="Une cohorte existe.", cut="> citée",
        )
    )  # fmt: skip
    db.session.flush()
    return asked


def plant(settings: Settings) -> None:
    """The canary in every column that holds prose, in a mail and in the index."""
    db.session.flush()
    for table, columns in stores.swept().items():
        rows = db.rows(select(*table.primary_key.columns, *columns)).mappings().all()
        assert rows, f"nothing in {table.name}: the proof proves nothing of it"
        for row in rows:
            values = {column: planted(column, row) for column in columns}
            this = [column == row[column] for column in table.primary_key.columns]
            db.session.execute(update(table).where(*this).values(values))
    db.session.expire_all()
    mail = EmailMessage()
    mail["To"], mail["Subject"] = "claire@example.org", f"À propos de {CANARY}"
    mail.set_content(f"Bonjour,\n\n{CANARY} é\n", cte="base64")
    mail.add_alternative(f"<p>{CANARY} é</p>", subtype="html", cte="quoted-printable")
    Maildir(settings.data_dir / "mail")
    new = settings.data_dir / "mail" / "new"
    (new / "1").write_bytes(bytes(mail))
    mail.replace_header("Subject", "Autre chose")
    mail.clear_content()
    mail.set_content("Rien.")
    (new / "2").write_bytes(bytes(mail))


def planted(column: Column[Any], row: Any) -> Any:
    """The value with the canary in each of its texts, where there is room for it."""
    value = row[column]
    if column.name == "source_id":
        return f"{CANARY} {row['id']}"
    if isinstance(value, dict):
        return {**value, **{name: f"{one} {CANARY}" for name, one in value.items()}}
    if isinstance(value, list):
        return [*value, f"avec {CANARY}"]
    return f"<p>chez <em>{CANARY.upper()}</em></p>" if "html" in column.name else f"chez {CANARY}"


def holding(settings: Settings) -> set[str]:
    """Where the bytes of the canary are: files of the data folder and of the database; tables of
    PostgreSQL and, once it wrote them, their files (`base`), its statistics among them."""
    needle = CANARY.lower().encode()
    places = {
        str(path.relative_to(settings.data_dir)).partition("/")[0]
        for path in settings.data_dir.rglob("*")
        if path.is_file() and needle in path.read_bytes().lower()
    }
    if db.is_postgresql():
        for table in Base.metadata.sorted_tables:
            rows = db.session.scalars(text(f'SELECT t::text FROM "{table.name}" t'))
            places |= {table.name for row in rows if CANARY.lower() in row.lower()}
        return places | {"base" for path in postgres_files() if needle in path.read_bytes().lower()}
    database = Path(settings.database.removeprefix("sqlite:///"))
    return places | {
        path.suffix
        for path in database.parent.glob(f"{database.name}*")
        if needle in path.read_bytes().lower()
    }


def postgres_files() -> list[Path]:
    """The files of this database, as they stand on the disk."""
    db.session.rollback()
    with db.session.get_bind().connect().execution_options(isolation_level="AUTOCOMMIT") as server:  # type: ignore[union-attr]
        server.execute(text("CHECKPOINT"))
        folder = server.scalar(text("SHOW data_directory"))
        number = server.scalar(
            text("SELECT oid FROM pg_database WHERE datname = current_database()")
        )
    return [path for path in (Path(str(folder)) / "base" / str(number)).iterdir() if path.is_file()]


def test_the_words_leave_every_place_and_every_file(
    client_of: SignIn, mona: User, thread: Question, settings: Settings
) -> None:
    mona_browses, number = client_of(mona), thread.id
    page, address = f"/questions/{thread.ref}", f"/questions/{thread.ref}/redact"
    plant(settings)
    db.session.commit()
    worker = Worker(settings)
    worker.search.catch_up()
    if db.is_postgresql():  # into the statistics too
        db.session.execute(text("ANALYZE"))
        db.session.commit()
    else:  # into the file too, not only its log
        db.session.execute(text("PRAGMA wal_checkpoint"))
    db.session.rollback()
    tables = {*SWEPT, "base"} if db.is_postgresql() else {".sqlite", ".sqlite-wal"}
    assert holding(settings) == {"mail", "index", "attachments", *tables}
    asked = {"words": CANARY.lower(), "ground": "identity"}
    look = mona_browses.post(address, data=asked)
    assert look.status_code == 200
    assert "2 brouillons" in look.text, "a draft, and a reply by mail still to be confirmed"
    assert "1 courriel de la boîte" in look.text
    places = [place.key for place in stores.find(Words([CANARY]))]
    db.session.rollback()
    done = mona_browses.post(
        address, data={**asked, "confirm": "1", "shown": places, "place": places}
    )
    assert done.status_code == 303
    while worker.step():
        pass
    db.session.rollback()
    assert holding(settings) == set()
    assert [path.name for path in (settings.data_dir / "mail" / "new").glob("2")] == ["2"]
    db.session.rollback()
    told = mona_browses.get(page).text
    assert "a retiré des mots (« Un patient pourrait être reconnu" in told.replace("\u00a0", " ")
    assert "<em>[…]</em>" in told
    db.session.rollback()
    titles = db.session.scalars(select(Revision.title).where(Revision.question_id == number))
    assert set(titles) == {"chez […]"}


# -- one by one ------------------------------------------------------------------------------------


def test_what_is_unticked_stays_and_a_whole_text_goes(
    client_of: SignIn, claire: User, robin: User, mona: User, question: Question, settings: Settings
) -> None:
    doctor = discussion.comment(question, text="Comme le montre Martin, 2019.", by=robin)
    patient = discussion.comment(
        question, text="Notre patient Martin le dit.", by=claire, confirmed=True
    )
    other = factories.opened(claire, mona, title="Que dit Martin, le patient, de sa fatigue ?")
    long = discussion.comment(question, text="Tout un récit.", by=claire)
    mona_browses = client_of(mona)
    address = f"/questions/{question.ref}/redact"
    page = mona_browses.get(address).text
    assert f'value="comment:{long.id}"' in page
    asked = {"words": "martin", "ground": "identity", "whole": [f"comment:{long.id}"]}
    look = mona_browses.post(address, data=asked).text
    assert str(other.ref) in look
    places = [place.key for place in stores.find(Words(["martin"]))]
    db.session.rollback()
    kept = f"comment:{doctor.id}"
    chosen = [key for key in places if key != kept]
    mona_browses.post(address, data={**asked, "confirm": "1", "shown": places, "place": chosen})
    db.session.rollback()
    db.session.expire_all()
    words = dict(db.session.execute(select(Comment.id, Comment.text)).all())
    assert "Martin" in words[doctor.id]
    assert words[patient.id] == "Notre patient […] le dit."
    assert words[long.id] == "[…]"
    assert (
        db.session.get_one(Question, other.id).title
        == "Que dit […], le patient, de sa fatigue\u00a0?"
    )
    told = factories.last_fact(db.session.get_one(Question, question.id))
    assert told == Redacted(ground=Ground.IDENTITY, author_ids=(claire.id,))


def test_a_member_takes_nothing_out(claire: User, question: Question, tmp_path: Path) -> None:
    planned = actions.plan(question, Words(["patient"]), whole=(), folder=tmp_path)
    with pytest.raises(NotAllowed):
        actions.redact(planned, ground=Ground.OTHER, by=claire)


def test_nobody_hears_of_words_taken_out_of_what_is_confidential(
    claire: User, robin: User, mona: User, question: Question, client_of: SignIn, tmp_path: Path
) -> None:
    factories.claimed(question, robin)
    sealed = factories.proposed(question, robin, confidential=True)
    planned = actions.plan(question, Words(["TIGIT"]), whole=(), folder=tmp_path)
    assert actions.redact(planned, ground=Ground.CONFIDENTIAL, by=mona) == 2, (
        "its first wording too"
    )
    told = factories.last_fact(question)
    assert told == Redacted(
        ground=Ground.CONFIDENTIAL, author_ids=(robin.id,), hypothesis_id=sealed.id
    )
    stranger = factories.user("Carl Roux", claire.roles)
    assert "a retiré des mots" in client_of(claire).get(f"/questions/{question.ref}").text
    assert "a retiré des mots" not in client_of(stranger).get(f"/questions/{question.ref}").text


def test_nothing_typed_is_lost_and_nothing_is_looked_for_in_vain(
    client_of: SignIn, mona: User, question: Question
) -> None:
    mona_browses = client_of(mona)
    address = f"/questions/{question.ref}/redact"
    for data, said in (
        ({"words": "Introuvable", "ground": "rude"}, "nulle part"),
        ({"words": "Introuvable"}, "Choisissez une raison"),
        ({"words": "xy", "ground": "rude"}, "trop court"),
        ({"ground": "rude"}, "cochez un texte"),
    ):
        answer = mona_browses.post(address, data=data)
        assert answer.status_code == 422
        assert said in answer.text
        assert data.get("words", "") in answer.text


def test_what_the_guard_sees_is_proposed_and_the_desk_goes_on(
    client_of: SignIn, claire: User, mona: User
) -> None:
    asked = factories.submitted(claire, problem="Mme Zortavim est revenue le 12 mars 2025.")
    mona_browses = client_of(mona)
    page = mona_browses.get(f"/questions/{asked.ref}/redact").text
    proposed = page.partition("<textarea")[2].partition("</textarea>")[0]
    assert "Mme Zortavim" in proposed
    assert "12 mars 2025" in proposed
    ground = page.partition('value="identity"')[0].rpartition("<input")[2]
    assert "checked" in ground
    done = mona_browses.post(
        f"/questions/{asked.ref}/redact",
        data={"words": "Zortavim", "ground": "identity", "confirm": "1"},
    )
    assert done.location == f"/triage/{asked.ref}"


def test_a_mail_of_an_unknown_alphabet_is_read() -> None:
    raw = b"Subject: x\nContent-Type: text/plain; charset=klingon\n\nZortavim"
    assert Words([CANARY]).count(mailbox.said_in(raw)) == 1


def test_a_moderator_can_still_rephrase_after_a_redaction(
    claire: User, mona: User, question: Question, tmp_path: Path
) -> None:
    planned = actions.plan(question, Words(["anti-PD-1"]), whole=(), folder=tmp_path)
    actions.redact(planned, ground=Ground.OTHER, by=mona)
    moderation.rephrase(question, title="Autrement dit", problem="Plus clair.", by=mona)
    db.session.flush()
    assert question.title == "Autrement dit"
