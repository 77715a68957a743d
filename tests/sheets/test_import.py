"""Importing and exporting questions: all or nothing, and nothing twice."""

import csv
import io
import json
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from exchange import db
from exchange.people.models import Area, Team, User
from exchange.questions import facts as moves
from exchange.questions.models import Question, Stage
from exchange.sheets import exporting, importing, reading
from tests.factories import circled, facts, opened

REAL = Path(__file__).resolve().parents[3] / "shared/questions/clinical_questions_en.jsonl"

ROWS = [
    {"id": "a1", "title": "Why do flares follow tapering?", "body": "Half of them relapse.",
     "areas": ["autoimmune"], "language": "en"},
    {"id": "a2", "title": "Quel marqueur de rechute ?", "body": "Aucun n’est fiable.",
     "areas": ["inflammatory"], "language": "fr"},
]  # fmt: skip


def jsonl(folder: Path, *rows: object) -> Path:
    path = folder / "questions.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(Question)) or 0


def test_rows_become_submitted_questions(mona: User, tmp_path: Path) -> None:
    db.session.commit()
    report = importing.run(jsonl(tmp_path, *ROWS))
    db.session.commit()
    assert (report.added, report.refused) == (2, [])
    first = db.session.scalars(select(Question).where(Question.source_id == "a1")).one()
    assert (first.stage, first.area, first.language) == (Stage.SUBMITTED, Area.AUTOIMMUNE, "en")
    assert first.asker_id == mona.id
    assert facts(first) == [moves.Submitted(ref=str(first.ref), imported=True)]


def test_a_second_run_adds_nothing(mona: User, tmp_path: Path) -> None:
    db.session.commit()
    path = jsonl(tmp_path, *ROWS)
    importing.run(path)
    db.session.commit()
    report = importing.run(path)
    db.session.commit()
    assert (report.added, report.known, count()) == (0, 2, 2)


def test_open_questions_are_published_by_a_moderator(
    mona: User, claire: User, tmp_path: Path
) -> None:
    db.session.commit()
    importing.run(jsonl(tmp_path, *ROWS), stage="open", email=claire.email)
    db.session.commit()
    for question in db.session.scalars(select(Question)):
        assert question.stage is Stage.OPEN
        assert question.asker_id == claire.id
        assert facts(question)[-1] == moves.Published()


def test_each_refused_row_is_told_with_its_line_and_reason(mona: User, tmp_path: Path) -> None:
    db.session.commit()
    path = jsonl(
        tmp_path,
        ROWS[0],
        {"id": "b1", "title": "Sans texte"},
        {"title": "Sans identifiant", "body": "Du texte."},
        {"id": "b3", "title": "Avec un numéro", "body": "Joindre le 06 12 34 56 78."},
        {"id": "b4", "title": "Domaine inconnu", "body": "Du texte.", "area": "astrologie"},
        {"id": "b5", "title": "Trop long", "body": "a" * 9000},
        ["pas un objet"],
    )
    with path.open("a") as file:
        file.write("{pas du JSON\n")
    report = importing.run(path)
    assert [line for line, _reason in report.refused] == [2, 3, 4, 5, 6, 7, 8]
    told = "\n".join(report.lines(dry_run=False))
    assert "peut identifier un patient" in told
    assert "06 12" not in told
    assert "Rien n’a été importé" in told


def test_a_title_too_long_is_shortened_and_nothing_is_lost(mona: User, tmp_path: Path) -> None:
    db.session.commit()
    title = "Pourquoi " + "la maladie " * 14 + "revient-elle ?"
    importing.run(jsonl(tmp_path, {"id": "c", "title": title, "body": "Du texte."}))
    question = db.session.scalars(select(Question)).one()
    assert len(question.title) <= 120
    assert question.title.endswith("…")
    assert " ".join(title.split()) in question.problem


def test_a_row_without_title_takes_its_first_sentence(mona: User, tmp_path: Path) -> None:
    db.session.commit()
    importing.run(jsonl(tmp_path, {"id": "c", "body": "Is it safe? I could not find out."}))
    assert db.session.scalars(select(Question.title)).one() == "Is it safe?"


def test_csv_of_a_french_spreadsheet(mona: User, tmp_path: Path) -> None:
    db.session.commit()
    path = tmp_path / "questions.csv"
    path.write_bytes(
        "Identifiant;Titre;Problème;Domaine\n7;Été et lupus;Les poussées d’été.;auto-immunité\n".encode(
            "cp1252"
        )
    )
    assert importing.run(path).added == 1
    assert db.session.scalars(select(Question.problem)).one() == "Les poussées d’été."


def test_xlsx(mona: User, tmp_path: Path) -> None:
    db.session.commit()
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["id", "title", "body", "area"])
    sheet.append([12, "Rechute après CAR-T", "La moitié rechute.", "cancer"])
    sheet.append([None, None, None, None])
    path = tmp_path / "questions.xlsx"
    workbook.save(path)
    assert importing.run(path).added == 1
    assert db.session.scalars(select(Question.source_id)).one() == "12"


def test_a_sheet_of_two_cells_at_both_ends_of_the_world_is_refused(
    mona: User, tmp_path: Path
) -> None:
    db.session.commit()
    workbook = Workbook()
    assert workbook.active is not None
    workbook.active["A1"] = "title"
    workbook.active["XFD1048576"] = "Rechute après CAR-T"
    path = tmp_path / "questions.xlsx"
    workbook.save(path)
    with pytest.raises(importing.CannotImport, match="50 000 lignes"):
        importing.run(path)


@pytest.mark.parametrize(
    ("name", "data"),
    [("x.xlsx", b"PK not a zip"), ("x.pdf", b"%PDF"), ("x.xlsx", b"")],
)
def test_a_file_that_is_no_sheet_is_refused_whole(
    mona: User, tmp_path: Path, name: str, data: bytes
) -> None:
    db.session.commit()
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(importing.CannotImport):
        importing.run(path)


def test_without_a_moderator_nothing_is_imported(claire: User, tmp_path: Path) -> None:
    db.session.commit()
    with pytest.raises(importing.CannotImport):
        importing.run(jsonl(tmp_path, *ROWS))
    assert count() == 0


def test_an_export_holds_what_its_reader_may_read(
    claire: User, mona: User, lena: User, lab: Team
) -> None:
    opened(claire, mona, title="Une question pour tous")
    circled(claire, mona, lab, title="Un canari dans un cercle")
    assert b"canari" not in exporting.run("jsonl", email=lena.email)
    assert b"canari" not in exporting.run("jsonl")
    assert b"canari" in exporting.run("jsonl", email=mona.email)


def test_an_export_starts_no_formula(claire: User, mona: User) -> None:
    opened(claire, mona, title="=HYPERLINK(1)")
    rows = list(csv.DictReader(io.StringIO(exporting.run("csv").decode("utf-8-sig"))))
    assert rows[0]["title"] == "'=HYPERLINK(1)"
    sheet = load_workbook(io.BytesIO(exporting.run("xlsx"))).active
    assert sheet is not None
    titles = [cell.value for cell in next(sheet.iter_cols(min_col=7, max_col=7))]
    assert titles == ["title", "'=HYPERLINK(1)"]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """The real questions where they stand beside the checkout; as many of ours elsewhere."""
    if REAL.exists():
        return REAL
    rows = [{**ROWS[number % 2], "id": f"m{number}"} for number in range(521)]
    return jsonl(tmp_path, *rows)


def test_five_hundred_questions_import(mona: User, many: Path) -> None:
    db.session.commit()
    assert not [row.line for row in reading.rows(many) if row.error]
    report = importing.run(many)
    assert report.refused == []
    assert report.added == 521
