"""Digests: what they hold, when they are written, once."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import event, select, update

from exchange import clock, db
from exchange.discussion import actions as discussion
from exchange.mail import digest, edition
from exchange.mail.digest import Habit, next_one, scheduled
from exchange.moderation import actions as moderation
from exchange.outbox.letters import put
from exchange.outbox.models import Letter, LetterState
from exchange.people.models import WORKDAYS, Area, DigestPeriod, Team, User
from exchange.questions import actions as asking
from exchange.questions.models import Question
from exchange.research import claims, hypotheses
from exchange.settings import Settings
from exchange.thread.queries import last_event
from tests.factories import (
    circled,
    claimed,
    opened,
    promise,
    proposed,
    submitted,
)
from tests.mail.post import Bag, deliver, letters_of, text, travel

Read = Callable[[User], str]


@pytest.fixture
def read(settings: Settings) -> Read:
    """The text of the digest this person would get now; empty when none would leave."""

    def text_of(reader: User) -> str:
        db.session.commit()
        (_who, shown) = digest.run(settings, period="daily", email=reader.email, dry_run=True)
        assert _who == f"--- {reader.email}"
        return "" if shown.startswith("Rien de nouveau") else " ".join(shown.split())

    return text_of


def sent_to(bag: Bag, reader: User) -> list[EmailMessage]:
    return [m for m in bag.to(reader) if m["Feedback-ID"].startswith("digest:")]


def test_robin_learns_what_was_published_in_his_areas(
    claire: User, mona: User, robin: User, read: Read
) -> None:
    robin.areas = [Area.CANCER.value]
    cancer = opened(claire, mona)
    lupus = opened(claire, mona, title="Lupus et grossesse ?", area=Area.AUTOIMMUNE)
    told = read(robin)
    assert "NOUVEAU POUR VOUS" in told
    assert str(cancer.ref) in told
    assert "Cancer · Dermatologie, La Timone (AP-HM)" in told
    assert f"http://localhost/questions/{cancer.ref}" in told
    assert str(lupus.ref) not in told
    robin.areas = []
    assert str(lupus.ref) in read(robin)


def test_what_was_read_is_no_news(question: Question, robin: User, read: Read) -> None:
    assert "NOUVEAU" in read(robin)
    asking.mark_read(question, robin, event_id=last_event(question))
    assert read(robin) == ""


def test_nothing_is_written_about_one_s_own_acts(
    question: Question, claire: User, mona: User, read: Read
) -> None:
    assert "NOUVEAU" not in read(mona)
    asking.mark_read(question, claire, event_id=last_event(question))
    assert read(claire) == ""


def test_a_muted_question_is_not_in_it(question: Question, robin: User, read: Read) -> None:
    asking.mute(question, robin)
    assert read(robin) == ""


def test_claire_is_reminded_of_what_waits_for_her(
    claire: User, mona: User, robin: User, read: Read
) -> None:
    returned = submitted(claire, title="Une question à préciser ?")
    moderation.return_(returned, reason="Combien ?", by=mona, confirmed=True)
    question = opened(claire, mona)
    claimed(question, robin)
    hypothesis = proposed(question, robin)
    told = read(claire)
    assert "2 choses vous attendent" in told
    assert str(returned.ref) in told
    assert f"L’hypothèse {hypothesis.ref} attend votre avis" in told
    assert f"http://localhost/hypotheses/{hypothesis.ref}" in told
    hypotheses.endorse(hypothesis, by=claire)
    assert str(hypothesis.ref) not in read(claire)


def test_a_team_is_reminded_of_its_promise_two_days_before(
    question: Question, robin: User, lena: User, read: Read
) -> None:
    claim = claims.claim(question, promise(), team=robin.teams[0], by=robin)
    assert "Étape promise" not in read(robin)
    claim.next_step_on = (clock.now() + timedelta(days=2)).date()
    assert "Étape promise par votre équipe" in read(robin)
    claim.next_step_on = (clock.now() - timedelta(days=1)).date()
    assert "la date est passée" in read(robin)
    assert "Étape promise" not in read(lena)


def test_the_desk_is_a_count_with_references(claire: User, mona: User, read: Read) -> None:
    one = submitted(claire, title="Ce que personne n’a encore relu")
    told = read(mona)
    assert "1 question attend au triage" in told
    assert str(one.ref) in told
    assert "personne n’a encore relu" not in told
    assert "http://localhost/triage" in told


def test_lena_hears_that_a_followed_question_moved(
    question: Question, robin: User, lena: User, read: Read
) -> None:
    asking.follow(question, lena)
    lena.areas = [Area.INFECTIOUS.value]
    claimed(question, robin)
    discussion.comment(question, text="Le détail du protocole.", by=robin, confirmed=True)
    told = read(lena)
    assert "ÇA AVANCE" in told
    assert "Une équipe prend la question en charge · 1 commentaire" in told
    assert "Le détail du protocole" not in told


def test_claire_hears_back(
    question: Question, robin: User, claire: User, lena: User, read: Read
) -> None:
    discussion.comment(question, text=f"Combien ? @{lena.handle} aussi.", by=robin, confirmed=True)
    for reader in (claire, lena):
        told = read(reader)
        assert "DES RÉPONSES POUR VOUS" in told
        assert "1 commentaire" in told


def test_a_confidential_comment_is_not_even_counted(
    question: Question, robin: User, lena: User, read: Read
) -> None:
    claimed(question, robin)
    hypothesis = proposed(question, robin, confidential=True)
    asking.follow(question, lena)
    asking.mark_read(question, lena, event_id=last_event(question))
    discussion.comment(
        question,
        text=f"@{lena.handle} ne doit pas savoir.",
        by=robin,
        hypothesis_id=hypothesis.id,
        confirmed=True,
    )
    assert read(lena) == ""


def test_a_circle_shows_its_reference_only(
    claire: User, mona: User, robin: User, lena: User, lab: Team, read: Read
) -> None:
    secret = circled(claire, mona, lab, title="Le marqueur que personne ne connaît")
    told = read(robin)
    assert str(secret.ref) in told
    assert "Question réservée à un cercle" in told
    assert "personne ne connaît" not in told
    assert "Dermatologie" not in told
    assert read(lena) == ""


def test_the_asker_s_name_is_never_there(claire: User, mona: User, robin: User, read: Read) -> None:
    opened(claire, mona, in_department_name=True)
    told = read(robin)
    assert "Dermatologie, La Timone" in told
    assert "Claire" not in told


def test_the_oldest_unclaimed_come_along_but_never_alone(
    claire: User, mona: User, robin: User, read: Read
) -> None:
    old = [opened(claire, mona, title=f"Ancienne {number}") for number in range(4)]
    db.session.flush()
    robin.digest_event_id = last_event(old[-1])
    assert read(robin) == ""
    opened(claire, mona, title="Nouvelle")
    told = read(robin)
    waiting = told[told.index("PERSONNE NE S’EN EST ENCORE EMPARÉ") :]
    assert [f"Ancienne {number}" in waiting for number in range(4)] == [True, True, True, False]
    assert "Nouvelle" not in waiting


def test_a_wall_is_cut_and_leads_to_the_site(
    claire: User, mona: User, robin: User, read: Read
) -> None:
    for number in range(15):
        opened(claire, mona, title=f"Question {number}")
    told = read(robin)
    assert told.count("http://localhost/questions/") == edition.CAP
    assert "Et 3 autres : http://localhost/" in told
    assert "15 nouvelles" in told


def test_what_is_older_than_a_month_is_no_news(
    settings: Settings, claire: User, mona: User, robin: User, read: Read
) -> None:
    with clock.at(clock.now() - timedelta(days=40)):
        opened(claire, mona)
    assert read(robin) == ""


def test_a_digest_leaves_and_its_bookmark_moves(
    settings: Settings, question: Question, robin: User
) -> None:
    upto = last_event(question)
    put("digest", to=robin.id, reason="digest:daily:2026-11-23")
    (mail,) = sent_to(deliver(settings), robin)
    assert mail["Subject"].startswith("Le point du ")
    assert mail["List-Id"] == "<digest.localhost>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["References"] == f"<digest.{robin.id}@localhost>"
    assert str(question.ref) in text(mail)
    db.session.refresh(robin)
    assert robin.digest_event_id == upto
    put("digest", to=robin.id, reason="digest:daily:2026-11-24")
    assert sent_to(deliver(settings), robin) == []
    assert [letter.state for letter in letters_of(robin, "digest")] == [
        LetterState.SENT,
        LetterState.DROPPED,
    ]


def test_access_is_checked_when_it_leaves(
    settings: Settings, claire: User, mona: User, robin: User, lab: Team
) -> None:
    circled(claire, mona, lab)
    put("digest", to=robin.id, reason="digest:daily:2026-11-23")
    db.session.delete(robin.memberships[0])
    assert sent_to(deliver(settings), robin) == []


def test_who_stops_the_digest_meanwhile_gets_none(
    settings: Settings, question: Question, robin: User
) -> None:
    put("digest", to=robin.id, reason="digest:daily:2026-11-23")
    robin.digest = DigestPeriod.NEVER
    assert sent_to(deliver(settings), robin) == []
    assert [letter.state for letter in letters_of(robin, "digest")] == [LetterState.DROPPED]


# -- when ------------------------------------------------------------------------------------


def test_the_hour_is_the_reader_s(session: None) -> None:
    now = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
    paris, reason = scheduled(Habit(DigestPeriod.DAILY, "Europe/Paris", 7, WORKDAYS), now)
    assert paris == datetime(2026, 11, 23, 6, tzinfo=UTC)
    assert reason == "digest:daily:2026-11-23"
    montreal, reason = scheduled(Habit(DigestPeriod.DAILY, "America/Montreal", 7, EVERY_DAY), now)
    assert montreal == datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert reason == "digest:daily:2026-11-22"


EVERY_DAY = 0b1111111
MONDAYS = Habit(DigestPeriod.WEEKLY, "Europe/Paris", 7, WORKDAYS)


def test_a_week_begins_on_monday(session: None) -> None:
    wednesday = datetime(2026, 11, 25, 12, tzinfo=UTC)
    at, reason = scheduled(MONDAYS, wednesday)
    assert at == datetime(2026, 11, 23, 6, tzinfo=UTC)
    assert reason == "digest:weekly:2026-W48"
    early = datetime(2026, 11, 23, 5, 59, tzinfo=UTC)
    assert scheduled(MONDAYS, early)[1] == "digest:weekly:2026-W47"


def habit(reader: User, period: DigestPeriod, hour: int) -> None:
    """Only this reader wants digests, at this hour."""
    db.session.execute(update(User).values(digest=DigestPeriod.NEVER))
    reader.digest, reader.digest_hour, reader.digest_days = period, hour, EVERY_DAY
    reader.created_at = datetime(2020, 1, 1, tzinfo=UTC)
    db.session.commit()


def written(reader: User) -> list[str]:
    return [letter.reason for letter in letters_of(reader, "digest")]


@pytest.mark.parametrize(
    ("day", "hour", "changes"),
    [
        (datetime(2026, 3, 27, 12, tzinfo=UTC), 2, "the hour that does not exist on 29 March"),
        (datetime(2026, 10, 23, 12, tzinfo=UTC), 2, "the hour that comes twice on 25 October"),
        (datetime(2026, 3, 27, 12, tzinfo=UTC), 7, "a morning in spring"),
        (datetime(2026, 10, 23, 12, tzinfo=UTC), 7, "a morning in autumn"),
    ],
)
def test_clock_changes_skip_and_repeat_nothing(
    robin: User, day: datetime, hour: int, changes: str
) -> None:
    habit(robin, DigestPeriod.DAILY, hour)
    with travel(day):
        digest.write_due()
    start = len(written(robin))
    for half_hours in range(1, 48 * 3):
        with travel(day + timedelta(minutes=30 * half_hours)):
            digest.write_due()
    days = [reason.removeprefix("digest:daily:") for reason in written(robin)[start:]]
    first = (day + timedelta(days=1)).date()
    assert days == [str(first + timedelta(days=number)) for number in range(3)], changes


def test_summer_and_winter_keep_the_same_hour_on_the_wall(robin: User) -> None:
    habit(robin, DigestPeriod.DAILY, 7)
    for moment in (datetime(2026, 3, 30, 4, 59, tzinfo=UTC), datetime(2026, 3, 30, 5, tzinfo=UTC)):
        with travel(moment):
            digest.write_due()
    assert written(robin) == ["digest:daily:2026-03-29", "digest:daily:2026-03-30"]


def test_five_missed_days_are_caught_up_once(robin: User) -> None:
    habit(robin, DigestPeriod.DAILY, 7)
    for moment in (datetime(2026, 11, 16, 8, tzinfo=UTC), datetime(2026, 11, 21, 8, tzinfo=UTC)):
        with travel(moment):
            assert digest.write_due() == 1
            assert digest.write_due() == 0
    assert written(robin) == ["digest:daily:2026-11-16", "digest:daily:2026-11-21"]


def test_a_new_account_waits_for_its_first_hour(robin: User) -> None:
    habit(robin, DigestPeriod.DAILY, 7)
    robin.created_at = datetime(2026, 11, 23, 9, tzinfo=UTC)
    db.session.commit()
    with travel(datetime(2026, 11, 23, 10, tzinfo=UTC)):
        assert digest.write_due() == 0
    with travel(datetime(2026, 11, 24, 6, tzinfo=UTC)):
        assert digest.write_due() == 1


def test_another_rhythm_on_the_way_writes_no_second_one(robin: User) -> None:
    habit(robin, DigestPeriod.DAILY, 7)
    with travel(datetime(2026, 11, 23, 8, tzinfo=UTC)):
        digest.write_due()
        robin.digest_hour = 8
        db.session.commit()
        digest.write_due()
    assert written(robin) == ["digest:daily:2026-11-23"]


def test_two_workers_write_one(robin: User) -> None:
    """Both find the digest due before either has written it."""
    habit(robin, DigestPeriod.DAILY, 7)
    together = threading.Barrier(2)
    counts: list[int] = []
    find = digest._unwritten

    def found_together(*habit_: object) -> object:
        found = list(find(*habit_))  # type: ignore[arg-type]
        together.wait(10)
        return found

    def work() -> None:
        counts.append(digest.write_due())
        db.session.remove()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digest, "_unwritten", found_together)
        workers = [threading.Thread(target=work) for _number in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert sorted(counts) == [0, 1]
    assert len(written(robin)) == 1


def test_the_command_writes_whatever_the_hour(settings: Settings, robin: User, lena: User) -> None:
    habit(robin, DigestPeriod.WEEKLY, 7)
    lines = list(digest.run(settings, period="weekly"))
    assert lines == [f"{robin.email}: written"]
    assert list(digest.run(settings, period="weekly", email=robin.email)) == [
        f"{robin.email}: already written for this period"
    ]
    assert list(digest.run(settings, period="weekly", email=lena.email)) == [
        f"{lena.email}: wants no digest"
    ]
    habit(lena, DigestPeriod.WEEKLY, 7)
    lena.mail_dead_at = clock.now()
    db.session.commit()
    assert list(digest.run(settings, period="weekly", email=lena.email)) == [
        f"{lena.email}: mail to this address comes back"
    ]


def test_a_dry_run_writes_nothing(settings: Settings, question: Question, robin: User) -> None:
    habit(robin, DigestPeriod.WEEKLY, 7)
    shown = list(digest.run(settings, period="weekly", dry_run=True))
    assert shown[0] == f"--- {robin.email}"
    assert str(question.ref) in shown[1]
    assert db.session.scalars(select(Letter)).all() == []


@contextmanager
def counted() -> Iterator[list[int]]:
    """How many statements reach the database inside."""
    total = [0]
    engine = db.session.get_bind()

    def count(*_told: object) -> None:
        total[0] += 1

    event.listen(engine, "before_cursor_execute", count)
    yield total
    event.remove(engine, "before_cursor_execute", count)


def test_a_digest_costs_the_same_whatever_happened(
    settings: Settings, claire: User, mona: User, robin: User, lena: User
) -> None:
    def cost() -> int:
        db.session.flush()
        with counted() as queries:
            told, _reader = digest.gather(robin.id, settings)
        assert told is not None
        return queries[0]

    asking.follow(opened(claire, mona), robin)
    few = cost()
    for number in range(12):
        question = opened(claire, mona, title=f"Question {number}")
        asking.follow(question, robin)
        discussion.comment(question, text="Un mot.", by=lena, confirmed=True)
    assert cost() == few <= 22


def test_days_are_the_reader_s_too(robin: User) -> None:
    """Friday evening to Tuesday: nothing on the days that were not chosen."""
    habit(robin, DigestPeriod.DAILY, 7)
    robin.digest_days = 0b10001  # Monday and Friday
    db.session.commit()
    for day in range(20, 26):
        with travel(datetime(2026, 11, day, 8, tzinfo=UTC)):
            digest.write_due()
    assert written(robin) == ["digest:daily:2026-11-20", "digest:daily:2026-11-23"]


def test_a_weekly_digest_comes_on_the_first_day_chosen(session: None) -> None:
    thursdays = Habit(DigestPeriod.WEEKLY, "Europe/Paris", 7, 0b11000)
    moment = datetime(2026, 11, 25, 12, tzinfo=UTC)
    assert scheduled(thursdays, moment)[1] == "digest:weekly:2026-W47"
    assert next_one(thursdays, moment) == datetime(2026, 11, 26, 6, tzinfo=UTC)


def test_the_next_one_is_always_ahead(session: None) -> None:
    daily = Habit(DigestPeriod.DAILY, "Europe/Paris", 2, EVERY_DAY)
    for hours in range(72):  # over the hour that does not exist
        moment = datetime(2026, 3, 27, tzinfo=UTC) + timedelta(hours=hours)
        assert moment < next_one(daily, moment) <= moment + timedelta(hours=25)
