"""Drafts that nobody touched for long: their owner is told, and later they are deleted. Touching one
cancels it; a worker that stops half-way, or two at once, tell nobody twice."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, update

from exchange import clock, db, i18n
from exchange.i18n import gettext as _
from exchange.mail.compose import Said
from exchange.outbox.letters import Due, put
from exchange.outbox.models import LetterState
from exchange.people.models import User
from exchange.questions.models import Question, Stage
from exchange.settings import Settings

DRAFT = "draft"
BATCH = 50

_is_told = and_(Question.draft_told_at.is_not(None), Question.draft_told_at >= Question.edited_at)


def advance(settings: Settings) -> int:
    """Tell of the drafts whose time has come, and delete those that were told of long enough ago;
    commits. Returns how many. One query when there are none."""
    now = clock.now()
    forgotten = and_(
        or_(Question.draft_told_at.is_(None), Question.draft_told_at < Question.edited_at),
        Question.edited_at < now - timedelta(days=settings.draft_days),
    )
    over = and_(_is_told, Question.draft_told_at < now - timedelta(days=settings.draft_notice_days))
    if not _drafts(or_(forgotten, over)):
        db.session.rollback()
        return 0
    db.begin_write()
    told, ended = _drafts(forgotten, taken=True), _drafts(over, taken=True)
    for draft in told:
        _tell(draft, now)
    for draft in ended:
        db.session.delete(draft)
    db.session.commit()
    return len(told) + len(ended)


def write(due: Due, reader: User, settings: Settings) -> Said | LetterState:
    """Which draft, and until when; nothing when it was touched, sent or deleted meanwhile."""
    draft = db.session.get(Question, due.data["draft"])
    if (
        draft is None
        or draft.stage is not Stage.DRAFT
        or draft.asker_id != reader.id
        or draft.draft_told_at is None
        or draft.draft_told_at < draft.edited_at
    ):
        return LetterState.DROPPED
    until = last_day(draft.draft_told_at, settings)
    return Said(
        template=DRAFT,
        subject=_("Votre brouillon sera supprimé le %(day)s", day=i18n.show_date(until)),
        takes_replies=False,
        words={
            "why": _("Vous recevez ce courriel parce que ce brouillon est le vôtre."),
            "title": draft.title,
            "touched": i18n.show_date(draft.edited_at),
            "until": i18n.show_date(until),
            "href": f"{settings.address}/questions/drafts/{draft.id}",
        },
    )


def last_day(told_at: datetime, settings: Settings) -> datetime:
    """When a draft is deleted of which its owner was told then."""
    return told_at + timedelta(days=settings.draft_notice_days)


def _drafts(due: ColumnElement[bool], *, taken: bool = False) -> list[Question]:
    """The drafts for which it is time; `taken`: locked, without those of another worker."""
    statement = (
        select(Question)
        .where(Question.stage == Stage.DRAFT, due)
        .order_by(Question.id)
        .limit(BATCH)
    )
    if taken:
        statement = statement.with_for_update(skip_locked=True, key_share=True)
    return list(db.session.scalars(statement))


def _tell(draft: Question, now: datetime) -> None:
    """Beside the row's version: a page that has the draft open may still save it."""
    put(
        DRAFT,
        to=draft.asker_id,
        reason=f"draft:{draft.id}:{int(draft.edited_at.timestamp())}",
        draft=draft.id,
    )
    db.session.execute(
        update(Question)
        .where(Question.id == draft.id)
        .values(draft_told_at=now)
        .execution_options(synchronize_session=False)
    )
