"""Asking by mail: a known clinician's message becomes a draft of theirs, never a question. Who
writes is only what the message says, so that nothing but a draft and a letter to its owner may
come of it."""

import re

from exchange import i18n
from exchange.guard import gate
from exchange.mail.incoming import kinds
from exchange.mail.incoming.parse import Incoming
from exchange.mail.incoming.trim import trim
from exchange.mail.receiving import files, replies
from exchange.mail.receiving.outcomes import Outcome, Settled
from exchange.people.models import Area, User
from exchange.people.queries import by_email
from exchange.questions import actions as asking
from exchange.questions.content import TEXT_LIMIT, TITLE_LIMIT, Content
from exchange.questions.policy import may_ask

_PREFIX = re.compile(r"^(?:\s*(?:re|fwd?|tr|rép)\s*:)+\s*", re.IGNORECASE)
_FAILED = re.compile(r"\bdmarc\s*=\s*fail\b", re.IGNORECASE)


def take(incoming: Incoming, refusal: kinds.Refusal | None) -> Settled:
    """Keep what was written as a draft of its sender."""
    user = by_email(incoming.from_address)
    if user is None:
        return Settled(outcome=Outcome.UNKNOWN_SENDER)
    settled = Settled(outcome=Outcome.DRAFTED, user=user)
    settled.outcome = _door(incoming, user, refusal) or Outcome.DRAFTED
    if settled.outcome is Outcome.DRAFTED:
        with i18n.speaking(user.locale, user.timezone):
            _draft(incoming, user, settled)
    return settled


def _door(incoming: Incoming, user: User, refusal: kinds.Refusal | None) -> Outcome | None:
    if not user.active:
        return Outcome.SUSPENDED
    if any(_FAILED.search(told) for told in incoming.headers.get("authentication-results", ())):
        return Outcome.NOT_AUTHENTIC
    if replies.too_often(user):
        return Outcome.TOO_OFTEN
    if refusal is not None:
        return Outcome(refusal)
    return None if may_ask(user) else Outcome.NOT_ALLOWED


def _draft(incoming: Incoming, user: User, settled: Settled) -> None:
    trimmed = trim(incoming.text)
    settled.text, settled.cut = trimmed.kept, trimmed.cut
    settled.files = len(files.missed(incoming))
    if len(trimmed.kept) > TEXT_LIMIT:
        settled.outcome = Outcome.TOO_LONG
        return
    content = Content(
        title=_title(incoming.subject),
        problem=trimmed.kept,
        area=Area(user.areas[0]) if user.areas else Area.OTHER,
        language=user.locale,
    )
    try:
        settled.draft_id = asking.save_draft(content, by=user).id
    except gate.IdentityFound:
        settled.outcome = Outcome.IDENTITY


def _title(subject: str) -> str:
    """The subject without "Re:", at most as long as a title, cut between two words."""
    title = " ".join(_PREFIX.sub("", subject).split())
    return title if len(title) <= TITLE_LIMIT else title[: TITLE_LIMIT - 1].rsplit(" ", 1)[0] + "…"
