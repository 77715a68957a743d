"""Claiming in the browser: leading, joining, giving news, giving back."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import TypeVar

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from exchange import clock, db
from exchange.people.models import Membership, Role, Team, User
from exchange.questions import facts as moves
from exchange.questions.models import Question, Stage
from exchange.research import facts, hypotheses
from exchange.research.models import Claim
from tests import factories

Thing = TypeVar("Thing", Question, Claim)
Browser = Callable[[User | None], FlaskClient]


def promise(**changes: str) -> dict[str, str]:
    return {
        "why": "Nous suivons une cohorte de cent patients.",
        "needs": "Des biopsies d’avant le traitement.",
        "next_step": "Réunion de cadrage",
        "next_step_on": (clock.now().date() + timedelta(days=20)).isoformat(),
        **changes,
    }


def text(answer: TestResponse) -> str:
    return answer.text.replace("\u00a0", " ")


def again(thing: Thing) -> Thing:
    """The same row as the database has it now."""
    db.session.expire_all()
    found = db.session.get(type(thing), thing.id)
    assert found is not None
    return found


def claims_of(question: Question) -> list[Claim]:
    db.session.expire_all()
    return list(
        db.session.scalars(
            select(Claim)
            .where(Claim.question_id == question.id, Claim.ended_at.is_(None))
            .order_by(Claim.id)
        )
    )


def test_robin_claims_with_the_question_in_view(
    client_of: Browser, question: Question, robin: User, lab: Team
) -> None:
    browser = client_of(robin)
    form = text(browser.get(f"/questions/{question.ref}/claim"))
    assert "Pourquoi certains mélanomes ne répondent-ils pas" in form
    assert "Un patient sur deux progresse" in form
    answer = browser.post(f"/questions/{question.ref}/claim", data=promise())
    assert answer.status_code == 303
    assert answer.location == f"/questions/{question.ref}"
    (claim,) = claims_of(question)
    assert (claim.lead, claim.team_id, claim.next_step) == (True, lab.id, "Réunion de cadrage")
    assert again(question).stage is Stage.CLAIMED
    assert factories.last_fact(question) == moves.Claimed(claim_id=claim.id, team_id=lab.id)


def test_every_word_survives_a_missing_one(
    client_of: Browser, question: Question, robin: User
) -> None:
    answer = client_of(robin).post(
        f"/questions/{question.ref}/claim", data=promise(next_step_on="", needs="  ")
    )
    assert answer.status_code == 422
    page = text(answer)
    assert "Nous suivons une cohorte de cent patients." in page
    assert "Donnez une date à cette étape." in page
    assert "Dites ce qu’il vous faut" in page
    assert claims_of(question) == []


def test_a_date_that_has_passed_is_refused_beside_it(
    client_of: Browser, question: Question, robin: User
) -> None:
    answer = client_of(robin).post(
        f"/questions/{question.ref}/claim", data=promise(next_step_on="2020-01-01")
    )
    assert answer.status_code == 422
    assert "déjà passée" in text(answer)


def test_a_patients_number_is_refused_and_the_text_kept(
    client_of: Browser, question: Question, robin: User
) -> None:
    answer = client_of(robin).post(
        f"/questions/{question.ref}/claim",
        data=promise(needs="Le dossier du patient joignable au 06 12 34 56 78."),
    )
    assert answer.status_code == 422
    assert "06 12 34 56 78" in text(answer)
    assert "Réunion de cadrage" in text(answer)
    assert claims_of(question) == []


def test_the_second_team_is_told_who_leads_and_joins_with_one_click(
    client_of: Browser, question: Question, robin: User, lena: User, other_lab: Team
) -> None:
    factories.claimed(question, robin)
    browser = client_of(lena)
    late = browser.post(
        f"/questions/{question.ref}/claim", data=promise(why="Nous avons le tissu rare.")
    )
    assert late.status_code == 409
    page = text(late)
    assert "Immunité et tumeurs a pris cette question en charge le" in page
    assert "Nous avons le tissu rare." in page
    assert f'action="/questions/{question.ref}/join"' in page
    answer = browser.post(
        f"/questions/{question.ref}/join", data=promise(why="Nous avons le tissu rare.")
    )
    assert answer.status_code == 303
    led, joined = claims_of(question)
    assert (led.lead, joined.lead, joined.team_id) == (True, False, other_lab.id)
    assert joined.why == "Nous avons le tissu rare."
    assert factories.last_fact(question) == facts.ClaimJoined(
        claim_id=joined.id, team_id=other_lab.id
    )


def test_two_teams_at_the_same_instant_one_leads_the_other_joins(
    client_of: Browser, question: Question, robin: User, lena: User
) -> None:
    browsers = {"robin": client_of(robin), "lena": client_of(lena)}
    start = Barrier(2)
    answers: dict[str, TestResponse] = {}
    ref = question.ref
    db.session.remove()

    def press(name: str) -> None:
        start.wait(timeout=10)
        answers[name] = browsers[name].post(
            f"/questions/{ref}/claim", data=promise(why=f"Les mots de {name}.")
        )

    threads = [Thread(target=press, args=(name,)) for name in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(answer.status_code for answer in answers.values()) == [303, 409]
    loser = next(name for name, answer in answers.items() if answer.status_code == 409)
    assert f"Les mots de {loser}." in text(answers[loser])
    assert "a pris cette question en charge le" in text(answers[loser])
    joining = browsers[loser].post(
        f"/questions/{ref}/join", data=promise(why=f"Les mots de {loser}.")
    )
    assert joining.status_code == 303
    found = db.session.scalar(select(Question).where(Question.ref == ref))
    assert found is not None
    claims = claims_of(found)
    assert [claim.lead for claim in claims] == [True, False]
    assert {claim.why for claim in claims} == {"Les mots de robin.", "Les mots de lena."}
    kinds = [type(fact) for fact in factories.facts(found)]
    assert (kinds.count(moves.Claimed), kinds.count(facts.ClaimJoined)) == (1, 1)


def test_two_colleagues_at_once_are_not_offered_to_join_their_own_team(
    client_of: Browser, question: Question, robin: User, lab: Team
) -> None:
    eva = factories.user("Eva Nowicka", Role.RESEARCHER, lab)
    factories.claimed(question, robin)
    answer = client_of(eva).post(f"/questions/{question.ref}/claim", data=promise())
    assert answer.status_code == 409
    assert "Votre équipe a pris cette question en charge" in text(answer)
    joining = client_of(eva).post(f"/questions/{question.ref}/join", data=promise())
    assert joining.status_code == 409
    assert "déjà engagée" in text(joining)
    assert len(claims_of(question)) == 1


def test_somebody_of_two_teams_says_for_which(
    client_of: Browser, question: Question, lab: Team, other_lab: Team
) -> None:
    eva = factories.user("Eva Nowicka", Role.RESEARCHER, lab, other_lab)
    browser = client_of(eva)
    page = text(browser.get(f"/questions/{question.ref}/claim"))
    assert "Immunité et tumeurs" in page
    assert "Signalisation lymphocytaire" in page
    nameless = browser.post(f"/questions/{question.ref}/claim", data=promise())
    assert nameless.status_code == 422
    assert "Dites au nom de quelle équipe." in text(nameless)
    answer = browser.post(f"/questions/{question.ref}/claim", data=promise(team=str(other_lab.id)))
    assert answer.status_code == 303
    assert claims_of(question)[0].team_id == other_lab.id


def test_a_team_that_is_not_ones_own_is_refused(
    client_of: Browser, question: Question, robin: User, other_lab: Team, lab: Team
) -> None:
    eva = factories.user("Eva Nowicka", Role.RESEARCHER, lab, factories.team("Troisième"))
    answer = client_of(eva).post(
        f"/questions/{question.ref}/claim", data=promise(team=str(other_lab.id))
    )
    assert answer.status_code == 422
    assert "n’est pas dans la liste" in text(answer)
    assert claims_of(question) == []


def test_a_claim_too_late_names_what_is_still_possible(
    client_of: Browser, claire: User, mona: User, robin: User
) -> None:
    from_desk = factories.submitted(claire)
    hidden = client_of(robin).post(f"/questions/{from_desk.ref}/claim", data=promise())
    assert hidden.status_code == 404
    both = factories.user("Max Roy", Role.MODERATOR | Role.RESEARCHER, robin.teams[0])
    answer = client_of(both).post(f"/questions/{from_desk.ref}/claim", data=promise())
    assert answer.status_code == 409
    assert "Publier" in text(answer)
    assert "Nous suivons une cohorte de cent patients." in text(answer)


def test_hidden_and_absent_questions_answer_alike(
    client_of: Browser, claire: User, mona: User, robin: User, other_lab: Team
) -> None:
    secret = factories.circled(claire, mona, other_lab)
    browser = client_of(robin)
    for move in ("claim", "join", "hypotheses/new"):
        hidden = browser.get(f"/questions/{secret.ref}/{move}")
        absent = browser.get(f"/questions/Q-1999-0001/{move}")
        assert (hidden.status_code, absent.status_code) == (404, 404)
        assert secret.title not in hidden.text
    lena_claims = factories.claimed(
        secret, factories.user("Léna Costa", Role.RESEARCHER, other_lab)
    )
    browser = client_of(robin)
    for move in ("update", "release"):
        assert browser.get(f"/claims/{lena_claims.id}/{move}").status_code == 404
        assert browser.get(f"/claims/987654/{move}").status_code == 404
        assert browser.get(f"/claims/99999999999999999999/{move}").status_code == 404


def test_robin_gives_news_in_one_line(client_of: Browser, question: Question, robin: User) -> None:
    claim = factories.claimed(question, robin)
    browser = client_of(robin)
    assert "Réunion de cadrage" in text(browser.get(f"/claims/{claim.id}/update"))
    day = clock.now().date() + timedelta(days=40)
    answer = browser.post(
        f"/claims/{claim.id}/update",
        data={
            "text": "La réunion a eu lieu.",
            "next_step": "Recevoir les lames",
            "next_step_on": day.isoformat(),
        },
    )
    assert answer.status_code == 303
    told = again(claim)
    assert (told.next_step, told.next_step_on) == ("Recevoir les lames", day)
    assert isinstance(factories.last_fact(question), facts.ClaimUpdated)


def test_news_do_not_promise_a_day_that_has_passed(
    client_of: Browser, question: Question, robin: User
) -> None:
    claim = factories.claimed(question, robin)
    answer = client_of(robin).post(
        f"/claims/{claim.id}/update",
        data={"text": "En retard.", "next_step": "Lames", "next_step_on": "2020-01-01"},
    )
    assert answer.status_code == 422
    assert "En retard." in text(answer)
    assert again(claim).next_step == "Réunion de cadrage"


@pytest.mark.parametrize("move", ["update", "release"])
def test_only_the_engaged_team_speaks_for_its_claim(
    client_of: Browser, question: Question, robin: User, lena: User, move: str
) -> None:
    claim = factories.claimed(question, robin)
    browser = client_of(lena)
    assert browser.get(f"/claims/{claim.id}/{move}").status_code == 403
    posted = browser.post(
        f"/claims/{claim.id}/{move}", data={"text": "x", "next_step": "", "reason": "x"}
    )
    assert posted.status_code == 403
    assert again(claim).ended_at is None


def test_robin_gives_the_question_back_with_the_reason(
    client_of: Browser, question: Question, robin: User
) -> None:
    claim = factories.claimed(question, robin)
    browser = client_of(robin)
    silent = browser.post(f"/claims/{claim.id}/release", data={"reason": " "})
    assert silent.status_code == 422
    answer = browser.post(
        f"/claims/{claim.id}/release", data={"reason": "Le cytomètre est en panne."}
    )
    assert answer.status_code == 303
    assert again(question).stage is Stage.OPEN
    assert isinstance(factories.last_fact(question), moves.Released)
    twice = browser.post(f"/claims/{claim.id}/release", data={"reason": "Encore."})
    assert twice.status_code == 409


def test_a_lead_with_a_project_is_told_what_it_may_do_instead(
    client_of: Browser, question: Question, robin: User, claire: User
) -> None:
    claim = factories.claimed(question, robin)
    hypothesis = factories.proposed(question, robin)
    hypotheses.endorse(hypothesis, by=claire)
    factories.started(hypothesis, robin, claire)
    answer = client_of(robin).get(f"/claims/{claim.id}/release")
    assert answer.status_code == 409
    assert "Conclure" in text(answer)


def test_a_clinician_does_not_claim(client_of: Browser, question: Question, claire: User) -> None:
    assert client_of(claire).get(f"/questions/{question.ref}/claim").status_code == 403


def test_a_researcher_without_a_team_is_told_so(client_of: Browser, question: Question) -> None:
    noe = factories.user("Noé Blanc", Role.RESEARCHER)
    answer = client_of(noe).post(f"/questions/{question.ref}/claim", data=promise())
    assert answer.status_code == 403
    assert "Il faut faire partie d’une équipe" in text(answer)


def test_without_its_token_a_claim_is_shown_again_not_made(
    client_of: Browser, app: Flask, question: Question, robin: User
) -> None:
    browser = client_of(robin)
    app.config["WTF_CSRF_ENABLED"] = True
    answer = browser.post(f"/questions/{question.ref}/claim", data=promise())
    assert answer.status_code == 400
    assert "Nous suivons une cohorte de cent patients." in text(answer)
    assert claims_of(question) == []


def test_joining_twice_from_two_tabs_engages_the_team_once(
    client_of: Browser, question: Question, robin: User, lena: User
) -> None:
    factories.claimed(question, robin)
    browser = client_of(lena)
    first = browser.post(f"/questions/{question.ref}/join", data=promise())
    second = browser.post(f"/questions/{question.ref}/join", data=promise())
    assert (first.status_code, second.status_code) == (303, 409)
    assert "Votre équipe est déjà engagée" in text(second)
    assert len(claims_of(question)) == 2


def test_a_membership_ended_meanwhile_claims_nothing(
    client_of: Browser, question: Question, robin: User
) -> None:
    browser = client_of(robin)
    db.begin_write()
    for membership in db.session.scalars(select(Membership).where(Membership.user_id == robin.id)):
        db.session.delete(membership)
    db.session.commit()
    db.session.remove()
    answer = browser.post(f"/questions/{question.ref}/claim", data=promise())
    assert answer.status_code == 403
