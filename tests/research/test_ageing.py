"""A claim without news: a nudge, a warning, then the question is open again."""

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import func, select

from exchange import db
from exchange.errors import Conflict, NotAllowed, Refusal
from exchange.log.models import Event
from exchange.people.models import User
from exchange.questions import facts as moves
from exchange.questions.models import Question, Stage
from exchange.questions.queries import place_in_queue
from exchange.research import ageing, claims, facts, hypotheses, needs
from exchange.research.models import Claim, ClaimRequest, Reply, RequestKind, Silence
from exchange.settings import Settings
from tests import factories
from tests.mail.post import deliver, text

PARIS = ZoneInfo("Europe/Paris")
START = date(2026, 3, 2)
"""A Monday."""

CLOSED = {
    # The public holidays of 2026 to 2029, as printed on the calendar of the French administration.
    *("2026-04-06", "2026-05-01", "2026-05-08", "2026-05-14", "2026-05-25", "2026-07-14"),
    *("2026-08-15", "2026-11-01", "2026-11-11", "2026-12-25", "2027-01-01", "2027-03-29"),
    *("2027-05-01", "2027-05-06", "2027-05-08", "2027-05-17", "2027-07-14", "2027-08-15"),
    *("2027-11-01", "2027-11-11", "2027-12-25", "2028-01-01", "2028-04-17", "2028-05-01"),
    *("2028-05-08", "2028-05-25", "2028-06-05", "2028-07-14", "2028-08-15", "2028-11-01"),
    *("2028-11-11", "2028-12-25", "2029-01-01", "2029-04-02", "2029-05-01", "2029-05-08"),
}


def morning(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=PARIS)


def aged(settings: Settings, days: int) -> list[str]:
    """What the worker did on that day after the start, asked twice."""
    before = db.session.scalar(select(func.coalesce(func.max(Event.id), 0))) or 0
    db.session.commit()
    with time_machine.travel(morning(START + timedelta(days=days)), tick=False):
        ageing.advance(settings)
        assert ageing.advance(settings) == 0
    return list(db.session.scalars(select(Event.kind).where(Event.id > before).order_by(Event.id)))


def again(claim: Claim) -> Claim:
    return db.session.get_one(Claim, claim.id, populate_existing=True)


@pytest.fixture
def claim(claire: User, mona: User, robin: User) -> Claim:
    """Claimed on a Monday morning."""
    with time_machine.travel(morning(START), tick=False):
        return factories.claimed(factories.opened(claire, mona), robin)


def test_a_silent_team_is_nudged_warned_and_gives_the_question_back(
    settings: Settings, claim: Claim, claire: User, robin: User
) -> None:
    published = claim.question.published_at
    assert aged(settings, 29) == []
    assert aged(settings, 30) == [facts.ClaimNudged.kind]
    assert aged(settings, 44) == []
    assert aged(settings, 45) == [facts.ClaimWarned.kind]
    assert db.session.get_one(Event, db.session.scalar(select(func.max(Event.id)))).data == {
        "claim_id": claim.id,
        "team_id": claim.team_id,
        "lapses_on": "2026-05-04",  # sixty days end on a Friday, 1 May
    }
    assert aged(settings, 60) == []
    assert aged(settings, 63) == [moves.Lapsed.kind]
    question = db.session.get_one(Question, claim.question_id, populate_existing=True)
    assert question.stage is Stage.OPEN
    assert question.lead_team_id is None
    assert again(claim).ended_at is not None
    assert question.stage_since == published, "it waits since it was published"
    assert place_in_queue(question) >= 0


def test_news_begin_the_count_again(settings: Settings, claim: Claim, robin: User) -> None:
    assert aged(settings, 30) == [facts.ClaimNudged.kind]
    db.begin_write()
    with time_machine.travel(morning(START + timedelta(days=31)), tick=False):
        claims.update(again(claim), text="Inclus.", next_step="", next_step_on=None, by=robin)
    assert again(claim).silence is Silence.NONE
    assert aged(settings, 60) == []
    assert aged(settings, 62) == []
    assert aged(settings, 63) == [facts.ClaimNudged.kind], "the first Monday of May"


def test_the_asker_may_put_reminders_off(
    settings: Settings, claim: Claim, claire: User, lena: User
) -> None:
    patience = ageing.Patience.of(settings)
    until = START + timedelta(days=77)
    with time_machine.travel(morning(START), tick=False):
        with pytest.raises(NotAllowed):
            ageing.defer(claim, until=until, reason="Non.", patience=patience, by=lena)
        with pytest.raises(Refusal):
            ageing.defer(claim, until=START, reason="Hier.", patience=patience, by=claire)
        ageing.defer(claim, until=until, reason="Congés d’été.", patience=patience, by=claire)
    assert isinstance(factories.last_fact(claim.question), facts.ClaimDeferred)
    assert aged(settings, 76) == []
    assert aged(settings, 77) == [facts.ClaimNudged.kind]


def test_nobody_is_asked_while_the_clinician_is_awaited(
    settings: Settings, claim: Claim, claire: User, robin: User
) -> None:
    with time_machine.travel(morning(START), tick=False):
        idea = factories.proposed(claim.question, robin)
    assert aged(settings, 90) == []
    db.begin_write()
    with time_machine.travel(morning(START + timedelta(days=90)), tick=False):
        hypotheses.endorse(idea, by=claire)
    assert aged(settings, 119) == []
    assert aged(settings, 122) == [facts.ClaimNudged.kind]


def test_a_site_that_slept_warns_before_it_takes_back(settings: Settings, claim: Claim) -> None:
    assert aged(settings, 400) == [facts.ClaimNudged.kind]
    assert aged(settings, 409) == []
    assert aged(settings, 410) == [facts.ClaimWarned.kind]
    assert aged(settings, 421) == [moves.Lapsed.kind]


def test_both_are_told_and_the_letter_says_how_to_answer(
    settings: Settings, claim: Claim, claire: User, robin: User
) -> None:
    deliver(settings)
    aged(settings, 30)
    with time_machine.travel(morning(START + timedelta(days=30)), tick=False):
        mails = deliver(settings)
    (to_team,) = mails.to(robin)
    assert f"/claims/{claim.id}/update" in text(to_team)
    assert f"/claims/{claim.id}/defer" in text(to_team, "html")
    (to_asker,) = mails.to(claire)
    assert "vous n’avez rien à faire" in text(to_asker).replace("\n", " ")


def test_a_letter_that_news_overtook_does_not_leave(
    settings: Settings, claim: Claim, robin: User
) -> None:
    deliver(settings)
    aged(settings, 30)
    db.begin_write()
    with time_machine.travel(morning(START + timedelta(days=30)) + timedelta(hours=1), tick=False):
        claims.update(again(claim), text="Inclus.", next_step="", next_step_on=None, by=robin)
        db.session.commit()
        assert deliver(settings).to(robin) == []


def test_three_years_without_a_wrong_or_a_repeated_step(
    settings: Settings, claire: User, mona: User, robin: User
) -> None:
    """Day after day, at night and in the morning, over six clock changes and thirty-six public
    holidays: what happened is compared with the calendar, counted here another way."""
    chance = random.Random(7)
    told: dict[int, list[date]] = {}
    with time_machine.travel(morning(START), tick=False):
        for _number in range(6):
            one = factories.claimed(factories.opened(claire, mona), robin)
            told[one.id] = [START]
        db.session.commit()
    for number in range(1, 3 * 365):
        day = START + timedelta(days=number)
        for hour in (0, 9):
            with time_machine.travel(
                datetime(*day.timetuple()[:3], hour, tzinfo=PARIS), tick=False
            ):
                ageing.advance(settings)
        for claim_id, days in told.items():
            if chance.random() < 1 / 45 and _spoke(claim_id, day, robin):
                days.append(day)
    for claim_id, days in told.items():
        steps = [
            (event.kind, event.at.astimezone(PARIS).date())
            for event in db.session.scalars(select(Event).order_by(Event.id))
            if event.data.get("claim_id") == claim_id
            and event.kind in {"claim.nudged", "claim.warned", "question.lapsed"}
        ]
        assert steps == _foretold(days)


def _spoke(claim_id: int, day: date, by: User) -> bool:
    """The team gives news late in the morning, unless the question is no longer its own."""
    db.begin_write()
    claim = db.session.get_one(Claim, claim_id)
    if claim.ended_at is not None:
        return False
    with time_machine.travel(morning(day) + timedelta(hours=2), tick=False):
        claims.update(claim, text="Inclus.", next_step="", next_step_on=None, by=by)
    db.session.commit()
    return True


def _foretold(news: list[date]) -> list[tuple[str, date]]:
    """The steps of a claim whose team spoke on these days, from the calendar alone."""
    found = []
    for said, following in zip(news, [*news[1:], START + timedelta(days=3 * 365 - 1)], strict=True):
        for kind, wait in (("claim.nudged", 30), ("claim.warned", 45), ("question.lapsed", 60)):
            day = said + timedelta(days=wait)
            while day.isoweekday() > 5 or day.isoformat() in CLOSED:
                day += timedelta(days=1)
            if day <= following:
                found.append((kind, day))
    return found


# -- the lead, and what a team needs ---------------------------------------------------------------


def test_robin_passes_the_lead_to_lena(claim: Claim, robin: User, lena: User) -> None:
    assert lena.team is not None
    joined = claims.join(claim.question, factories.promise(), team=lena.team, by=lena)
    with pytest.raises(NotAllowed):
        claims.hand_over(claim, joined, by=lena)
    claims.hand_over(claim, joined, by=robin)
    assert (claim.lead, joined.lead) == (False, True)
    assert claim.question.lead_team_id == lena.team.id
    assert factories.last_fact(claim.question) == facts.LeadHandedOver(
        claim_id=joined.id, from_team_id=claim.team_id, team_id=lena.team.id
    )


def test_claire_answers_each_request_once(claim: Claim, claire: User, robin: User) -> None:
    samples = needs.ask(claim, kind=RequestKind.SAMPLES, text="Dix blocs.", by=robin)
    with pytest.raises(NotAllowed):
        needs.answer(samples, reply=Reply.YES, by=robin)
    needs.answer(samples, reply=Reply.PARTLY, note="Six.", by=claire)
    with pytest.raises(Conflict):
        needs.answer(samples, reply=Reply.NO, by=claire)
    assert factories.last_fact(claim.question) == facts.RequestAnswered(
        claim_id=claim.id,
        team_id=claim.team_id,
        request_id=samples.id,
        reply="partly",
        note_id=samples.note_id,
    )


def test_it_is_all_on_the_page(
    client_of: Callable[[User | None], FlaskClient],
    claim: Claim,
    claire: User,
    robin: User,
    lena: User,
) -> None:
    assert lena.team is not None
    claims.join(claim.question, factories.promise(), team=lena.team, by=lena)
    ref, slug = claim.question.ref, claim.team.slug
    team = client_of(robin)
    page = team.get(f"/questions/{ref}").text
    for address in ("update", "requests/new", "defer", "hand-over", "release"):
        assert f"/claims/{claim.id}/{address}" in page
        assert team.get(f"/claims/{claim.id}/{address}").status_code == 200
    team.post(f"/claims/{claim.id}/update", data={"text": "Trois patients inclus."})
    team.post(f"/claims/{claim.id}/requests/new", data={"kind": "data", "text": "Un tableau."})
    number = db.session.scalars(select(ClaimRequest.id)).one()
    asker = client_of(claire)
    assert f"/requests/{number}/answer" in asker.get(f"/questions/{ref}").text
    asker.post(f"/requests/{number}/answer", data={"reply": "yes", "reason": "Jeudi."})
    page = team.get(f"/questions/{ref}").text
    assert "Trois patients inclus." in page
    assert "Jeudi." in page
    assert asker.post(f"/requests/{number}/answer", data={"reply": "no"}).status_code == 409
    assert "dernières nouvelles" in team.get(f"/teams/{slug}").text
