"""Notices, unsubscribing, and what the administrator sees of the mail."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from exchange import db
from exchange.discussion import actions as discussion
from exchange.mail import unsubscribe
from exchange.mail.outgoing import Post
from exchange.outbox.letters import put
from exchange.outbox.models import LetterState
from exchange.people.models import DigestPeriod, Team, User
from exchange.questions import actions as asking
from exchange.questions.models import Audience, Follow, FollowLevel, Question
from exchange.settings import Settings
from tests.factories import circled, claimed, proposed, submitted
from tests.mail.post import again, deliver, follow, letters_of

ClientOf = Callable[[User | None], FlaskClient]


@pytest.fixture
def client_of(client_of: ClientOf) -> ClientOf:
    """A browser in which this person is signed in, also after a request or a sending."""
    return lambda person: client_of(again(person) if person else None)


@pytest.fixture
def told(question: Question, robin: User, lena: User) -> Question:
    """Léna follows a question on which Robin wrote."""
    follow()
    asking.follow(question, lena)
    discussion.comment(question, text="Un premier point.", by=robin, confirmed=True)
    follow()
    return question


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.get_data(as_text=True).split())


def test_lena_reads_her_notices(told: Question, lena: User, client_of: ClientOf) -> None:
    client = client_of(lena)
    shown = page(client, "/notifications")
    assert "Un nouveau commentaire" in shown
    assert again(told).title.replace("\u00a0", " ") in shown.replace("\u00a0", " ")
    assert "Nouveau pour vous" in shown
    answer = client.post("/notifications/read")
    assert answer.status_code == 303
    assert "Nouveau pour vous" not in page(client, "/notifications")
    assert all(letter.read_at for letter in letters_of(lena))


def test_a_notice_is_named_by_what_matters_most(
    settings: Settings, told: Question, robin: User, lena: User, client_of: ClientOf
) -> None:
    claimed(told, robin)
    discussion.comment(told, text="Un second point.", by=robin, confirmed=True)
    follow()
    shown = page(client_of(lena), "/notifications")
    assert "Une équipe prend la question en charge" in shown
    assert "Un nouveau commentaire" not in shown
    (mail,) = deliver(settings).to(lena)
    html = mail.get_body(("html",))
    assert html is not None
    words = html.get_content()
    assert words.index("a pris la question en charge") < words.index("Un premier point.")


def test_a_get_marks_nothing_read(told: Question, lena: User, client_of: ClientOf) -> None:
    page(client_of(lena), "/notifications")
    assert letters_of(lena)[0].read_at is None


def test_digests_are_not_notices(told: Question, lena: User, client_of: ClientOf) -> None:
    put("digest", to=lena.id, reason="digest:daily:2026-11-23")
    assert page(client_of(lena), "/notifications").count('<article class="card') == 1


def test_a_notice_dies_with_the_right_to_read(
    claire: User, mona: User, robin: User, lab: Team, client_of: ClientOf
) -> None:
    secret = circled(claire, mona, lab, title="Le marqueur que personne ne connaît")
    asking.follow(secret, robin)
    discussion.comment(secret, text="Premier détail.", by=claire, confirmed=True)
    follow()
    assert "personne ne connaît" in page(client_of(robin), "/notifications")
    db.session.delete(again(robin).memberships[0])
    assert "personne ne connaît" not in page(client_of(robin), "/notifications")


def test_a_notice_dies_with_the_hypothesis(
    question: Question, robin: User, claire: User, client_of: ClientOf
) -> None:
    """Robin leaves the team whose confidential hypothesis was discussed."""
    follow()
    claimed(question, robin)
    hypothesis = proposed(question, robin, confidential=True)
    follow()
    discussion.comment(
        question, text="Un doute.", by=claire, hypothesis_id=hypothesis.id, confirmed=True
    )
    follow()
    assert "Un nouveau commentaire" in page(client_of(robin), "/notifications")
    db.session.delete(again(robin).memberships[0])
    assert "Un nouveau commentaire" not in page(client_of(robin), "/notifications")


def test_notices_go_on_page_after_page(
    claire: User, robin: User, question: Question, client_of: ClientOf
) -> None:
    for _number in range(31):
        submitted(claire)
    follow()
    client = client_of(claire)
    first = page(client, "/notifications")
    assert first.count('<article class="card') == 30
    older = re.search(r'href="(\?before=\d+)"', first)
    assert older is not None
    assert page(client, f"/notifications{older[1]}").count('<article class="card') == 3


# -- leaving ---------------------------------------------------------------------------------


@pytest.fixture
def mail_client(app: Flask, told: Question) -> FlaskClient:
    """No cookie, no token, and forgery is looked for."""
    db.session.commit()
    return app.test_client()


def address(user: User, purpose: str, settings: Settings) -> str:
    return f"/unsubscribe/{unsubscribe.token(again(user), purpose, settings)}"


def level(question: Question, user: User) -> FollowLevel | None:
    key = (again(question).id, again(user).id)
    return db.session.get_one(Follow, key, populate_existing=True).level


def test_one_click_leaves_a_thread_even_for_what_already_waits(
    settings: Settings, mail_client: FlaskClient, told: Question, lena: User
) -> None:
    link = address(lena, str(again(told).ref), settings)
    answer = mail_client.post(link, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert level(told, lena) is FollowLevel.MUTE
    assert deliver(settings).to(lena) == []
    assert letters_of(lena)[0].state is LetterState.DROPPED


def test_a_get_changes_nothing_and_offers_three_ways(
    settings: Settings, mail_client: FlaskClient, told: Question, lena: User
) -> None:
    shown = page(mail_client, address(lena, str(again(told).ref), settings))
    for purpose in (again(told).ref, "digest", "all"):
        assert f'name="purpose" value="{purpose}"' in shown
    assert level(told, lena) is FollowLevel.FOLLOW


@pytest.mark.parametrize(
    ("purpose", "period", "instant"),
    [("digest", DigestPeriod.NEVER, True), ("all", DigestPeriod.NEVER, False)],
)
def test_a_choice_on_the_page(
    settings: Settings,
    mail_client: FlaskClient,
    told: Question,
    lena: User,
    purpose: str,
    period: DigestPeriod,
    instant: bool,
) -> None:
    answer = mail_client.post(
        address(lena, str(again(told).ref), settings), data={"purpose": purpose}
    )
    assert "C’est fait" in answer.get_data(as_text=True)
    assert (again(lena).digest, again(lena).instant_mail) == (period, instant)


def test_an_area_is_left_from_the_mail_of_one_of_its_questions(
    settings: Settings, mail_client: FlaskClient, told: Question, lena: User
) -> None:
    link = address(lena, str(again(told).ref), settings)
    assert "Les nouvelles questions du domaine" in page(mail_client, link)
    mail_client.post(link, data={"purpose": "area"})
    assert again(lena).areas == ["infectious", "inflammatory", "autoimmune", "other"]
    assert "Les nouvelles questions du domaine" not in page(mail_client, link)
    again(lena).areas = ["cancer"]  # the last one: no area at all would mean all
    db.session.commit()
    mail_client.post(link, data={"purpose": "area"})
    assert (again(lena).areas, again(lena).digest) == (["cancer"], DigestPeriod.NEVER)


def test_the_page_speaks_the_reader_s_language(
    settings: Settings, app: Flask, told: Question, lena: User
) -> None:
    lena.locale = "en"
    db.session.commit()
    assert '<html lang="en"' in page(app.test_client(), address(lena, "digest", settings))


def test_a_token_is_good_for_its_own_thread_only(
    settings: Settings, mail_client: FlaskClient, told: Question, lena: User
) -> None:
    answer = mail_client.post(
        address(lena, "digest", settings), data={"purpose": str(again(told).ref)}
    )
    assert answer.status_code == 404
    assert level(told, lena) is FollowLevel.FOLLOW


def test_a_forged_or_revoked_token_is_unknown(
    settings: Settings, mail_client: FlaskClient, lena: User, robin: User
) -> None:
    good = unsubscribe.token(lena, "all", settings)
    stolen = unsubscribe.token(robin, "all", settings)
    payload, signature = good.rsplit(".", 1)
    for bad in ("", "x", payload, f"{payload}.{stolen.rsplit('.', 1)[1]}", f"{good}x", "W10.x"):
        assert mail_client.get(f"/unsubscribe/{bad}").status_code == 404
    assert mail_client.get(f"/unsubscribe/{good}").status_code == 200
    again(lena).unsubscribe_token = "another secret"
    db.session.commit()
    assert mail_client.get(f"/unsubscribe/{good}").status_code == 404
    assert signature not in stolen


# -- the administrator -----------------------------------------------------------------------


def test_only_administrators_see_the_mail(
    told: Question, lena: User, mona: User, ada: User, client_of: ClientOf
) -> None:
    for reader in (lena, mona):
        client = client_of(reader)
        for place in ("/admin/mail", "/admin/mail/box", "/admin/mail/box/x", "/admin/mail/x/html"):
            assert client.get(place).status_code == 403
        assert client.post("/admin/mail/1/discard").status_code == 403
    assert client_of(ada).get("/admin/mail").status_code == 200


def test_ada_discards_and_sends_again(
    settings: Settings, told: Question, lena: User, ada: User, client_of: ClientOf
) -> None:
    client = client_of(ada)
    (letter,) = letters_of(lena)
    assert again(lena).email in page(client, "/admin/mail?state=waiting")
    letter.state = LetterState.FAILED
    assert client_of(ada).post(f"/admin/mail/{letter.id}/resend").status_code == 303
    assert len(deliver(settings).to(lena)) == 1
    assert client_of(ada).post(f"/admin/mail/{letter.id}/resend").status_code == 409
    letters_of(lena)[0].state = LetterState.WAITING
    assert client_of(ada).post(f"/admin/mail/{letter.id}/discard").status_code == 303
    assert deliver(settings).to(lena) == []
    assert client_of(ada).post(f"/admin/mail/{letter.id}/resend").status_code == 409
    assert "Écarter" not in page(client_of(ada), "/admin/mail?state=dropped")
    assert client.get("/admin/mail/99999/html").status_code == 404
    assert client.post("/admin/mail/99999/resend").status_code == 404


def test_ada_sees_the_subject_of_a_digest(
    settings: Settings, told: Question, lena: User, ada: User, client_of: ClientOf
) -> None:
    put("digest", to=lena.id, reason="digest:daily:2026-11-23")
    deliver(settings)
    assert "Le point du " in page(client_of(ada), "/admin/mail?state=sent")


def test_ada_does_not_read_the_subject_of_a_circle(
    settings: Settings,
    claire: User,
    mona: User,
    robin: User,
    lab: Team,
    ada: User,
    question: Question,
    client_of: ClientOf,
) -> None:
    asking.follow(question, robin)
    discussion.comment(question, text="Un point.", by=claire, confirmed=True)
    deliver(settings)
    shown = page(client_of(ada), "/admin/mail")
    assert f"[{again(question).ref}]" in shown
    again(question).audience = Audience.CIRCLE
    assert f"[{again(question).ref}]" not in page(client_of(ada), "/admin/mail")


def test_a_newcomer_reads_the_demo_s_mail(
    settings: Settings, told: Question, lena: User, claire: User, ada: User, client_of: ClientOf
) -> None:
    db.session.commit()
    Post(settings).send_due(lambda: False)
    client = client_of(ada)
    shown = page(client, "/admin/mail/box")
    found = re.search(r'href="/admin/mail/box/([^"]+)"', shown)
    assert found is not None
    key = found[1]
    message = client.get(f"/admin/mail/box/{key}")
    assert "frame-src 'self'" in message.headers["Content-Security-Policy"]
    assert f'src="/admin/mail/{key}/html"' in message.get_data(as_text=True)
    html = client.get(f"/admin/mail/{key}/html")
    policy = html.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert html.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert client.get("/admin/mail/box/../../etc/passwd").status_code == 404
    assert client.get("/admin/mail/unknown/html").status_code == 404


def test_with_a_real_server_nobody_s_mail_is_read_here(
    app: Flask, settings: Settings, ada: User, client_of: ClientOf
) -> None:
    app.extensions["settings"] = settings.replaced(smtp_url="smtp://relay.example.org")
    client = client_of(ada)
    assert client.get("/admin/mail/box").status_code == 404
    assert client.get("/admin/mail/box/x").status_code == 404
    assert client.get("/admin/mail").status_code == 200
