"""Reports: what may identify a patient is out of sight at once, everywhere, until it is decided."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient

from exchange import clock, db
from exchange.discussion import actions as discussion
from exchange.discussion.models import Comment
from exchange.errors import Conflict, NotAllowed, NotFound, TooOften
from exchange.mail.queries import notices
from exchange.moderation import queue
from exchange.moderation.flags import actions, facts, queries, targets
from exchange.moderation.flags.models import Flag, Verdict
from exchange.moderation.grounds import Ground
from exchange.people.models import Role, User
from exchange.questions.models import Question
from exchange.search.follower import SearchFollower
from exchange.settings import Settings
from tests import factories
from tests.mail import post

SignIn = Callable[[User | None], FlaskClient]


@pytest.fixture
def carl(claire: User) -> User:
    """A clinician of another department."""
    return factories.user("Carl Roux", Role.CLINICIAN)


def test_a_question_that_names_a_patient_is_out_of_sight_until_it_is_decided(
    client_of: SignIn, claire: User, carl: User, robin: User, mona: User, question: Question,
    settings: Settings,
) -> None:  # fmt: skip
    ref = str(question.ref)
    browsers = {one.name: client_of(one) for one in (claire, carl, robin, mona)}
    done = browsers[carl.name].post(
        f"/questions/{ref}/flag", data={"ground": "identity", "text": "On le reconnaît."}
    )
    assert done.status_code == 303
    assert "En attente d’un modérateur" in browsers[carl.name].get("/flags").text
    for name in (carl.name, robin.name):
        assert browsers[name].get(f"/questions/{ref}").status_code == 404
        assert ref not in browsers[name].get("/questions").text
    assert "masquée le temps d’une relecture" in browsers[mona.name].get(f"/questions/{ref}").text
    home = browsers[claire.name].get("/").text
    assert "masquée le temps d’une relecture" in home
    assert question.title not in home
    told = browsers[claire.name].get(f"/questions/{ref}", follow_redirects=True)
    assert "pas même vous" in told.text
    assert question.title not in told.text
    typed = {"title": "Et sans ce qui désigne ?", "problem": "Un patient sur deux rechute."}
    assert browsers[claire.name].post(f"/questions/{ref}/rewrite", data=typed).status_code == 303
    assert browsers[robin.name].get(f"/questions/{ref}/rewrite").status_code == 404
    (entry,) = [one for one in queue.waiting(settings) if one.kind == "hidden"]
    number = entry.item
    page = browsers[mona.name].get(f"/triage/flags/{number}").text
    assert "On le reconnaît." in page
    assert "Son auteur l’a écrit de nouveau" in page
    assert "Et sans ce qui désigne" in page
    db.session.rollback()
    browsers[mona.name].post(
        f"/triage/flags/{number}", data={"verdict": "dismissed", "answer": "C’est un groupe."}
    )
    for name in (carl.name, robin.name):
        assert browsers[name].get(f"/questions/{ref}").status_code == 200
    assert "C’est un groupe." in browsers[carl.name].get("/flags").text
    again = browsers[mona.name].post(f"/triage/flags/{number}", data={"verdict": "removed"})
    assert again.status_code == 409


def test_those_concerned_hear_and_nobody_else(
    claire: User, carl: User, robin: User, mona: User, question: Question, settings: Settings
) -> None:
    posted = discussion.comment(question, text="Une cohorte de Gap.", by=robin)
    target = targets.of_comment(posted.id, to=carl)
    post.deliver(settings)
    db.begin_write()
    flag = actions.flag(target, ground=Ground.IDENTITY, by=carl)
    bag = post.deliver(settings)
    (told,) = bag.to(robin)
    assert "Un de vos textes" in told["Subject"]
    assert "Gap" not in post.text(told)
    assert not bag.to(claire)
    assert not bag.to(carl)
    db.begin_write()
    flag = db.session.get_one(Flag, flag.id)
    mona = db.session.get_one(User, mona.id)
    actions.decide(flag, verdict=Verdict.REMOVED, answer="Merci.", by=mona)
    bag = post.deliver(settings)
    (told,) = bag.to(carl)
    assert "n’est plus visible" in post.text(told)
    assert "Merci." in post.text(told)
    (told,) = bag.to(robin)
    assert "Merci." not in post.text(told)
    assert notices(post.again(robin))[0]


def test_a_hidden_message_is_nowhere(
    client_of: SignIn, claire: User, carl: User, robin: User, mona: User, question: Question,
    settings: Settings,
) -> None:  # fmt: skip
    posted = discussion.comment(question, text="La dame de **Zortavim**.", by=robin)
    actions.flag(targets.of_comment(posted.id, to=carl), ground=Ground.IDENTITY, by=carl)
    browsers = {one.name: client_of(one) for one in (claire, carl, robin, mona)}
    SearchFollower(settings.data_dir / "index").catch_up()
    address = f"/questions/{question.ref}"
    for name in (claire.name, carl.name):
        assert "Zortavim" not in browsers[name].get(address).text
        assert "Zortavim" not in browsers[name].get(f"{address}/comments?quote={posted.id}").text
        assert "<mark" not in browsers[name].get("/search?q=Zortavim").text
        assert browsers[name].get(f"/comments/{posted.id}/flag").status_code == 404
    page = browsers[mona.name].get(address).text
    assert "masqué le temps d’une relecture" in page
    assert "Zortavim" in page
    page = browsers[robin.name].get(address).text
    assert "Zortavim" not in page, "not even its author"
    assert "L’écrire autrement" in page
    anew = browsers[robin.name].get(f"/comments/{posted.id}/edit").text
    assert "Zortavim" not in anew
    assert "Écrivez-le autrement" in anew


def test_a_hidden_hypothesis_is_read_by_moderators_only(
    client_of: SignIn, claire: User, carl: User, robin: User, mona: User, question: Question
) -> None:
    factories.claimed(question, robin)
    idea = factories.proposed(question, robin)
    flag = actions.flag(targets.of_hypothesis(idea.ref, to=carl), ground=Ground.IDENTITY, by=carl)
    for reader in (carl, claire, robin):
        with pytest.raises(NotFound):
            targets.of_hypothesis(idea.ref, to=reader)
    assert targets.of_hypothesis(idea.ref, to=mona).thing is idea
    told = client_of(robin).get(f"/hypotheses/{idea.ref}", follow_redirects=True)
    assert "pas même vous" in told.text
    assert client_of(carl).get(f"/hypotheses/{idea.ref}/hidden").status_code == 404
    assert idea.statement not in told.text
    anew = {**factories.idea().texts(), "direction": "other", "plan": "Chez M. Paul Zortavim."}
    robins, address = client_of(robin), f"/hypotheses/{idea.ref}/hidden"
    refused = robins.post(address, data=anew)
    assert refused.status_code == 422
    assert "Zortavim" in refused.text, "nothing typed is lost"
    assert robins.post(address, data={**anew, "plan": "Soixante patients."}).location == "/"
    page = client_of(mona).get(f"/triage/flags/{flag.id}").text
    assert "Son auteur l’a écrit de nouveau" in page
    assert "Soixante patients." in page
    assert robins.get(f"/hypotheses/{idea.ref}").status_code == 302, "still out of sight"
    actions.decide(flag, verdict=Verdict.CORRECTED, by=mona)
    assert targets.of_hypothesis(idea.ref, to=carl)


def test_one_decision_answers_every_report_of_a_text(
    claire: User, carl: User, robin: User, mona: User, question: Question, settings: Settings
) -> None:
    target = targets.of_question(str(question.ref), to=carl)
    first = actions.flag(target, ground=Ground.RUDE, by=carl)
    assert question.hidden_at is None
    with pytest.raises(Conflict):
        actions.flag(target, ground=Ground.OTHER, by=carl)
    second = actions.flag(target, ground=Ground.WRONG_PLACE, by=robin)
    assert [(e.kind, e.item) for e in queue.waiting(settings)] == [("flag", str(first.id))]
    urgent = actions.flag(target, ground=Ground.IDENTITY, by=mona)
    assert [(e.kind, e.item) for e in queue.waiting(settings)] == [("hidden", str(urgent.id))]
    with pytest.raises(NotAllowed):
        actions.decide(first, verdict=Verdict.DISMISSED, by=claire)
    actions.decide(first, verdict=Verdict.DISMISSED, by=mona)
    assert second.verdict is Verdict.DISMISSED
    assert factories.last_fact(question) == facts.FlagDecided(
        flag_id=urgent.id,
        reporter_id=mona.id,
        author_id=claire.id,
        verdict="dismissed",
        hidden=True,
    )
    assert len(queries.mine(carl)) == 1


def test_reports_without_end_are_slowed_down(carl: User, robin: User, question: Question) -> None:
    posted = [discussion.comment(question, text=f"Message {n}.", by=robin) for n in range(13)]
    targeted = [targets.of_comment(one.id, to=carl) for one in posted]
    with time_machine.travel(clock.now(), tick=False) as moment:
        for target in targeted[:10]:
            actions.flag(target, ground=Ground.OTHER, by=carl)
        with pytest.raises(TooOften):
            actions.flag(targeted[11], ground=Ground.OTHER, by=carl)
        moment.shift(timedelta(hours=2))
        actions.flag(targeted[12], ground=Ground.OTHER, by=carl)
    assert db.session.get_one(Comment, posted[0].id).hidden_at is None
