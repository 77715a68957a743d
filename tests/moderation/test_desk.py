"""The triage desk: each decision, its event, and what happens when two people decide at once."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import Markup
from sqlalchemy import select

from exchange import db
from exchange.demo.story import load_canned_replies
from exchange.errors import NotAllowed, Refusal
from exchange.moderation import actions, queries
from exchange.people.models import Team, User
from exchange.questions import facts as moves
from exchange.questions.actions import edit, support, withdraw
from exchange.questions.models import (
    Audience,
    Band,
    Follow,
    FollowLevel,
    Note,
    Question,
    Revision,
    RevisionKind,
    Stage,
    Support,
)
from exchange.search import queries as search
from exchange.search.queries import Found
from tests import factories
from tests.counting import count_queries
from tests.factories import facts, last_fact, opened, submitted

SignIn = Callable[[User | None], FlaskClient]


@pytest.fixture
def pending(claire: User) -> Question:
    return submitted(claire)


def again(question: Question) -> Question:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Question, question.id)


def test_mona_publishes_and_the_next_item_comes_up(
    client_of: SignIn, mona: User, claire: User, pending: Question
) -> None:
    second = submitted(
        claire, title="Pourquoi l’urticaire chronique résiste-t-elle à l’omalizumab ?"
    )
    mona_browses = client_of(mona)
    page = mona_browses.get("/triage").text
    assert pending.title in page
    answer = mona_browses.post(f"/triage/{pending.ref}/publish", data={"version": pending.version})
    assert answer.status_code == 303
    assert second.title in mona_browses.get("/triage").text
    question = again(pending)
    assert question.stage is Stage.OPEN
    assert question.published_at is not None
    assert last_fact(question) == moves.Published()


@pytest.mark.parametrize(
    ("decision", "stage", "fact"),
    [("return", Stage.RETURNED, moves.Returned), ("decline", Stage.DECLINED, moves.Declined)],
)
def test_a_decision_carries_its_reason(
    client_of: SignIn, mona: User, pending: Question, decision: str, stage: Stage, fact: type
) -> None:
    mona_browses = client_of(mona)
    refused = mona_browses.post(f"/triage/{pending.ref}/{decision}", data={"reason": "  "})
    assert refused.status_code == 422
    assert "la personne le lira" in refused.text
    mona_browses.post(
        f"/triage/{pending.ref}/{decision}",
        data={"reason": "Quelle **ligne** de traitement ?", "cause": "scope"},
    )
    question = again(pending)
    assert question.stage is stage
    told = last_fact(question)
    assert isinstance(told, fact)
    note = db.session.get_one(Note, told.note_id)  # type: ignore[attr-defined]
    assert "<strong>ligne</strong>" in note.html


def test_a_canned_reply_is_offered_and_decides_nothing(
    client_of: SignIn, mona: User, pending: Question
) -> None:
    load_canned_replies()
    mona_browses = client_of(mona)
    ready = queries.canned_by_use("fr")["return"][0]
    page = mona_browses.post(
        f"/triage/{pending.ref}/return", data={"reason": "Bonjour,", "canned": ready.id}
    )
    assert page.status_code == 200
    assert "Bonjour," in page.text
    assert ready.text[:30] in page.text
    assert again(pending).stage is Stage.SUBMITTED


def test_a_merge_keeps_the_need_and_both_threads(
    claire: User, mona: User, department: Team, question: Question
) -> None:
    paul = factories.user("Paul Arnaud", claire.roles, department)
    inès = factories.user("Inès Roche", claire.roles, department)
    twin = opened(paul, mona, title="Comment prévoir l’échec de l’anti-PD-1 dans le mélanome ?")
    support(twin, band=Band.UP_TO_10, by=inès)
    actions.merge(twin, question, reason="Même besoin.", by=mona)
    assert twin.stage is Stage.MERGED
    assert twin.merged_into_id == question.id
    assert isinstance(last_fact(twin), moves.Merged)
    assert last_fact(question) == moves.TwinReceived(from_id=twin.id)
    supporters = set(
        db.session.scalars(select(Support.user_id).where(Support.question_id == question.id))
    )
    assert supporters == {paul.id, inès.id}
    db.session.refresh(question)
    assert question.support_count == 2
    follow = db.session.get_one(Follow, (question.id, paul.id))
    assert follow.level is FollowLevel.FOLLOW


def test_a_merge_refuses_itself_and_the_dead(claire: User, mona: User, question: Question) -> None:
    pending = submitted(claire)
    with pytest.raises(Refusal):
        actions.merge(question, question, by=mona)
    with pytest.raises(Refusal):
        actions.merge(question, pending, by=mona)
    assert question.stage is Stage.OPEN


def test_only_a_question_that_lives_is_offered_as_a_twin(
    client_of: SignIn, mona: User, claire: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    lives, dead, asked = opened(claire, mona), opened(claire, mona), submitted(claire)
    withdraw(dead, reason="", by=claire)
    db.session.commit()
    near = [
        Found(
            ref=one.ref or "",
            kind="question",
            title=one.title,
            extract=Markup(),
            stage=one.stage,
            area=one.area,
            lang=one.language,
            since=one.published_at,
            team=None,
            score=1.0,
        )
        for one in (lives, dead)
    ]
    monkeypatch.setattr(search, "similar", lambda *_, **__: near)
    page = client_of(mona).get(f"/triage/{asked.ref}").text
    assert f"/triage/{asked.ref}/merge?into={lives.ref}" in page
    assert f"/questions/{dead.ref}" in page
    assert f"/triage/{asked.ref}/merge?into={dead.ref}" not in page


def test_a_merge_into_a_reference_that_does_not_exist_keeps_the_reason(
    client_of: SignIn, mona: User, pending: Question
) -> None:
    answer = client_of(mona).post(
        f"/triage/{pending.ref}/merge", data={"into": "Q-1999-9999", "reason": "Même besoin."}
    )
    assert answer.status_code == 409
    assert "Même besoin." in answer.text
    assert again(pending).stage is Stage.SUBMITTED


def test_a_rephrasing_stands_beside_the_asker_s_words(
    client_of: SignIn, mona: User, question: Question
) -> None:
    before = question.problem
    client_of(mona).post(
        f"/triage/{question.ref}/rephrase",
        data={"title": "Prédire l’échec de l’anti-PD-1", "problem": "Une autre façon de le dire."},
    )
    question = again(question)
    assert question.title == "Prédire l’échec de l’anti-PD-1"
    original = db.session.scalars(
        select(Revision).where(Revision.question_id == question.id).order_by(Revision.number)
    ).all()
    assert [revision.kind for revision in original] == [
        RevisionKind.ORIGINAL,
        RevisionKind.REPHRASE,
    ]
    assert original[0].texts["problem"] == before
    assert isinstance(last_fact(question), moves.Rephrased)


def test_only_a_moderator_rephrases(robin: User, question: Question) -> None:
    with pytest.raises(NotAllowed):
        actions.rephrase(question, title="x", problem="y", by=robin)


def test_a_stale_decision_is_refused_and_keeps_the_reason(
    client_of: SignIn, mona: User, claire: User, pending: Question
) -> None:
    seen = pending.version
    edit(pending, factories.content(title="Un titre plus précis"), by=claire)
    answer = client_of(mona).post(
        f"/triage/{pending.ref}/decline",
        data={"reason": "Hors de notre champ.", "cause": "scope", "version": seen},
    )
    assert answer.status_code == 409
    assert "Hors de notre champ." in answer.text
    assert again(pending).stage is Stage.SUBMITTED


def test_the_second_of_two_decisions_names_what_is_left(
    client_of: SignIn, mona: User, pending: Question
) -> None:
    mona_browses = client_of(mona)
    mona_browses.post(f"/triage/{pending.ref}/publish")
    answer = mona_browses.post(f"/triage/{pending.ref}/return", data={"reason": "Quelle dose ?"})
    assert answer.status_code == 409
    assert "Ouverte" in answer.text
    assert "Quelle dose ?" in answer.text
    assert facts(again(pending))[-1] == moves.Published()


def test_two_moderators_at_the_same_instant(
    app: Flask, client_of: SignIn, mona: User, pending: Question
) -> None:
    julien = factories.user("Julien Abadie", mona.roles)
    browsers = [client_of(mona), client_of(julien)]
    ref, version = pending.ref, pending.version
    codes: list[int] = []
    ready = threading.Barrier(2)

    def decide(browser: FlaskClient, decision: str) -> None:
        ready.wait()
        answer = browser.post(
            f"/triage/{ref}/{decision}",
            data={"version": version, "reason": "Pourquoi ?", "cause": "scope"},
        )
        codes.append(answer.status_code)

    threads = [
        threading.Thread(target=decide, args=(browsers[0], "publish")),
        threading.Thread(target=decide, args=(browsers[1], "decline")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [303, 409]
    decisions = [
        f for f in facts(again(pending)) if isinstance(f, moves.Published | moves.Declined)
    ]
    assert len(decisions) == 1


@pytest.mark.parametrize("who", ["claire", "robin", "ada"])
def test_the_desk_is_for_moderators(
    request: pytest.FixtureRequest, client_of: SignIn, pending: Question, who: str
) -> None:
    browser = client_of(request.getfixturevalue(who))
    assert browser.get("/triage").status_code == 403
    assert browser.get(f"/triage/{pending.ref}").status_code == 403
    assert browser.post(f"/triage/{pending.ref}/publish").status_code == 403
    assert again(pending).stage is Stage.SUBMITTED


def test_an_absent_reference_is_not_found(client_of: SignIn, mona: User) -> None:
    browser = client_of(mona)
    for path in ("/triage/Q-1999-0001", "/triage/x", "/triage/Q-1999-0001/merge"):
        assert browser.get(path).status_code == 404


def test_the_queue_is_a_fixed_number_of_queries(
    client_of: SignIn, mona: User, claire: User
) -> None:
    submitted(claire)
    browser = client_of(mona)
    browser.get("/triage")
    with count_queries() as few:
        browser.get("/triage")
    for number in range(12):
        submitted(claire, title=f"Question numéro {number} sur la réponse au traitement")
    db.session.commit()
    with count_queries() as many:
        browser.get("/triage")
    assert len(many) == len(few)
    assert len(many) <= 17


def test_a_circle_is_named_to_the_moderator(
    client_of: SignIn, mona: User, claire: User, lab: Team
) -> None:
    secret = submitted(claire, audience=Audience.CIRCLE, circle_team_ids=(lab.id,))
    assert lab.name in client_of(mona).get(f"/triage/{secret.ref}").text


def test_a_question_declined_unread_comes_back_to_the_desk_not_to_the_members(
    client_of: SignIn, mona: User, robin: User, pending: Question
) -> None:
    actions.decline(pending, reason="Hors de nos domaines.", by=mona, confirmed=True)
    browser = client_of(mona)
    page = browser.get(f"/triage/{pending.ref}").text
    assert "Remettre à relire" in page
    assert ">Rouvrir" not in page
    sent = {"version": pending.version, "reason": "Je m’étais trompée."}
    refused = browser.post(f"/triage/{pending.ref}/reopen", data=sent)
    assert refused.status_code == 403
    assert browser.post(f"/triage/{pending.ref}/reconsider", data=sent).status_code == 303
    question = again(pending)
    assert question.stage is Stage.SUBMITTED
    assert question.published_at is None
    assert isinstance(last_fact(question), moves.Reconsidered)
    assert client_of(robin).get(f"/questions/{question.ref}").status_code == 404


def test_a_question_declined_after_all_had_read_it_is_open_again(
    mona: User, question: Question
) -> None:
    actions.decline(question, reason="Hors de nos domaines.", by=mona, confirmed=True)
    with pytest.raises(NotAllowed):
        actions.reconsider(question, reason="À revoir.", by=mona)
    actions.reopen(question, reason="Une équipe arrive.", by=mona, confirmed=True)
    assert question.stage is Stage.OPEN
