"""Reads of reports."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, case, select
from sqlalchemy.orm import joinedload

from exchange import db
from exchange.errors import NotFound
from exchange.i18n import gettext as _
from exchange.moderation.flags.models import Flag
from exchange.people.models import User
from exchange.questions.models import Question
from exchange.questions.policy import readable_by


def one(number: int) -> Flag:
    """A report with its question and who raised it. Raises `NotFound`."""
    found = db.session.scalar(
        select(Flag)
        .where(Flag.id == number)
        .options(joinedload(Flag.question), joinedload(Flag.reporter))
    )
    if found is None:
        raise NotFound(_("Aucun signalement de ce numéro."))
    return found


def of_same_text(flag: Flag) -> Sequence[Flag]:
    """Every report of the text, settled ones too, the newest first: one query."""
    return db.session.scalars(
        select(Flag)
        .where(Flag.kind == flag.kind, Flag.target_id == flag.target_id)
        .options(joinedload(Flag.reporter))
        .order_by(Flag.id.desc())
    ).all()


def mine(user: User) -> Sequence[Row[*tuple[Any, ...]]]:
    """What this person reported, the newest first; the reference only while they may read it: one
    query."""
    return db.session.execute(
        select(
            Flag.id,
            Flag.kind,
            Flag.ground,
            Flag.at,
            Flag.verdict,
            Flag.answer,
            case((readable_by(user), Question.ref)).label("ref"),
        )
        .join(Question, Question.id == Flag.question_id)
        .where(Flag.reporter_id == user.id)
        .order_by(Flag.id.desc())
        .limit(50)
    ).all()
