"""A merge carries needs and followers along, and can be undone while nothing was built on it."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from exchange import db
from exchange.discussion import actions as discussion
from exchange.discussion.queries import event_of
from exchange.errors import Conflict, IllegalMove, NotAllowed, Refusal
from exchange.moderation import actions as moderation
from exchange.moderation.merges import actions, proposals
from exchange.people.models import Role, User
from exchange.questions import actions as asking
from exchange.questions import facts
from exchange.questions.models import Band, Follow, FollowLevel, Note, Question, Stage, Support
from tests import factories

SignIn = Callable[[User | None], FlaskClient]


@pytest.fixture
def paul(claire: User) -> User:
    return factories.user("Paul Arnaud", Role.CLINICIAN)


@pytest.fixture
def twin(paul: User, mona: User) -> Question:
    return factories.opened(paul, mona, title="Pourquoi l’anti-PD-1 échoue-t-il si souvent ?")


def follows(person: User, question: Question) -> bool:
    return (
        db.session.scalar(
            select(Follow.level).where(
                Follow.question_id == question.id, Follow.user_id == person.id
            )
        )
        is FollowLevel.FOLLOW
    )


def test_everything_comes_along_and_goes_back(
    claire: User, robin: User, paul: User, mona: User, question: Question, twin: Question
) -> None:
    inès = factories.user("Inès Roche", Role.CLINICIAN)
    asking.support(twin, band=Band.UP_TO_10, note="Deux cas cette année.", by=inès)
    asking.support(question, band=None, by=paul)
    asking.follow(twin, robin)
    moderation.merge(twin, question, by=mona)
    db.session.refresh(question)
    assert question.support_count == 2
    carried = db.session.scalars(select(Support).where(Support.user_id == inès.id)).all()
    assert {one.note for one in carried} == {"Deux cas cette année."}
    assert follows(robin, question)
    actions.separate(twin, reason="Ce n’est pas le même besoin.", by=mona)
    db.session.refresh(question)
    assert question.support_count == 1, "Paul had said so himself"
    assert not follows(robin, question)
    assert follows(robin, twin)
    assert twin.stage is Stage.OPEN
    assert twin.merged_into_id is None
    told = factories.last_fact(twin)
    assert isinstance(told, facts.Separated)
    assert db.session.get_one(Note, told.note_id).text == "Ce n’est pas le même besoin."
    assert factories.last_fact(question) == facts.TwinLeft(from_id=twin.id)


def test_one_that_was_never_published_goes_back_to_the_desk(
    paul: User, mona: User, question: Question
) -> None:
    sent = factories.submitted(paul)
    moderation.merge(sent, question, by=mona)
    actions.separate(sent, reason="À relire.", by=mona)
    assert sent.stage is Stage.SUBMITTED


def test_what_was_built_on_stays_together(
    robin: User, mona: User, question: Question, twin: Question
) -> None:
    with pytest.raises(IllegalMove):
        actions.separate(twin, reason="Rien à séparer.", by=mona)
    moderation.merge(twin, question, by=mona)
    with pytest.raises(NotAllowed):
        actions.separate(twin, reason="Non.", by=robin)
    factories.claimed(question, robin)
    with pytest.raises(Conflict):
        actions.separate(twin, reason="Trop tard.", by=mona)
    assert twin.stage is Stage.MERGED


def test_the_original_is_read_under_the_one_that_lives(
    client_of: SignIn, robin: User, mona: User, question: Question, twin: Question
) -> None:
    said = discussion.comment(twin, text="Nous avons **quarante** tubes.", by=robin)
    number = event_of(said)
    moderation.merge(twin, question, by=mona)
    page = client_of(robin).get(f"/questions/{question.ref}").text
    assert "Réunie à celle-ci" in page
    assert "<strong>quarante</strong>" in page, "what was said is read under the one that lives"
    assert f'href="/questions/{twin.ref}#e{number}"' in page
    assert f'id="e{number}"' in client_of(robin).get(f"/questions/{twin.ref}").text
    assert page.count("Un patient sur deux progresse") >= 2
    mona_browses = client_of(mona)
    assert "/separate" in mona_browses.get(f"/questions/{twin.ref}").text
    done = mona_browses.post(
        f"/questions/{twin.ref}/separate", data={"reason": "Deux besoins distincts."}
    )
    assert done.status_code == 303
    page = mona_browses.get(f"/questions/{question.ref}").text
    assert "Réunie à celle-ci" not in page
    assert "quarante" not in page
    assert "Deux besoins distincts." in mona_browses.get(f"/questions/{twin.ref}").text


def test_the_asker_is_asked_first_and_agrees(
    client_of: SignIn, paul: User, mona: User, question: Question, twin: Question
) -> None:
    mona_browses, paul_browses = client_of(mona), client_of(paul)
    address = f"/questions/{twin.ref}"
    none = mona_browses.post(
        f"{address}/propose-merge", data={"into": "Q-1999-0001", "reason": "Même besoin ?"}
    )
    assert none.status_code == 409
    mona_browses.post(
        f"{address}/propose-merge", data={"into": question.ref, "reason": "Même besoin ?"}
    )
    assert "merge-answer" in paul_browses.get(address).text
    page = paul_browses.get(f"{address}/merge-answer").text
    assert question.title in page
    assert mona_browses.get(f"{address}/merge-answer").status_code == 403
    assert paul_browses.post(f"{address}/merge-answer", data={"accept": "1"}).status_code == 303
    db.session.rollback()
    db.session.expire_all()
    merged = db.session.get_one(Question, twin.id)
    assert merged.stage is Stage.MERGED
    assert merged.proposed_into_id is None
    assert isinstance(factories.last_fact(merged), facts.Merged)


def test_the_asker_refuses_and_says_why(
    paul: User, robin: User, mona: User, question: Question, twin: Question
) -> None:
    with pytest.raises(Refusal):
        proposals.propose(question, question, reason="La même.", by=mona)
    proposals.propose(twin, question, reason="Même besoin ?", by=mona)
    with pytest.raises(NotAllowed):
        proposals.accept(twin, by=robin)
    proposals.refuse(twin, reason="Les nôtres sont des enfants.", by=paul)
    assert twin.stage is Stage.OPEN
    assert isinstance(factories.last_fact(twin), facts.MergeRefused)
    with pytest.raises(Conflict):
        proposals.accept(twin, by=paul)
    with pytest.raises(NotAllowed):
        moderation.merge(twin, question, by=paul)


def test_nobody_is_asked_about_what_they_may_not_read(
    claire: User, lab: object, mona: User, twin: Question
) -> None:
    kept = factories.circled(claire, mona, lab)  # type: ignore[arg-type]
    with pytest.raises(Refusal):
        proposals.propose(twin, kept, reason="Même besoin ?", by=mona)
