"""Leaving by mail: a token that names a person and what they stop, without a session
(RFC 8058). It dies when the person's own secret changes."""

import base64
import hmac
from functools import cache
from typing import Protocol

from sqlalchemy import select, update

from exchange import db
from exchange.mail.models import SavedSearch
from exchange.moderation.habits.actions import stop_mail
from exchange.outbox.models import Letter
from exchange.people.models import Area, DigestPeriod, User
from exchange.questions.actions import mute
from exchange.questions.models import Question
from exchange.questions.policy import may_read
from exchange.questions.queries import LARGEST_ID
from exchange.settings import Settings

AREA = "area"
DIGEST = "digest"
ALL = "all"
DESK = "desk"

LONGEST = 200
"""Characters of a token."""


class Known(Protocol):
    """Whom a token names: a person, or their columns."""

    @property
    def id(self) -> int: ...
    @property
    def unsubscribe_token(self) -> str: ...


def token(user: Known, purpose: str, settings: Settings) -> str:
    """Cannot be made by anybody else; `purpose` is the reference of a question, `DIGEST`,
    `DESK` or `ALL`."""
    return f"{user.id}.{purpose}.{_seal(user, purpose, settings)}"


def read(given: str, settings: Settings) -> tuple[User, str] | None:
    """Whose token it is and what for; None for one that is not ours."""
    number, _dot, rest = given[:LONGEST].partition(".")
    purpose, _dot, seal = rest.partition(".")
    known = number.isascii() and number.isdecimal() and int(number) <= LARGEST_ID
    user = db.session.get(User, int(number)) if known else None
    if user is None or not hmac.compare_digest(
        seal.encode(), _seal(user, purpose, settings).encode()
    ):
        return None
    return user, purpose


def stop(user: User, purpose: str, *, thread: str = "") -> None:
    """Stop one thread, the new questions of its area, the digests, or every mail that answers no
    act of one's own. Letters already waiting look at this when they leave."""
    if purpose in {DESK, ALL}:
        stop_mail(user)
    if purpose in {DIGEST, ALL}:
        user.digest = DigestPeriod.NEVER
    if purpose == ALL:
        user.instant_mail = False
        _calm_searches(user)
    elif purpose == AREA:
        _leave_area(user, area_of(user, thread))
    elif purpose not in {DIGEST, DESK} and (question := _question(purpose)) is not None:
        mute(question, user)
        _calm_searches(user, question)


def _calm_searches(user: User, question: Question | None = None) -> None:
    """The searches that brought this thread by mail, or all, are told in the digest from now on."""
    calm = update(SavedSearch).where(SavedSearch.user_id == user.id).values(at_once=False)
    if question is not None:
        told = select(Letter.data).where(
            Letter.user_id == user.id, Letter.question_id == question.id, Letter.kind == "news"
        )
        brought = {data.get("search_id") for data in db.session.scalars(told)} - {None}
        calm = calm.where(SavedSearch.id.in_(brought))
    db.session.execute(calm)


def area_of(user: User, thread: str) -> Area | None:
    """The area of a thread that the person hears of and may still read: a query or two."""
    question = _question(thread) if thread else None
    if question is None or not may_read(user, question):
        return None
    return question.area if question.area in heard(user) else None


def heard(user: User) -> list[Area]:
    """The areas whose new questions the person hears of: all, when none was chosen."""
    return [area for area in Area if not user.areas or area.value in user.areas]


def _leave_area(user: User, area: Area | None) -> None:
    """Who leaves the last one wants no digest: no area at all would mean all of them."""
    left = [one.value for one in heard(user) if one is not area]
    if left:
        user.areas = left
    else:
        user.digest = DigestPeriod.NEVER


def _question(ref: str) -> Question | None:
    return db.session.scalar(select(Question).where(Question.ref == ref))


def _seal(user: Known, purpose: str, settings: Settings) -> str:
    """144 bits that only this site can compute (RFC 2104)."""
    told = f"unsubscribe:{user.id}:{user.unsubscribe_token}:{purpose}"
    return base64.urlsafe_b64encode(
        hmac.digest(_key(settings), told.encode(), "sha256")[:18]
    ).decode()


@cache
def _key(settings: Settings) -> bytes:
    return settings.key().encode()
