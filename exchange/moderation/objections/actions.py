"""Objecting, and answering an objection."""

from dataclasses import replace
from typing import Any

from sqlalchemy import select

from exchange import clock, db
from exchange.errors import Conflict, NotAllowed
from exchange.i18n import gettext as _
from exchange.log.record import record
from exchange.people.models import User
from exchange.questions import facts, policy
from exchange.questions.actions import rephrase_as, write_note
from exchange.questions.content import Content
from exchange.questions.models import TEXT_FIELDS, Question, Revision, RevisionKind


def may_object(user: User, question: Question) -> bool:
    """The asker, once, to a moderator's wording that is in force: one query."""
    return (
        policy.is_asker(user, question)
        and question.contested_at is None
        and _last(question).kind is RevisionKind.REPHRASE
    )


def contest(question: Question, *, reason: str, by: User, confirmed: bool = False) -> None:
    """The asker does not recognise their question; it waits in the moderators' queue."""
    if not policy.is_asker(by, question):
        raise NotAllowed(_("Seule la personne qui a posé la question peut s’y opposer."))
    if not may_object(by, question):
        raise Conflict(_("Aucune reformulation n’attend votre avis."))
    note = write_note(question, reason, by=by, confirmed=confirmed)
    question.contested_at = clock.now()
    record(facts.Contested(note_id=note.id), on=question.id, by=by)


def settle(
    question: Question, *, restore: bool, reason: str, by: User, confirmed: bool = False
) -> None:
    """Give the asker's last words back, or keep the wording; either way say why. Every wording
    stays readable."""
    if not by.is_moderator:
        raise NotAllowed(_("Seul un modérateur répond à une opposition."))
    if question.contested_at is None:
        raise Conflict(_("Cette opposition a déjà sa réponse."))
    note = write_note(question, reason, by=by, confirmed=confirmed)
    question.contested_at = None
    if restore:
        own = own_words(question)
        texts: dict[str, Any] = {name: own.texts.get(name, "") for name in TEXT_FIELDS}
        content = replace(Content.of(question), title=own.title, **texts)
        revision = rephrase_as(question, content, by=by, kind=RevisionKind.RESTORE)
        record(facts.Restored(note_id=note.id, revision_id=revision.id), on=question.id, by=by)
    else:
        record(facts.ObjectionAnswered(note_id=note.id), on=question.id, by=by)


def own_words(question: Question) -> Revision:
    """The asker's last wording: one query."""
    own = (RevisionKind.ORIGINAL, RevisionKind.EDIT)
    return db.session.scalars(
        select(Revision)
        .where(Revision.question_id == question.id, Revision.kind.in_(own))
        .order_by(Revision.number.desc())
        .limit(1)
    ).one()


def _last(question: Question) -> Revision:
    return db.session.scalars(
        select(Revision)
        .where(Revision.question_id == question.id)
        .order_by(Revision.number.desc())
        .limit(1)
    ).one()
