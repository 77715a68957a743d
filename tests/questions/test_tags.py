"""Tags: proposed from the words, chosen by people, and a way to the questions that carry them."""

from collections.abc import Callable
from html import unescape

from flask.testing import FlaskClient

from exchange import db, i18n
from exchange.mail import choices, digest
from exchange.people.models import Area, User
from exchange.questions import facts
from exchange.questions.models import Question
from exchange.settings import Settings
from tests import factories
from tests.questions.test_asking import TYPED, the_question
from tests.questions.test_list import titles

ClientOf = Callable[[User | None], FlaskClient]


def shown(page: str) -> str:
    """A page without the marks of HTML and of typography."""
    return unescape(page).replace("\u00a0", " ").replace("\u202f", " ")


def again(question: Question) -> Question:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Question, question.id)


def test_tags_are_proposed_then_the_askers(claire: User, client_of: ClientOf) -> None:
    client = client_of(claire)
    preview = shown(client.post("/questions/new", data=TYPED | {"do": "preview"}).text)
    assert 'value="colite, ipilimumab"' in preview, "the page shows what would be chosen"
    sent = client.post("/questions/new", data=TYPED, follow_redirects=True).text
    question = the_question()
    assert question.tags == ["colitis", "ipilimumab"]
    assert '<span class="tag">colite</span>' in sent
    edit = f"/questions/{question.ref}/edit"
    data = TYPED | {"version": str(question.version), "tags": "colitis ; CTLA4, nonsense"}
    answer = client.post(edit, data=data)
    assert answer.status_code == 422
    assert "« nonsense » n’est pas dans le vocabulaire" in shown(answer.text)
    assert 'value="colitis ; CTLA4, nonsense"' in answer.text, "typed words stay"
    assert client.post(edit, data=data | {"tags": "colitis ; CTLA4"}).status_code == 303
    question = again(question)
    tags = ("colitis", "cytotoxic-t-lymphocyte-antigen-4")
    assert factories.last_fact(question) == facts.Tagged(tags=tags)
    none = TYPED | {"version": str(question.version), "tags": ""}
    assert client.post(edit, data=none).status_code == 303
    assert again(question).tags == [], "none is a choice too"


def test_a_draft_is_kept_whatever_its_tags(claire: User, client_of: ClientOf) -> None:
    client = client_of(claire)
    saved = client.post("/questions/drafts/save", data=TYPED | {"tags": "lupus, nonsen"})
    assert saved.status_code == 200
    assert the_question().tags == ["lupus-erythematosus"]


def test_a_tag_leads_to_what_carries_it_or_a_narrower_one(
    client_of: ClientOf, claire: User, mona: User, robin: User, question: Question
) -> None:
    lupus = factories.opened(claire, mona, title="Lupus", problem="Ils poussent.")
    client = client_of(robin)
    assert titles(client, "/questions?tag=melanoma") == [shown(question.title)]
    assert titles(client, "/questions?tag=cancer") == [shown(question.title)], "narrower ones too"
    assert titles(client, "/questions?tag=LED") == [lupus.title], "by any name"
    page = shown(client.get("/questions?tag=nonsense").text)
    assert "Étiquette : « nonsense » n’est pas appliqué" in page
    assert 'href="/questions?tag=melanoma">mélanome</a>' in client.get("/questions").text
    assert ">mélanome</a>" in client.get(f"/questions/{question.ref}").text


def test_a_moderator_changes_them_and_the_story_says_so(
    client_of: ClientOf, mona: User, question: Question
) -> None:
    client = client_of(mona)
    data = {"area": "cancer", "audience": "members", "tags": "mélanome, uvéite"}
    assert client.post(f"/triage/{question.ref}/place", data=data).status_code == 303
    assert factories.last_fact(question) == facts.Tagged(tags=("melanoma", "uveitis"))
    page = shown(client.get(f"/questions/{question.ref}").text)
    assert "a changé les étiquettes : mélanome, uvéite." in page


def test_a_watched_tag_brings_its_questions_and_says_why(
    settings: Settings, client_of: ClientOf, question: Question, lena: User
) -> None:
    lena.areas = [Area.INFECTIOUS.value]
    client = client_of(lena)
    assert "Suivre « cancer »" in shown(client.get("/tags/cancer").text)
    assert client.post("/tags/cancer").status_code == 303
    assert client.post("/notifications/tags", data={"tags": "uvéite"}).status_code == 303
    assert client.post("/notifications/tags", data={"tags": "nonsense"}).status_code == 422
    page = shown(client.get("/notifications/settings").text)
    assert 'href="/questions?tag=cancer">cancer</a>' in page
    assert "l’étiquette « cancer », que vous suivez" in page
    client.post("/tags/cancer")
    with i18n.speaking("fr", "Europe/Paris"):
        now, _reader = digest.gather(lena.id, settings)
    assert now is None
    choices.keep_filter("Nos cancers", "tag=cancer", by=lena)
    with i18n.speaking("fr", "Europe/Paris"):
        now, _reader = digest.gather(lena.id, settings)
    assert now is not None
    assert "votre filtre « Nos cancers »" in shown(now.groups[0][1][0].why)


def test_older_questions_get_theirs_in_one_list(
    client_of: ClientOf, claire: User, robin: User, mona: User
) -> None:
    melanoma = factories.opened(claire, mona)
    lupus = factories.opened(
        claire, mona, title="Lupus : qui rechute ?", problem="Le lupus revient."
    )
    nothing = factories.opened(claire, mona, title="Et ensuite ?", problem="Rien de plus.")
    for question in (melanoma, lupus, nothing):
        question.tagged = []
    db.session.commit()
    browser, address = client_of(mona), "/triage/tags"
    assert client_of(robin).get(address).status_code == 403
    page = browser.get(address).text
    assert "lupus" in page
    assert str(nothing.ref) not in page
    browser.post(address)
    assert "0 question" in browser.get(address).text, "nothing ticked does nothing"
    browser.post(address, data={"one": melanoma.ref})
    page = browser.get(address).text
    assert f'value="{melanoma.ref}"' not in page
    assert f'value="{lupus.ref}"' in page
    browser.post(address, data={"item": [lupus.ref, nothing.ref]})
    assert "Chaque question a ses étiquettes" in browser.get(address).text
    db.session.rollback()
    assert "melanoma" in db.session.get_one(Question, melanoma.id).tags
    assert isinstance(factories.last_fact(lupus), facts.Tagged)
