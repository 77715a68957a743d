"""The worker's step: a decision that can no longer be undone takes effect."""

from sqlalchemy import select

from exchange import clock, db
from exchange.moderation.batches.actions import UNDO, take_effect
from exchange.moderation.models import Batch


def advance() -> int:
    """Let the oldest batch that is due take effect; commits. Returns how many did. One query when
    nothing is due; another worker's is left to it."""
    due = (
        select(Batch)
        .where(Batch.done_at.is_(None), Batch.undone_at.is_(None), Batch.at <= clock.now() - UNDO)
        .order_by(Batch.id)
        .limit(1)
    )
    if db.session.scalar(due) is None:
        db.session.rollback()
        return 0
    db.begin_write()
    batch = db.session.scalar(due.with_for_update(skip_locked=True))
    if batch is not None:
        take_effect(batch)
    db.session.commit()
    return 0 if batch is None else 1
