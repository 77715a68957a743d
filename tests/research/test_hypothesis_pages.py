"""Hypotheses in the browser: proposing, weighing, endorsing, judging."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from exchange import db
from exchange.discussion.actions import comment
from exchange.people.models import Role, Team, User
from exchange.questions.models import Question, Stage
from exchange.research import facts, hypotheses
from exchange.research.models import (
    PLAN_LIMIT,
    STATEMENT_LIMIT,
    Direction,
    Endorsement,
    Evidence,
    Hypothesis,
    Stance,
    Strength,
    Verdict,
)
from tests import factories
from tests.counting import count_queries

Browser = Callable[[User | None], FlaskClient]

IDEA = {
    "statement": "L’épuisement des lymphocytes T précède la progression.",
    "rationale": "Les TIGIT+ augmentent avant le scanner (PMID: 12345678).",
    "prediction": "Le taux de TIGIT+ à J21 prédit la progression.",
    "direction": "increase",
    "refutation": "Aucune différence entre répondeurs et non-répondeurs.",
    "plan": "Cytométrie à J0, J21, J42 chez soixante patients.",
}


def text(answer: TestResponse) -> str:
    return answer.text.replace("\u00a0", " ")


def words(answer: TestResponse) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text(answer)).split())


def again(thing: Hypothesis) -> Hypothesis:
    """The same hypothesis as the database has it now."""
    db.session.expire_all()
    found = db.session.get(Hypothesis, thing.id)
    assert found is not None
    return found


@pytest.fixture
def hypothesis(question: Question, robin: User) -> Hypothesis:
    """Robin's, on Claire's question."""
    factories.claimed(question, robin)
    return factories.proposed(question, robin)


@pytest.fixture
def secret(question: Question, robin: User) -> Hypothesis:
    """A confidential one."""
    factories.claimed(question, robin)
    return factories.proposed(question, robin, confidential=True)


def test_robin_proposes_with_the_question_and_the_guidance_in_view(
    client_of: Browser, question: Question, robin: User, lab: Team
) -> None:
    factories.claimed(question, robin)
    browser = client_of(robin)
    form = words(browser.get(f"/questions/{question.ref}/hypotheses/new"))
    assert "Un patient sur deux progresse" in form
    assert "contactez votre cellule de valorisation" in form
    assert "Exemple :" in form
    assert f"{STATEMENT_LIMIT} caractères au plus" in form
    answer = browser.post(
        f"/questions/{question.ref}/hypotheses/new", data=IDEA | {"confidential": "y"}
    )
    assert answer.status_code == 303
    made = db.session.scalar(select(Hypothesis))
    assert made is not None
    assert answer.location == f"/hypotheses/{made.ref}"
    assert (made.team_id, made.confidential, made.direction) == (
        lab.id,
        True,
        Direction.INCREASE,
    )
    assert made.question.stage is Stage.HYPOTHESIS
    assert facts.HypothesisProposed(hypothesis_id=made.id, team_id=lab.id) in factories.facts(
        made.question
    )
    page = text(browser.get(answer.location))
    assert 'href="https://pubmed.ncbi.nlm.nih.gov/12345678/"' in page
    assert "Augmentation attendue" in page


def test_every_part_is_asked_for_and_nothing_typed_is_lost(
    client_of: Browser, question: Question, robin: User
) -> None:
    factories.claimed(question, robin)
    answer = client_of(robin).post(
        f"/questions/{question.ref}/hypotheses/new",
        data=IDEA | {"refutation": " ", "direction": "sideways", "plan": "x" * (PLAN_LIMIT + 1)},
    )
    assert answer.status_code == 422
    page = text(answer)
    assert "Une hypothèse que rien ne peut réfuter" in page
    assert "Ce choix n’est pas dans la liste." in page
    assert f"{PLAN_LIMIT + 1} caractères : la limite est de {PLAN_LIMIT}." in page
    assert IDEA["statement"] in page
    assert db.session.scalar(select(Hypothesis)) is None


def test_a_hypothesis_needs_a_claimed_question(
    client_of: Browser, question: Question, robin: User, lena: User
) -> None:
    browser = client_of(robin)
    early = browser.get(f"/questions/{question.ref}/hypotheses/new")
    assert early.status_code == 409
    assert "Prendre en charge" in text(early)
    factories.claimed(question, robin)
    outside = client_of(lena).post(f"/questions/{question.ref}/hypotheses/new", data=IDEA)
    assert outside.status_code == 403
    assert IDEA["statement"] in text(outside)


def test_hidden_and_absent_hypotheses_answer_alike(
    client_of: Browser, secret: Hypothesis, lena: User, claire: User, robin: User, mona: User
) -> None:
    browser = client_of(lena)
    for path in ("", "/endorse", "/evidence", "/verdict"):
        hidden = browser.get(f"/hypotheses/{secret.ref}{path}")
        absent = browser.get(f"/hypotheses/H-1999-0001{path}")
        assert (hidden.status_code, absent.status_code) == (404, 404)
        assert words(hidden).replace(secret.ref, "") == words(absent).replace("H-1999-0001", "")
    assert secret.ref not in text(browser.get("/hypotheses"))
    for reader in (claire, robin, mona):
        assert client_of(reader).get(f"/hypotheses/{secret.ref}").status_code == 200
        assert secret.ref in text(client_of(reader).get("/hypotheses"))


def test_the_page_tells_everything_and_who_may_do_what(
    client_of: Browser, hypothesis: Hypothesis, claire: User, lena: User, robin: User
) -> None:
    asker = words(client_of(claire).get(f"/hypotheses/{hypothesis.ref}"))
    assert "Je la soutiens" in asker
    assert "Il revient à l’équipe Immunité et tumeurs." in asker
    stranger = words(client_of(lena).get(f"/hypotheses/{hypothesis.ref}"))
    assert "Je la soutiens" not in stranger
    assert "Cet avis revient à la personne qui a posé la question." in stranger
    author = words(client_of(robin).get(f"/hypotheses/{hypothesis.ref}"))
    assert "Rendre un verdict" in author
    assert "Il faut d’abord le soutien de la personne qui a posé la question." in author
    for said in ("TIGIT+ à J21", "Aucune différence de TIGIT+", "Cytométrie à J0"):
        assert said in author


def test_claire_supports_it_and_a_project_may_start(
    client_of: Browser, hypothesis: Hypothesis, claire: User, robin: User
) -> None:
    answer = client_of(claire).post(
        f"/hypotheses/{hypothesis.ref}/endorse", data={"opinion": "endorse", "reason": ""}
    )
    assert answer.status_code == 303
    told = again(hypothesis)
    assert told.endorsement is Endorsement.ENDORSED
    assert factories.last_fact(told.question) == facts.HypothesisEndorsed(
        hypothesis_id=hypothesis.id
    )
    page = text(client_of(robin).get(f"/hypotheses/{hypothesis.ref}"))
    assert f"/projects/new?hypothesis={hypothesis.ref}" in page
    twice = client_of(claire).post(
        f"/hypotheses/{hypothesis.ref}/endorse", data={"opinion": "endorse"}
    )
    assert twice.status_code == 409


def test_what_is_missing_must_be_said(
    client_of: Browser, hypothesis: Hypothesis, claire: User, robin: User
) -> None:
    browser = client_of(claire)
    silent = browser.post(
        f"/hypotheses/{hypothesis.ref}/endorse", data={"opinion": "missing", "reason": " "}
    )
    assert silent.status_code == 422
    assert "Dites ce qui manque pour vos patients." in text(silent)
    assert again(hypothesis).endorsement is Endorsement.AWAITED
    answer = browser.post(
        f"/hypotheses/{hypothesis.ref}/endorse",
        data={"opinion": "missing", "reason": "Les patients sous corticoïdes."},
    )
    assert answer.status_code == 303
    assert again(hypothesis).endorsement is Endorsement.MISSING
    page = words(client_of(robin).get(f"/hypotheses/{hypothesis.ref}"))
    assert "Claire Martel dit ce qui manque" in page
    assert "Les patients sous corticoïdes." in page


def test_a_moderator_speaks_for_the_asker_only_with_a_reason(
    client_of: Browser, hypothesis: Hypothesis, mona: User
) -> None:
    browser = client_of(mona)
    silent = browser.post(f"/hypotheses/{hypothesis.ref}/endorse", data={"opinion": "endorse"})
    assert silent.status_code == 422
    assert "à la place du clinicien" in text(silent)
    answer = browser.post(
        f"/hypotheses/{hypothesis.ref}/endorse",
        data={"opinion": "endorse", "reason": "Claire est en congé et a dit oui."},
    )
    assert answer.status_code == 303
    assert again(hypothesis).endorsement is Endorsement.ENDORSED


def test_nobody_else_speaks_for_the_asker(
    client_of: Browser, hypothesis: Hypothesis, robin: User
) -> None:
    browser = client_of(robin)
    assert browser.get(f"/hypotheses/{hypothesis.ref}/endorse").status_code == 403
    answer = browser.post(f"/hypotheses/{hypothesis.ref}/endorse", data={"opinion": "endorse"})
    assert answer.status_code == 403
    assert again(hypothesis).endorsement is Endorsement.AWAITED


def test_evidence_stands_side_by_side_with_its_links(
    client_of: Browser, hypothesis: Hypothesis, lena: User
) -> None:
    browser = client_of(lena)
    for stance, identifier in (
        ("for", "10.1038/s41586-018-0130-2"),
        ("against", "PMID 12345678"),
        ("neutral", "NCT01234567"),
    ):
        answer = browser.post(
            f"/hypotheses/{hypothesis.ref}/evidence",
            data={"stance": stance, "note": f"Un article {stance}.", "identifier": identifier},
        )
        assert answer.status_code == 303
    stances = db.session.scalars(select(Evidence.stance).order_by(Evidence.id)).all()
    assert list(stances) == [Stance.FOR, Stance.AGAINST, Stance.NEUTRAL]
    page = text(browser.get(f"/hypotheses/{hypothesis.ref}"))
    for link in (
        "https://doi.org/10.1038/s41586-018-0130-2",
        "https://pubmed.ncbi.nlm.nih.gov/12345678/",
        "https://clinicaltrials.gov/study/NCT01234567",
    ):
        assert f'href="{link}"' in page
    assert isinstance(factories.last_fact(again(hypothesis).question), facts.EvidenceAdded)


def test_evidence_that_names_a_patient_is_held_back(
    client_of: Browser, hypothesis: Hypothesis, lena: User
) -> None:
    answer = client_of(lena).post(
        f"/hypotheses/{hypothesis.ref}/evidence",
        data={"stance": "for", "note": "Vu chez une patiente, 06 12 34 56 78."},
    )
    assert answer.status_code == 422
    assert "06 12 34 56 78" in text(answer)
    assert db.session.scalar(select(Evidence)) is None


def test_a_refuted_hypothesis_is_a_result_and_closes(
    client_of: Browser, hypothesis: Hypothesis, robin: User, claire: User
) -> None:
    answer = client_of(robin).post(
        f"/hypotheses/{hypothesis.ref}/verdict",
        data={"verdict": "refuted", "reason": "Aucune différence sur soixante patients."},
    )
    assert answer.status_code == 303
    told = again(hypothesis)
    assert told.verdict is Verdict.REFUTED
    assert told.question.stage is Stage.CLAIMED
    page = words(client_of(claire).get(f"/hypotheses/{hypothesis.ref}"))
    assert "Réfutée" in page
    assert "Aucune différence sur soixante patients." in page
    assert "Son verdict est rendu." in page
    late = client_of(claire).post(
        f"/hypotheses/{hypothesis.ref}/endorse", data={"opinion": "endorse"}
    )
    assert late.status_code == 409


def test_each_wording_stays_with_what_it_changed(
    client_of: Browser, hypothesis: Hypothesis, claire: User, lena: User, robin: User
) -> None:
    hypotheses.say_missing(hypothesis, note="Et chez les plus âgés ?", by=claire)
    db.session.commit()
    browser, here = client_of(robin), f"/hypotheses/{hypothesis.ref}"
    page = browser.get(f"{here}/revise")
    assert 'name="since" type="hidden" value="1"' in page.text
    said = IDEA | {"plan": "Cytométrie à J0 et J42 chez cent patients.", "since": "1"}
    assert browser.post(f"{here}/revise", data=said).status_code == 303
    told = again(hypothesis)
    assert told.plan == said["plan"]
    assert told.endorsement is Endorsement.AWAITED, "who found something missing is asked again"
    assert factories.last_fact(told.question) == facts.HypothesisRevised(
        hypothesis_id=told.id, number=2
    )
    late = browser.post(f"{here}/revise", data=said | {"plan": "Autre chose."})
    assert late.status_code == 409
    assert "Autre chose." in late.text
    assert 'value="2"' in late.text
    same = browser.post(f"{here}/revise", data=said | {"since": "2"})
    assert "Rien n’a changé." in text(same)
    listed = browser.get(f"{here}/wordings")
    assert "<ins> cent</ins>" in listed.text
    assert "Et chez les plus âgés" not in listed.text
    assert "Version 2" in words(browser.get(here))
    assert client_of(lena).get(f"{here}/revise").status_code == 403


def test_a_verdict_rests_on_evidence_and_may_name_what_replaces_it(
    client_of: Browser, hypothesis: Hypothesis, robin: User
) -> None:
    browser, here = client_of(robin), f"/hypotheses/{hypothesis.ref}/verdict"
    assert "Remplacée" not in browser.get(here).text, "nothing there is to replace it"
    item = hypotheses.add_evidence(hypothesis, stance=Stance.AGAINST, note="Rien vu.", by=robin)
    other = hypotheses.add_evidence(hypothesis, stance=Stance.FOR, note="Peut-être.", by=robin)
    better = factories.proposed(hypothesis.question, robin)
    db.session.commit()
    items, (new, ref) = (item.id, other.id), (better.id, better.ref)
    data = {"verdict": "superseded", "reason": "La seconde dit mieux.", "evidence": [items[0]]}
    refused = browser.post(here, data=data)
    assert "Dites quelle hypothèse la remplace." in text(refused)
    assert browser.post(here, data=data | {"successor": new}).status_code == 303
    told = again(hypothesis)
    assert (told.verdict, told.superseded_by_id) == (Verdict.SUPERSEDED, new)
    assert {one.id: one.decisive for one in told.evidence} == {items[0]: True, items[1]: False}
    fact = factories.last_fact(told.question)
    assert isinstance(fact, facts.VerdictGiven)
    assert (fact.evidence_ids, fact.superseded_by_id) == (items[:1], new)
    page = words(browser.get(f"/hypotheses/{told.ref}"))
    assert f"Cette hypothèse est remplacée par {ref}" in page
    assert "porte le verdict" in page
    assert "Porté par : indice 1" in page
    assert f"Remplace {told.ref}" in words(browser.get(f"/hypotheses/{ref}"))


def test_the_verdict_is_its_teams(
    client_of: Browser, hypothesis: Hypothesis, lena: User, robin: User
) -> None:
    data = {"verdict": "supported", "reason": "Nous y croyons."}
    assert client_of(lena).get(f"/hypotheses/{hypothesis.ref}/verdict").status_code == 403
    answer = client_of(lena).post(f"/hypotheses/{hypothesis.ref}/verdict", data=data)
    assert answer.status_code == 403
    same = client_of(robin).post(
        f"/hypotheses/{hypothesis.ref}/verdict", data=data | {"verdict": "proposed"}
    )
    assert same.status_code == 409
    assert "Nous y croyons." in text(same)
    assert again(hypothesis).verdict is Verdict.PROPOSED


def test_a_hidden_asker_stays_hidden_on_the_page(
    client_of: Browser, claire: User, mona: User, robin: User
) -> None:
    question = factories.opened(claire, mona, in_department_name=True)
    factories.claimed(question, robin)
    hypothesis = factories.proposed(question, robin)
    hypotheses.add_evidence(
        hypothesis, stance=Stance.FOR, note="Vu chez nous.", strength=Strength.COHORT, by=claire
    )
    hypotheses.endorse(hypothesis, note="Utile.", by=claire)
    comment(question, text="Je confirme.", by=claire, hypothesis_id=hypothesis.id)
    page = words(client_of(robin).get(f"/hypotheses/{hypothesis.ref}"))
    assert "Claire Martel" not in page
    assert page.count("Dermatologie, La Timone") == 3
    assert "Je confirme." in page
    assert "Cohorte ou cas-témoins" in page
    own = words(client_of(mona).get(f"/hypotheses/{hypothesis.ref}"))
    assert "Claire Martel" in own


def test_the_filters_of_the_list_live_in_its_address(
    client_of: Browser, hypothesis: Hypothesis, robin: User, lab: Team, other_lab: Team
) -> None:
    browser = client_of(robin)

    def shown(query: str) -> bool:
        answer = browser.get(f"/hypotheses?{query}")
        assert answer.status_code == 200
        return hypothesis.ref in answer.text

    assert shown("area=cancer&verdict=proposed&endorsement=awaited")
    assert shown(f"team={lab.slug}")
    assert not shown(f"team={other_lab.slug}")
    assert not shown("area=infectious")
    assert not shown("verdict=refuted")
    assert not shown("endorsement=endorsed")
    assert shown("area=nonsense&after=%00nonsense".replace("%00", ""))
    assert "ce filtre est laissé de côté" in text(browser.get("/hypotheses?area=nonsense"))


def test_pages_of_the_list_follow_one_another_without_a_gap(
    client_of: Browser, question: Question, robin: User
) -> None:
    factories.claimed(question, robin)
    for _number in range(43):
        factories.proposed(question, robin)
    browser = client_of(robin)
    seen: list[str] = []
    address: str | None = "/hypotheses"
    while address:
        page = browser.get(address).text
        seen += re.findall(r'<h2><a href="/hypotheses/(H-\d+-\d+)"', page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        address = following[1].replace("&amp;", "&") if following else None
    assert len(seen) == len(set(seen)) == 43
    assert seen == sorted(seen, reverse=True)
    back = re.search(r'href="([^"]+)" rel="prev"', page)
    assert back
    newer = browser.get(back[1].replace("&amp;", "&")).text
    assert re.findall(r'<h2><a href="/hypotheses/(H-\d+-\d+)"', newer) == seen[20:40]


def test_the_pages_cost_a_fixed_number_of_queries(
    client_of: Browser, hypothesis: Hypothesis, question: Question, robin: User, lena: User
) -> None:
    for number in range(8):
        hypotheses.add_evidence(hypothesis, stance=Stance.FOR, note=f"Article {number}.", by=lena)
        comment(question, text=f"Message {number}.", by=lena, hypothesis_id=hypothesis.id)
        factories.proposed(question, robin)
    browser = client_of(robin)
    browser.get("/hypotheses")
    for path, most in ((f"/hypotheses/{hypothesis.ref}", 11), ("/hypotheses", 4)):
        with count_queries() as statements:
            assert browser.get(path).status_code == 200
        assert len(statements) <= most, statements


def test_a_company_outside_the_circle_reads_nothing(
    client_of: Browser, claire: User, mona: User, robin: User, lab: Team
) -> None:
    question = factories.circled(claire, mona, lab)
    factories.claimed(question, robin)
    hypothesis = factories.proposed(question, robin)
    ivan = factories.user("Ivan Petit", Role.RESEARCHER, factories.team("Frioul"))
    assert client_of(ivan).get(f"/hypotheses/{hypothesis.ref}").status_code == 404
    assert hypothesis.ref not in client_of(ivan).get("/hypotheses").text
