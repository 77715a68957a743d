"""Dropping the files that nobody may read any more. Done by the worker, outside the transaction
that decided it: a kill in between loses nothing."""

import time
from datetime import timedelta

from obstore.store import ObjectStore
from sqlalchemy import select, update

from exchange import clock, db
from exchange.attachments import store as stores
from exchange.attachments.models import Attachment

FORGOTTEN_AFTER = timedelta(hours=1)
"""Age at which a file without a row belongs to a transaction that failed."""

EVERY = 24 * 3600.0
"""Seconds between two looks at the whole store."""


class Disposal:
    """The worker's part of it."""

    def __init__(self, files: ObjectStore) -> None:
        self.files = files
        self.next_sweep = time.monotonic()

    def advance(self) -> int:
        """Drop the files of removed attachments; once a day also those without a row. Commits.
        Returns how many were dropped."""
        dropped = self._removed()
        if time.monotonic() >= self.next_sweep:
            self.next_sweep = time.monotonic() + EVERY
            dropped += self.sweep()
        return dropped

    def _removed(self) -> int:
        gone = db.session.execute(
            select(Attachment.id, Attachment.key)
            .where(Attachment.removed_at.is_not(None), Attachment.stored.is_(True))
            .limit(50)
        ).all()
        db.session.rollback()
        if not gone:
            return 0
        for row in gone:
            stores.drop(self.files, row.key)
        db.begin_write()
        ids = [row.id for row in gone]
        db.session.execute(update(Attachment).where(Attachment.id.in_(ids)).values(stored=False))
        db.session.commit()
        return len(gone)

    def sweep(self) -> int:
        """Drop the files that no row names. One query."""
        old = set(stores.keys(self.files, before=clock.now() - FORGOTTEN_AFTER))
        held = set(db.session.scalars(select(Attachment.key)))
        db.session.rollback()
        for key in old - held:
            stores.drop(self.files, key)
        return len(old - held)
