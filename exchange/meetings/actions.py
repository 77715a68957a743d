"""Every change to a meeting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError

from exchange import clock, db
from exchange.errors import Conflict, NotAllowed, Refusal
from exchange.guard import gate
from exchange.i18n import gettext as _
from exchange.log.record import record
from exchange.meetings import facts, policy, queries
from exchange.meetings.models import (
    Answer,
    Meeting,
    MeetingAnswer,
    MeetingDate,
    MeetingGuest,
    MeetingState,
    Way,
)
from exchange.people.models import User
from exchange.questions.models import Question

PLACE_LIMIT = 200
WORD_LIMIT = 500
FARTHEST = timedelta(days=366)
"""How far ahead one meets."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How and where one meets. Without time zone, as a clock on the wall of `zone` tells it."""

    way: Way
    place: str
    minutes: int
    zone: str


def propose(
    question: Question,
    plan: Plan,
    *,
    dates: Sequence[datetime],
    word: str,
    by: User,
    confirmed: bool = False,
) -> Meeting:
    """Offer two or three dates to who asked and to who leads the teams. Raises `Conflict` while
    another meeting is awaited."""
    require_proposable(question, by)
    gate.check({"place": plan.place, "word": word}, confirmed=confirmed)
    offered = sorted({_instant(date, plan.zone) for date in dates})
    if len(offered) < 2:
        raise Refusal(_("Proposez deux ou trois dates différentes."), field="first")
    earlier = queries.living_meeting(question)
    if earlier is not None:
        earlier.state = MeetingState.OVER
        db.session.flush()
    meeting = Meeting(
        question=question,
        question_id=question.id,
        proposer_id=by.id,
        at=clock.now(),
        way=plan.way,
        place=plan.place.strip(),
        word=word.strip(),
        minutes=plan.minutes,
        zone=plan.zone,
        uid=str(uuid4()),
        dates=[MeetingDate(starts_at=moment) for moment in offered],
    )
    try:
        with db.session.begin_nested():
            db.session.add(meeting)
    except IntegrityError:
        raise _already() from None
    invited = {question.asker_id, by.id} | queries.leads(question)
    db.session.add_all(
        MeetingGuest(meeting_id=meeting.id, user_id=number) for number in sorted(invited)
    )
    for date in meeting.dates:
        _note(date, by, Answer.YES)
    db.session.flush()
    record(facts.MeetingProposed(meeting_id=meeting.id), on=question.id, by=by)
    return meeting


def answer(
    meeting: Meeting, answers: Mapping[int, Answer], *, by: User, by_mail: bool = False
) -> None:
    """Say which dates suit, by their ids. Who answers without having been invited is, from then
    on."""
    require_answerable(meeting, by)
    known = {date.id: date for date in meeting.dates}
    if not answers or not answers.keys() <= known.keys():
        raise Refusal(_("Dites pour au moins une date si elle vous convient."))
    if not queries.is_listed(meeting, by):
        db.session.add(MeetingGuest(meeting_id=meeting.id, user_id=by.id, required=False))
    for number, said in answers.items():
        _note(known[number], by, said)
    db.session.flush()
    record(
        facts.MeetingAnswered(meeting_id=meeting.id, by_mail=by_mail),
        on=meeting.question_id,
        by=by,
    )


def fix(meeting: Meeting, date: MeetingDate, *, by: User) -> None:
    """One of the dates it is: the invitation leaves."""
    require_decidable(meeting, by)
    if meeting.state is not MeetingState.PROPOSED:
        raise Conflict(_("Cette rencontre est déjà fixée : vous pouvez la déplacer."))
    if date.starts_at <= clock.now():
        raise Refusal(_("Cette date est déjà passée."), field="date")
    _fix(meeting, date.starts_at, by)


def move(meeting: Meeting, plan: Plan, *, to: datetime, by: User, confirmed: bool = False) -> None:
    """Another date, duration or place, agreed elsewhere: the invitation leaves, or is updated."""
    require_decidable(meeting, by)
    gate.check({"place": plan.place}, confirmed=confirmed)
    moment = _instant(to, plan.zone)
    place = plan.place.strip()
    same = (meeting.starts_at, meeting.way, meeting.place, meeting.minutes) == (
        moment, plan.way, place, plan.minutes,
    )  # fmt: skip
    if same:
        raise Refusal(_("Rien n’a changé."), field="first")
    meeting.way, meeting.place, meeting.minutes = plan.way, place, plan.minutes
    if moment not in {date.starts_at for date in meeting.dates}:
        added = MeetingDate(starts_at=moment)
        meeting.dates.append(added)
        db.session.flush()
        if meeting.proposer_id == by.id:
            _note(added, by, Answer.YES)
    if meeting.state is MeetingState.PROPOSED:
        _fix(meeting, moment, by)
        return
    meeting.starts_at = moment
    meeting.sequence += 1
    db.session.flush()
    record(
        facts.MeetingMoved(meeting_id=meeting.id, sequence=meeting.sequence),
        on=meeting.question_id,
        by=by,
    )


def cancel(meeting: Meeting, *, reason: str, by: User, confirmed: bool = False) -> None:
    """It does not take place, and why."""
    require_decidable(meeting, by)
    gate.check({"reason": reason}, confirmed=confirmed)
    invited = meeting.state is MeetingState.FIXED
    meeting.state, meeting.reason = MeetingState.CANCELLED, reason.strip()
    meeting.sequence += invited
    db.session.flush()
    record(
        facts.MeetingCancelled(meeting_id=meeting.id, sequence=meeting.sequence, invited=invited),
        on=meeting.question_id,
        by=by,
    )


def require_proposable(question: Question, by: User) -> None:
    """There is somebody to meet, it is for this person to propose it, and nothing is awaited."""
    if not policy.may_propose(by, question, queries.working_teams(question)):
        raise NotAllowed(
            _(
                "Une rencontre se propose entre la personne qui a posé la question et les équipes"
                " qui y travaillent."
            )
        )
    living = queries.living_meeting(question)
    if living is not None and living.is_living:
        raise _already()


def require_answerable(meeting: Meeting, by: User) -> None:
    """It is still awaited, and the person is invited or may come along."""
    teams = queries.working_teams(meeting.question)
    if not policy.may_come(by, meeting.question, teams, invited=queries.is_invited(meeting, by)):
        raise NotAllowed(_("La réponse revient aux personnes invitées."))
    _require_living(meeting)


def require_decidable(meeting: Meeting, by: User) -> None:
    """It is still awaited, and the person proposed it."""
    if not policy.may_decide(by, meeting):
        raise NotAllowed(_("Fixer, déplacer et annuler reviennent à la personne qui a proposé."))
    _require_living(meeting)


def _require_living(meeting: Meeting) -> None:
    if not meeting.is_living:
        raise Conflict(_("Cette rencontre est annulée ou passée."))


def _already() -> Conflict:
    return Conflict(_("Une rencontre est déjà proposée sur cette question."))


def _fix(meeting: Meeting, moment: datetime, by: User) -> None:
    meeting.state, meeting.starts_at = MeetingState.FIXED, moment
    db.session.flush()
    record(
        facts.MeetingFixed(meeting_id=meeting.id, sequence=meeting.sequence),
        on=meeting.question_id,
        by=by,
    )


def _note(date: MeetingDate, by: User, said: Answer) -> None:
    known = db.session.get(MeetingAnswer, (date.id, by.id))
    if known is None:
        db.session.add(MeetingAnswer(date_id=date.id, user_id=by.id, answer=said, at=clock.now()))
    else:
        known.answer, known.at = said, clock.now()


def _instant(wall: datetime, zone: str) -> datetime:
    """The instant of an hour on the wall. Refused: what is past, too far, or never shown because
    clocks go forward then. The first of the two when they go back (RFC 5545 section 3.3.5)."""
    here = ZoneInfo(zone)
    now = clock.now().astimezone(here).replace(tzinfo=None)
    if wall <= now:
        raise Refusal(_("Une des dates est déjà passée."), field="first")
    if wall > now + FARTHEST:
        raise Refusal(_("Proposez des dates dans l’année qui vient."), field="first")
    moment = wall.replace(tzinfo=here).astimezone(UTC)
    if moment.astimezone(here).replace(tzinfo=None) != wall:
        raise Refusal(_("Cette heure n’existe pas : on change d’heure ce jour-là."), field="first")
    return moment
