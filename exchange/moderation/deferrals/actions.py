"""Putting aside and taking up again.

The promise made to the asker goes on meanwhile: nothing changes an entry's age. It comes back at
the start of its day, at once when something new happens to it, or by hand.
"""

from datetime import date, timedelta

from sqlalchemy import select

from exchange import clock, db
from exchange.errors import Conflict, NotAllowed, NotFound, Refusal
from exchange.guard import gate
from exchange.i18n import gettext as _
from exchange.i18n import local_today, show_date
from exchange.log.record import record
from exchange.moderation.deferrals import facts
from exchange.moderation.kinds import ASKED
from exchange.moderation.models import Deferral
from exchange.moderation.queue import Entry
from exchange.people.models import User
from exchange.questions.actions import write_note
from exchange.questions.facts import Postponed
from exchange.questions.models import Question

LONGEST = timedelta(days=184)
"""An entry comes back within half a year, whatever was asked."""


def defer(
    entry: Entry,
    *,
    until: date,
    reason: str,
    word: str = "",
    by: User,
    confirmed: bool = False,
) -> None:
    """Put it aside; `word`, when there is one, tells the asker of a question that waits. Raises
    `Refusal` for a day that is past or too far away."""
    _require_moderator(by)
    today = local_today()
    if not today < until <= today + LONGEST:
        raise Refusal(
            _(
                "Choisissez un jour entre demain et le %(last)s.",
                last=show_date(today + LONGEST),
            ),
            field="until",
        )
    gate.check({"reason": reason, "word": word}, confirmed=confirmed)
    question = question_of(entry)
    row = db.session.get(Deferral, entry.href) or Deferral(item=entry.href)
    row.question_id = question.id if question else None
    row.until, row.reason, row.by_id, row.at = until, reason.strip(), by.id, clock.now()
    db.session.add(row)
    fact = facts.Deferred(item=entry.href, until=until.isoformat())
    record(fact, on=row.question_id, by=by)
    if question is not None and word.strip() and entry.kind in ASKED:
        note = write_note(question, word, by=by, confirmed=confirmed)
        told = Postponed(note_id=note.id, until=until.isoformat())
        record(told, on=question.id, by=by)


def resume(entry: Entry, *, by: User) -> None:
    """Take it up again before its day. Raises `Conflict` when it waits already."""
    _require_moderator(by)
    row = db.session.get(Deferral, entry.href)
    if row is None or not entry.aside:
        raise Conflict(_("Cette entrée n’est pas mise de côté : elle attend déjà."))
    record(facts.Resumed(item=row.item), on=row.question_id, by=by)
    db.session.delete(row)


def entry_named(item: str, entries: list[Entry]) -> Entry:
    """The entry of this address. Raises `NotFound`."""
    found = next((entry for entry in entries if entry.href == item), None)
    if found is None:
        raise NotFound(_("Rien n’attend à cette adresse : c’est décidé, ou cela n’a jamais été."))
    return found


def question_of(entry: Entry) -> Question | None:
    """The question that the entry speaks of, when it names one: one query."""
    named = (Question.ref == ref for ref in (entry.item, entry.about) if ref.startswith("Q-"))
    condition = next(named, None)
    return None if condition is None else db.session.scalar(select(Question).where(condition))


def _require_moderator(user: User) -> None:
    if not user.is_moderator:
        raise NotAllowed(_("La file d’attente est celle des modérateurs."))
