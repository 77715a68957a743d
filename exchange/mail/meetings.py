"""Letters about a meeting: to those who are invited, and to nobody else. Those about a date that is
fixed carry the invitation that calendars read.

They say when, where and about which reference; what the question says stays on the site.
"""

from email.utils import parseaddr

from sqlalchemy import Select, func, or_, select

from exchange import clock, db, i18n
from exchange.errors import NotFound
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.log.models import Event
from exchange.mail.addresses import reply_to
from exchange.mail.compose import Said
from exchange.mail.phrases import PHRASES
from exchange.meetings import queries
from exchange.meetings.calendar import Invitation
from exchange.meetings.facts import (
    MeetingAnswered,
    MeetingCancelled,
    MeetingFixed,
    MeetingProposed,
)
from exchange.meetings.models import (
    Meeting,
    MeetingAnswer,
    MeetingDate,
    MeetingGuest,
    MeetingState,
    Way,
)
from exchange.outbox.letters import Due, put
from exchange.outbox.models import Letter, LetterState
from exchange.people.models import User
from exchange.questions.models import Follow, FollowLevel, Question
from exchange.settings import Settings

MEETING = "meeting"

SUMMARIES = {Way.VISIT: _m("Rencontre %(ref)s (visite)"), Way.CALL: _m("Rencontre %(ref)s (appel)")}
"""What stands in a calendar: neutral, since others may see it."""


def proposed(event: Event, question: Question) -> None:
    """Each guest is asked which dates suit."""
    for number in _invited(event, question):
        if number != event.actor_id:
            _put(event, question, to=number, reason="proposed")


def answered(event: Event, question: Question) -> None:
    """Who proposed hears of it once, when nobody is left to wait for; who comes along once the date
    is fixed is sent the invitation."""
    meeting = db.session.get_one(Meeting, event.data["meeting_id"])
    if meeting.state is MeetingState.FIXED:
        if event.actor_id is not None:
            _put(event, question, to=event.actor_id, reason=str(meeting.sequence))
    elif meeting.state is MeetingState.PROPOSED and not _awaited(meeting):
        _put(event, question, to=meeting.proposer_id, reason="answered")


def invite(event: Event, question: Question) -> None:
    """The invitation, or its update: whoever did it has it too, for their own calendar."""
    for number in _invited(event, question):
        _put(event, question, to=number, reason=str(event.data["sequence"]))


def cancelled(event: Event, question: Question) -> None:
    """Taken out of calendars; before there was anything in them, said."""
    for number in _invited(event, question):
        if event.data["invited"]:
            _put(event, question, to=number, reason=str(event.data["sequence"]))
        elif number != event.actor_id:
            _put(event, question, to=number, reason="cancelled")


def write(due: Due, reader: User, settings: Settings) -> Said | LetterState:
    """What became of the meeting; nothing when a later letter tells more, or when the reader may no
    longer see it."""
    event = db.session.get_one(Event, due.data["event_id"])
    try:
        meeting = queries.visible_meeting(event.data["meeting_id"], to=reader)
    except NotFound:
        return LetterState.DROPPED
    fixed = meeting.starts_at is not None
    if _is_overtaken(event, meeting):
        return LetterState.DROPPED
    ref = meeting.question.ref or ""
    summary = _(SUMMARIES[meeting.way], ref=ref)
    asks = event.kind == MeetingProposed.kind
    return Said(
        template=MEETING,
        subject=f"[{ref}] {_(PHRASES[_kind(event, meeting)])}",
        topic=f"[{ref}] {summary}",
        ref=ref,
        begun_at=meeting.question.submitted_at,
        takes_replies=asks,
        calendar=_invitation(meeting, reader, summary, due, settings) if fixed else None,
        words={
            "why": _("Vous recevez ce courriel parce que vous êtes invité à cette rencontre."),
            "heading": _(PHRASES[_kind(event, meeting)]),
            "who": queries.name_of(
                meeting.proposer_id, meeting.proposer.name, meeting.question, reader
            ),
            "summary": summary,
            "place": meeting.place,
            "minutes": meeting.minutes,
            "dates": [i18n.show_appointment(date.starts_at) for date in meeting.dates],
            "fixed": i18n.show_appointment(meeting.starts_at),
            "zone": _("heure de %(city)s", city=i18n.show_zone(reader.timezone)),
            "asks": asks,
            "by_calendar": settings.takes_replies,
            "cancelled": meeting.state is MeetingState.CANCELLED,
            "href": f"{settings.address}/meetings/{meeting.id}",
        },
    )


def _kind(event: Event, meeting: Meeting) -> str:
    """Whoever came along late is told of the date, not that everybody answered."""
    if event.kind == MeetingAnswered.kind and meeting.starts_at is not None:
        return MeetingFixed.kind
    return event.kind


def _is_overtaken(event: Event, meeting: Meeting) -> bool:
    """Whether something happened since that another letter tells."""
    if event.kind == MeetingCancelled.kind:
        return False
    if event.kind == MeetingProposed.kind:
        return meeting.state is not MeetingState.PROPOSED
    if event.kind == MeetingAnswered.kind:
        return meeting.state not in {MeetingState.PROPOSED, MeetingState.FIXED}
    sequence: int = event.data["sequence"]
    return sequence < meeting.sequence


def _invitation(
    meeting: Meeting, reader: User, summary: str, due: Due, settings: Settings
) -> Invitation | None:
    starts_at = meeting.starts_at
    if starts_at is None:
        return None
    guest = db.session.get(MeetingGuest, (meeting.id, reader.id))
    said = queries.answers_of(meeting, reader)
    date = next(date for date in meeting.dates if date.starts_at == starts_at)
    return Invitation(
        uid=meeting.uid,
        sequence=meeting.sequence,
        cancelled=meeting.state is MeetingState.CANCELLED,
        starts_at=starts_at,
        minutes=meeting.minutes,
        zone=meeting.zone,
        summary=summary,
        place=meeting.place,
        href=f"{settings.address}/meetings/{meeting.id}",
        organizer=(_(settings.site_name), _organizer(meeting, reader, due, settings)),
        attendee=(reader.name, reader.email),
        said=said.get(date.id),
        needed=guest is not None and guest.required,
        written_at=clock.now(),
    )


def _organizer(meeting: Meeting, reader: User, due: Due, settings: Settings) -> str:
    """Where the reader's calendar answers: the reply address of the first letter that they had of
    this meeting, so that every update comes from the same organizer; the sender's where no mail
    comes in."""
    first = db.session.scalar(
        select(Letter.token)
        .where(
            Letter.user_id == reader.id,
            Letter.kind == MEETING,
            Letter.reason.startswith(f"{MEETING}:{meeting.id}:"),
            Letter.token.is_not(None),
        )
        .order_by(Letter.id)
        .limit(1)
    )
    return reply_to(first or due.token, settings) or parseaddr(settings.mail_from)[1]


def _invited(event: Event, question: Question) -> list[int]:
    """Everybody on the list, but who muted the question and never answered: one query."""
    meeting_id = event.data["meeting_id"]
    muted = select(Follow.user_id).where(
        Follow.question_id == question.id, Follow.level == FollowLevel.MUTE
    )
    return list(
        db.session.scalars(
            select(MeetingGuest.user_id)
            .where(
                MeetingGuest.meeting_id == meeting_id,
                or_(
                    MeetingGuest.user_id.not_in(muted),
                    MeetingGuest.user_id.in_(_who_answered(meeting_id)),
                ),
            )
            .order_by(MeetingGuest.user_id)
        )
    )


def _awaited(meeting: Meeting) -> int:
    """How many of those who are needed have said nothing yet."""
    count = select(func.count()).where(
        MeetingGuest.meeting_id == meeting.id,
        MeetingGuest.required.is_(True),
        MeetingGuest.user_id.not_in(_who_answered(meeting.id)),
    )
    return db.session.scalar(count) or 0


def _who_answered(meeting_id: int) -> Select[int]:
    return (
        select(MeetingAnswer.user_id)
        .join(MeetingDate, MeetingDate.id == MeetingAnswer.date_id)
        .where(MeetingDate.meeting_id == meeting_id)
    )


def _put(event: Event, question: Question, *, to: int, reason: str) -> None:
    """`reason`: what of the meeting, once for each reader."""
    put(
        MEETING,
        to=to,
        reason=f"meeting:{event.data['meeting_id']}:{reason}",
        question_id=question.id,
        event_id=event.id,
    )
