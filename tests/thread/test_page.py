"""The thread page: the whole story, told to whoever may read it."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from exchange import db
from exchange.discussion.actions import comment
from exchange.moderation import actions as moderation
from exchange.people.models import Role, Team, User
from exchange.questions import actions as asking
from exchange.questions.models import Question
from exchange.research import claims, hypotheses, outputs, projects
from exchange.research.models import OutcomeKind
from tests import factories
from tests.counting import count_queries

Browser = Callable[[User | None], FlaskClient]


def page(client: FlaskClient, question: Question, more: str = "") -> str:
    answer = client.get(f"/questions/{question.ref}{more}")
    assert answer.status_code == 200, answer.text
    return answer.text.replace("\u00a0", " ")


def words(html: str) -> str:
    """The visible text."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_whole_story_is_on_one_page(
    client_of: Browser, question: Question, claire: User, robin: User
) -> None:
    factories.claimed(question, robin)
    comment(question, text="Auriez-vous les **biopsies** d’avant ?", by=robin)
    hypothesis = factories.proposed(question, robin)
    hypotheses.endorse(hypothesis, note="Utile pour nos patients.", by=claire)
    project = factories.started(hypothesis, robin, claire)
    outputs.note(project, kind=OutcomeKind.NEGATIVE, summary="Rien.", reference="", by=robin)
    db.session.refresh(project)
    projects.conclude(
        project, answer="Ce marqueur ne suffit pas.", verdicts=factories.verdicts(project), by=robin
    )
    html = page(client_of(claire), question)
    text = words(html)
    for told in (
        "Claire Martel a déposé la question.",
        "Mona Ferrand a publié la question.",
        "Robin Aubert a pris la question en charge avec l’équipe Immunité et tumeurs .",
        f"Robin Aubert a proposé l’hypothèse {hypothesis.ref} .",
        f"Claire Martel soutient l’hypothèse {hypothesis.ref} .",
        "Utile pour nos patients.",
        f"Robin Aubert a lancé le projet {project.ref} .",
        "Résultat négatif",
        f"a conclu la question avec le projet {project.ref} .",
        "La question est conclue.",
    ):
        assert told in text
    assert "<strong>biopsies</strong>" in html
    assert html.count("Ce marqueur ne suffit pas.") == 2  # the answer on top, and in the story


def test_a_confidential_hypothesis_is_known_to_exist_and_nothing_more(
    client_of: Browser, question: Question, claire: User, robin: User, lena: User
) -> None:
    factories.claimed(question, robin)
    hypothesis = factories.proposed(question, robin, confidential=True)
    hypotheses.endorse(hypothesis, note="Brevet en vue.", by=claire)
    comment(question, text="Le dépôt est pour mai.", by=robin, hypothesis_id=hypothesis.id)
    project = factories.started(hypothesis, robin, claire, confidential=True)
    seen = page(client_of(lena), question)
    assert "Une hypothèse confidentielle existe." in seen
    assert "Un projet confidentiel existe." in seen
    assert "Une hypothèse confidentielle a été proposée." in seen
    for secret in (hypothesis.ref, project.ref, "TIGIT", "Brevet", "dépôt", "Prédire l’échec"):
        assert secret not in seen
    for reader in (claire, robin):
        told = page(client_of(reader), question)
        assert hypothesis.ref in told
        assert project.ref in told
        assert "Le dépôt est pour mai." in told


def test_who_asked_in_the_departments_name_stays_hidden_everywhere(
    client_of: Browser, claire: User, robin: User, mona: User
) -> None:
    question = factories.opened(claire, mona, in_department_name=True)
    comment(question, text="Merci de vos réponses.", by=claire)
    asking.withdraw(question, reason="Résolu entre nous.", by=claire)
    seen = page(client_of(robin), question)
    assert "Claire" not in seen
    assert claire.handle not in seen
    assert "Posée par le service Dermatologie, La Timone" in seen
    assert "<b>Dermatologie, La Timone</b> a déposé la question." in seen
    assert 'class="author">Dermatologie, La Timone<' in seen
    assert "Claire Martel" in page(client_of(mona), question)
    assert "Claire Martel" in page(client_of(claire), question)


def test_the_asker_s_words_stay_beside_a_rephrasing(
    client_of: Browser, question: Question, mona: User, robin: User
) -> None:
    moderation.rephrase(
        question, title="Prédire l’échec de l’immunothérapie ?", problem="Reformulé.", by=mona
    )
    seen = page(client_of(robin), question)
    assert "<h1>Prédire l’échec de l’immunothérapie ?</h1>" in seen
    assert "Lire les mots d’origine" in seen
    assert "Un patient sur deux progresse" in seen


def test_merged_questions_lead_to_each_other(
    client_of: Browser, question: Question, claire: User, mona: User, robin: User
) -> None:
    twin = factories.opened(claire, mona, title="La même, autrement ?")
    moderation.merge(twin, question, by=mona)
    client = client_of(robin)
    assert f'href="/questions/{twin.ref}"' in page(client, question)
    told = page(client, twin)
    assert f'href="/questions/{question.ref}"' in told
    assert f"La suite se lit dans {question.ref}." in told
    assert "La discussion est close." in told


def test_an_unknown_and_a_hidden_question_answer_in_the_same_words(
    client_of: Browser, claire: User, robin: User, mona: User, other_lab: Team
) -> None:
    hidden = factories.circled(claire, mona, other_lab)
    client = client_of(robin)
    answers = [client.get(f"/questions/{ref}") for ref in (hidden.ref, "Q-1999-0001", "nothing")]
    assert [a.status_code for a in answers] == [404, 404, 404]
    refs = re.compile(r"Q-\d{4}-\d{4}|nothing|[0-9a-f]{12}")
    assert len({words(refs.sub("", a.text)) for a in answers}) == 1


def test_the_circle_is_named_to_whoever_belongs_to_it(
    client_of: Browser, claire: User, robin: User, mona: User, lab: Team
) -> None:
    hidden = factories.circled(claire, mona, lab)
    assert "les modérateurs et : Immunité et tumeurs." in page(client_of(robin), hidden)


@pytest.mark.parametrize("size", [5, 200])
def test_the_page_costs_ten_queries_whatever_the_size(
    client_of: Browser, question: Question, robin: User, claire: User, mona: User, size: int
) -> None:
    factories.claimed(question, robin)
    hypothesis = factories.proposed(question, robin)
    hypotheses.endorse(hypothesis, by=claire)
    factories.started(hypothesis, robin, claire)
    for number in range(size):
        comment(question, text=f"Message {number}", by=(claire, robin, mona)[number % 3])
    client = client_of(robin)
    page(client, question)
    db.session.remove()
    with count_queries() as statements:
        page(client, question)
    assert len(statements) <= 10, "\n".join(statements)


def test_a_long_thread_shows_its_newest_part_then_all_of_it(
    client_of: Browser, question: Question, robin: User
) -> None:
    for number in range(205):
        comment(question, text=f"Message {number}.", by=robin)
    client = client_of(robin)
    part = page(client, question)
    assert part.count('class="entry own"') == 200
    assert "Message 3." not in part
    assert "Message 204." in part
    assert "Voir aussi les entrées plus anciennes" in part
    whole = page(client, question, "?all=1")
    assert "Message 0." in whole
    assert "Claire Martel</b> a déposé" in whole


def test_an_unchanged_page_is_not_sent_again(
    client_of: Browser, question: Question, robin: User, claire: User
) -> None:
    client = client_of(robin)
    address = f"/questions/{question.ref}"
    client.get(address)  # the first page of a session gives it its token
    etag = client.get(address).headers["ETag"]
    db.session.remove()
    with count_queries() as statements:
        again = client.get(address, headers={"If-None-Match": etag})
    assert again.status_code == 304
    assert again.data == b""
    assert len(statements) <= 3
    db.begin_write()
    comment(db.session.get_one(Question, question.id), text="Du neuf.", by=claire)
    db.session.commit()
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 200


def test_news_since_the_last_visit_are_marked_once_read_they_are_not(
    client_of: Browser, question: Question, robin: User, claire: User
) -> None:
    client = client_of(robin)
    first = page(client, question)
    assert "nouveauté" not in first
    seen = re.search(r'name="event" value="(\d+)"', first)
    assert seen
    assert (
        client.post(f"/questions/{question.ref}/read", data={"event": seen[1]}).status_code == 204
    )
    db.begin_write()
    for text in ("Une biopsie.", "Deux biopsies."):
        comment(db.session.get_one(Question, question.id), text=text, by=claire)
    db.session.commit()
    later = page(client, question)
    assert later.count("2 nouveautés depuis aujourd’hui") == 2
    assert later.index('id="new"') < later.index("Une biopsie.")
    assert page(client, question).count("2 nouveautés") == 2  # a GET changes nothing
    newest = re.search(r'name="event" value="(\d+)"', later)
    assert newest
    data = {"event": newest[1], "back": "1"}
    assert client.post(f"/questions/{question.ref}/read", data=data).status_code == 303
    assert "nouveauté" not in page(client, question)


def test_reading_cannot_be_pretended_beyond_the_last_event(
    client_of: Browser, question: Question, robin: User, claire: User
) -> None:
    client = client_of(robin)
    client.post(f"/questions/{question.ref}/read", data={"event": "999999"})
    db.begin_write()
    comment(db.session.get_one(Question, question.id), text="Du neuf.", by=claire)
    db.session.commit()
    assert "1 nouveauté" in page(client, question)


def test_following_muting_and_neither(client_of: Browser, question: Question, robin: User) -> None:
    client = client_of(robin)
    address = f"/questions/{question.ref}"
    assert f'action="{address}/follow"' in page(client, question)
    assert client.post(f"{address}/follow").status_code == 303
    assert f'action="{address}/unfollow"' in page(client, question)
    client.post(f"{address}/mute")
    muted = page(client, question)
    assert f'action="{address}/follow"' in muted
    assert f'action="{address}/mute"' not in muted
    client.post(f"{address}/follow")
    client.post(f"{address}/unfollow")
    neither = page(client, question)
    assert f'action="{address}/follow"' in neither
    assert f'action="{address}/mute"' in neither


def test_what_one_can_do_and_why_not_the_rest(
    client_of: Browser, question: Question, claire: User, robin: User, lena: User
) -> None:
    address = f"/questions/{question.ref}"
    doctor = factories.user("Paul Bruni", Role.CLINICIAN, factories.team("Hématologie, IPC"))
    lab = page(client_of(robin), question)
    assert f'href="{address}/claim"' in lab
    assert "Une équipe doit d’abord prendre la question en charge." in lab
    other = page(client_of(doctor), question)
    assert f'href="{address}/claim"' not in other
    assert f'href="{address}/support"' in other
    assert "Cela revient à un membre d’une équipe de recherche." in other
    own = page(client_of(claire), question)
    assert f'href="{address}/withdraw"' in own
    assert f'href="{address}/support"' not in own
    db.begin_write()
    claims.claim(
        db.session.get_one(Question, question.id),
        factories.promise(),
        team=robin.teams[0],
        by=robin,
    )
    assert f'href="{address}/join"' in page(client_of(lena), question)
    own = page(client_of(claire), question)
    assert f'href="{address}/withdraw"' not in own
    assert "demandez-lui d’abord de rendre la question" in own
    assert "La balle est à l’équipe Immunité et tumeurs." in own
    assert "Réunion de cadrage, promise pour le" in own


def test_no_address_of_the_page_leads_nowhere(
    app: Flask, client_of: Browser, claire: User, robin: User, lena: User, mona: User
) -> None:
    opened = factories.opened(claire, mona)
    claimed = factories.opened(claire, mona)
    factories.claimed(claimed, robin)
    studied = factories.opened(claire, mona)
    factories.claimed(studied, robin)
    hypothesis = factories.proposed(studied, robin)
    comment(studied, text="Un mot.", by=robin, hypothesis_id=hypothesis.id)
    running = factories.opened(claire, mona)
    factories.claimed(running, robin)
    endorsed = factories.proposed(running, robin)
    hypotheses.endorse(endorsed, by=claire)
    factories.started(endorsed, robin, claire)
    comment(running, text="Un autre.", by=claire)
    returned = factories.submitted(claire)
    moderation.return_(returned, reason="Chez qui ?", by=mona)
    parked = factories.opened(claire, mona)
    moderation.park(parked, reason="Plus tard.", by=mona)
    twin = factories.opened(claire, mona)
    moderation.merge(twin, opened, by=mona)
    routes = app.url_map.bind("localhost")
    seen = set()
    for reader in (claire, robin, lena, mona):
        client = client_of(reader)
        for question in (opened, claimed, studied, running, returned, parked, twin):
            html = client.get(f"/questions/{question.ref}").text
            seen |= {("GET", a) for a in re.findall(r'href="(/[^"]+)"', html)}
            seen |= {("POST", a) for a in re.findall(r'action="(/[^"]+)" method="post"', html)}
    ours = ("/questions/", "/claims/", "/hypotheses/", "/projects/", "/triage/", "/comments/")
    checked = {(method, re.split("[?#]", a)[0]) for method, a in seen if a.startswith(ours)}
    assert len(checked) > 40
    for method, address in checked:
        routes.match(address, method=method)


def test_only_who_signed_in_reads(client_of: Browser, question: Question) -> None:
    answer = client_of(None).get(f"/questions/{question.ref}")
    assert answer.status_code == 302
    assert "/sign-in" in answer.headers["Location"]


def test_what_was_read_of_a_long_story_is_folded(
    client_of: Browser, question: Question, robin: User, claire: User
) -> None:
    for number in range(30):
        comment(question, text=f"Message {number}.", by=claire)
    client = client_of(robin)
    assert "déjà lues" not in page(client, question), "nothing was read yet"
    newest = re.search(r'name="event" value="(\d+)"', page(client, question))
    assert newest
    client.post(f"/questions/{question.ref}/read", data={"event": newest[1]})
    story = page(client, question)
    folded = story[story.index('<details class="older told">') : story.index("</details></li>")]
    shown = story.replace(folded, "")
    assert "entrées que vous avez déjà lues" in folded
    assert "Message 5." in folded
    assert "Message 29." in shown
    assert "a déposé la question" in shown
    assert "déjà lues" not in page(client, question, "?all=1")


def test_what_was_said_before_all_could_read_stays_between_the_two(
    client_of: Browser, claire: User, mona: User, robin: User
) -> None:
    question = factories.submitted(claire)
    moderation.return_(question, reason="Retirez le **patient marquant**.", by=mona, confirmed=True)
    asking.resubmit(question, answer="C’est fait, il venait de Digne.", by=claire, confirmed=True)
    moderation.publish(question, by=mona)
    for reader in (claire, mona):
        told = page(client_of(reader), question)
        assert "patient marquant" in told
        assert "Digne" in told
    told = page(client_of(robin), question)
    assert "a demandé une précision" in told
    assert "marquant" not in told
    assert "Digne" not in told
