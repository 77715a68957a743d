"""Refused mail at the triage desk: a member wrote, and what they wrote went nowhere. They were told
why by mail; a moderator sees that it happened, and may help. Nothing of what it said is kept."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from exchange import clock, db
from exchange.errors import Conflict, NotAllowed, NotFound
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.mail.models import Received
from exchange.mail.receiving.outcomes import Outcome
from exchange.moderation import queue
from exchange.outbox.models import Letter
from exchange.people.models import User
from exchange.questions.models import Question

WORTH_A_LOOK = (
    Outcome.IDENTITY,
    Outcome.WRONG_SENDER,
    Outcome.NOT_AUTHENTIC,
    Outcome.NOT_ALLOWED,
    Outcome.ENCRYPTED,
    Outcome.DANGEROUS_ATTACHMENT,
    Outcome.OVERSIZE,
    Outcome.TOO_LONG,
)
"""A patient's identity, somebody who passes for a member, and what its author cannot mend alone.
The rest is mended by the letter that answers it, or is no message of a person."""

_about = func.coalesce(Received.question_id, Letter.question_id)

REFUSED = queue.add(
    queue.Kind(
        name="mail",
        label=_m("Courriel refusé"),
        icon="mail",
        path="/triage/mail/{item}",
        rows=queue.waits(
            "mail",
            item=Received.id,
            title=User.name,
            since=Received.at,
            about=Question.ref,
        )
        .join(User, User.id == Received.user_id)
        .outerjoin(Letter, Letter.id == Received.letter_id)
        .outerjoin(Question, Question.id == _about)
        .where(Received.outcome.in_(WORTH_A_LOOK), Received.looked_at.is_(None)),
        promise=lambda settings: settings.reread_days,
    )
)


@dataclass(frozen=True)
class Refused:
    """Who wrote, when, about which question (none: the ask address), and why it went nowhere."""

    id: int
    at: datetime
    outcome: Outcome
    looked_at: datetime | None
    name: str
    email: str
    handle: str
    ref: str
    title: str


def read(number: int) -> Refused:
    """One query. Raises `NotFound`."""
    row = db.session.execute(
        select(
            Received.id,
            Received.at,
            Received.outcome,
            Received.looked_at,
            User.name,
            User.email,
            User.handle,
            func.coalesce(Question.ref, "").label("ref"),
            func.coalesce(Question.title, "").label("title"),
        )
        .join(User, User.id == Received.user_id)
        .outerjoin(Letter, Letter.id == Received.letter_id)
        .outerjoin(Question, Question.id == _about)
        .where(Received.id == number, Received.outcome.in_(WORTH_A_LOOK))
    ).one_or_none()
    if row is None:
        raise NotFound(_("Aucun courriel refusé de ce numéro."))
    return Refused(**{**row._mapping, "outcome": Outcome(row.outcome)})


def settle(number: int, *, by: User) -> None:
    """A moderator looked at it. Raises `Conflict` when another one did."""
    if not by.is_moderator:
        raise NotAllowed(_("Seul un modérateur en décide."))
    read(number)
    received = db.session.get_one(Received, number, with_for_update=True)
    if received.looked_at is not None:
        raise Conflict(_("Un autre modérateur l’a déjà vu."))
    received.looked_at = clock.now()
