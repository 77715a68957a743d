"""The home page: what needs me, what is new for me; and what each role is told."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from flask.testing import FlaskClient

from exchange import clock, db
from exchange.discussion.actions import comment
from exchange.home.criteria import CRITERIA, PROOFS, State
from exchange.home.design import COLOURS
from exchange.moderation import actions as moderation
from exchange.people.models import Area, Role, Team, User
from exchange.questions import actions as asking
from exchange.questions.models import Question
from exchange.research import claims
from exchange.thread.queries import last_event
from tests import factories
from tests.counting import count_queries

Browser = Callable[[User | None], FlaskClient]


def home(client: FlaskClient) -> str:
    answer = client.get("/")
    assert answer.status_code == 200
    return shown(answer.text)


def shown(text: str) -> str:
    """With plain spaces, to compare."""
    return text.replace("\u00a0", " ")


def test_a_stranger_learns_what_this_is_and_sees_no_question(
    client_of: Browser, question: Question
) -> None:
    page = home(client_of(None))
    assert 'href="/sign-in"' in page
    assert shown(question.title) not in page


def test_claire_sees_what_waits_for_her_and_where_her_questions_stand(
    client_of: Browser, claire: User, mona: User, robin: User
) -> None:
    returned = factories.submitted(claire, title="Une question à préciser ?")
    moderation.return_(returned, reason="Chez quels patients ?", by=mona)
    studied = factories.opened(claire, mona, title="Une question étudiée ?")
    factories.claimed(studied, robin)
    hypothesis = factories.proposed(studied, robin)
    asking.save_draft(factories.content(title="Une question commencée ?"), by=claire)
    page = home(client_of(claire))
    assert "3 choses vous attendent." in page
    assert "Un modérateur vous demande une précision" in page
    assert f"L’hypothèse {hypothesis.ref} attend votre avis" in page
    assert "Une question commencée ?" in page
    assert page.index("Une question à préciser ?") < page.rindex("Une question étudiée ?")
    assert "Une hypothèse attend un avis clinique" in page


def test_a_first_visit_is_guided_and_a_second_one_is_not(
    client_of: Browser, question: Question, robin: User
) -> None:
    client = client_of(robin)
    assert "Pour commencer, trois pas" in home(client)
    assert "Choisissez vos domaines." in home(client)
    client.post(f"/questions/{question.ref}/follow")
    assert "Pour commencer" not in home(client)


def test_robin_is_reminded_of_his_promises_the_late_ones_aloud(
    client_of: Browser, question: Question, robin: User, claire: User, mona: User
) -> None:
    claim = factories.claimed(question, robin)
    claim.next_step_on = clock.now().date() - timedelta(days=3)
    soon = factories.opened(claire, mona, title="Une autre question ?")
    factories.claimed(soon, robin)
    far = factories.opened(claire, mona, title="Une lointaine question ?")
    factories.claimed(far, robin).next_step_on = clock.now().date() + timedelta(days=90)
    needs = block("needs", home(client_of(robin)))
    assert "En retard : Réunion de cadrage" in needs
    assert "Une autre question ?" in needs
    assert "Une lointaine question ?" not in needs


def test_robin_is_offered_open_questions_of_his_areas_only(
    client_of: Browser, claire: User, mona: User, robin: User, other_lab: Team
) -> None:
    mine = factories.opened(claire, mona, title="Une question de cancer ?")
    factories.opened(claire, mona, title="Une question de lupus ?", area=Area.AUTOIMMUNE)
    factories.circled(claire, mona, other_lab, title="Une question d’un autre cercle ?")
    page = home(client_of(robin))
    assert shown(mine.title) in page
    assert "lupus" not in page
    assert "autre cercle" not in page


def test_news_of_followed_threads_are_only_what_may_be_read(
    client_of: Browser, question: Question, claire: User, robin: User, lena: User
) -> None:
    factories.claimed(question, robin)
    hypothesis = factories.proposed(question, robin, confidential=True)
    for reader in (lena, claire):
        asking.follow(question, reader, again=True)
        asking.mark_read(question, reader, event_id=last_event(question))
    comment(question, text="Dépôt en mai.", by=robin, hypothesis_id=hypothesis.id)
    title = shown(question.title)
    assert title in block("new", home(client_of(claire)))
    assert title not in block("new", home(client_of(lena)))
    assert title not in block("new", home(client_of(robin)))
    db.begin_write()
    comment(db.session.get_one(Question, question.id), text="Et en juin ?", by=robin)
    assert "1 nouveauté" in block("new", home(client_of(lena)))
    assert "2 nouveautés" in block("new", home(client_of(claire)))


def block(name: str, page: str) -> str:
    """One block of the home page."""
    return page.partition(f'id="{name}"')[2].partition("</section>")[0]


def test_mona_sees_the_head_of_the_desk_and_the_silent_teams(
    client_of: Browser, claire: User, mona: User, robin: User
) -> None:
    with clock.at(clock.now() - timedelta(days=60)):
        late = factories.submitted(claire, title="Une question oubliée ?")
        silent = factories.opened(claire, mona, title="Une question sans nouvelles ?")
        factories.claimed(silent, robin)
    factories.submitted(claire, title="Une question d’hier ?")
    page = home(client_of(mona))
    assert f'href="/triage/{late.ref}"' in page
    assert "en retard de" in page
    assert "10 jours ouvrés" in page
    assert "Équipe sans nouvelles" in page
    assert "Une question sans nouvelles ?" in page
    assert page.index("Une question oubliée ?") < page.index("Une question d’hier ?")


def test_ada_sees_the_health_of_the_worker_and_all_her_other_roles(
    client_of: Browser, claire: User, lab: Team
) -> None:
    ada = factories.user(
        "Ada Kessler", Role.ADMINISTRATOR | Role.MODERATOR | Role.RESEARCHER | Role.CLINICIAN, lab
    )
    factories.submitted(claire)
    client = client_of(ada)
    home(client)
    db.session.remove()
    with count_queries() as statements:
        page = home(client)
    assert len(statements) <= 13, "\n".join(statements)
    for block in ("Santé du site", "Ce qui vous attend", "Vos questions", "dans vos domaines"):
        assert block in page


def test_nothing_waits_for_nobody(client_of: Browser, robin: User) -> None:
    page = home(client_of(robin))
    assert "Rien ne vous attend." in page
    assert "Aucune question n’attend d’équipe dans vos domaines." in page


def test_a_hidden_asker_is_not_named_to_the_labs(
    client_of: Browser, claire: User, mona: User, robin: User
) -> None:
    question = factories.opened(claire, mona, in_department_name=True)
    asking.follow(question, robin, again=True)
    comment(question, text="Merci.", by=claire)
    page = home(client_of(robin))
    assert shown(question.title) in page
    assert "Claire" not in page


def test_a_claim_given_back_is_offered_again(
    client_of: Browser, question: Question, robin: User, lena: User
) -> None:
    claim = factories.claimed(question, robin)
    assert shown(question.title) not in home(client_of(lena))
    db.begin_write()
    claims.release(db.session.merge(claim), reason="Panne.", by=db.session.merge(robin))
    assert shown(question.title) in home(client_of(lena))


def test_the_design_system_shows_itself_to_administrators(
    client_of: Browser, ada: User, claire: User
) -> None:
    client = client_of(ada)
    page = client.get("/help/design").text
    css = client.get("/static/exchange.css").text
    for name in COLOURS:
        assert f"--{name}:" in css
        assert f"swatch-{name}" in page
    assert "/help/design" in client.get("/help").text
    assert "Ada Kessler" in client.get("/help").text
    assert client_of(claire).get("/help/design").status_code == 403


def test_the_accessibility_page_claims_what_a_check_holds(client_of: Browser) -> None:
    """Fifty-five criteria of WCAG 2.2 at levels A and AA; each proof is a function that exists."""
    root = Path(__file__).resolve().parents[2]
    for _words, proof in PROOFS.values():
        file, _colons, name = proof.partition("::")
        assert f"def {name}(" in (root / file).read_text(encoding="utf-8"), proof
    assert len({one.number for one in CRITERIA}) == len(CRITERIA) == 55
    assert all(bool(one.proofs) is (one.state is State.HELD) for one in CRITERIA)
    assert {name for one in CRITERIA for name in one.proofs} == set(PROOFS)
    page = shown(client_of(None).get("/accessibility").text)
    assert all(f"{one.number} " in page for one in CRITERIA)
    assert "partiellement conforme" in page
