"""The tools of the desk: several at once and undone, ready reasons, grades, the checklist, the
place of a question, its feed and its mail."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import func, select

from exchange import clock, db
from exchange.errors import NotAllowed, Refusal
from exchange.guard.gate import IdentityFound
from exchange.mail import desk as desk_mail
from exchange.moderation import checklist, queue, scores, suggestions
from exchange.moderation.batches import actions as batches
from exchange.moderation.batches import effect
from exchange.moderation.habits import actions as habits
from exchange.moderation.models import Batch, CannedReply, DeskHabit
from exchange.moderation.replies import actions as replies
from exchange.outbox.models import Letter
from exchange.people.models import Area, Team, User
from exchange.questions import facts as moves
from exchange.questions.actions import edit, place
from exchange.questions.models import Audience, Question, Stage
from exchange.settings import Settings
from tests import factories
from tests.factories import facts, last_fact, submitted
from tests.mail import post

SignIn = Callable[[User | None], FlaskClient]


def again(question: Question) -> Question:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Question, question.id)


@pytest.fixture
def three(claire: User) -> list[Question]:
    return [submitted(claire, title=f"La question numéro {n} ?") for n in (1, 2, 3)]


# -- several at once -----------------------------------------------------------------------------


def test_a_bulk_decision_is_seen_by_nobody_until_it_can_no_longer_be_undone(
    settings: Settings, client_of: SignIn, mona: User, claire: User, robin: User,
    three: list[Question],
) -> None:  # fmt: skip
    asked, first = [one.stage_since for one in three], three[0].ref
    at_monas, at_robins = client_of(mona), client_of(robin)
    refs = [one.ref for one in three]
    answer = at_monas.post("/triage/list", data={"item": refs, "decision": "publish"})
    assert answer.status_code == 303
    assert "Annuler cette décision" in at_monas.get(answer.location).text
    assert f"{answer.location}" in at_monas.get(f"/triage/{first}").text
    assert queue.waiting(settings) == [], "it is decided"
    db.session.rollback()
    assert effect.advance() == 0
    post.follow()
    assert not db.session.scalars(select(Letter).where(Letter.kind == "decision")).all()
    assert at_robins.get(f"/questions/{first}").status_code == 404
    before = facts(again(three[0]))
    at_monas.post(f"{answer.location}/undo")
    back = [again(one) for one in three]
    assert [one.stage_since for one in back] == asked, "they kept their age"
    assert facts(back[0]) == [*before, moves.Recalled()]
    assert at_monas.post(f"{answer.location}/undo").status_code == 409
    assert len(queue.waiting(settings)) == 3
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        assert effect.advance() == 0
    assert at_robins.get(f"/questions/{first}").status_code == 404


def test_it_takes_effect_by_itself_and_what_was_touched_stays(
    settings: Settings, client_of: SignIn, mona: User, claire: User, robin: User,
    three: list[Question],
) -> None:  # fmt: skip
    refs, browser = [one.ref for one in three], client_of(mona)
    answer = browser.post("/triage/list", data={"item": refs, "decision": "publish"})
    edit(again(three[2]), factories.content(title="Autrement dit ?"), by=claire)
    db.session.commit()
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        assert [effect.advance(), effect.advance()] == [1, 0]
        assert [again(one).stage for one in three] == [Stage.OPEN, Stage.OPEN, Stage.SUBMITTED]
        assert last_fact(again(three[0])) == moves.Published()
        assert [entry.ref for entry in queue.waiting(settings)] == refs[2:]
        bag = post.deliver(settings)
    assert sum("La question est publiée" in post.text(mail) for _to, mail in bag.mails) == 2
    assert "ont bougé entre-temps" in browser.get(answer.location).text
    assert browser.post(f"{answer.location}/undo").status_code == 409


def test_nothing_ticked_does_nothing_and_says_so(
    client_of: SignIn, mona: User, three: list[Question]
) -> None:
    answer = client_of(mona).post("/triage/list", data={"decision": "publish"})
    assert answer.status_code == 422
    assert "Rien n’est coché" in answer.text
    assert db.session.scalar(select(func.count()).select_from(Batch)) == 0


def test_several_are_declined_with_one_reason_read_by_the_guard_first(
    client_of: SignIn, mona: User, three: list[Question]
) -> None:
    refs = [one.ref for one in three[:2]]
    browser = client_of(mona)
    said = {"item": refs, "decision": "decline", "cause": "scope"}
    mute = browser.post("/triage/list", data={**said, "cause": "", "reason": "Non."})
    assert "Choisissez le motif" in mute.text
    empty = browser.post("/triage/list", data=said)
    assert empty.status_code == 422
    assert "Dites pourquoi" in empty.text
    assert empty.text.count(" checked") >= 2, "what was ticked is still ticked"
    blocked = browser.post(
        "/triage/list",
        data={**said, "reason": "Appelez le 06 12 34 56 78."},
    )
    assert blocked.status_code == 422
    assert again(three[0]).stage is Stage.SUBMITTED
    browser.post("/triage/list", data={**said, "reason": "Hors de notre champ."})
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        assert effect.advance() == 1
    assert last_fact(again(three[0])).data()["because"] == "scope"
    assert [again(one).stage for one in three] == [
        Stage.DECLINED,
        Stage.DECLINED,
        Stage.SUBMITTED,
    ]


def test_one_that_was_decided_meanwhile_stops_nothing(
    mona: User, claire: User, three: list[Question]
) -> None:
    done = factories.opened(claire, mona)
    batches.decide([done, three[0]], "publish", by=mona)
    db.session.commit()
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        effect.advance()
    assert again(three[0]).stage is Stage.OPEN
    assert len([f for f in facts(again(done)) if isinstance(f, moves.Published)]) == 1


def test_only_moderators_decide_on_several(robin: User, three: list[Question]) -> None:
    with pytest.raises(NotAllowed):
        batches.decide(three, "publish", by=robin)


def test_several_are_given_to_a_colleague(
    settings: Settings, client_of: SignIn, mona: User, three: list[Question]
) -> None:
    julien = factories.user("Julien Abadie", mona.roles)
    client_of(mona).post(
        "/triage/list",
        data={"item": [three[0].ref], "decision": "assign", "to": julien.id},
    )
    held = {entry.item: entry.holder for entry in queue.desk(settings, but=mona).waiting}
    assert held[three[0].ref or ""] == "Julien Abadie"


# -- ready reasons -------------------------------------------------------------------------------


def test_a_ready_reason_is_written_filled_in_and_offered(
    client_of: SignIn, mona: User, three: list[Question]
) -> None:
    browser = client_of(mona)
    text = "À propos de « {{title}} » ({{ref}}) : sous {{ days }} jours."
    refused = browser.post(
        "/triage/replies/new",
        data={"use": "return", "locale": "fr", "title": "Préciser", "text": text + " {{nom}}"},
    )
    assert refused.status_code == 422
    assert "{{nom}}" in refused.text
    browser.post(
        "/triage/replies/new",
        data={"use": "merge", "locale": "fr", "title": "Jumelle", "text": text},
    )
    reply = db.session.scalars(select(CannedReply)).one()
    page = browser.post(f"/triage/{three[0].ref}/merge", data={"canned": reply.id, "into": "Q-1"})
    filled = f"À propos de « {three[0].title} » ({three[0].ref}) : sous 10 jours."
    assert filled in page.text
    assert again(three[0]).stage is Stage.SUBMITTED
    browser.post(f"/triage/replies/{reply.id}/delete")
    assert db.session.scalars(select(CannedReply)).all() == []


def test_the_guard_reads_ready_reasons_too(mona: User, robin: User) -> None:
    write = partial(replies.save, None, use="return", locale="fr", title="Non")
    with pytest.raises(IdentityFound):
        write(text="Son numéro : 06 12 34 56 78.", by=mona)
    with pytest.raises(NotAllowed):
        write(text="Merci.", by=robin)


# -- what a moderator says of one question -------------------------------------------------------


def test_already_answered_declines_with_the_reference(
    client_of: SignIn, mona: User, three: list[Question]
) -> None:
    browser = client_of(mona)
    without = browser.post(f"/triage/{three[0].ref}/answered", data={"reason": "C’est connu."})
    assert without.status_code == 422
    browser.post(
        f"/triage/{three[0].ref}/answered",
        data={"reason": "C’est connu.", "reference": "PMID 31234567"},
    )
    question = again(three[0])
    assert question.stage is Stage.DECLINED
    told = last_fact(question)
    assert isinstance(told, moves.Declined)
    assert told.because == "answered"
    assert "PMID 31234567" in browser.get(f"/triage/{question.ref}").text


def test_the_checklist_remembers_who_ticked(
    client_of: SignIn, mona: User, three: list[Question]
) -> None:
    julien = factories.user("Julien Abadie", mona.roles)
    where = f"/triage/{three[0].ref}/checks"
    client_of(mona).post(where, data={"point": ["scope", "new", "nonsense"]})
    client_of(julien).post(where, data={"point": ["new", "clear"]})
    assert checklist.ticked(three[0]) == {"new": "Mona Ferrand", "clear": "Julien Abadie"}


def test_a_question_is_put_in_its_area_and_circle(
    client_of: SignIn, mona: User, robin: User, lab: Team, question: Question
) -> None:
    browser = client_of(mona)
    data = {"area": "infectious", "audience": "circle"}
    assert browser.post(f"/triage/{question.ref}/place", data=data).status_code == 422
    browser.post(f"/triage/{question.ref}/place", data={**data, "circle_team_ids": [lab.id]})
    moved = again(question)
    assert (moved.area, moved.audience) == (Area.INFECTIOUS, Audience.CIRCLE)
    assert facts(moved)[-2:] == [
        moves.AreaChanged(area="infectious"),
        moves.AudienceChanged(audience="circle", team_ids=(lab.id,)),
    ]
    with pytest.raises(NotAllowed):
        place(moved, area=Area.CANCER, audience=Audience.MEMBERS, circle_team_ids=(), by=robin)


def test_laboratories_that_know_are_proposed(mona: User, claire: User, lab: Team) -> None:
    lab.expertise = ["mélanome", "anti-PD-1"]
    asked = submitted(claire, title="Qui répond à l’anti-PD-1 dans le mélanome ?")
    assert [team.name for team in suggestions.teams(asked)] == [lab.name]
    assert asked.tags == ["pd-1-inhibitor", "melanoma"]
    assert suggestions.tags(asked) == []


def test_grades_stand_side_by_side_and_feed_the_order(
    client_of: SignIn, mona: User, claire: User, robin: User, question: Question
) -> None:
    julien = factories.user("Julien Abadie", mona.roles)
    other = factories.opened(claire, mona, title="Une question peu utile ?")
    scores.give(question, {"importance": 3, "novelty": 2}, by=julien)
    at_monas = client_of(mona)
    where = f"/triage/{question.ref}/score"
    assert "Julien Abadie" not in at_monas.get(where).text, "one grades first, then one sees"
    at_monas.post(where, data={"importance": "1", "uncertainty": "0"})
    assert "Julien Abadie" in at_monas.get(where).text
    assert at_monas.post(where, data={"importance": "7"}).status_code == 422
    assert again(question).merit == again(question).need == 10 * (2 + 0 + 2)
    page = client_of(robin).get("/questions?sort=needed").text
    assert page.index(question.title) < page.index(other.title)
    with pytest.raises(NotAllowed):
        scores.give(question, {"importance": 3}, by=robin)
    with pytest.raises(Refusal):
        scores.give(question, {"importance": 4}, by=mona)


# -- away from the desk --------------------------------------------------------------------------


def test_the_feed_says_what_waits_and_no_word_of_it(
    client_of: SignIn, mona: User, three: list[Question]
) -> None:
    browser = client_of(mona)
    page = browser.post("/triage/habits/feed").text
    address = page.partition("<code>")[2].partition("</code>")[0].removeprefix("http://localhost")
    feed = client_of(None).get(address)
    assert feed.mimetype == "application/atom+xml"
    assert str(three[0].ref) in feed.text
    assert three[0].title not in feed.text
    assert address not in browser.get("/triage/habits").text, "shown once"
    browser.post("/triage/habits/feed/close")
    assert client_of(None).get(address).status_code == 404


def test_a_feed_dies_with_the_role(client_of: SignIn, mona: User, robin: User) -> None:
    key = habits.new_feed(mona)
    assert client_of(None).get(f"/triage/feed/{key}.atom").status_code == 200
    db.begin_write()
    db.session.get_one(User, mona.id).role_bits = robin.role_bits
    assert client_of(None).get(f"/triage/feed/{key}.atom").status_code == 404
    with pytest.raises(NotAllowed):
        habits.new_feed(db.session.get_one(User, robin.id))


PARIS = ZoneInfo("Europe/Paris")
MONDAY = datetime(2026, 7, 13, tzinfo=PARIS)
BASTILLE_DAY = datetime(2026, 7, 14, tzinfo=PARIS)


def test_the_mail_of_the_desk_leaves_at_its_hour_on_working_days(
    settings: Settings, client_of: SignIn, mona: User, three: list[Question]
) -> None:
    client_of(mona).post("/triage/habits", data={"hour": "8"})
    for hour, day, count in ((7, MONDAY, 0), (8, MONDAY, 1), (9, MONDAY, 0), (9, BASTILLE_DAY, 0)):
        with clock.at(day.replace(hour=hour)):
            assert desk_mail.write_due() == count, (hour, day)
    bag = post.deliver(settings)
    mail = next(m for m in bag.to(mona) if "Triage" in str(m["Subject"]))
    words = post.text(mail) + post.text(mail, "html")
    assert str(three[0].ref) in words
    assert str(three[0].title) not in words
    assert "/unsubscribe/" in str(mail["List-Unsubscribe"])
    stop = str(mail["List-Unsubscribe"]).strip(" <>").removeprefix("http://localhost")
    stopped = client_of(None).post(stop)
    assert stopped.status_code == 200, stop
    db.session.rollback()
    assert db.session.get_one(DeskHabit, mona.id, populate_existing=True).mail_hour is None
