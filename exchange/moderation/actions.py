"""Every decision of a moderator. The asker's words are never lost: a rephrasing stands beside
them, a merge keeps the merged thread readable, a refusal carries its reason."""

from dataclasses import replace

from exchange import clock
from exchange.errors import Conflict, NotAllowed, Refusal
from exchange.guard import gate
from exchange.i18n import gettext as _
from exchange.log.record import record
from exchange.moderation.causes import Cause
from exchange.moderation.merges.actions import carry
from exchange.people.models import User
from exchange.questions import facts, workflow
from exchange.questions.actions import rephrase_as, write_note
from exchange.questions.content import Content
from exchange.questions.models import Question, Revision, Stage


def publish(question: Question, *, by: User) -> None:
    """Open the question to its audience; from now on the labs hear of it."""
    workflow.make(question, facts.Published(), by=by)
    question.published_at = question.published_at or clock.now()


def return_(question: Question, *, reason: str, by: User, confirmed: bool = False) -> None:
    """Ask the asker for a precision; the same question comes back."""
    workflow.require(question, "return", by=by)
    note = write_note(question, reason, by=by, confirmed=confirmed)
    workflow.make(question, facts.Returned(note_id=note.id), by=by)


def decline(
    question: Question,
    *,
    reason: str,
    cause: Cause = Cause.OTHER,
    by: User,
    confirmed: bool = False,
) -> None:
    """Say no, and why: the reason to the asker, the cause to all members."""
    workflow.require(question, "decline", by=by)
    note = write_note(question, reason, by=by, confirmed=confirmed)
    workflow.make(question, facts.Declined(note_id=note.id, because=cause.value), by=by)


def answer(
    question: Question, *, reason: str, reference: str, by: User, confirmed: bool = False
) -> None:
    """The answer exists: decline, and say where it stands."""
    workflow.require(question, "decline", by=by)
    words = f"{reason.strip()}\n\n{reference.strip()}"
    note = write_note(question, words, by=by, confirmed=confirmed)
    workflow.make(question, facts.Declined(note_id=note.id, because=Cause.ANSWERED.value), by=by)


def park(question: Question, *, reason: str, by: User, confirmed: bool = False) -> None:
    """Let the question sleep until somebody wakes it."""
    workflow.require(question, "park", by=by)
    note = write_note(question, reason, by=by, confirmed=confirmed)
    workflow.make(question, facts.Parked(note_id=note.id), by=by)


def reopen(question: Question, *, reason: str, by: User, confirmed: bool = False) -> None:
    """Open again a question that was concluded, or declined once published."""
    workflow.require(question, "reopen", by=by)
    note = write_note(question, reason, by=by, confirmed=confirmed)
    workflow.make(question, facts.Reopened(note_id=note.id), by=by)


def reconsider(question: Question, *, reason: str, by: User, confirmed: bool = False) -> None:
    """Read again a question that was declined before anybody read it."""
    workflow.require(question, "reconsider", by=by)
    note = write_note(question, reason, by=by, confirmed=confirmed)
    workflow.make(question, facts.Reconsidered(note_id=note.id), by=by)


JOINABLE = frozenset(
    {Stage.OPEN, Stage.CLAIMED, Stage.HYPOTHESIS, Stage.PROJECT, Stage.CONCLUDED, Stage.PARKED}
)
"""Stages of a question that can receive a twin: published and alive."""


def merge(
    question: Question, into: Question, *, reason: str = "", by: User, confirmed: bool = False
) -> None:
    """Join a question to the one that lives: its asker, supporters and followers support and
    follow that one, both threads stay readable, and the references of both keep working."""
    workflow.require(question, "merge", by=by)
    require_living(question, into)
    note = write_note(question, reason, by=by, confirmed=confirmed) if reason.strip() else None
    question.merged_into_id = into.id
    workflow.make(question, facts.Merged(into_id=into.id, note_id=note.id if note else None), by=by)
    question.proposed_into_id = None
    carry(question, into)
    record(facts.TwinReceived(from_id=question.id), on=into.id, by=by)


def require_living(question: Question, into: Question) -> None:
    """Raises `Refusal` unless `into` is another question, published and alive."""
    if into.id == question.id:
        raise Refusal(_("Une question ne peut pas être réunie à elle-même."), field="into")
    if into.published_at is None or into.stage not in JOINABLE:
        raise Refusal(
            _("%(ref)s n’est pas une question publiée et vivante.", ref=into.ref), field="into"
        )


def rephrase(
    question: Question, *, title: str, problem: str, by: User, confirmed: bool = False
) -> Revision:
    """Write beside the asker's words. Raises `NotAllowed` for anyone but a moderator."""
    if not by.is_moderator:
        raise NotAllowed(_("Seul un modérateur peut reformuler une question."))
    if question.stage in {Stage.DRAFT, Stage.MERGED, Stage.WITHDRAWN}:
        raise Conflict(_("Cette question ne peut plus être reformulée."))
    gate.check({"title": title, "problem": problem}, confirmed=confirmed)
    content = replace(Content.of(question), title=title, problem=problem)
    revision = rephrase_as(question, content, by=by)
    record(facts.Rephrased(revision_id=revision.id), on=question.id, by=by)
    return revision
