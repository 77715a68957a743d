"""Carrying needs and followers along, and taking them back."""

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from exchange import db
from exchange.errors import Conflict
from exchange.i18n import gettext as _
from exchange.log.models import Event
from exchange.log.record import record
from exchange.people.models import User
from exchange.questions import facts, workflow
from exchange.questions.actions import follow, write_note
from exchange.questions.models import Band, Follow, FollowLevel, Question, Support
from exchange.questions.supports import count_support, shift
from exchange.questions.workflow import MOVE_OF_FACT

SEPARATIONS = {"separate": facts.Separated, "separate_unread": facts.SeparatedUnread}
"""A question that was published opens again; one that was not goes back to the desk."""


def carry(question: Question, into: Question) -> None:
    """The needs and followers of a question, its asker first, count and follow where it goes on;
    each keeps where it came from."""
    asker = db.session.get_one(User, question.asker_id)
    _count(question, into, asker, question.patients, "")
    given = select(Support).where(Support.question_id == question.id).order_by(Support.id)
    for support in db.session.scalars(given).all():
        person = db.session.get_one(User, support.user_id)
        _count(question, into, person, support.band, support.note)
    _bring_followers(question, into)
    follow(into, asker)


def separate(question: Question, *, reason: str, by: User, confirmed: bool = False) -> None:
    """Undo a merge: what came along goes back, and the question stands for itself again. Raises
    `Conflict` when something was built on it since."""
    move = "separate" if question.published_at else "separate_unread"
    workflow.require(question, move, by=by)
    into = db.session.get_one(Question, question.merged_into_id)
    if built_since(question, into):
        raise Conflict(
            _("%(ref)s a avancé depuis : les deux questions restent réunies.", ref=into.ref)
        )
    note = write_note(question, reason, by=by, confirmed=confirmed)
    _take_back(question, into)
    question.merged_into_id = None
    workflow.make(question, SEPARATIONS[move](note_id=note.id), by=by)
    record(facts.TwinLeft(from_id=question.id), on=into.id, by=by)


def built_since(question: Question, into: Question) -> bool:
    """Whether the question that lives has moved since this one was joined to it: two queries."""
    joined = db.session.scalar(
        select(func.max(Event.id)).where(
            Event.question_id == question.id, Event.kind == facts.Merged.kind
        )
    )
    moved = select(Event.id).where(
        Event.question_id == into.id, Event.id > joined, Event.kind.in_(MOVE_OF_FACT)
    )
    return db.session.scalar(moved.limit(1)) is not None


def _count(question: Question, into: Question, person: User, band: Band | None, note: str) -> None:
    given = count_support(into, person, band=band, note=note)
    if given is not None:
        given.from_question_id = question.id


def _bring_followers(question: Question, into: Question) -> None:
    """Those who follow here follow there from now on; what was said before is no news to them."""
    insert = postgresql.insert if db.is_postgresql() else sqlite.insert
    last = db.session.scalar(select(func.max(Event.id)).where(Event.question_id == into.id)) or 0
    followers = db.session.scalars(
        select(Follow.user_id).where(
            Follow.question_id == question.id, Follow.level == FollowLevel.FOLLOW
        )
    ).all()
    for user_id in followers:
        db.session.execute(
            insert(Follow)
            .values(
                question_id=into.id,
                user_id=user_id,
                level=FollowLevel.FOLLOW,
                read_event_id=last,
                from_question_id=question.id,
            )
            .on_conflict_do_nothing(index_elements=["question_id", "user_id"])
        )


def _take_back(question: Question, into: Question) -> None:
    db.session.flush()
    gone = db.session.execute(
        delete(Support)
        .where(Support.question_id == into.id, Support.from_question_id == question.id)
        .returning(Support.id)
    ).all()
    shift(into, -len(gone))
    db.session.execute(
        delete(Follow).where(Follow.question_id == into.id, Follow.from_question_id == question.id)
    )
