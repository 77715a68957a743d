"""Commenting: posted, quoted, looked at first, corrected; never seen by who may not."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from exchange import db
from exchange.discussion import facts
from exchange.discussion.actions import comment
from exchange.discussion.models import Comment, Mention
from exchange.log.models import Event
from exchange.moderation import actions as moderation
from exchange.people.models import Team, User
from exchange.questions.models import Follow, Question
from exchange.research import hypotheses
from tests import factories
from tests.factories import last_fact

Browser = Callable[[User | None], FlaskClient]


def only_comment() -> Comment:
    return db.session.scalars(select(Comment)).one()


def test_robin_answers_and_lands_on_his_message(
    client_of: Browser, question: Question, robin: User, claire: User
) -> None:
    text = f"@{claire.handle} auriez-vous les biopsies ?"
    answer = client_of(robin).post(f"/questions/{question.ref}/comments", data={"text": text})
    posted = only_comment()
    event = db.session.scalar(select(func.max(Event.id)))
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/questions/{question.ref}#e{event}"
    assert last_fact(question) == facts.Commented(comment_id=posted.id)
    assert db.session.get(Mention, (posted.id, claire.id)) is not None
    assert db.session.get_one(Follow, (question.id, robin.id)).read_event_id == event
    page = client_of(robin).get(f"/questions/{question.ref}").text
    assert f'id="e{event}"' in page
    assert '<span class="mention">@Claire Martel</span>' in page


def test_an_empty_message_and_a_too_long_one_are_refused_with_what_was_typed(
    client_of: Browser, question: Question, robin: User
) -> None:
    client = client_of(robin)
    address = f"/questions/{question.ref}/comments"
    empty = client.post(address, data={"text": "  "})
    assert empty.status_code == 422
    assert "Écrivez d’abord votre commentaire." in empty.text
    long = client.post(address, data={"text": "mot " * 3000})
    assert long.status_code == 422
    assert "la limite est de 10000" in long.text
    assert "mot mot mot" in long.text
    assert db.session.scalar(select(func.count()).select_from(Comment)) == 0


def test_looking_first_posts_nothing(
    client_of: Browser, question: Question, robin: User, claire: User
) -> None:
    data = {"text": f"**Oui**, @{claire.handle}", "preview": "1"}
    answer = client_of(robin).post(f"/questions/{question.ref}/comments", data=data)
    assert answer.status_code == 200
    assert "<strong>Oui</strong>" in answer.text
    assert "@Claire Martel" in answer.text
    assert f"**Oui**, @{claire.handle}" in answer.text
    assert db.session.scalar(select(func.count()).select_from(Comment)) == 0


def test_looking_first_refuses_what_posting_would_refuse(
    client_of: Browser, question: Question, robin: User
) -> None:
    data = {"text": "Sa femme répond au 06 12 34 56 78.", "preview": "1"}
    answer = client_of(robin).post(f"/questions/{question.ref}/comments", data=data)
    assert answer.status_code == 422
    assert '<mark class="sure">06 12 34 56 78</mark>' in answer.text
    assert "Voici ce que l’on lira" not in answer.text


def test_quoting_carries_the_words_and_calls_their_author(
    client_of: Browser, question: Question, robin: User, claire: User
) -> None:
    posted = comment(question, text="Première ligne.\nSeconde.", by=claire)
    client = client_of(robin)
    page = client.get(f"/questions/{question.ref}/comments?quote={posted.id}").text
    assert f"&gt; Première ligne.\r\n&gt; Seconde.\r\n\r\n@{claire.handle} " in page.replace(
        "\r\n", "\n"
    ).replace("\n", "\r\n")


def test_quoting_a_hidden_asker_does_not_name_her(
    client_of: Browser, claire: User, robin: User, mona: User
) -> None:
    question = factories.opened(claire, mona, in_department_name=True)
    posted = comment(question, text="Merci.", by=claire)
    page = client_of(robin).get(f"/questions/{question.ref}/comments?quote={posted.id}").text
    assert "&gt; Merci." in page
    assert claire.handle not in page


def test_words_on_a_secret_hypothesis_are_not_quoted_in_the_open(
    client_of: Browser, question: Question, robin: User, lena: User
) -> None:
    factories.claimed(question, robin)
    hypothesis = factories.proposed(question, robin, confidential=True)
    posted = comment(question, text="Dépôt en mai.", by=robin, hypothesis_id=hypothesis.id)
    for reader in (lena, robin):
        page = client_of(reader).get(f"/questions/{question.ref}/comments?quote={posted.id}")
        assert "Dépôt" not in page.text
    assert client_of(lena).get(f"/hypotheses/{hypothesis.ref}/comments").status_code == 404
    own = client_of(robin).get(f"/hypotheses/{hypothesis.ref}/comments?quote={posted.id}")
    assert "&gt; Dépôt en mai." in own.text


def test_comments_on_a_hypothesis_and_a_project_stay_there(
    client_of: Browser, question: Question, robin: User, claire: User
) -> None:
    factories.claimed(question, robin)
    hypothesis = factories.proposed(question, robin)
    hypotheses.endorse(hypothesis, by=claire)
    project = factories.started(hypothesis, robin, claire)
    client = client_of(claire)
    on_hypothesis = client.post(f"/hypotheses/{hypothesis.ref}/comments", data={"text": "Oui."})
    posted = only_comment()
    assert posted.hypothesis_id == hypothesis.id
    assert on_hypothesis.headers["Location"] == f"/hypotheses/{hypothesis.ref}#c{posted.id}"
    client.post(f"/projects/{project.ref}/comments", data={"text": "Bravo."})
    fact = last_fact(question)
    assert isinstance(fact, facts.Commented)
    assert fact.project_id == project.id
    page = client.get(f"/questions/{question.ref}").text
    assert f'<a class="tag" href="/hypotheses/{hypothesis.ref}">{hypothesis.ref}</a>' in page


def test_the_author_corrects_the_message_nobody_else_does(
    client_of: Browser, question: Question, robin: User, lena: User
) -> None:
    posted = comment(question, text="Faute.", by=robin)
    event = db.session.scalar(select(func.max(Event.id)))
    address = f"/comments/{posted.id}/edit"
    assert "Faute." in client_of(robin).get(address).text
    assert client_of(lena).get(address).status_code == 404
    assert client_of(lena).post(address, data={"text": "Pire."}).status_code == 404
    answer = client_of(robin).post(address, data={"text": "Corrigé."})
    assert answer.headers["Location"] == f"/questions/{question.ref}#e{event}"
    corrected = only_comment()
    assert corrected.text == "Corrigé."
    assert corrected.edited_at is not None
    assert last_fact(question) == facts.CommentEdited(comment_id=posted.id)
    assert "<span>modifié</span>" in client_of(robin).get(f"/questions/{question.ref}").text


def test_a_closed_thread_takes_no_more(
    client_of: Browser, question: Question, claire: User, mona: User, robin: User
) -> None:
    twin = factories.opened(claire, mona, title="La même, autrement ?")
    moderation.merge(twin, question, by=mona)
    answer = client_of(robin).post(f"/questions/{twin.ref}/comments", data={"text": "Trop tard."})
    assert answer.status_code == 403
    assert "Cette discussion est close." in answer.text
    assert "Trop tard." in answer.text


@pytest.mark.parametrize("address", ["/questions/{}/comments", "/hypotheses/{}/comments"])
def test_what_is_hidden_cannot_be_commented(
    client_of: Browser, claire: User, robin: User, mona: User, other_lab: Team, address: str
) -> None:
    hidden = factories.circled(claire, mona, other_lab)
    answer = client_of(robin).post(address.format(hidden.ref), data={"text": "Bonjour."})
    assert answer.status_code == 404


def test_without_its_token_nothing_is_posted_and_nothing_is_lost(
    app: Flask, client_of: Browser, question: Question, robin: User
) -> None:
    client = client_of(robin)
    app.config["WTF_CSRF_ENABLED"] = True
    address = f"/questions/{question.ref}"
    refused = client.post(f"{address}/comments", data={"text": "Longue réponse."})
    assert refused.status_code == 400
    assert "Longue réponse." in refused.text
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(address).text)
    assert token
    data = {"text": "Longue réponse.", "csrf_token": token[1]}
    assert client.post(f"{address}/comments", data=data).status_code == 303
    assert only_comment().text == "Longue réponse."


def test_names_are_completed_with_those_who_may_read_there(
    client_of: Browser, claire: User, mona: User, robin: User, lena: User, lab: Team
) -> None:
    def named(reader: User, address: str) -> set[str]:
        """Whom their names find, one by one."""
        found: set[str] = set()
        for typed in ("claire", "mona", "robin", "léna", "LENA"):
            answer = client_of(reader).get(f"{address}/people", query_string={"q": typed})
            found |= {one["handle"] for one in answer.get_json() or []}
        return found

    claire_, mona_, lena_ = (one.handle for one in (claire, mona, lena))
    everybody = f"/questions/{factories.opened(claire, mona).ref}"
    assert named(robin, everybody) == {claire_, mona_, lena_}
    circle = factories.circled(claire, mona, lab)
    assert named(robin, f"/questions/{circle.ref}") == {claire_, mona_}
    assert client_of(lena).get(f"/questions/{circle.ref}/people?q=claire").status_code == 404

    # In the department's name: where only asking opens the place, a name would tell who asked.
    nameless = factories.circled(claire, mona, lab, in_department_name=True)
    assert named(robin, f"/questions/{nameless.ref}") == {mona_}
    assert claire_ in named(mona, f"/questions/{nameless.ref}")
    open_ = factories.opened(claire, mona, in_department_name=True)
    assert claire_ in named(robin, f"/questions/{open_.ref}")
    factories.claimed(open_, robin)
    sealed = factories.proposed(open_, robin, confidential=True)
    assert named(robin, f"/hypotheses/{sealed.ref}") == {mona_}
    for typed in ("", "%", "_", "x" * 500):
        address = f"{everybody}/people"
        assert client_of(robin).get(address, query_string={"q": typed}).get_json() == []
