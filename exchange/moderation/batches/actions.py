"""One decision on several questions at once.

Each question is decided by the very action that decides one; what is refused is told and stops
nothing. The letters wait ten minutes, and during them the whole can be undone: a question that
somebody touched meanwhile stays as it is.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select

from exchange import clock, db
from exchange.errors import Conflict, NotAllowed, NotFound, Refusal
from exchange.guard import gate
from exchange.i18n import gettext as _
from exchange.log.models import Event
from exchange.moderation import actions
from exchange.moderation.models import Batch, BatchItem
from exchange.people.models import User
from exchange.questions import facts, workflow
from exchange.questions.models import Question

UNDO = timedelta(minutes=10)
"""How long a batch can be undone, and its letters wait."""

MOST = 100
"""Questions decided at once."""


def publish(question: Question, reason: str, by: User) -> None:
    """Every question says enough by itself: no reason goes with it."""
    actions.publish(question, by=by)


def decline(question: Question, reason: str, by: User) -> None:
    actions.decline(question, reason=reason, by=by, confirmed=True)


DECISIONS: Mapping[str, Callable[[Question, str, User], None]] = {
    "publish": publish,
    "decline": decline,
}


def decide(
    questions: Sequence[Question],
    decision: str,
    *,
    reason: str = "",
    by: User,
    confirmed: bool = False,
) -> Batch:
    """Take one decision on each. Raises `Refusal` when there is nothing to decide, and what the
    guard raises for the reason, before anything is decided."""
    _require_moderator(by)
    if not questions:
        raise Refusal(_("Rien n’est coché : rien n’a été décidé."), field="item")
    if decision == "decline":
        if not reason.strip():
            raise Refusal(_("Dites pourquoi : chaque personne le lira."), field="reason")
        gate.check({"reason": reason}, confirmed=confirmed)
    batch = Batch(by_id=by.id, decision=decision, at=clock.now())
    db.session.add(batch)
    db.session.flush()
    for question in questions[:MOST]:
        _decide_one(batch, question, reason, by)
    return batch


def undo(batch: Batch, *, by: User) -> int:
    """Put back what nobody touched since; says how many. Raises `Conflict` when it is too late, or
    done."""
    _require_moderator(by)
    if batch.undone_at is not None:
        raise Conflict(_("Cette décision est déjà annulée."))
    if clock.now() > batch.at + UNDO:
        raise Conflict(_("Il est trop tard : les courriels sont partis."))
    batch.undone_at = clock.now()
    count = 0
    for item in items(batch):
        if item.event_id is not None and item.event_id == _last_event(item.question_id):
            _put_back(item, by)
            count += 1
    return count


def items(batch: Batch) -> Sequence[BatchItem]:
    """The questions of a batch: one query."""
    return db.session.scalars(
        select(BatchItem).where(BatchItem.batch_id == batch.id).order_by(BatchItem.question_id)
    ).all()


def batch_named(number: int) -> Batch:
    """Raises `NotFound`."""
    batch = db.session.get(Batch, number) if number < 2**31 else None
    if batch is None:
        raise NotFound(_("Cette décision groupée n’existe pas."))
    return batch


def held_until(event_id: int) -> datetime | None:
    """When the letters of this event may leave, when it was one of a batch: one query."""
    at = db.session.scalar(
        select(Batch.at)
        .join(BatchItem, BatchItem.batch_id == Batch.id)
        .where(BatchItem.event_id == event_id)
    )
    return at + UNDO if at else None


def is_undone(event_id: int) -> bool:
    """Whether the decision was undone before anybody heard of it: one query."""
    undone = select(BatchItem.undone).where(BatchItem.event_id == event_id)
    return bool(db.session.scalar(undone))


def _decide_one(batch: Batch, question: Question, reason: str, by: User) -> None:
    item = BatchItem(
        batch_id=batch.id,
        question_id=question.id,
        waited_since=question.stage_since,
        published_at=question.published_at,
    )
    try:
        with db.session.begin_nested():
            DECISIONS[batch.decision](question, reason, by)
            db.session.flush()
        item.event_id = _last_event(question.id)
    except Refusal:
        item.event_id = None
    db.session.add(item)
    db.session.flush()


def _put_back(item: BatchItem, by: User) -> None:
    """As it waited, with the age that it had."""
    question = db.session.get_one(Question, item.question_id)
    workflow.make(question, facts.Recalled(), by=by)
    question.stage_since, question.published_at = item.waited_since, item.published_at
    item.undone = True
    db.session.flush()


def _last_event(question_id: int) -> int:
    number = select(func.max(Event.id)).where(Event.question_id == question_id)
    return db.session.scalar(number) or 0


def _require_moderator(user: User) -> None:
    if not user.is_moderator:
        raise NotAllowed(_("Les décisions groupées sont celles des modérateurs."))
