"""A search that is kept: what it brings, how, and to whom."""

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import select

from exchange import db
from exchange.mail import choices, unsubscribe
from exchange.mail.models import SavedSearch
from exchange.people.models import Area, Team, User
from exchange.questions.models import Audience
from exchange.settings import Settings
from tests.factories import opened
from tests.mail import post
from tests.mail.post import again
from tests.mail.test_choices import told

ClientOf = Callable[[User | None], FlaskClient]
KEEP = "/notifications/searches"


def test_a_kept_search_comes_with_the_digest(
    settings: Settings, client_of: ClientOf, claire: User, mona: User, lena: User
) -> None:
    lena.areas = [Area.INFECTIOUS.value]
    client = client_of(lena)
    assert f'action="{KEEP}"' in client.get("/search?q=lupus").text
    for _twice in range(2):
        answer = client.post(KEEP, data={"q": " LUPUS  grossesses "})
        assert answer.location == "/notifications/settings#searches"
    (kept,) = db.session.scalars(select(SavedSearch))
    assert (kept.words, kept.at_once) == ("LUPUS grossesses", False)
    opened(claire, mona, title="Lupus et rein ?", area=Area.AUTOIMMUNE)
    lupus = opened(claire, mona, title="Grossesse et lupus érythémateux ?", area=Area.AUTOIMMUNE)
    ((ref, why),) = told(again(lena), settings)
    assert ref == again(lupus).ref
    assert "votre recherche" in why
    assert "LUPUS grossesses" in why


def test_a_kept_search_is_told_at_once_to_whoever_may_read(
    settings: Settings, client_of: ClientOf, claire: User, mona: User, lena: User, lab: Team
) -> None:
    """The mail names the search; what is kept to a circle is told to nobody else; who stops the
    thread hears of the search in the digest."""
    lena.instant_mail = False
    kept = choices.keep_search("lupus", by=lena)
    db.session.commit()
    client = client_of(lena)
    client.post(f"{KEEP}/{kept.id}/at-once")
    assert again(kept).at_once
    circle = {"audience": Audience.CIRCLE, "circle_team_ids": (lab.id,)}
    opened(again(claire), again(mona), title="Lupus tenu secret ?", **circle)
    assert "lena" not in " ".join(to for to, _mail in post.deliver(settings).mails).lower()
    seen = opened(again(claire), again(mona), title="Lupus et rein ?")
    mails = [mail for to, mail in post.deliver(settings).mails if to == again(lena).email]
    (mail,) = mails
    assert "vous gardez la recherche" in " ".join(post.text(mail).split())
    assert again(seen).title in str(mail["Subject"])
    assert "lupus" not in "".join(why for _ref, why in told(again(lena), settings))
    unsubscribe.stop(again(lena), str(again(seen).ref))
    assert not again(kept).at_once


def test_what_is_typed_is_guarded_and_one_s_own(
    client_of: ClientOf, lena: User, robin: User
) -> None:
    client = client_of(lena)
    refused = client.post(KEEP, data={"q": "Mme Durand, 06 12 34 56 78"})
    assert refused.status_code == 422
    assert "06 12 34 56 78" in refused.text
    assert client.post(KEEP, data={"q": "« »"}).status_code == 422
    assert client.post(KEEP, data={}).status_code == 422
    assert db.session.scalars(select(SavedSearch)).all() == []
    for number in range(choices.SEARCHES_LIMIT):
        choices.keep_search(f"lupus {number}", by=again(lena))
    db.session.commit()
    assert client.post(KEEP, data={"q": "uvéite"}).status_code == 422
    kept = db.session.scalars(select(SavedSearch)).first()
    assert kept is not None
    for act in ("at-once", "forget"):
        client_of(again(robin)).post(f"{KEEP}/{kept.id}/{act}")
    assert not again(kept).at_once
    client.post(f"{KEEP}/{kept.id}/forget")
    assert db.session.get(SavedSearch, kept.id) is None
