"""The whole story in Chromium, from a clinician's question to the answer, with and without
JavaScript; a real mail server receives what is sent."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from exchange import clock
from exchange.people.models import DigestPeriod, Role, Team, User
from tests import factories
from tests.browser.conftest import Desk, Sink, Site, text_of

pytestmark = pytest.mark.browser

TITLE = "Pourquoi la myocardite sous immunothérapie récidive-t-elle chez certains ?"


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"])
def test_from_a_question_to_its_answer(
    serve: Callable[[], Site],
    desk: Callable[..., Desk],
    sink: Sink,
    claire: User,
    mona: User,
    robin: User,
    lena: User,
    lab: Team,
    *,
    javascript: bool,
) -> None:
    robin.areas, robin.digest, robin.locale = ["cancer"], DigestPeriod.DAILY, "fr"
    kim = factories.user("Kim Park", Role.RESEARCHER, lab, locale="en", digest="daily")
    site = serve()
    at_claires = desk(claire, site, javascript=javascript)
    ref = ask(at_claires)
    sink.wait_for(claire.email, ref)

    at_monas = desk(mona, site, javascript=javascript)
    triage(at_monas, at_claires, sink, ref, claire)

    for line in site.run("digest", "--period", "daily").splitlines():
        assert "myocardite" not in line, "the command tells who, not what"
    french = sink.wait_for(robin.email, "myocardite")
    assert french.get_body(("html",)) is not None
    assert french["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    english = sink.wait_for(kim.email, "myocardite")
    assert "dans vos domaines" in text_of(french).replace("\n", " "), text_of(french)
    assert "new for you" in text_of(english).lower()

    at_robins = desk(robin, site, javascript=javascript)
    claim(at_robins, ref)
    at_lenas = desk(lena, site, javascript=javascript)
    join(at_lenas, ref)
    discuss(at_lenas, ref, claire)

    hypothesis = propose(at_robins, ref)
    endorse(at_claires, hypothesis)
    project = start(at_robins, hypothesis, claire)
    conclude(at_robins, project)
    answer = sink.wait_for(claire.email, "Le taux de troponine ne suffit pas")
    assert ref in str(answer["Subject"])

    page = at_claires.open(f"/questions/{ref}")
    for words in (
        "Conclue",
        "Nous avons deux cohortes",
        "Merci pour cette question",
        "Le taux de troponine ne suffit pas",
    ):
        at_claires.reads(words)
    assert page.get_by_role("region", name="Parcours de la question").is_visible()
    at_claires.open("/search?q=myocardites+immunotherapie")
    at_claires.reads(ref)


def ask(claire: Desk) -> str:
    """First with a telephone number: refused, nothing lost; then without."""
    claire.open("/questions/new")
    claire.fill(
        title=TITLE,
        problem="Nos patients rechutent à l’arrêt des corticoïdes. Joindre le 06 12 34 56 78.",
        practice="Corticoïdes à forte dose, puis décroissance en deux mois.",
        shortfall="Un patient sur quatre rechute sans signe avant-coureur.",
        population="Adultes traités par anti-PD-1 avec une myocardite prouvée.",
    )
    claire.page.locator('[name="area"]').select_option("cancer")
    claire.page.locator('[name="kind"][value="toxicity"]').check()
    claire.press("Envoyer")
    claire.reads("peut identifier un patient")
    problem = claire.page.locator('main [name="problem"]')
    assert "06 12 34 56 78" in problem.input_value()
    assert claire.page.locator('main [name="title"]').input_value() == TITLE
    problem.fill("Nos patients rechutent à l’arrêt des corticoïdes.")
    claire.press("Envoyer")
    found = re.search(r"Q-\d{4}-\d{4}", claire.page.url)
    assert found, claire.page.locator("main").inner_text()
    claire.reads(found[0])
    return found[0]


def triage(mona: Desk, claire: Desk, sink: Sink, ref: str, asker: User) -> None:
    """Sent back with a question, answered, published: by one key where there are scripts."""
    mona.open("/triage")
    mona.reads(ref)
    mona.page.locator("summary", has_text="Demander une précision").click()
    mona.page.locator("#return-reason").fill("Merci pour cette question : quel délai médian ?")
    mona.press("Demander une précision")
    sink.wait_for(asker.email, "quel délai médian")
    claire.open(f"/questions/{ref}/resubmit")
    claire.fill(reason="Six semaines après la fin des corticoïdes.")
    claire.press("envoyer")
    mona.open(f"/triage/{ref}")
    mona.reads("Six semaines après la fin")
    mona.press("Publier")
    mona.reads("est publiée")
    sink.wait_for(asker.email, "publiée")


def claim(robin: Desk, ref: str) -> None:
    robin.open("/questions?area=cancer&unclaimed=1")
    robin.reads(ref)
    robin.open(f"/questions/{ref}")
    robin.press("Prendre en charge")
    promise(robin, why="Nous avons deux cohortes de biopsies cardiaques.")
    robin.press("Prendre en charge")
    robin.reads("Nous avons deux cohortes de biopsies cardiaques.")


def join(lena: Desk, ref: str) -> None:
    """Too late to lead: told who leads, nothing typed is lost, one press joins."""
    lena.open(f"/questions/{ref}/join")
    promise(lena, why="Nous séquençons les récepteurs T.")
    lena.press("Rejoindre")
    lena.reads("Nous séquençons les récepteurs T.")


def promise(somebody: Desk, *, why: str) -> None:
    somebody.fill(
        why=why,
        needs="Le compte rendu des biopsies.",
        next_step="Réunion de cadrage",
        next_step_on=(clock.now().date() + timedelta(days=20)).isoformat(),
    )


def discuss(lena: Desk, ref: str, claire: User) -> None:
    lena.open(f"/questions/{ref}")
    words = f"**Merci pour cette question** @{claire.handle}, voir PMID 31234567."
    lena.page.locator("#text").fill(words)
    lena.press("Publier le message")
    lena.reads("Merci pour cette question @Claire Martel")
    assert lena.page.locator('a[href*="pubmed"]').count() == 1


def propose(robin: Desk, ref: str) -> str:
    robin.open(f"/questions/{ref}/hypotheses/new")
    robin.fill(
        statement="Des clones T résidents du cœur persistent après les corticoïdes.",
        rationale="Les mêmes clones sont vus dans la tumeur et dans le myocarde.",
        prediction="Leur nombre dans le sang monte avant la rechute.",
        refutation="Aucun clone partagé chez les patients qui rechutent.",
        plan="Séquencer vingt paires de biopsies et de prélèvements sanguins.",
    )
    robin.page.locator('[name="direction"][value="increase"]').check()
    robin.press("Proposer cette hypothèse")
    found = re.search(r"H-\d{4}-\d{4}", robin.page.url) or re.search(
        r"H-\d{4}-\d{4}", robin.page.locator("main").inner_text()
    )
    assert found
    robin.open(f"/hypotheses/{found[0]}/evidence")
    robin.fill(note="Clones partagés dans trois cas sur cinq.", identifier="PMID 31234567")
    choose(robin, "stance", "for")
    robin.press("Ajouter")
    robin.open(f"/hypotheses/{found[0]}")
    robin.reads("Clones partagés dans trois cas sur cinq.")
    return found[0]


def endorse(claire: Desk, hypothesis: str) -> None:
    claire.open("/")
    claire.reads(hypothesis)
    claire.open(f"/hypotheses/{hypothesis}/endorse")
    claire.press("Je la soutiens")
    claire.open(f"/hypotheses/{hypothesis}")
    claire.reads("Soutenue par le clinicien")


def start(robin: Desk, hypothesis: str, colead: User) -> str:
    robin.open(f"/projects/new?hypothesis={hypothesis}")
    robin.fill(
        title="CŒUR-T : suivre les clones cardiaques",
        summary="Une étude de vingt patients suivis six mois.",
    )
    for name in ("investigator", "colead"):
        select = robin.page.locator(f'main select[name="{name}"]')
        wanted = "Claire Martel" if name == "colead" else "Robin Aubert"
        select.select_option(label=select.locator("option", has_text=wanted).first.inner_text())
    robin.press("Lancer le projet")
    found = re.search(r"P-\d{4}-\d{4}", robin.page.url)
    assert found, robin.page.locator("main").inner_text()
    robin.reads("CŒUR-T")
    return found[0]


def conclude(robin: Desk, project: str) -> None:
    robin.open(f"/projects/{project}/milestones/new")
    robin.fill(title="Vingt paires séquencées", planned_on="2027-06-01")
    robin.press("Ajouter un jalon")
    robin.open(f"/projects/{project}/outcomes/new")
    choose(robin, "kind", "negative")
    robin.fill(summary="Aucun clone ne prédit la rechute.")
    robin.press("Noter un résultat")
    robin.open(f"/projects/{project}/conclude")
    robin.fill(
        answer="Le taux de troponine ne suffit pas à prévoir la rechute, et les clones non plus."
    )
    robin.page.locator("select[name^=verdict]").select_option("refuted")
    robin.press("Conclure")
    robin.reads("Le taux de troponine ne suffit pas")


def choose(somebody: Desk, name: str, value: str) -> None:
    """Choose in a closed list, drawn as a menu or as buttons."""
    field = somebody.page.locator(f'main [name="{name}"]').first
    if field.evaluate("element => element.tagName") == "SELECT":
        field.select_option(value)
    else:
        somebody.page.locator(f'main [name="{name}"][value="{value}"]').check()
