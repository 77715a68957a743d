"""Named reads of questions. Each starts from what the reader may read, and says what it costs."""

import re
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from exchange import db
from exchange.errors import NotFound
from exchange.i18n import gettext as _
from exchange.people.models import Team, User
from exchange.questions.models import Question, Stage
from exchange.questions.policy import readable_by

_REF = re.compile(r"Q-\d{4}-\d{4,8}")


def visible_question(ref: str, *, to: User) -> Question:
    """The question with its asker, team, institution, lead team, circle and, when it was merged,
    the one it was merged into: one query. Raises `NotFound`, in the same words, for a question
    that does not exist and for one this reader may not know of."""
    question = None
    if _REF.fullmatch(ref):
        question = (
            db.session.scalars(
                select(Question)
                .where(Question.ref == ref, readable_by(to))
                .options(
                    joinedload(Question.asker),
                    joinedload(Question.team).joinedload(Team.institution),
                    joinedload(Question.institution),
                    joinedload(Question.lead_team).joinedload(Team.institution),
                    joinedload(Question.merged_into),
                    joinedload(Question.circle),
                )
            )
            .unique()
            .one_or_none()
        )
    if question is None:
        raise NotFound(_("Aucune question de ce nom, ou elle n’est pas pour vous."))
    return question


def mine(user: User, *, limit: int = 50) -> Sequence[Question]:
    """What this person asked, latest change first, drafts apart: one query."""
    return db.session.scalars(
        select(Question)
        .where(Question.asker_id == user.id, Question.stage != Stage.DRAFT)
        .order_by(Question.stage_since.desc(), Question.id.desc())
        .limit(limit)
    ).all()


def drafts_of(user: User) -> Sequence[Question]:
    """This person's drafts, the last touched first: one query."""
    return db.session.scalars(
        select(Question)
        .where(Question.asker_id == user.id, Question.stage == Stage.DRAFT)
        .order_by(Question.edited_at.desc(), Question.id.desc())
    ).all()
