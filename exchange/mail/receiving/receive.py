"""The one way in. A door (pipe, LMTP, IMAP) hands over the bytes and where they were sent; this
says what became of them, and commits it. Nothing is answered here: answers are letters.

Raises only what is worth another try (the database is away, a bug): the door then leaves the
message where it was. A message given twice is read once.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from email.utils import parseaddr

import structlog
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from exchange import clock, db
from exchange.mail import addresses, returns
from exchange.mail.addresses import Address, Kind
from exchange.mail.incoming import kinds
from exchange.mail.incoming.bounces import read_report
from exchange.mail.incoming.parse import Incoming, parse
from exchange.mail.models import MailText, Received
from exchange.mail.receiving import actions, answers, asks, calendars, replies
from exchange.mail.receiving.outcomes import Outcome, Settled, Told
from exchange.outbox.models import Letter
from exchange.people.models import User
from exchange.settings import Settings

HEAD = 64 * 1024
"""Bytes read of a message that is too large: its headers."""

_log = structlog.get_logger()


@dataclass(frozen=True)
class Receipt:
    """What became of a message, in plain values: for doors, and for whoever asks why."""

    outcome: Outcome
    sender: str
    ref: str
    text: str
    cut: str
    told: tuple[Told, ...]


def receive(
    raw: bytes,
    *,
    recipients: Iterable[str] = (),
    door: str,
    settings: Settings,
    dry_run: bool = False,
) -> Receipt:
    """Read one message sent to `recipients` (of the envelope; its headers when there are none)."""
    incoming = parse(raw if len(raw) <= kinds.LARGEST else raw[:HEAD], recipients=recipients)
    incoming = replace(incoming, size=len(raw))
    address = addresses.find(incoming.to_addresses, settings)
    db.begin_write()
    try:
        arrived = _arrive(incoming, raw, address, door)
        settled = _settle(incoming, address, settings) if arrived else _again()
        if arrived is not None:
            _note(arrived, settled)
            answers.put(arrived, settled)
        receipt = _receipt(incoming, settled)
    except BaseException:
        db.session.rollback()
        raise
    if dry_run:
        db.session.rollback()
    else:
        db.session.commit()
        _log.info("mail.received", door=door, outcome=settled.outcome.value, size=len(raw))
    return receipt


def is_ours(recipient: str, settings: Settings) -> bool:
    """Whether mail to this address is worth taking: for a server that asks before it accepts."""
    address = addresses.find([recipient], settings)
    if address is None or address.kind is Kind.ASK:
        return address is not None
    return _letter(address.token) is not None


def forget_old(*, days: int) -> None:
    """Erase what was kept of replies for some days only; commits."""
    db.begin_write()
    actions.erase_old(days=days)
    db.session.commit()


def _settle(incoming: Incoming, address: Address | None, settings: Settings) -> Settled:
    own = {parseaddr(settings.mail_from)[1].lower()}
    refusal = kinds.never_posts(incoming, own_addresses=own)
    if refusal is kinds.Refusal.BOUNCE:
        return _bounce(incoming, address)
    if refusal is kinds.Refusal.CALENDAR and (invited := _answered(address)):
        return calendars.take(incoming, invited)
    if refusal is not None and not refusal.answerable:
        return Settled(outcome=Outcome(refusal))
    if address is None or address.kind is Kind.BOUNCE:
        return Settled(outcome=Outcome.NOT_OURS)
    if address.kind is Kind.ASK:
        return asks.take(incoming, refusal)
    letter = _letter(address.token)
    if letter is None:
        return Settled(outcome=Outcome.NOT_OURS)
    return replies.take(incoming, letter, refusal, settings)


def _answered(address: Address | None) -> Letter | None:
    """The letter to whose address it came."""
    return _letter(address.token) if address and address.kind is Kind.REPLY else None


def _bounce(incoming: Incoming, address: Address | None) -> Settled:
    """Of the letter named by the address it came to, or by the headers that it brings back."""
    report = read_report(incoming)
    if report is None:
        return Settled(outcome=Outcome.DELAYED)
    named = address.token if address else ""
    letter = _letter(named or addresses.named_in(report.returned))
    if letter is None:
        return Settled(outcome=Outcome.BOUNCE)
    user = db.session.get_one(User, letter.user_id)
    returns.count(user, status=report.status, letter_id=letter.id)
    return Settled(outcome=Outcome.BOUNCED, letter=letter, user=user)


def _letter(token: str) -> Letter | None:
    return db.session.scalar(select(Letter).where(Letter.token == token)) if token else None


def _arrive(incoming: Incoming, raw: bytes, address: Address | None, door: str) -> Received | None:
    """The row of this message at this address; None when it is there already."""
    name = incoming.message_id or hashlib.sha256(raw).hexdigest()
    where = f"{address.kind}-{address.token}" if address else ""
    insert = postgresql.insert if db.is_postgresql() else sqlite.insert
    number = db.session.scalar(
        insert(Received)
        .values(
            key=hashlib.sha256(f"{where} {name}".encode("utf-8", "replace")).hexdigest(),
            at=clock.now(),
            door=door,
            outcome="",
            size=len(raw),
            message_id=incoming.message_id if len(incoming.message_id) < 250 else "",
        )
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(Received.id)
    )
    return db.session.get_one(Received, number) if number is not None else None


def _again() -> Settled:
    return Settled(outcome=Outcome.REPEATED)


def _note(arrived: Received, settled: Settled) -> None:
    """What the log keeps of it, and what its author may still want to see."""
    arrived.outcome = settled.outcome.value
    arrived.user_id = settled.user.id if settled.user else None
    arrived.letter_id = settled.letter.id if settled.letter else None
    arrived.question_id = settled.question.id if settled.question else None
    if settled.user and settled.question and (settled.kept or (settled.cut and settled.comment_id)):
        kept = MailText(
            received_id=arrived.id,
            author_id=settled.user.id,
            question_id=settled.question.id,
            comment_id=settled.comment_id,
            at=arrived.at,
            text=settled.kept,
            cut=settled.cut,
        )
        db.session.add(kept)
        db.session.flush()
        settled.draft_id = kept.id if settled.kept else settled.draft_id


def _receipt(incoming: Incoming, settled: Settled) -> Receipt:
    return Receipt(
        outcome=settled.outcome,
        sender=incoming.from_address,
        ref=(settled.question.ref or "") if settled.question else "",
        text=settled.text,
        cut=settled.cut,
        told=tuple(settled.told),
    )
