"""What a person chooses to hear of: the page, teams, filters, and what comes of it in the digest."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from exchange import clock, db, i18n
from exchange.mail import choices, digest
from exchange.mail.models import SavedFilter, TeamWatch
from exchange.outbox.models import Letter, LetterState
from exchange.people import accounts
from exchange.people.models import Area, DigestPeriod, Role, Team, User
from exchange.questions.models import Follow, FollowLevel, Question
from exchange.settings import Settings
from exchange.thread.queries import last_event
from tests.factories import claimed, opened
from tests.mail.post import again

ClientOf = Callable[[User | None], FlaskClient]
WISHES = {
    "instant_mail": "y",
    "digest": "daily",
    "digest_days": ["0", "3"],
    "digest_hour": "6",
    "areas": ["cancer"],
}


def told(reader: User, settings: Settings) -> list[tuple[str, str]]:
    """Reference and reason of each line of the digest, as it would be now."""
    db.session.flush()
    with i18n.speaking(reader.locale, reader.timezone):
        now, _reader = digest.gather(reader.id, settings)
    return [(item.ref, item.why) for _head, items in (now.groups if now else []) for item in items]


def test_one_page_says_what_one_gets(client_of: ClientOf, question: Question, robin: User) -> None:
    client = client_of(robin)
    assert client.post("/notifications/settings", data=WISHES).status_code == 303
    kept = again(robin)
    assert (kept.digest, kept.digest_hour, kept.digest_days) == (DigestPeriod.DAILY, 6, 0b1001)
    assert (kept.areas, kept.instant_mail) == (["cancer"], True)
    shown = client.get("/notifications/settings").text
    assert "à 06:00" in shown
    assert "Publiée le" in shown  # the preview of what would leave now
    assert str(question.ref) in shown


def test_choosing_sends_nothing_the_next_one_leaves_at_its_hour(
    client_of: ClientOf, question: Question, robin: User
) -> None:
    monday_night = datetime(2026, 11, 23, 22, 46, tzinfo=UTC)
    with clock.at(monday_night):
        client_of(robin).post("/notifications/settings", data=WISHES | {"digest_days": ["0"]})
        digest.write_due()
        assert waiting(robin) == []
    with clock.at(monday_night + timedelta(days=7)):
        digest.write_due()
        assert waiting(robin) == ["digest:daily:2026-11-30"]


def waiting(reader: User) -> Sequence[str]:
    """The reasons of the letters that will leave."""
    letters = select(Letter.reason).where(Letter.state == LetterState.WAITING)
    return db.session.scalars(letters.where(Letter.user_id == reader.id)).all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"areas": ["astrology"]},
        {"digest": "hourly"},
        {"digest_hour": "24"},
        {"digest_hour": "soon"},
        {"digest_days": []},
        {"digest_days": ["7"]},
    ],
)
def test_a_wrong_choice_changes_nothing(
    client_of: ClientOf, robin: User, wrong: dict[str, object]
) -> None:
    answer = client_of(robin).post("/notifications/settings", data=WISHES | wrong)
    assert answer.status_code == 422
    assert again(robin).digest is DigestPeriod.WEEKLY


def test_whoever_wants_no_digest_keeps_their_days(client_of: ClientOf, robin: User) -> None:
    data = WISHES | {"digest": "never", "digest_days": []}
    assert client_of(robin).post("/notifications/settings", data=data).status_code == 303
    assert again(robin).digest_days == 0b11111


def test_a_watched_team_is_heard_of(
    settings: Settings,
    client_of: ClientOf,
    claire: User,
    mona: User,
    robin: User,
    lena: User,
    lab: Team,
    department: Team,
) -> None:
    lena.areas = [Area.INFECTIOUS.value]
    asked = opened(claire, mona)
    client = client_of(lena)
    assert told(lena, settings) == []
    for slug in (department.slug, lab.slug):
        assert client.post(f"/teams/{slug}/watch").location == f"/teams/{slug}"
        assert "Ne plus suivre cette équipe" in client.get(f"/teams/{slug}").text
    ((ref, why),) = told(again(lena), settings)
    assert ref == asked.ref
    assert why.endswith("une équipe que vous suivez")
    client.post(f"/teams/{department.slug}/unwatch")
    assert [row.team_id for row in db.session.scalars(select(TeamWatch))] == [lab.id]
    again(lena).digest_event_id = last_event(again(asked))
    claimed(again(asked), again(robin))
    ((_ref, why),) = told(again(lena), settings)
    assert why == "Une équipe prend la question en charge"


def test_watching_twice_is_watching_once(lena: User, lab: Team) -> None:
    choices.watch(lab, by=lena)
    choices.watch(lab, by=lena)
    assert len(db.session.scalars(select(TeamWatch)).all()) == 1


def test_a_kept_filter_brings_what_fits_it(
    settings: Settings, client_of: ClientOf, claire: User, mona: User, lena: User
) -> None:
    lena.areas = [Area.INFECTIOUS.value]
    opened(claire, mona)
    lupus = opened(claire, mona, title="Lupus et grossesse ?", area=Area.AUTOIMMUNE)
    client = client_of(lena)
    form = "/notifications/filters?area=autoimmune&sort=waiting&stage=nonsense"
    assert "Auto-immunité" in client.get(form).text
    answer = client.post(form, data={"name": " Nos  lupus "})
    assert answer.location == "/notifications/settings"
    (kept,) = db.session.scalars(select(SavedFilter))
    assert (kept.name, kept.query) == ("Nos lupus", "area=autoimmune")
    assert "/questions?area=autoimmune" in client.get("/notifications/settings").text
    ((ref, why),) = told(again(lena), settings)
    assert ref == again(lupus).ref
    assert "votre filtre « Nos lupus »".replace(" »", "\u00a0»").replace("« ", "«\u00a0") in why


def test_a_filter_s_name_passes_the_guard(client_of: ClientOf, lena: User) -> None:
    answer = client_of(lena).post(
        "/notifications/filters?area=cancer", data={"name": "Mme Durand, 06 12 34 56 78"}
    )
    assert answer.status_code == 422
    assert db.session.scalars(select(SavedFilter)).all() == []


def test_no_filter_and_too_many_are_refused(client_of: ClientOf, lena: User) -> None:
    for number in range(choices.FILTERS_LIMIT):
        choices.keep_filter(f"Filtre {number}", "area=cancer", by=lena)
    client = client_of(lena)
    for address in ("/notifications/filters", "/notifications/filters?area=cancer"):
        answer = client.post(address, data={"name": "Un de plus"})
        assert answer.status_code == 422
        assert "Un de plus" in answer.text


def test_a_filter_is_forgotten_by_its_keeper_only(
    client_of: ClientOf, lena: User, robin: User
) -> None:
    kept = choices.keep_filter("Le mien", "area=cancer", by=lena)
    client_of(robin).post(f"/notifications/filters/{kept.id}/forget")
    assert len(db.session.scalars(select(SavedFilter)).all()) == 1
    client_of(lena).post(f"/notifications/filters/{kept.id}/forget")
    assert db.session.scalars(select(SavedFilter)).all() == []


@pytest.mark.parametrize(("act", "level"), [("follow", "follow"), ("mute", "mute")])
def test_a_link_of_a_mail_asks_first(
    client_of: ClientOf, question: Question, lena: User, act: str, level: str
) -> None:
    client = client_of(lena)
    key = (question.id, lena.id)
    assert client.get(f"/questions/{question.ref}/{act}").status_code == 200
    assert db.session.get(Follow, key) is None
    assert client.post(f"/questions/{question.ref}/{act}").status_code == 303
    assert db.session.get_one(Follow, key).level is FollowLevel(level)


@pytest.mark.parametrize(
    ("role", "usual"),
    [
        (Role.CLINICIAN, DigestPeriod.WEEKLY),
        (Role.RESEARCHER, DigestPeriod.DAILY),
        (Role.MODERATOR, DigestPeriod.DAILY),
        (Role.ADMINISTRATOR, DigestPeriod.WEEKLY),
    ],
)
def test_a_new_account_hears_as_its_role_usually_does(
    session: None, role: Role, usual: DigestPeriod
) -> None:
    accounts.add(email="n@example.org", name="Nour", roles=[str(role.name).lower()])
    person = db.session.scalars(select(User).where(User.email == "n@example.org")).one()
    assert person.digest is usual
