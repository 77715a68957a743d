"""What the words of an untagged question name, and accepting it."""

from collections.abc import Collection, Iterator

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload, selectinload

from exchange import db
from exchange.errors import NotAllowed
from exchange.i18n import gettext as _
from exchange.people.models import User
from exchange.questions import actions as asking
from exchange.questions import tags
from exchange.questions.content import Content
from exchange.questions.models import Question, QuestionTag, Stage

GONE = (Stage.DRAFT, Stage.MERGED, Stage.WITHDRAWN, Stage.DECLINED)

MOST = 50
"""Questions proposed at once; the others come when these have their tags."""

Proposal = tuple[Question, tuple[str, ...]]


def proposals() -> list[Proposal]:
    """Untagged questions with what their words name, the newest first; nothing is known of those
    whose words name nothing. Three queries."""
    found = []
    for question in _untagged():
        if keys := tags.proposed(Content.of(question)):
            found.append((question, keys))
        if len(found) == MOST:
            break
    return found


def accept(proposed: Collection[Proposal], refs: Collection[str], *, by: User) -> int:
    """Give these questions the tags proposed; returns how many. Others leave no trace."""
    if not by.is_moderator:
        raise NotAllowed(_("Seul un modérateur choisit les étiquettes."))
    chosen = [(question, keys) for question, keys in proposed if question.ref in refs]
    for question, keys in chosen:
        asking.place(
            question,
            area=question.area,
            audience=question.audience,
            circle_team_ids=question.circle_team_ids,
            tagged=keys,
            by=by,
        )
    return len(chosen)


def _untagged() -> Iterator[Question]:
    yield from db.session.scalars(
        select(Question)
        .where(
            Question.stage.not_in(GONE),
            ~exists().where(QuestionTag.question_id == Question.id),
        )
        .options(selectinload(Question.tagged), joinedload(Question.circle))
        .order_by(Question.id.desc())
        .limit(MOST * 10)
    ).unique()
