"""The page: who may know of what, what it costs, and its files."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient
from openpyxl import load_workbook

from exchange import clock, db
from exchange.people.models import Team, User
from exchange.questions.models import Question
from exchange.research import hypotheses, outputs
from exchange.research.models import OutcomeKind, Project
from tests.counting import count_queries
from tests.factories import circled, claimed, opened, proposed, started, submitted

Browser = Callable[[User | None], FlaskClient]


def rows(client: FlaskClient, address: str) -> list[list[str]]:
    answer = client.get(address)
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def funnel(client: FlaskClient, query: str = "") -> list[str]:
    return [row[1] for row in rows(client, f"/impact/funnel.csv{query}")[1:]]


def concluded(
    question: Question, robin: User, claire: User, *, confidential: bool = False, summary: str = ""
) -> Project:
    claimed(question, robin)
    hypothesis = proposed(question, robin, confidential=confidential)
    hypotheses.endorse(hypothesis, by=claire)
    project = started(hypothesis, robin, claire, confidential=confidential)
    outputs.note(
        project,
        kind=OutcomeKind.PATENT,
        summary=summary or "Une famille de brevets.",
        by=robin,
    )
    return project


def test_a_question_of_a_circle_counts_for_those_who_may_read_it(
    client_of: Browser, claire: User, mona: User, robin: User, lena: User, lab: Team
) -> None:
    """Robin's laboratory is named, Léna's is not."""
    question = circled(claire, mona, lab)
    for reader in (claire, mona, robin):
        assert funnel(client_of(reader))[0] == "1"
    assert funnel(client_of(lena)) == ["0"] * 5
    page = client_of(lena).get("/impact/questions?figure=question").get_data(as_text=True)
    assert question.title not in page
    assert len(rows(client_of(lena), "/impact/questions.csv?figure=unclaimed")) == 1
    participation = rows(client_of(lena), "/impact/rates.csv")
    assert {row[1] for row in participation[1:]} == {"0"}


def test_the_outcome_of_a_confidential_project_counts_for_its_people_only(
    client_of: Browser, question: Question, claire: User, robin: User, lena: User, mona: User
) -> None:
    """That there is a project is no secret; what came of it is."""
    project = concluded(question, robin, claire, confidential=True)
    for reader in (claire, robin, mona):
        assert funnel(client_of(reader)) == ["1"] * 5
        assert rows(client_of(reader), "/impact/outcomes.csv")[1][4] == project.ref
    assert funnel(client_of(lena)) == ["1", "1", "1", "1", "0"]
    assert len(rows(client_of(lena), "/impact/outcomes.csv")) == 1
    page = client_of(lena).get("/impact").get_data(as_text=True)
    assert project.title not in page
    assert "Brevet" not in page


def test_what_waits_at_the_desk_counts_for_its_asker_and_the_desk(
    client_of: Browser, claire: User, mona: User, robin: User
) -> None:
    long_ago = clock.now() - timedelta(days=60)
    with clock.at(long_ago):
        submitted(claire)
    for reader, n in ((claire, "1"), (mona, "1"), (robin, "0")):
        kept = rows(client_of(reader), "/impact/rates.csv")[2]
        assert kept[1:3] == ["0", n]
        assert kept[3] == ("" if n == "0" else "0.0")


def test_the_page_costs_ten_queries_at_most_whatever_the_size(
    client_of: Browser, claire: User, mona: User, robin: User
) -> None:
    concluded(opened(claire, mona), robin, claire)
    client = client_of(mona)
    client.get("/impact")
    with count_queries() as few:
        assert client.get("/impact").status_code == 200
    db.begin_write()
    for number in range(8):
        question = opened(claire, mona, title=f"Pourquoi la question {number} ?")
        concluded(question, robin, claire)
    db.session.commit()
    with count_queries() as many:
        assert client.get("/impact").status_code == 200
    assert len(few) == len(many) <= 12
    with count_queries() as behind:
        assert client.get("/impact/questions?figure=labs").status_code == 200
    assert len(behind) <= 10


def test_an_unchanged_board_is_not_worked_out_again(
    client_of: Browser, question: Question, robin: User
) -> None:
    client = client_of(robin)
    client.get("/impact")  # the first page gives the browser its token
    etag = client.get("/impact").headers["ETag"]
    assert client.get("/impact", headers={"If-None-Match": etag}).status_code == 304
    db.begin_write()
    claimed(question, robin)
    db.session.commit()
    assert client.get("/impact", headers={"If-None-Match": etag}).status_code == 200


def test_a_cell_that_a_spreadsheet_would_run_is_inert(
    client_of: Browser, claire: User, mona: User, robin: User
) -> None:
    question = opened(claire, mona, title="=HYPERLINK pour nos patients")
    concluded(question, robin, claire, summary="@SOMME des brevets")
    client = client_of(robin)
    assert rows(client, "/impact/outcomes.csv")[1][2] == "'@SOMME des brevets"
    assert rows(client, "/impact/questions.csv")[1][1] == "'=HYPERLINK pour nos patients"
    book = load_workbook(io.BytesIO(client.get("/impact/questions.xlsx").data))
    cell = book.worksheets[0]["B2"]
    assert (cell.value, cell.data_type) == ("'=HYPERLINK pour nos patients", "s")


def test_every_table_comes_as_both_files(
    client_of: Browser, question: Question, robin: User, claire: User
) -> None:
    concluded(question, robin, claire)
    client = client_of(robin)
    for name in ("funnel", "rates", "areas", "institutions", "years", "outcomes", "questions"):
        told = rows(client, f"/impact/{name}.csv")
        sheet = load_workbook(io.BytesIO(client.get(f"/impact/{name}.xlsx").data)).worksheets[0]
        assert [len(row) for row in told] == [len(told[0])] * len(told)
        assert sheet.max_row == len(told) > 1
    assert client.get("/impact/people.csv").status_code == 404
    assert client.get("/impact/questions?figure=people").status_code == 404


def test_filters_live_in_the_address_and_unknown_ones_are_told(
    client_of: Browser, question: Question, claire: User, robin: User
) -> None:
    house = question.institution
    assert house is not None
    year = question.submitted_at.year if question.submitted_at else 0
    client = client_of(robin)
    assert funnel(client, "?area=cancer")[0] == "1"
    assert funnel(client, "?area=infectious")[0] == "0"
    assert funnel(client, f"?institution={house.slug}&year={year}")[0] == "1"
    page = client.get("/impact?area=moon&year=1900").get_data(as_text=True)
    assert "« moon » n’est pas appliqué" in page.replace("\u00a0", " ")
    assert "« 1900 » n’est pas appliqué" in page.replace("\u00a0", " ")


def test_the_page_leads_each_figure_to_its_list(
    client_of: Browser, question: Question, robin: User
) -> None:
    client = client_of(robin)
    page = client.get("/impact").get_data(as_text=True)
    assert "/impact/questions?figure=soon" in page
    assert "/questions?unclaimed=1" in page
    behind = client.get("/impact/questions?figure=no-claim").get_data(as_text=True)
    assert f"/questions/{question.ref}" in behind
    assert "Aucune question derrière ce chiffre" in client.get(
        "/impact/questions?figure=claim"
    ).get_data(as_text=True)


def test_a_stranger_signs_in_first(client_of: Browser) -> None:
    answer = client_of(None).get("/impact")
    assert answer.status_code == 302
    assert "/sign-in" in answer.headers["Location"]
