"""Asking the asker first: a merge that a moderator proposes, and the asker accepts or refuses."""

from sqlalchemy import select

from exchange import db
from exchange.errors import Conflict, NotAllowed, Refusal
from exchange.i18n import gettext as _
from exchange.log.record import record
from exchange.moderation.actions import merge, require_living
from exchange.people.models import User
from exchange.questions import facts, policy, workflow
from exchange.questions.actions import write_note
from exchange.questions.models import Question


def propose(
    question: Question, into: Question, *, reason: str, by: User, confirmed: bool = False
) -> None:
    """Ask whether this is the same need. Nothing moves until the asker has answered."""
    workflow.require(question, "merge", by=by)
    require_living(question, into)
    if not policy.may_read(db.session.get_one(User, question.asker_id), into):
        raise Refusal(
            _("La personne qui a posé la question ne peut pas lire %(ref)s.", ref=into.ref),
            field="into",
        )
    note = write_note(question, reason, by=by, confirmed=confirmed)
    question.proposed_into_id = into.id
    record(facts.MergeProposed(into_id=into.id, note_id=note.id), on=question.id, by=by)


def accept(question: Question, *, by: User) -> Question:
    """The asker agrees: the merge is made. Returns the question that goes on."""
    into = proposed(question, by=by)
    merge(question, into, by=by)
    return into


def refuse(question: Question, *, reason: str, by: User, confirmed: bool = False) -> None:
    """The asker does not agree, and says why; the question waits where it was."""
    into = proposed(question, by=by)
    note = write_note(question, reason, by=by, confirmed=confirmed)
    question.proposed_into_id = None
    record(facts.MergeRefused(into_id=into.id, note_id=note.id), on=question.id, by=by)


def living_named(ref: str, *, to: User) -> Question:
    """The question of this reference. Raises `Conflict` beside the field when there is none."""
    found = db.session.scalar(
        select(Question).where(Question.ref == ref.strip().upper(), policy.readable_by(to))
    )
    if found is None:
        raise Conflict(_("Aucune question ne porte cette référence."), field="into")
    return found


def proposed(question: Question, *, by: User) -> Question:
    """The question that the asker is asked about. Raises `NotAllowed` for others, `Conflict` when
    nothing is asked any more."""
    if not policy.is_asker(by, question):
        raise NotAllowed(_("Seule la personne qui a posé la question répond."))
    if question.proposed_into_id is None:
        raise Conflict(_("Il n’y a plus de proposition : un modérateur a décidé autrement."))
    return db.session.get_one(Question, question.proposed_into_id)
