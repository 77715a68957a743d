"""One decision on several questions at once.

It waits ten minutes, during which it can be undone, and takes effect only then: until that moment
no question has moved, no letter left, and no member has read what an undoing would take back. Each
question is then decided by the very action that decides one; what somebody touched meanwhile stays
as it is.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import func, select

from exchange import clock, db
from exchange.errors import Conflict, NotAllowed, NotFound, Refusal
from exchange.guard import gate
from exchange.i18n import gettext as _
from exchange.log.models import Event
from exchange.log.record import record
from exchange.moderation import actions
from exchange.moderation.causes import Cause
from exchange.moderation.models import Batch, BatchItem
from exchange.people.models import User
from exchange.questions import facts, workflow
from exchange.questions.models import Question

UNDO = timedelta(minutes=10)
"""How long a batch can be undone."""

MOST = 100
"""Questions decided at once."""


def publish(question: Question, batch: Batch, by: User) -> None:
    """Every question says enough by itself: no reason goes with it."""
    actions.publish(question, by=by)


def decline(question: Question, batch: Batch, by: User) -> None:
    """The same reason to each asker."""
    cause = Cause(batch.cause)
    actions.decline(question, reason=batch.reason, cause=cause, by=by, confirmed=True)


DECISIONS: Mapping[str, Callable[[Question, Batch, User], None]] = {
    "publish": publish,
    "decline": decline,
}


def decide(
    questions: Sequence[Question],
    decision: str,
    *,
    reason: str = "",
    cause: Cause | None = None,
    by: User,
    confirmed: bool = False,
) -> Batch:
    """Take one decision on each that may be decided so. Raises `Refusal` when there is nothing to
    decide, and what the guard raises for the reason, before anything is decided."""
    _require_moderator(by)
    if not questions:
        raise Refusal(_("Rien n’est coché : rien n’a été décidé."), field="item")
    if decision == "decline":
        if cause is None:
            raise Refusal(_("Choisissez le motif que tous les membres liront."), field="cause")
        if not reason.strip():
            raise Refusal(_("Dites pourquoi : chaque personne le lira."), field="reason")
        gate.check({"reason": reason}, confirmed=confirmed)
    batch = Batch(by_id=by.id, decision=decision, at=clock.now())
    if decision == "decline" and cause is not None:
        batch.cause, batch.reason = cause.value, reason
    db.session.add(batch)
    db.session.flush()
    for question in questions[:MOST]:
        seen = _last_event(question.id) if _may_decide(question, decision, by) else 0
        db.session.add(BatchItem(batch_id=batch.id, question_id=question.id, seen_event=seen))
    db.session.flush()
    return batch


def undo(batch: Batch, *, by: User) -> int:
    """Nothing of it will happen; says how many questions wait again. Raises `Conflict` when it is
    too late, or done."""
    _require_moderator(by)
    db.session.refresh(batch, with_for_update=True)
    if batch.undone_at is not None:
        raise Conflict(_("Cette décision est déjà annulée."))
    if batch.done_at is not None:
        raise Conflict(_("Il est trop tard : la décision a pris effet."))
    batch.undone_at = clock.now()
    taken_back = [item for item in items(batch) if item.seen_event]
    for item in taken_back:
        record(facts.Recalled(), on=item.question_id, by=by)
    return len(taken_back)


def take_effect(batch: Batch) -> None:
    """Decide each question, by whom it was decided, unless something happened to it since."""
    by = db.session.get_one(User, batch.by_id)
    for item in items(batch):
        _decide_one(batch, item, by)
    batch.done_at = clock.now()


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


def _may_decide(question: Question, decision: str, by: User) -> bool:
    try:
        workflow.require(question, decision, by=by)
    except Refusal:
        return False
    return True


def _decide_one(batch: Batch, item: BatchItem, by: User) -> None:
    if item.seen_event != _last_event(item.question_id):
        return
    question = db.session.get_one(Question, item.question_id)
    try:
        with db.session.begin_nested():
            DECISIONS[batch.decision](question, batch, by)
            db.session.flush()
    except Refusal:
        return
    item.event_id = _last_event(question.id)


def _last_event(question_id: int) -> int:
    number = select(func.max(Event.id)).where(Event.question_id == question_id)
    return db.session.scalar(number) or 0


def _require_moderator(user: User) -> None:
    if not user.is_moderator:
        raise NotAllowed(_("Les décisions groupées sont celles des modérateurs."))
