"""Rewording, the history of the words, the asker's moves, and «we see this too»."""

from collections.abc import Callable
from datetime import date
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from exchange import db
from exchange.moderation import actions as moderation
from exchange.people.models import Role, Team, User
from exchange.questions import facts
from exchange.questions.differences import Piece, differences
from exchange.questions.models import Band, Follow, Note, Question, Revision, Stage, Support
from tests import factories
from tests.questions.test_asking import at_once, client_of_now

ClientOf = Callable[[User | None], FlaskClient]


def words_of(question: Question, **changes: str) -> dict[str, str]:
    """What the edit form posts for this question."""
    return {
        "title": question.title,
        "problem": question.problem,
        "practice": question.practice,
        "shortfall": question.shortfall,
        "population": question.population,
        "area": question.area.value,
        "kind": question.kind.value,
        "audience": question.audience.value,
        "language": question.language,
        "version": str(question.version),
        **changes,
    }


def now(question: Question) -> Question:
    """The question as the database has it."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Question, question.id)


def wordings(question: Question) -> int:
    found = db.session.scalar(
        select(func.count()).select_from(Revision).where(Revision.question_id == question.id)
    )
    return found or 0


@pytest.fixture
def colin(department: Team) -> User:
    """A clinician of the same department."""
    return factories.user("Colin Brun", Role.CLINICIAN, department)


# -- rewording ---------------------------------------------------------------------------------


def test_claire_rewords_and_her_first_words_stay(
    question: Question, claire: User, robin: User, client_of: ClientOf
) -> None:
    client = client_of(claire)
    answer = client.post(
        f"/questions/{question.ref}/edit",
        data=words_of(question, problem="Deux patients sur trois progressent sous anti-PD-1."),
    )
    assert answer.status_code == 303
    assert isinstance(factories.last_fact(now(question)), facts.Revised)
    page = unescape(client_of(robin).get(f"/questions/{question.ref}/revisions").text)
    assert "<del>Un patient" in page
    assert "<ins>Deux patients" in page
    assert "Les mots d’origine" in page
    assert "Un patient sur deux progresse sous anti-PD-1" in page


def test_claire_empties_a_date(claire: User, mona: User, client_of: ClientOf) -> None:
    question = factories.opened(claire, mona, known_searched_on=date(2026, 1, 15))
    client_of(claire).post(
        f"/questions/{question.ref}/edit", data=words_of(question, known_searched_on="")
    )
    assert now(question).known_searched_on is None


def test_nothing_changed_is_nothing_recorded(
    question: Question, claire: User, client_of: ClientOf
) -> None:
    client_of(claire).post(f"/questions/{question.ref}/edit", data=words_of(question))
    assert wordings(question) == 1
    assert isinstance(factories.last_fact(now(question)), facts.Published)


def test_nobody_else_rewords(
    question: Question, colin: User, mona: User, client_of: ClientOf
) -> None:
    for stranger in (colin, mona):
        client = client_of(stranger)
        address = f"/questions/{question.ref}/edit"
        assert client.get(address).status_code == 403
        assert client.post(address, data=words_of(question, title="À moi")).status_code == 403
    assert wordings(question) == 1


def test_a_closed_question_keeps_its_words(
    question: Question, claire: User, mona: User, client_of: ClientOf
) -> None:
    moderation.decline(question, reason="Déjà répondu.", by=mona)
    answer = client_of(claire).post(
        f"/questions/{question.ref}/edit", data=words_of(question, title="Et pourtant")
    )
    assert answer.status_code == 409
    assert "Et pourtant" in answer.text
    assert wordings(question) == 1


def test_claire_sees_the_moderators_words_before_writing_over_them(
    question: Question, claire: User, mona: User, client_of: ClientOf
) -> None:
    stale = words_of(question, title="Ma version")
    moderation.rephrase(question, title="Celle de Mona", problem=question.problem, by=mona)
    client = client_of(claire)
    page = client.post(f"/questions/{question.ref}/edit", data=stale)
    assert page.status_code == 409
    assert "Celle de Mona" in page.text
    assert "Ma version" in page.text
    assert now(question).title == "Celle de Mona"


def test_an_edit_and_a_decision_at_the_same_instant(
    app: Flask, claire: User, mona: User, client_of: ClientOf
) -> None:
    question = factories.submitted(claire)
    client_of(claire)
    ref, data = question.ref, words_of(question, title="Mieux dite")
    claire_name, mona_id, question_id = factories.session_of(claire), mona.id, question.id

    def edit() -> int:
        browser = client_of_now(app, claire_name)
        return browser.post(f"/questions/{ref}/edit", data=data).status_code

    def publish() -> int:
        with app.test_request_context():
            db.begin_write()
            moderator = db.session.get_one(User, mona_id)
            moderation.publish(db.session.get_one(Question, question_id), by=moderator)
            db.session.commit()
        return 200

    statuses = at_once(app, edit, publish)
    after = now(question)
    assert statuses in ([200, 303], [200, 409])
    assert after.stage is Stage.OPEN
    assert (after.title == "Mieux dite") == (303 in statuses)
    assert wordings(question) == (2 if 303 in statuses else 1)


def test_a_decision_that_overtakes_an_edit_is_told_with_the_text_kept(
    app: Flask, claire: User, mona: User, client_of: ClientOf
) -> None:
    question = factories.submitted(claire)
    data = words_of(question, title="Mieux dite")
    moderation.publish(question, by=mona)
    page = client_of(claire).post(f"/questions/{question.ref}/edit", data=data)
    assert page.status_code == 409
    assert "Mieux dite" in page.text
    assert "Ce texte a changé" in unescape(page.text)


def test_the_asker_stays_hidden_in_the_history(
    claire: User, mona: User, robin: User, client_of: ClientOf
) -> None:
    question = factories.opened(claire, mona, in_department_name=True)
    page = client_of(robin).get(f"/questions/{question.ref}/revisions").text
    assert "Claire" not in page
    assert "Dermatologie, La Timone" in unescape(page)


def test_a_long_history_is_read_in_pages(
    question: Question, claire: User, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.questions.queries.REVISIONS", 2)
    client = client_of(claire)
    for number in range(3):
        changed = words_of(now(question), title=f"Version numéro {number}")
        client.post(f"/questions/{question.ref}/edit", data=changed)
    first = client.get(f"/questions/{question.ref}/revisions").text
    assert 'id="r4"' in first
    assert 'id="r2"' not in first
    older = client.get(f"/questions/{question.ref}/revisions?before=3").text
    assert 'id="r2"' in older
    assert "Les mots d’origine" in unescape(older)
    nonsense = client.get(f"/questions/{question.ref}/revisions?before=99999999999999999999")
    assert nonsense.status_code == 200


def test_differences_are_words() -> None:
    assert differences("un patient sur deux", "un patient sur trois") == [
        Piece("same", "un patient sur"),
        Piece("removed", " deux"),
        Piece("added", " trois"),
    ]
    assert differences("", "neuf") == [Piece("added", "neuf")]
    assert differences("vieux", "") == [Piece("removed", "vieux")]
    assert differences("", "") == []


# -- the asker's moves ---------------------------------------------------------------------------


def test_claire_answers_the_moderator_and_sends_it_back(
    claire: User, mona: User, client_of: ClientOf
) -> None:
    question = factories.submitted(claire)
    moderation.return_(question, reason="Chez quels patients ?", by=mona)
    client = client_of(claire)
    address = f"/questions/{question.ref}/resubmit"
    assert "Chez quels patients" in unescape(client.get(address).text)
    answer = client.post(address, data={"reason": "Les plus de 65 ans."})
    assert answer.location == f"/questions/{question.ref}/sent"
    assert now(question).stage is Stage.SUBMITTED
    note = db.session.scalars(select(Note).order_by(Note.id.desc())).first()
    assert note is not None
    assert note.text == "Les plus de 65 ans."
    assert factories.last_fact(question) == facts.Resubmitted(note_id=note.id)


def test_rewording_a_returned_question_leads_to_the_answer(
    claire: User, mona: User, client_of: ClientOf
) -> None:
    question = factories.submitted(claire)
    moderation.return_(question, reason="Chez quels patients ?", by=mona)
    client = client_of(claire)
    address = f"/questions/{question.ref}/edit"
    assert "Chez quels patients" in unescape(client.get(address).text)
    answer = client.post(address, data=words_of(question, population="Les plus de 65 ans."))
    assert answer.location == f"/questions/{question.ref}/resubmit"


def test_claire_withdraws_and_says_why(
    question: Question, claire: User, client_of: ClientOf
) -> None:
    client = client_of(claire)
    assert client.get(f"/questions/{question.ref}/withdraw").status_code == 200
    assert now(question).stage is Stage.OPEN
    client.post(f"/questions/{question.ref}/withdraw", data={"reason": "Résolue."})
    assert now(question).stage is Stage.WITHDRAWN
    assert isinstance(factories.last_fact(question), facts.Withdrawn)


def test_claire_wakes_a_sleeping_question(
    question: Question, claire: User, mona: User, client_of: ClientOf
) -> None:
    moderation.park(question, reason="Pas d’équipe.", by=mona)
    client_of(claire).post(f"/questions/{question.ref}/wake", data={"reason": ""})
    assert now(question).stage is Stage.OPEN
    assert factories.last_fact(question) == facts.Woken(note_id=None)


@pytest.mark.parametrize("move", ["withdraw", "wake", "resubmit"])
def test_a_move_that_is_not_possible_names_those_that_are(
    move: str, question: Question, claire: User, mona: User, client_of: ClientOf
) -> None:
    moderation.decline(question, reason="Déjà répondu.", by=mona)
    answer = client_of(claire).post(f"/questions/{question.ref}/{move}", data={"reason": "Mon mot"})
    assert answer.status_code == 409
    assert "Ce que vous pouvez faire" in unescape(answer.text)
    assert "Mon mot" in answer.text


@pytest.mark.parametrize(
    "page", ["edit", "withdraw", "wake", "resubmit", "support", "unsupport", "sent", "revisions"]
)
@pytest.mark.parametrize("ref", ["Q-2026-9999", "x", "Q-٢٠٢٦-0001", "H-2026-0001"])
def test_unknown_references_are_not_found(
    page: str, ref: str, claire: User, client_of: ClientOf
) -> None:
    assert client_of(claire).get(f"/questions/{ref}/{page}").status_code == 404


# -- «we see this too» ---------------------------------------------------------------------------


def test_colin_sees_this_too(question: Question, colin: User, client_of: ClientOf) -> None:
    client = client_of(colin)
    assert client.get(f"/questions/{question.ref}/support").status_code == 200
    assert now(question).support_count == 0
    answer = client.post(
        f"/questions/{question.ref}/support", data={"band": "11-50", "note": "Surtout l’hiver."}
    )
    assert answer.status_code == 303
    assert now(question).support_count == 1
    given = db.session.scalars(select(Support)).one()
    assert (given.band, given.note) == (Band.UP_TO_50, "Surtout l’hiver.")
    assert db.session.get(Follow, (question.id, colin.id)) is not None
    assert factories.last_fact(question) == facts.Supported(
        support_id=given.id, institution_id=given.institution_id
    )


def test_one_click_is_enough_and_the_second_is_told(
    question: Question, colin: User, client_of: ClientOf
) -> None:
    client = client_of(colin)
    assert client.post(f"/questions/{question.ref}/support").status_code == 303
    again = client.post(f"/questions/{question.ref}/support", data={"note": "Encore moi"})
    assert again.status_code == 409
    assert "Encore moi" in again.text
    assert now(question).support_count == 1


def test_two_clicks_at_the_same_instant_count_once(
    app: Flask, question: Question, colin: User, client_of: ClientOf
) -> None:
    client_of(colin)
    name, address = factories.session_of(colin), f"/questions/{question.ref}/support"

    def click() -> int:
        return client_of_now(app, name).post(address).status_code

    assert at_once(app, click, click) == [303, 409]
    assert now(question).support_count == 1


def test_colin_takes_it_back_once(
    app: Flask, question: Question, colin: User, client_of: ClientOf
) -> None:
    client_of(colin).post(f"/questions/{question.ref}/support")
    name, address = factories.session_of(colin), f"/questions/{question.ref}/unsupport"

    def click() -> int:
        return client_of_now(app, name).post(address).status_code

    assert at_once(app, click, click) == [303, 409]
    assert now(question).support_count == 0
    assert isinstance(factories.last_fact(question), facts.SupportRemoved)


def test_one_does_not_support_ones_own(
    question: Question, claire: User, robin: User, client_of: ClientOf
) -> None:
    for person in (claire, robin):
        answer = client_of(person).post(f"/questions/{question.ref}/support")
        assert answer.status_code == 409 or answer.status_code == 403
    assert now(question).support_count == 0
