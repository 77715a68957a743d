"""Tables of meetings."""

import enum
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exchange import clock
from exchange.db import Base, Id, Prose, Short, choice
from exchange.i18n import mark as _m
from exchange.people.models import User
from exchange.questions.models import Question


class Way(enum.StrEnum):
    VISIT = "visit"
    CALL = "call"


WAY_LABELS = {Way.VISIT: _m("Visite"), Way.CALL: _m("Appel")}


class MeetingState(enum.StrEnum):
    PROPOSED = "proposed"
    FIXED = "fixed"
    CANCELLED = "cancelled"
    OVER = "over"  # its dates went by, and another was proposed


STATE_LABELS = {
    MeetingState.PROPOSED: _m("proposée"),
    MeetingState.FIXED: _m("fixée"),
    MeetingState.CANCELLED: _m("annulée"),
    MeetingState.OVER: _m("passée"),
}
LIVING = (MeetingState.PROPOSED, MeetingState.FIXED)


class Answer(enum.StrEnum):
    YES = "yes"
    PERHAPS = "perhaps"
    NO = "no"


ANSWER_LABELS = {
    Answer.YES: _m("Oui"),
    Answer.PERHAPS: _m("Peut-être"),
    Answer.NO: _m("Non"),
}

_LIVING_SQL = text("state IN ('proposed', 'fixed')")


class Meeting(Base):
    """A visit or a call about a question. The database keeps one living meeting a question.

    `zone`: the time zone of who proposed it, in which the invitation tells the hour; `starts_at`:
    the date that was fixed; `uid` and `sequence`: how calendars know it again (RFC 5545 sections
    3.8.4.7 and 3.8.7.4)."""

    __tablename__ = "meeting"
    __table_args__ = (
        Index(
            "ix_meeting_one_living",
            "question_id",
            unique=True,
            sqlite_where=_LIVING_SQL,
            postgresql_where=_LIVING_SQL,
        ),
    )

    id: Mapped[Id]
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), index=True)
    proposer_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    way: Mapped[Way] = mapped_column(choice(Way))
    place: Mapped[Short] = mapped_column(default="")
    word: Mapped[Prose]
    minutes: Mapped[int]
    zone: Mapped[str] = mapped_column(String(64))
    state: Mapped[MeetingState] = mapped_column(choice(MeetingState), default=MeetingState.PROPOSED)
    starts_at: Mapped[datetime | None]
    uid: Mapped[str] = mapped_column(String(64), unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    reason: Mapped[Prose]
    """Why it was cancelled."""
    version: Mapped[int] = mapped_column(default=1)

    question: Mapped[Question] = relationship()
    proposer: Mapped[User] = relationship()
    dates: Mapped[list["MeetingDate"]] = relationship(
        order_by="MeetingDate.starts_at", lazy="selectin"
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def is_living(self) -> bool:
        """Whether it can still be answered, moved and cancelled."""
        return self.state in LIVING and self.last_moment > clock.now()

    @property
    def last_moment(self) -> datetime:
        """When there is nothing left to wait for: the end of the date that was fixed, the start of
        the last one offered."""
        if self.starts_at is not None:
            return self.starts_at + timedelta(minutes=self.minutes)
        return max(date.starts_at for date in self.dates)


class MeetingDate(Base):
    """A date that was offered, or that was fixed without having been."""

    __tablename__ = "meeting_date"
    __table_args__ = (UniqueConstraint("meeting_id", "starts_at"),)

    id: Mapped[Id]
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    starts_at: Mapped[datetime]


class MeetingGuest(Base):
    """Somebody who is told of the meeting. Not `required`: a member of a team who asked to come."""

    __tablename__ = "meeting_guest"

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)
    required: Mapped[bool] = mapped_column(default=True)


class MeetingAnswer(Base):
    """What a guest says of a date."""

    __tablename__ = "meeting_answer"

    date_id: Mapped[int] = mapped_column(ForeignKey("meeting_date.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    answer: Mapped[Answer] = mapped_column(choice(Answer))
    at: Mapped[datetime] = mapped_column(default=clock.now)
