"""Reads of meetings. Each starts from what the reader may see."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload

from exchange import db
from exchange.errors import NotFound
from exchange.i18n import gettext as _
from exchange.meetings.models import (
    LIVING,
    Answer,
    Meeting,
    MeetingAnswer,
    MeetingDate,
    MeetingGuest,
)
from exchange.meetings.policy import seen_by
from exchange.people.models import Membership, User
from exchange.questions.models import Question
from exchange.questions.policy import sees_asker
from exchange.research.models import Claim


@dataclass(frozen=True)
class Guest:
    """Who is invited, under the name that the reader may know, and what they said of each date by
    its id."""

    user_id: int
    name: str
    required: bool
    answers: dict[int, Answer]


def visible_meeting(number: int, *, to: User) -> Meeting:
    """The meeting with its question and dates: two queries. Raises `NotFound`, in the same words,
    whether it does not exist or is not for this reader."""
    found = db.session.scalar(
        select(Meeting)
        .join(Question, Question.id == Meeting.question_id)
        .where(Meeting.id == number, seen_by(to))
        .options(joinedload(Meeting.question).joinedload(Question.team))
    )
    if found is None:
        raise NotFound(_("Aucune rencontre de ce nom, ou elle n’est pas pour vous."))
    return found


def meeting_of_calendar(uid: str, *, to: User) -> Meeting:
    """The meeting that calendars know by this name: as `visible_meeting`, in two queries."""
    number = db.session.scalar(select(Meeting.id).where(Meeting.uid == uid))
    return visible_meeting(number or 0, to=to)


def sees(meeting: Meeting, user: User) -> bool:
    """Whether the person may see it: one query."""
    statement = select(Meeting.id).join(Question, Question.id == Meeting.question_id)
    return db.session.scalar(statement.where(Meeting.id == meeting.id, seen_by(user))) is not None


def living_meeting(question: Question) -> Meeting | None:
    """The one that is proposed or fixed, if any: two queries."""
    return db.session.scalar(
        select(Meeting).where(Meeting.question_id == question.id, Meeting.state.in_(LIVING))
    )


def working_teams(question: Question) -> Sequence[int]:
    """The teams that work on the question: one query."""
    return db.session.scalars(
        select(Claim.team_id).where(Claim.question_id == question.id, Claim.ended_at.is_(None))
    ).all()


def leads(question: Question) -> set[int]:
    """Who leads the teams that work on the question; where nobody does, who spoke for the team:
    one query."""
    rows = db.session.execute(
        select(Claim.opened_by_id, Membership.user_id)
        .outerjoin(Membership, and_(Membership.team_id == Claim.team_id, Membership.lead.is_(True)))
        .where(Claim.question_id == question.id, Claim.ended_at.is_(None))
    )
    return {lead if lead is not None else spoke for spoke, lead in rows}


def is_listed(meeting: Meeting, user: User) -> bool:
    """Whether the person is on the list: one query."""
    return db.session.get(MeetingGuest, (meeting.id, user.id)) is not None


def is_invited(meeting: Meeting, user: User) -> bool:
    """Whether they are on the list and still of a team that works on the question or did: who leaves
    the team leaves the meeting. Two queries."""
    theirs = select(Claim.id).where(
        Claim.question_id == meeting.question_id, Claim.team_id.in_(user.team_ids)
    )
    return is_listed(meeting, user) and db.session.scalar(theirs.limit(1)) is not None


def answers_of(meeting: Meeting, user: User) -> dict[int, Answer]:
    """What the person said of each date, by its id: one query."""
    said = db.session.scalars(
        select(MeetingAnswer)
        .join(MeetingDate, MeetingDate.id == MeetingAnswer.date_id)
        .where(MeetingDate.meeting_id == meeting.id, MeetingAnswer.user_id == user.id)
    )
    return {one.date_id: one.answer for one in said}


def guests(meeting: Meeting, *, to: User) -> list[Guest]:
    """Everybody invited, those who are needed first: two queries."""
    answers: dict[int, dict[int, Answer]] = {}
    for said in db.session.scalars(
        select(MeetingAnswer)
        .join(MeetingDate, MeetingDate.id == MeetingAnswer.date_id)
        .where(MeetingDate.meeting_id == meeting.id)
    ):
        answers.setdefault(said.user_id, {})[said.date_id] = said.answer
    rows = db.session.execute(
        select(User.id, User.name, MeetingGuest.required)
        .join(MeetingGuest, MeetingGuest.user_id == User.id)
        .where(MeetingGuest.meeting_id == meeting.id)
        .order_by(MeetingGuest.required.desc(), db.by_name(User.name), User.id)
    )
    return [
        Guest(row.id, name_of(row.id, row.name, meeting.question, to), row.required,
              answers.get(row.id, {}))
        for row in rows
    ]  # fmt: skip


def name_of(user_id: int, name: str, question: Question, reader: User) -> str:
    """The person's name; the department's where the asker is hidden from the reader."""
    if user_id == question.asker_id and not sees_asker(reader, question):
        return question.team.name if question.team else _("Un service clinique")
    return name
