"""Files joined to a question: what is taken, what is left of it, who reads it, how it goes."""

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfReader, PdfWriter
from sqlalchemy import select
from werkzeug.test import TestResponse

from exchange import clock, db
from exchange.attachments import actions, facts
from exchange.attachments.cleaning import clean
from exchange.attachments.disposal import Disposal
from exchange.attachments.models import Attachment, FileKind
from exchange.attachments.store import get, keys, open_store, put
from exchange.errors import NotAllowed, Refusal
from exchange.guard.gate import IdentityFound
from exchange.log.models import Event
from exchange.moderation.flags.models import Flag
from exchange.people.models import Team, User
from exchange.questions import actions as asking
from exchange.questions.models import Question
from exchange.research import hypotheses, outputs
from exchange.research.models import OutcomeKind
from exchange.settings import Settings
from exchange.worker import Worker
from tests import factories

ClientOf = Callable[[User | None], FlaskClient]

PHONE = "Rappeler le 06 12 34 56 78 demain"


def picture(shape: str = "PNG", **more: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 20), "navy").save(file, shape, **more)
    return file.getvalue()


def pdf(text: str = "Courbe de survie", *, password: str = "", pages: int = 1) -> bytes:
    """A PDF as small as they come, with a script, a link and an author in it."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>",
        b"<< /Type /Pages /Kids [" + b"3 0 R " * pages + b"] /Count %d >>" % pages,
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /AA << /O << /S /JavaScript /JS (app.alert(2)) >> >>"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Author (Dr Paulette Ravioli) >>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    body += b"".join(b"%010d 00000 n \n" % place for place in places)
    body += b"trailer << /Size %d /Root 1 0 R /Info 6 0 R >>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1, table,
    )  # fmt: skip
    if not password:
        return body
    writer, file = PdfWriter(clone_from=PdfReader(io.BytesIO(body))), io.BytesIO()
    writer.encrypt(password, algorithm="RC4-128")
    writer.write(file)
    return file.getvalue()


def workbook(*rows: list[object]) -> bytes:
    book, file = Workbook(), io.BytesIO()
    book.properties.creator = "Dr Paulette Ravioli"
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def join(
    question: Question, settings: Settings, by: User, data: bytes, name: str = "courbe.png",
    caption: str = "", *, confirmed: bool = False,
) -> Attachment:  # fmt: skip
    return actions.attach(
        question, data=data, name=name, caption=caption, by=by, files=open_store(settings),
        confirmed=confirmed,
    )  # fmt: skip


# -- what is left of a file ------------------------------------------------------------------------


def test_a_picture_keeps_its_pixels_and_nothing_else() -> None:
    told = PngInfo()
    told.add_text("Patient", "Paulette Ravioli")
    exif = Image.Exif()
    exif[0x010E] = "Paulette Ravioli"
    for shape, more in (
        ("PNG", {"pnginfo": told}),
        ("JPEG", {"exif": exif}),
        ("WEBP", {"exif": exif}),
    ):
        kept = clean(picture(shape, **more))
        assert b"Ravioli" in picture(shape, **more)
        assert b"Ravioli" not in kept.data
        assert (kept.kind.upper(), kept.width, kept.height) == (shape, 40, 20)
        with Image.open(io.BytesIO(kept.data)) as again:
            assert not again.getexif()


def test_a_picture_taken_sideways_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    kept = clean(picture("JPEG", exif=exif))
    assert (kept.width, kept.height) == (20, 40)


def test_a_pdf_keeps_its_pages_without_scripts_or_author() -> None:
    kept = clean(pdf())
    assert kept.kind is FileKind.PDF
    assert kept.text.strip() == "Courbe de survie"
    for gone in (b"JavaScript", b"app.alert", b"Ravioli", b"OpenAction"):
        assert gone in pdf()
        assert gone not in kept.data


def test_a_workbook_keeps_its_values_only() -> None:
    kept = clean(workbook(["dose", "effet"], [1, "=1+1"], ["x", None]))
    sheet = load_workbook(io.BytesIO(kept.data)).active
    assert sheet is not None
    assert next([cell.value for cell in row] for row in sheet.iter_rows()) == ["dose", "effet"]
    assert "=" not in str(sheet["B2"].value or "")
    with zipfile.ZipFile(io.BytesIO(kept.data)) as archive:
        assert not any(b"Ravioli" in archive.read(name) for name in archive.namelist())
    assert "dose ; effet" in kept.text


def test_a_table_of_text_runs_no_formula_and_keeps_its_numbers() -> None:
    kept = clean("dose;effet\n-1,5;=cmd|' /C calc'!A0\n".encode("cp1252"))
    assert kept.data.decode("utf-8-sig").splitlines() == ["dose;effet", "-1,5;'=cmd|' /C calc'!A0"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\x00" * 128 + b"DICM" + b"\x00" * 50, "DICOM"),
        (b"MZ\x90\x00 not a picture", "n’est pas accepté"),
        (b"<html><script>alert(1)</script></html>", "tableau lisible"),
        (b"\x89PNG\r\n\x1a\nbroken", "illisible"),
        (b"%PDF-1.7 broken", "illisible"),
        (pdf(password="secret"), "mot de passe"),
        (pdf(pages=301), "300 pages"),
        (b"PK\x03\x04broken", "illisible"),
    ],
)  # fmt: skip
def test_what_is_no_file_for_us_is_refused_with_what_to_do(data: bytes, says: str) -> None:
    with pytest.raises(Refusal, match=says) as refused:
        clean(data)
    assert refused.value.field == "file"


def test_a_picture_too_large_to_open_is_refused() -> None:
    head = picture()
    huge = head[:16] + (60_000).to_bytes(4) * 2 + head[24:]
    with pytest.raises(Refusal):
        clean(huge)


# -- joining -----------------------------------------------------------------------------------------


def test_claire_joins_a_curve(question: Question, settings: Settings, claire: User) -> None:
    joined = join(question, settings, claire, picture(), "../..\\Courbe d’été.PNG", "La survie.")
    assert joined.name == "Courbe dété.png"
    assert get(open_store(settings), joined.key)[:4] == b"\x89PNG"
    assert factories.last_fact(question) == facts.Attached(attachment_id=joined.id)


@pytest.mark.parametrize(
    ("name", "caption", "data"),
    [
        ("IPP_801234567.png", "", picture()),
        ("courbe.png", PHONE, picture()),
        ("courbe.pdf", "", pdf(PHONE)),
        ("doses.csv", "", f"a;b\n1;{PHONE}\n".encode()),
        ("doses.xlsx", "", workbook(["a"], [PHONE])),
    ],
)
def test_an_identifier_is_refused_wherever_it_stands(
    question: Question, settings: Settings, claire: User, name: str, caption: str, data: bytes
) -> None:
    with pytest.raises(IdentityFound) as found:
        join(question, settings, claire, data, name, caption, confirmed=True)
    assert found.value.sure
    ((text, findings),) = [
        (found.value.texts[field], these) for field, these in found.value.findings.items()
    ]
    assert all(text[one.start : one.end].strip() for one in findings)
    assert db.session.scalars(select(Attachment)).all() == []
    assert not list((settings.data_dir / "attachments").iterdir())


def test_the_same_files_without_it_pass(
    question: Question, settings: Settings, claire: User
) -> None:
    for name, data in (
        ("courbe.png", picture()), ("courbe.pdf", pdf()),
        ("doses.csv", b"a;b\n1;2\n"), ("doses.xlsx", workbook(["a"], ["Un adulte"])),
    ):  # fmt: skip
        join(question, settings, claire, data, name, "La survie des patients.")


def test_what_may_be_a_name_asks_once(question: Question, settings: Settings, claire: User) -> None:
    letter = pdf("Madame Paulette Ravioli va mieux")
    with pytest.raises(IdentityFound) as found:
        join(question, settings, claire, letter, "lettre.pdf")
    assert not found.value.sure
    assert join(question, settings, claire, letter, "lettre.pdf", confirmed=True).text


def test_a_thread_takes_twenty(
    question: Question, settings: Settings, claire: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MOST", 1)
    join(question, settings, claire, picture())
    with pytest.raises(Refusal, match="vingt"):
        join(question, settings, claire, picture())


def test_a_closed_thread_takes_none(
    settings: Settings, claire: User, mona: User, lena: User
) -> None:
    waiting = factories.submitted(claire)
    with pytest.raises(NotAllowed):
        join(waiting, settings, lena, picture())
    join(waiting, settings, claire, picture())


# -- the pages -----------------------------------------------------------------------------------------


def post(client: FlaskClient, question: Question, data: bytes, **more: str) -> TestResponse:
    return client.post(
        f"/questions/{question.ref}/attachments",
        data={"file": (io.BytesIO(data), "courbe.png"), "looked": "y", **more},
    )


def main(answer: TestResponse) -> str:
    """What is between the frame's two halves."""
    return answer.text.partition("<main")[2].partition("</main>")[0].replace("Q-1999-0001", "")


def test_a_file_is_joined_and_read_with_headers_under_which_nothing_runs(
    client_of: ClientOf, question: Question, claire: User, robin: User
) -> None:
    assert post(client_of(claire), question, picture(), caption="La survie.").status_code == 303
    browser = client_of(robin)
    page = browser.get(f"/questions/{question.ref}/attachments").text
    assert 'alt="La survie."' in page
    number = db.session.scalars(select(Attachment.id)).one()
    address = f"/questions/{question.ref}/attachments/{number}"
    assert f'<img src="{address}"' in page
    assert f'href="{address}"' in browser.get(f"/questions/{question.ref}").text
    sent = browser.get(address)
    assert sent.data[:4] == b"\x89PNG"
    assert sent.headers["Content-Type"] == "image/png"
    assert sent.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert sent.headers["X-Content-Type-Options"] == "nosniff"
    assert sent.headers["Content-Disposition"].startswith("inline")
    again = browser.get(address, headers={"If-None-Match": sent.headers["ETag"]})
    assert again.status_code == 304


def test_what_is_typed_survives_a_refusal(
    client_of: ClientOf, question: Question, claire: User
) -> None:
    refused = post(client_of(claire), question, b"MZ rien", caption="La survie.")
    assert refused.status_code == 422
    assert "tableau lisible" in refused.text
    assert 'value="La survie."' in refused.text
    blind = client_of(claire).post(
        f"/questions/{question.ref}/attachments", data={"file": (io.BytesIO(picture()), "a.png")}
    )
    assert blind.status_code == 422
    assert "Regardez-le" in blind.text


def test_a_file_may_be_larger_than_a_form_but_not_without_end(
    client_of: ClientOf, question: Question, claire: User, settings: Settings
) -> None:
    noise = io.BytesIO()
    Image.effect_noise((1300, 1300), 90).save(noise, "PNG")
    assert settings.max_body < len(noise.getvalue()) < settings.attachment_bytes
    assert post(client_of(claire), question, noise.getvalue()).status_code == 303
    assert post(client_of(claire), question, b"x" * 11_000_000).status_code == 413


def test_hidden_and_absent_files_answer_alike(
    client_of: ClientOf, settings: Settings, claire: User, mona: User, lena: User, lab: Team
) -> None:
    circle = factories.circled(claire, mona, lab)
    joined = join(circle, settings, claire, picture())
    db.session.commit()
    for path in (f"/{joined.id}", "/999", ""):
        hidden = client_of(lena).get(f"/questions/{circle.ref}/attachments{path}")
        absent = client_of(lena).get(f"/questions/Q-1999-0001/attachments{path}")
        assert (hidden.status_code, absent.status_code) == (404, 404)
        assert main(hidden).replace(str(circle.ref), "") == main(absent)


# -- going away ----------------------------------------------------------------------------------------


def test_who_joined_it_takes_it_away_and_nothing_is_left(
    client_of: ClientOf, question: Question, settings: Settings, claire: User, robin: User
) -> None:
    joined = join(question, settings, claire, pdf(), "courbe.pdf", "La survie.")
    db.session.commit()
    address = f"/questions/{question.ref}/attachments/{joined.id}"
    assert client_of(robin).post(f"{address}/remove").status_code == 403
    assert client_of(claire).post(f"{address}/remove").status_code == 303
    assert client_of(claire).get(address).status_code == 404
    joined = db.session.get_one(Attachment, joined.id, populate_existing=True)
    assert (joined.name, joined.caption, joined.text) == ("", "", "")
    assert factories.last_fact(question) == facts.AttachmentRemoved(attachment_id=joined.id)
    assert (
        "une pièce qui n’est plus visible"
        in client_of(robin).get(f"/questions/{question.ref}").text
    )
    db.session.rollback()
    Worker(settings).disposal.advance()
    assert not list((settings.data_dir / "attachments").iterdir())


def test_a_file_whose_transaction_failed_is_swept(
    app: object, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = open_store(settings)
    put(files, "orphan", b"x")
    disposal = Disposal(files)
    assert disposal.sweep() == 0
    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert disposal.sweep() == 1
    assert list(keys(files, before=later)) == []
    assert not (Path(settings.data_dir) / "attachments" / "orphan").exists()


def test_a_reported_file_is_out_of_sight_until_a_moderator_decides(
    client_of: ClientOf,
    question: Question,
    settings: Settings,
    claire: User,
    mona: User,
    robin: User,
) -> None:
    joined = join(question, settings, claire, picture(), caption="La survie globale")
    db.session.commit()
    page = f"/questions/{question.ref}/attachments"
    readers = {name: client_of(one) for name, one in (("c", claire), ("m", mona), ("r", robin))}
    assert f"{page}/{joined.id}/flag" in readers["r"].get(page).text
    assert "Signaler une pièce jointe" in readers["r"].get(f"{page}/{joined.id}/flag").text
    told = readers["r"].post(f"{page}/{joined.id}/flag", data={"ground": "identity"})
    assert told.status_code == 303
    for name, status in (("c", 404), ("m", 200), ("r", 404)):
        assert readers[name].get(f"{page}/{joined.id}").status_code == status
    assert "La survie globale" not in readers["r"].get(page).text
    assert "courbe.png" not in readers["r"].get(f"/questions/{question.ref}").text
    raised = db.session.scalars(select(Flag)).one()
    decision = f"/triage/flags/{raised.id}"
    assert "Une pièce jointe signalée" in readers["m"].get(decision).text
    readers["m"].post(decision, data={"verdict": "dismissed"})
    assert readers["r"].get(f"{page}/{joined.id}").status_code == 200


# -- what proves an output -----------------------------------------------------------------------------


def test_a_document_proves_an_output_and_is_no_file_of_the_thread(
    client_of: ClientOf, question: Question, claire: User, robin: User, lena: User
) -> None:
    factories.claimed(question, robin)
    idea = factories.proposed(question, robin, confidential=True)
    hypotheses.endorse(idea, by=claire)
    project = factories.started(idea, robin, claire, confidential=True)
    outcome = outputs.note(project, kind=OutcomeKind.THESIS, summary="Une thèse.", by=robin)
    db.session.commit()
    here = f"/projects/{project.ref}/outcomes/{outcome.id}/document"
    browser = client_of(robin)
    assert "sans preuve jointe" in browser.get(f"/projects/{project.ref}").text

    def send(client: FlaskClient, data: bytes) -> TestResponse:
        return client.post(
            f"{here}/join", data={"file": (io.BytesIO(data), "these.pdf"), "looked": "y"}
        )

    assert f'action="{here}/join"' in browser.get(f"{here}/join").text
    assert send(client_of(lena), pdf()).status_code == 404
    assert send(browser, pdf("Appeler le 06 12 34 56 78")).status_code == 422
    assert send(browser, pdf()).status_code == send(browser, pdf("Autre page")).status_code == 303
    first, proof = db.session.scalars(select(Attachment).order_by(Attachment.id)).all()
    assert (first.name, first.removed_at is None, proof.removed_at) == ("", False, None)
    told = facts.OutcomeProved(project_id=project.id, outcome_id=outcome.id, attachment_id=proof.id)
    assert factories.last_fact(question) == told
    page = browser.get(f"/projects/{project.ref}").text
    assert f'href="{here}"' in page
    assert "sans preuve jointe" not in page
    assert client_of(claire).get(here).data.startswith(b"%PDF")
    assert client_of(lena).get(here).status_code == 404
    for reader in (lena, claire, robin):
        thread = f"/questions/{question.ref}/attachments"
        assert "these.pdf" not in client_of(reader).get(thread).text
        assert client_of(reader).get(f"{thread}/{proof.id}").status_code == 404
    assert "La preuve" not in client_of(lena).get(f"/questions/{question.ref}").text
    assert browser.post(f"{here}/remove").status_code == 303
    assert browser.get(here).status_code == 404
    assert factories.last_fact(question) == facts.ProofRemoved(
        project_id=project.id, outcome_id=outcome.id, attachment_id=proof.id
    )


def test_files_are_joined_while_asking(
    client_of: ClientOf, claire: User, robin: User, mona: User, settings: Settings
) -> None:
    """Kept with the draft, read by its owner only, found again elsewhere, sent with the question."""
    at_home, robins, monas = client_of(claire), client_of(robin), client_of(mona)
    typed = {"title": "Pourquoi la courbe remonte-t-elle ?", "problem": "Deux patients sur dix."}
    address = at_home.post("/questions/new", data={**typed, "do": "attach"}).location
    assert address.endswith("/attachments")
    draft, number = address.removesuffix("/attachments"), int(address.split("/")[-2])

    def give(data: bytes, name: str) -> TestResponse:
        file = (io.BytesIO(data), name)
        return at_home.post(address, data={"file": file, "caption": "La courbe.", "looked": "1"})

    assert give(pdf(PHONE), "courbe.pdf").status_code == 422
    assert give(b"\x00" * 128 + b"DICM", "courbe.dcm").status_code == 422
    assert give(picture("PNG"), "courbe.png").status_code == 303
    db.session.rollback()
    joined = db.session.scalars(select(Attachment)).one()
    at_work = client_of(db.session.get_one(User, claire.id))
    assert "courbe.png" in at_work.get(draft).text
    assert at_work.get(f"{address}/{joined.id}").status_code == 200
    for stranger in (robins, monas):
        assert stranger.get(address).status_code == 404
        assert stranger.get(f"{address}/{joined.id}").status_code == 404
        assert stranger.post(f"{address}/{joined.id}/remove").status_code == 404
    assert "courbe.png" not in robins.post("/questions/new", data={"draft": str(number)}).text
    db.session.rollback()
    assert not db.session.scalars(select(Event).where(Event.question_id == number)).all()
    give(picture("PNG"), "autre.png")
    other = f"{address}/{joined.id + 1}"
    assert at_work.post(f"{other}/remove").status_code == 303
    assert at_work.get(other).status_code == 404
    page = at_work.get(draft).text
    version = page.partition('name="version" type="hidden" value="')[2].partition('"')[0]
    whole = {**typed, "draft": str(number), "version": version, "area": "cancer"}
    sent = at_work.post(
        draft, data={**whole, "kind": "mechanism", "do": "send", "seen_similar": "1"}
    )
    assert sent.status_code == 303
    db.session.rollback()
    question = db.session.get_one(Question, number)
    assert facts.Attached(attachment_id=joined.id) in factories.facts(question)
    assert "courbe.png" in monas.get(f"/triage/{question.ref}").text
    assert monas.get(f"/questions/{question.ref}/attachments/{joined.id}").status_code == 200
    assert robins.get(f"/questions/{question.ref}/attachments/{joined.id}").status_code == 404
    assert at_work.get(address).location == f"/questions/{question.ref}/attachments"


def test_a_deleted_draft_takes_its_files_with_it(
    client_of: ClientOf, claire: User, settings: Settings
) -> None:
    draft = asking.save_draft(factories.content(), by=claire)
    join(draft, settings, claire, picture())
    assert client_of(claire).post(f"/questions/drafts/{draft.id}/delete").status_code == 303
    db.session.rollback()
    assert db.session.scalars(select(Attachment)).all() == []
    files = open_store(settings)
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        assert Disposal(files).sweep() == 1
    assert list(keys(files, before=clock.now() + timedelta(hours=3))) == []
