"""Projects in the browser: starting, keeping up to date, concluding."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from exchange import clock, db
from exchange.people import actions as people
from exchange.people.models import InstitutionKind, Role, Team, User
from exchange.questions import facts as moves
from exchange.questions.models import Question, Stage
from exchange.research import facts, hypotheses, outputs, projects, schedule
from exchange.research.forms.lines import euros
from exchange.research.models import (
    Funding,
    Hypothesis,
    Milestone,
    Outcome,
    OutcomeKind,
    Project,
    ProjectState,
    Verdict,
)
from tests import factories
from tests.counting import count_queries

Browser = Callable[[User | None], FlaskClient]


def text(answer: TestResponse) -> str:
    return answer.text.replace("\u00a0", " ").replace("\u202f", " ")


def words(answer: TestResponse) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text(answer)).split())


def again(thing: Project) -> Project:
    """The same project as the database has it now."""
    db.session.expire_all()
    found = db.session.get(Project, thing.id)
    assert found is not None
    return found


@pytest.fixture
def hypothesis(question: Question, robin: User, claire: User) -> Hypothesis:
    """Robin's, endorsed by Claire."""
    factories.claimed(question, robin)
    made = factories.proposed(question, robin)
    hypotheses.endorse(made, by=claire)
    return made


@pytest.fixture
def project(hypothesis: Hypothesis, robin: User, claire: User) -> Project:
    return factories.started(hypothesis, robin, claire)


def plan(hypothesis: Hypothesis, robin: User, claire: User, **changes: object) -> dict[str, object]:
    return {
        "hypotheses": [hypothesis.ref],
        "title": "Prédire l’échec",
        "summary": "Soixante patients suivis un an.",
        "lead_team": str(robin.team_ids[0]),
        "investigator": str(robin.id),
        "colead": str(claire.id),
        "funding-source": ["Appel interne", "", "Fondation"],
        "funding-amount": ["120 000 €", "", "30000"],
        "funding-start_on": ["2027-01-01", "", ""],
        "funding-end_on": ["2028-12-31", "", ""],
        "milestones-title": ["Première inclusion", "", ""],
        "milestones-planned_on": ["2027-03-01", "", ""],
        **changes,
    }


def test_who_asked_in_the_departments_name_is_not_proposed_as_colead(
    client_of: Browser, hypothesis: Hypothesis, robin: User, claire: User
) -> None:
    address, proposed = (
        f"/projects/new?hypothesis={hypothesis.ref}",
        f'selected value="{claire.id}"',
    )

    def coleads() -> str:
        form = text(client_of(robin).get(address))
        return form.partition('name="colead"')[2].partition("</select>")[0]

    assert proposed in coleads()
    db.session.get_one(Question, hypothesis.question_id).in_department_name = True
    shown = coleads()
    assert proposed not in shown
    assert shown.index("Choisir une personne") < shown.index(claire.name)


def test_robin_starts_a_project_from_an_endorsed_hypothesis(
    client_of: Browser, hypothesis: Hypothesis, robin: User, claire: User, other_lab: Team
) -> None:
    company = factories.team(
        "Tests immunologiques", of=factories.institution("Frioul", InstitutionKind.COMPANY)
    )
    browser = client_of(robin)
    form = text(browser.get(f"/projects/new?hypothesis={hypothesis.ref}"))
    assert "Tests immunologiques (Frioul), entreprise" in form
    assert "accord de confidentialité" in form
    assert re.search(
        rf'value="{hypothesis.ref}"[^>]*checked|checked[^>]*value="{hypothesis.ref}"', form
    )
    assert form.count('name="funding-source"') == 1
    answer = browser.post(
        "/projects/new",
        data=plan(
            hypothesis,
            robin,
            claire,
            partners=[str(other_lab.id), str(company.id)],
            confidential="y",
        ),
    )
    assert answer.status_code == 303
    made = db.session.scalar(select(Project))
    assert made is not None
    assert answer.location == f"/projects/{made.ref}"
    assert (made.title, made.confidential, made.colead_id) == ("Prédire l’échec", True, claire.id)
    assert {team.id for team in made.partners} == {other_lab.id, company.id}
    assert [(f.source, f.amount, f.end_on) for f in made.funding] == [
        ("Appel interne", 120_000, date(2028, 12, 31)),
        ("Fondation", 30_000, None),
    ]
    assert [(m.title, m.planned_on) for m in made.milestones] == [
        ("Première inclusion", date(2027, 3, 1))
    ]
    asked = made.hypotheses[0].question
    assert asked.stage is Stage.PROJECT
    assert factories.last_fact(asked) == moves.ProjectStarted(project_id=made.id)


def test_one_more_line_keeps_everything_and_sends_nothing(
    client_of: Browser, hypothesis: Hypothesis, robin: User, claire: User
) -> None:
    answer = client_of(robin).post(
        "/projects/new", data=plan(hypothesis, robin, claire, **{"milestones-add": "1"})
    )
    assert answer.status_code == 200
    page = text(answer)
    assert page.count('name="milestones-title"') == 4
    assert page.count('name="funding-source"') == 3
    for typed in ("Prédire l’échec", "Première inclusion", "120 000 €", "Fondation"):
        assert typed in page
    assert "obligatoire" in page
    assert "Ce qui reste à corriger" not in page
    assert db.session.scalar(select(Project)) is None


@pytest.mark.parametrize(
    ("column", "typed", "sentence"),
    [
        ("funding-amount", "beaucoup", "Écrivez un montant en euros"),
        ("funding-amount", "-5", "Écrivez un montant en euros"),
        ("funding-amount", "9" * 30, "n’est pas vraisemblable"),
        ("funding-amount", "", "« Montant (€) » est nécessaire"),
        ("funding-end_on", "2026-02-30", "n’est pas lisible"),
        ("funding-end_on", "2026-01-01", "la fin précède le début"),
        ("milestones-planned_on", "", "« Prévu le » est nécessaire"),
        ("milestones-title", "x" * 300, "C’est trop long"),
    ],
)
def test_a_wrong_line_is_named_and_kept(
    client_of: Browser,
    hypothesis: Hypothesis,
    robin: User,
    claire: User,
    column: str,
    typed: str,
    sentence: str,
) -> None:
    answer = client_of(robin).post(
        "/projects/new", data=plan(hypothesis, robin, claire, **{column: [typed, "", ""]})
    )
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert typed in text(answer)
    assert db.session.scalar(select(Project)) is None


def test_a_patient_named_in_a_line_is_found_and_can_be_reworded(
    client_of: Browser, hypothesis: Hypothesis, robin: User, claire: User
) -> None:
    data = plan(
        hypothesis,
        robin,
        claire,
        **{
            "milestones-title": ["Première inclusion", "Rappeler le 06 12 34 56 78", ""],
            "milestones-planned_on": ["2027-03-01", "2027-04-01", ""],
        },
    )
    browser = client_of(robin)
    answer = browser.post("/projects/new", data=data)
    assert answer.status_code == 422
    assert re.search(r'<mark class="sure">06 12 34 56 78</mark>', text(answer))
    assert 'value="Rappeler le 06 12 34 56 78"' in text(answer)
    reworded = browser.post("/projects/new", data=data | {"guard_reword": "1"})
    assert reworded.status_code == 422
    assert 'value="Première inclusion"' in text(reworded)
    assert "06 12 34 56 78" not in text(reworded)
    assert db.session.scalar(select(Project)) is None


def test_a_hypothesis_without_the_askers_support_starts_nothing(
    client_of: Browser, question: Question, robin: User, claire: User
) -> None:
    factories.claimed(question, robin)
    waiting = factories.proposed(question, robin)
    answer = client_of(robin).get(f"/projects/new?hypothesis={waiting.ref}")
    assert answer.status_code == 422
    assert "n’est pas encore soutenue" in text(answer)
    bare = client_of(robin).post("/projects/new", data=plan(waiting, robin, claire))
    assert bare.status_code == 409
    assert "Prédire l’échec" in text(bare)


def test_a_hidden_hypothesis_and_an_absent_one_start_nothing_alike(
    client_of: Browser, question: Question, robin: User, lena: User, claire: User
) -> None:
    factories.claimed(question, robin)
    secret = factories.proposed(question, robin, confidential=True)
    hypotheses.endorse(secret, by=claire)
    browser = client_of(lena)
    assert browser.get(f"/projects/new?hypothesis={secret.ref}").status_code == 404
    assert browser.get("/projects/new?hypothesis=H-1999-0001").status_code == 404


def test_a_team_that_is_not_engaged_starts_nothing(
    client_of: Browser, hypothesis: Hypothesis, lena: User
) -> None:
    answer = client_of(lena).get(f"/projects/new?hypothesis={hypothesis.ref}")
    assert answer.status_code == 403


def test_only_plausible_people_are_offered_and_accepted(
    client_of: Browser, hypothesis: Hypothesis, robin: User, claire: User, lena: User
) -> None:
    browser = client_of(robin)
    form = text(browser.get("/projects/new"))
    assert "Claire Martel" in form
    assert "Léna Costa" not in form
    answer = browser.post(
        "/projects/new",
        data=plan(hypothesis, robin, claire, investigator=str(lena.id), colead=str(lena.id)),
    )
    assert answer.status_code == 422
    assert text(answer).count("Ce choix n’est pas dans la liste.") >= 2


def test_the_page_tells_the_whole_project(
    client_of: Browser, hypothesis: Hypothesis, robin: User, claire: User, lena: User
) -> None:
    browser = client_of(robin)
    browser.post("/projects/new", data=plan(hypothesis, robin, claire))
    made = db.session.scalar(select(Project))
    assert made is not None
    page = words(client_of(lena).get(f"/projects/{made.ref}"))
    for told in (
        "Soixante patients suivis un an.",
        "Immunité et tumeurs",
        "Robin Aubert",
        "Claire Martel",
        hypothesis.ref,
        "Première inclusion",
        "Total 150 000 €",
        "du 1er janvier 2027 au 31 décembre 2028",
        "Rien pour l’instant. Un résultat négatif compte aussi.",
        "Cela revient à son équipe.",
    ):
        assert told in page
    assert "Noter un résultat" not in page


def test_hidden_and_absent_projects_answer_alike(
    client_of: Browser, hypothesis: Hypothesis, robin: User, claire: User, lena: User, mona: User
) -> None:
    secret = factories.started(hypothesis, robin, claire, confidential=True)
    browser = client_of(lena)
    for path in (
        "",
        "/leads",
        "/stop",
        "/conclude",
        "/outcomes/new",
        "/milestones/new",
        "/funding/new",
    ):
        hidden = browser.get(f"/projects/{secret.ref}{path}")
        absent = browser.get(f"/projects/P-1999-0001{path}")
        assert (hidden.status_code, absent.status_code) == (404, 404)
        assert words(hidden).replace(secret.ref, "") == words(absent).replace("P-1999-0001", "")
    milestone = secret.milestones[0].id
    assert browser.post(f"/projects/{secret.ref}/milestones/{milestone}/reached").status_code == 404
    assert secret.ref not in browser.get("/projects").text
    assert secret.ref in client_of(mona).get("/projects").text


def test_a_public_project_names_no_confidential_hypothesis(
    client_of: Browser, question: Question, robin: User, claire: User, lena: User
) -> None:
    factories.claimed(question, robin)
    secret = factories.proposed(question, robin, confidential=True)
    hypotheses.endorse(secret, by=claire)
    public = factories.started(secret, robin, claire)
    page = words(client_of(lena).get(f"/projects/{public.ref}"))
    assert "Une hypothèse confidentielle." in page
    assert secret.ref not in page
    assert secret.statement not in page
    assert secret.ref in words(client_of(claire).get(f"/projects/{public.ref}"))


def test_whoever_asked_for_their_department_is_named_to_colleagues_only(
    client_of: Browser, robin: User, claire: User, lena: User, mona: User
) -> None:
    asked = factories.opened(claire, mona, in_department_name=True)
    factories.claimed(asked, robin)
    found = factories.proposed(asked, robin)
    hypotheses.endorse(found, by=claire)
    made = factories.started(found, robin, claire)
    outputs.note(made, kind=OutcomeKind.NEGATIVE, summary="Rien n’a été trouvé.", by=claire)
    db.session.commit()
    page = words(client_of(lena).get(f"/projects/{made.ref}"))
    assert claire.name not in page
    assert "Un clinicien du service qui a posé la question" in page
    assert "noté par le service qui a posé la question" in page
    for colleague in (robin, claire, mona):
        assert claire.name in words(client_of(colleague).get(f"/projects/{made.ref}"))


def test_a_milestone_is_reached_once_and_by_its_team(
    client_of: Browser, project: Project, robin: User, lena: User
) -> None:
    milestone = project.milestones[0]
    path = f"/projects/{project.ref}/milestones/{milestone.id}/reached"
    assert client_of(lena).post(path).status_code == 403
    answer = client_of(robin).post(path)
    assert answer.status_code == 303
    told = db.session.get(Milestone, milestone.id)
    assert told is not None
    assert told.done_on == clock.now().date()
    assert factories.last_fact(again(project).hypotheses[0].question) == facts.MilestoneReached(
        project_id=project.id, milestone_id=milestone.id
    )
    assert client_of(robin).post(path).status_code == 409
    absent = client_of(robin).post(f"/projects/{project.ref}/milestones/987654/reached")
    assert absent.status_code == 404


def test_money_and_milestones_are_added(client_of: Browser, project: Project, robin: User) -> None:
    browser = client_of(robin)
    day = (clock.now().date() + timedelta(days=90)).isoformat()
    milestone = browser.post(
        f"/projects/{project.ref}/milestones/new", data={"title": "Analyse", "planned_on": day}
    )
    assert milestone.status_code == 303
    funding = browser.post(
        f"/projects/{project.ref}/funding/new", data={"source": "ANR", "amount": "250 000"}
    )
    assert funding.status_code == 303
    assert db.session.scalar(select(Funding.amount)) == 250_000
    assert len(again(project).milestones) == 2
    wrong = browser.post(
        f"/projects/{project.ref}/funding/new",
        data={"source": "ANR", "amount": "cher", "start_on": "2027-02-01", "end_on": "2027-01-01"},
    )
    assert wrong.status_code == 422
    page = text(wrong)
    assert 'value="cher"' in page
    assert "Écrivez un montant en euros" in page
    assert "La fin précède le début." in page


def test_concluding_needs_an_outcome_and_answers_in_plain_words(
    client_of: Browser, project: Project, robin: User, claire: User
) -> None:
    browser = client_of(robin)
    early = browser.get(f"/projects/{project.ref}/conclude")
    assert early.status_code == 409
    number = project.hypotheses[0].id
    early = browser.post(
        f"/projects/{project.ref}/conclude",
        data={"answer": "Ce marqueur ne suffit pas.", f"verdict_{number}": "refuted"},
    )
    assert early.status_code == 409
    assert "Notez d’abord au moins un résultat" in text(early)
    assert "Ce marqueur ne suffit pas." in text(early)
    outcome = browser.post(
        f"/projects/{project.ref}/outcomes/new",
        data={
            "kind": "negative",
            "summary": "Le marqueur ne prédit rien.",
            "reference": "10.1038/s41586-018-0130-2",
        },
    )
    assert outcome.status_code == 303
    silent = browser.post(
        f"/projects/{project.ref}/conclude", data={"answer": "Ce marqueur ne suffit pas."}
    )
    assert silent.status_code == 422
    assert "Choisissez un verdict." in text(silent)
    done = browser.post(
        f"/projects/{project.ref}/conclude",
        data={"answer": "Ce marqueur ne suffit pas.", f"verdict_{number}": "refuted"},
    )
    assert done.status_code == 303
    told = again(project)
    assert told.hypotheses[0].verdict is Verdict.REFUTED
    assert told.state is ProjectState.CONCLUDED
    assert told.hypotheses[0].question.stage is Stage.CONCLUDED
    page = text(client_of(claire).get(f"/projects/{project.ref}"))
    assert "Ce marqueur ne suffit pas." in page
    assert 'href="https://doi.org/10.1038/s41586-018-0130-2"' in page
    late = browser.post(f"/projects/{project.ref}/stop", data={"reason": "Trop tard."})
    assert late.status_code == 409
    after = browser.post(
        f"/projects/{project.ref}/outcomes/new",
        data={"kind": "publication", "summary": "Paru.", "reference": ""},
    )
    assert after.status_code == 303
    kinds = db.session.scalars(select(Outcome.kind).order_by(Outcome.id)).all()
    assert list(kinds) == [OutcomeKind.NEGATIVE, OutcomeKind.PUBLICATION]


def test_a_project_is_discussed_on_its_own_page(
    client_of: Browser, project: Project, robin: User, claire: User
) -> None:
    posted = client_of(claire).post(
        f"/projects/{project.ref}/comments", data={"text": "Les inclusions commencent."}
    )
    assert posted.status_code == 303
    page = text(client_of(robin).get(f"/projects/{project.ref}"))
    assert "Les inclusions commencent." in page
    assert f'action="/projects/{project.ref}/comments"' in page


def test_a_stopped_project_gives_its_question_back_with_the_reason(
    client_of: Browser, project: Project, robin: User, claire: User
) -> None:
    answer = client_of(robin).post(
        f"/projects/{project.ref}/stop", data={"reason": "Le financement manque."}
    )
    assert answer.status_code == 303
    told = again(project)
    assert told.state is ProjectState.STOPPED
    assert told.hypotheses[0].question.stage is Stage.HYPOTHESIS
    page = words(client_of(claire).get(f"/projects/{project.ref}"))
    assert "Pourquoi il s’est arrêté Le financement manque." in page


def test_the_clinical_co_lead_keeps_it_up_to_date_and_may_conclude(
    client_of: Browser, project: Project, claire: User
) -> None:
    browser = client_of(claire)
    outcome = browser.post(
        f"/projects/{project.ref}/outcomes/new",
        data={"kind": "practice_change", "summary": "Nous dosons à J21.", "reference": ""},
    )
    assert outcome.status_code == 303
    number = again(project).hypotheses[0].id
    answer = browser.post(
        f"/projects/{project.ref}/conclude",
        data={"answer": "Dosez à J21, puis décidez.", f"verdict_{number}": "supported"},
    )
    assert answer.status_code == 303
    told = again(project)
    assert told.state is ProjectState.CONCLUDED
    assert told.hypotheses[0].question.stage is Stage.CONCLUDED


def test_the_filters_of_the_list_live_in_its_address(
    client_of: Browser, project: Project, lena: User, lab: Team, other_lab: Team
) -> None:
    browser = client_of(lena)

    def shown(query: str) -> bool:
        answer = browser.get(f"/projects?{query}")
        assert answer.status_code == 200
        return project.ref in answer.text

    assert shown(f"state=running&area=cancer&team={lab.slug}")
    assert not shown("state=concluded")
    assert not shown("area=infectious")
    assert not shown(f"team={other_lab.slug}")
    assert shown("state=nonsense")


def test_the_pages_cost_a_fixed_number_of_queries(
    client_of: Browser, project: Project, robin: User, claire: User
) -> None:
    for number in range(6):
        projects.add_milestone(
            project, title=f"Jalon {number}", planned_on=date(2027, 1, 1 + number), by=robin
        )
        projects.add_funding(
            project, source="ANR", amount=1000, start_on=None, end_on=None, by=robin
        )
        outputs.note(project, kind=OutcomeKind.PUBLICATION, summary=f"Article {number}", by=robin)
        factories.started(project.hypotheses[0], robin, claire)
    browser = client_of(robin)
    browser.get("/projects")
    for path, most in ((f"/projects/{project.ref}", 15), ("/projects", 5)):
        with count_queries() as statements:
            assert browser.get(path).status_code == 200
        assert len(statements) <= most, statements


def test_the_chart_lays_milestones_end_to_end() -> None:
    today = date(2026, 7, 1)
    milestones = [
        Milestone(title="Comité", planned_on=date(2026, 3, 1), done_on=date(2026, 2, 20)),
        Milestone(title="Inclusions", planned_on=date(2026, 6, 1), done_on=None),
        Milestone(title="Analyse", planned_on=date(2027, 1, 1), done_on=None),
    ]
    chart = schedule.chart(milestones, since=date(2026, 1, 1), today=today)
    assert [row.state for row in chart.rows] == ["done", "late", "ahead"]
    assert chart.rows[0].start == 0
    assert chart.rows[1].start == pytest.approx(100 * 59 / 365, abs=0.1)
    assert chart.rows[2].start + chart.rows[2].width == pytest.approx(100, abs=0.1)
    assert chart.today == pytest.approx(100 * 181 / 365, abs=0.1)
    assert all(row.start >= 0 and row.start + row.width <= 100.1 for row in chart.rows)


def test_a_single_milestone_on_the_first_day_is_still_seen() -> None:
    day = date(2026, 1, 1)
    chart = schedule.chart(
        [Milestone(title="Départ", planned_on=day, done_on=day)], since=day, today=day
    )
    (row,) = chart.rows
    assert row.width > 0
    assert row.start + row.width <= 100


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("120 000 €", 120_000), ("120\u202f000", 120_000), ("1.500.000", 1_500_000), ("42 euros", 42)],
)
def test_amounts_are_read_as_people_write_them(typed: str, amount: int) -> None:
    assert euros(typed) == amount


def test_a_closed_hypothesis_starts_nothing(
    client_of: Browser, hypothesis: Hypothesis, robin: User, claire: User
) -> None:
    hypotheses.judge(hypothesis, verdict=Verdict.INCONCLUSIVE, reason="Trop peu.", by=robin)
    other = factories.proposed(hypothesis.question, robin)
    hypotheses.endorse(other, by=claire)
    answer = client_of(robin).get(f"/projects/new?hypothesis={hypothesis.ref}")
    assert answer.status_code == 422
    assert "son verdict est rendu" in text(answer)


def test_a_clinician_alone_starts_no_project(client_of: Browser, claire: User) -> None:
    assert client_of(claire).get("/projects/new").status_code == 403


def test_an_industrial_partner_reads_the_confidential_project_only_when_named(
    client_of: Browser, hypothesis: Hypothesis, robin: User, claire: User
) -> None:
    house = factories.institution("Frioul", InstitutionKind.COMPANY)
    named, other = factories.team("Tests", of=house), factories.team("Ventes", of=house)
    ivan = factories.user("Ivan Petit", Role.RESEARCHER, named)
    olga = factories.user("Olga Vidal", Role.RESEARCHER, other)
    browser = client_of(robin)
    browser.post(
        "/projects/new",
        data=plan(hypothesis, robin, claire, partners=[str(named.id)], confidential="y"),
    )
    made = db.session.scalar(select(Project))
    assert made is not None
    assert client_of(ivan).get(f"/projects/{made.ref}").status_code == 200
    assert client_of(olga).get(f"/projects/{made.ref}").status_code == 404


def test_a_second_project_starts_and_ends_without_moving_the_question(
    client_of: Browser, project: Project, robin: User, claire: User
) -> None:
    question = project.hypotheses[0].question
    second = factories.started(project.hypotheses[0], robin, claire)
    assert factories.last_fact(question) == facts.ProjectAdded(project_id=second.id)
    answer = client_of(robin).post(
        f"/projects/{second.ref}/stop", data={"reason": "Un seul suffit."}
    )
    assert answer.status_code == 303
    told = again(second)
    assert told.state is ProjectState.STOPPED
    asked = told.hypotheses[0].question
    assert asked.stage is Stage.PROJECT
    ended = factories.last_fact(asked)
    assert isinstance(ended, facts.ProjectEnded)
    assert (ended.project_id, ended.state) == (second.id, "stopped")
    page = words(client_of(claire).get(f"/projects/{second.ref}"))
    assert "Pourquoi il s’est arrêté Un seul suffit." in page
    assert "Un seul suffit." in words(client_of(claire).get(f"/questions/{asked.ref}"))


def test_others_answer_for_a_project_and_who_left_reads_it_no_more(
    client_of: Browser, hypothesis: Hypothesis, robin: User, claire: User, lab: Team, ada: User
) -> None:
    rosa = factories.user("Rosa Blanc", Role.RESEARCHER, lab)
    project = factories.started(hypothesis, robin, claire, confidential=True)
    people.leave_team(robin, lab, by=ada)
    address = f"/projects/{project.ref}"
    assert client_of(robin).get(address).status_code == 200, "named, as long as nobody else is"
    browser = client_of(rosa)
    form = words(browser.get(f"{address}/leads"))
    assert "Inchangé Rosa Blanc" in form
    assert browser.post(f"{address}/leads", data={}).status_code == 409, "nobody is changed"
    assert browser.post(f"{address}/leads", data={"investigator": str(robin.id)}).status_code == 422
    answer = browser.post(f"{address}/leads", data={"investigator": str(rosa.id), "colead": "0"})
    assert answer.status_code == 303
    told = again(project)
    assert (told.investigator_id, told.colead_id) == (rosa.id, claire.id)
    assert isinstance(factories.last_fact(told.hypotheses[0].question), facts.PeopleChanged)
    assert client_of(robin).get(address).status_code == 404
    assert "a changé les responsables du projet" in words(
        client_of(claire).get(f"/questions/{told.hypotheses[0].question.ref}")
    )
