"""Named reads of questions. Each starts from what the reader may read, and says what it costs."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import aliased, joinedload

from exchange import clock, db
from exchange.errors import NotFound
from exchange.i18n import gettext as _
from exchange.i18n import typeset
from exchange.log.facts import quiet_kinds
from exchange.log.models import Event
from exchange.people.models import Institution, Team, User
from exchange.questions import facts, tags
from exchange.questions.content import Content
from exchange.questions.forms import Filters, Sort
from exchange.questions.models import (
    Follow,
    FollowLevel,
    Note,
    Question,
    QuestionTag,
    Revision,
    Stage,
)
from exchange.questions.policy import any_reader, asker_seen_by, readable_by
from exchange.questions.workflow import MOVE_OF_FACT
from exchange.text import plain
from exchange.vocabulary import current

PAGE = 20
"""Questions on a page of the list."""
REVISIONS = 20
"""Wordings on a page of the history."""
EXTRACT = 240
"""Characters of the problem shown in a list."""
FRESH = timedelta(days=14)
"""How long a question that was never opened counts as new."""
AT_ONCE = timedelta(hours=1)
"""The same words sent again within this time are a second click, not a second question."""
LARGEST_ID = 2**31 - 1

_REF = re.compile(r"Q-\d{4}-\d{4,8}", re.ASCII)

_ASIDE = (Stage.MERGED, Stage.DECLINED, Stage.WITHDRAWN)
"""Stages that the list shows only when asked for."""
_BEFORE_PUBLICATION = (Stage.SUBMITTED, Stage.RETURNED, Stage.DECLINED, Stage.WITHDRAWN)
"""Stages in which a question may never have been published."""


_VISIBLE = {
    moderator: select(Question)
    .where(Question.ref == bindparam("ref"), readable_by(any_reader(moderator=moderator)))
    .options(
        joinedload(Question.asker),
        joinedload(Question.team).joinedload(Team.institution),
        joinedload(Question.institution),
        joinedload(Question.lead_team).joinedload(Team.institution),
        joinedload(Question.merged_into),
        joinedload(Question.circle),
    )
    for moderator in (False, True)
}
"""The same for every reader but moderators, who read more."""


def visible_question(ref: str, *, to: User) -> Question:
    """The question with its asker, team, institution, lead team, circle and, when it was merged,
    the one it was merged into: one query. Raises `NotFound`, in the same words, for a question
    that does not exist and for one this reader may not know of."""
    question = None
    if _REF.fullmatch(ref):
        values = {"ref": ref, "me": to.id, "teams": to.team_ids}
        question = db.session.scalars(_VISIBLE[to.is_moderator], values).unique().one_or_none()
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


def own_draft(number: str | int, *, of: User) -> Question:
    """A draft by its number, or what became of it once sent; the row is locked until the commit,
    so that two submits follow one another. One query, and its circle. Raises `NotFound`."""
    text = str(number)
    question = None
    if text.isdecimal() and len(text) <= 10 and int(text) <= LARGEST_ID:
        question = db.session.scalar(
            select(Question)
            .where(Question.id == int(text), Question.asker_id == of.id)
            .with_for_update(key_share=True)
        )
    if question is None:
        raise NotFound(_("Ce brouillon n’existe pas, ou plus."))
    return question


def same_words(content: Content, *, by: User) -> Question | None:
    """The question this person sent a moment ago in the very same words. Their row is locked, so
    that two clicks at the same instant follow one another. Two queries."""
    db.session.execute(select(User.id).where(User.id == by.id).with_for_update(key_share=True))
    return db.session.scalar(
        select(Question)
        .where(
            Question.asker_id == by.id,
            Question.stage != Stage.DRAFT,
            Question.submitted_at > clock.now() - AT_ONCE,
            Question.title.in_((content.title, typeset(content.title))),
            Question.problem == content.problem,
        )
        .limit(1)
    )


def place_in_queue(question: Question) -> int:
    """How many questions the desk reads up to this one, itself included: one query."""
    before = tuple_(Question.stage_since, Question.id) <= tuple_(
        literal(question.stage_since, Question.stage_since.type), literal(question.id)
    )
    found = db.session.scalar(select(func.count()).where(Question.stage == Stage.SUBMITTED, before))
    return found or 0


def moderators_note(question: Question) -> Note | None:
    """What the moderator asked when the question was last returned: two queries."""
    event = db.session.scalar(
        select(Event)
        .where(Event.question_id == question.id, Event.kind == facts.Returned.kind)
        .order_by(Event.id.desc())
        .limit(1)
    )
    return db.session.get(Note, event.data["note_id"]) if event else None


def revisions(question: Question, *, before: int | None = None) -> Sequence[Revision]:
    """Wordings, newest first, with their authors; one more than a page, to compare the last one
    with. One query."""
    statement = (
        select(Revision)
        .where(Revision.question_id == question.id)
        .options(joinedload(Revision.author))
        .order_by(Revision.number.desc())
        .limit(REVISIONS + 1)
    )
    if before is not None:
        statement = statement.where(Revision.number < before)
    return db.session.scalars(statement).all()


def team_choices() -> list[tuple[int, str]]:
    """Every team as (id, name and institution), for a circle: one query."""
    rows = db.session.execute(
        select(Team.id, Team.name, Institution.short)
        .join(Team.institution)
        .order_by(db.by_name(Institution.short), db.by_name(Team.name))
    )
    return [(row.id, f"{row.name} ({row.short})") for row in rows]


@dataclass(frozen=True)
class Places:
    """Where questions come from and who takes them, by slug: words for menus, ids for reading."""

    words: dict[str, dict[str, str]]
    ids: dict[str, dict[str, int]]


_PLACES = (
    select(
        Institution.slug.label("house"),
        Institution.id.label("house_id"),
        Institution.name.label("house_name"),
        Team.slug,
        Team.id,
        Team.name,
        Institution.short,
    )
    .outerjoin(Team, Team.institution_id == Institution.id)
    .order_by(db.by_name(Institution.name), db.by_name(Team.name))
)


def places() -> Places:
    """Every institution and every team, whatever they asked: one query."""
    rows = db.rows(_PLACES).all()
    teams = [row for row in rows if row.slug is not None]
    return Places(
        words={
            "institution": {row.house: row.house_name for row in rows},
            "team": {row.slug: f"{row.name} ({row.short})" for row in teams},
        },
        ids={
            "institution": {row.house: row.house_id for row in rows},
            "team": {row.slug: row.id for row in teams},
        },
    )


@dataclass(frozen=True)
class Cursor:
    """A place in a list: the sort value and id of a question, and the way to read from there."""

    value: datetime | int
    id: int
    back: bool = False

    def encode(self) -> str:
        """For an address: opaque, and holds nothing that the page did not show."""
        value = self.value.isoformat() if isinstance(self.value, datetime) else str(self.value)
        return base64.urlsafe_b64encode(f"{value}|{self.id}".encode()).decode().rstrip("=")

    @classmethod
    def asked(cls, address: Mapping[str, str], sort: Sort) -> "tuple[Cursor | None, bool]":
        """Where in the list to read from, and whether the address names a place that is none."""
        for name, back in (("after", False), ("before", True)):
            if text := address.get(name):
                cursor = cls.decode(text, sort, back=back)
                return cursor, cursor is None
        return None, False

    @classmethod
    def decode(cls, text: str, sort: Sort, *, back: bool) -> "Cursor | None":
        """The place that an address names, or None when it names none in this order."""
        try:
            padded = text[:120] + "=" * (-len(text) % 4)
            value, _sep, number = base64.urlsafe_b64decode(padded).decode().partition("|")
            place = int(number)
            if not 0 <= place <= LARGEST_ID:
                return None
            if sort in {Sort.SUPPORTED, Sort.NEEDED}:
                count = int(value)
                return cls(count, place, back) if abs(count) <= LARGEST_ID else None
            return cls(datetime.fromisoformat(value).astimezone(UTC), place, back)
        except (ValueError, OverflowError, binascii.Error):
            return None


@dataclass(frozen=True)
class Listed:
    """A page of the list; `newer` and `older` are the cursors of its neighbours."""

    rows: Sequence[Row[Any]]
    newer: str | None
    older: str | None


_VERSION = select(
    select(func.max(Event.id)).scalar_subquery(),
    func.count(),
    func.count(Follow.level),
    func.sum(Follow.read_event_id),
).where(Follow.user_id == bindparam("me"))


def version_of_list(user: User) -> Row[Any]:
    """What changes when a list may have changed for this reader: one query."""
    return db.rows(_VERSION, {"me": user.id}).one()


def listed(
    user: User, filters: Filters, ids: dict[str, dict[str, int]], cursor: Cursor | None
) -> Listed:
    """A page of what the reader may read, as columns: one query, whatever the size."""
    back = cursor is not None and cursor.back
    shape = _Shape(
        sort=filters.sort,
        chosen=frozenset(filters.chosen),
        published_only=_published_only(filters),
        moderator=user.is_moderator,
        placed=cursor is not None,
        back=back,
    )
    values = {
        **filters.chosen,
        **{name: ids[name][filters.chosen[name]] for name in ids if filters.on(name)},
        "tag": current.in_force().with_narrower(filters.chosen.get("tag", "")),
        "me": user.id,
        "teams": user.team_ids,
        "fresh_since": clock.now() - FRESH,
        "limit": PAGE + 1,
        "cursor_value": cursor.value if cursor else None,
        "cursor_id": cursor.id if cursor else None,
    }
    found = db.rows(_list_of(shape), values).all()
    more = len(found) > PAGE
    rows = found[:PAGE][::-1] if back else found[:PAGE]
    if not rows:
        return Listed(rows, None, None)
    return Listed(
        rows,
        newer=_cursor(rows[0]) if (more if back else cursor is not None) else None,
        older=_cursor(rows[-1]) if (back or more) else None,
    )


@lru_cache(maxsize=2_000)
def extract(markdown: str) -> str:
    """The first words of a text, without its marks: a function of the text alone, so the texts of
    the pages that everybody opens are read once a process."""
    text = plain(markdown)
    if len(text) <= EXTRACT:
        return text
    return text[:EXTRACT].rpartition(" ")[0].rstrip(",;:") + " …"


def _cursor(row: Row[Any]) -> str:
    return Cursor(row.sort_key, row.id).encode()


@dataclass(frozen=True)
class _Shape:
    """What makes two lists different statements: everything else is a value. `chosen`: names of
    the filters in use; `placed`: read from a cursor on."""

    sort: Sort
    chosen: frozenset[str]
    published_only: bool
    moderator: bool
    placed: bool
    back: bool


@lru_cache(maxsize=256)
def _list_of(shape: _Shape) -> Select[*tuple[Any, ...]]:
    """The statement of a list. It is kept: building it costs more than running it."""
    reader = any_reader(moderator=shape.moderator)
    key = _sort_key(shape)
    statement = _columns(reader, key).where(readable_by(reader), *_conditions(reader, shape))
    ascending = (shape.sort is Sort.WAITING) != shape.back
    if shape.placed:
        here = tuple_(bindparam("cursor_value", type_=key.type), bindparam("cursor_id", Integer))
        place = tuple_(key, Question.id)
        statement = statement.where(place > here if ascending else place < here)
    order = (key.asc(), Question.id.asc()) if ascending else (key.desc(), Question.id.desc())
    return statement.order_by(*order).limit(bindparam("limit", type_=Integer))


def _sort_key(shape: _Shape) -> Any:
    if shape.sort is Sort.SUPPORTED:
        return Question.support_count
    if shape.sort is Sort.WAITING:
        return Question.stage_since
    if shape.sort is Sort.NEEDED:
        return Question.need
    if shape.published_only:
        return Question.published_at
    return func.coalesce(Question.published_at, Question.submitted_at, Question.created_at)


def _published_only(filters: Filters) -> bool:
    return filters.chosen.get("stage") not in _BEFORE_PUBLICATION and not filters.on("mine")


def _conditions(reader: User, shape: _Shape) -> list[ColumnElement[bool]]:
    chosen = shape.chosen
    conditions: list[ColumnElement[bool]] = [Question.stage != Stage.DRAFT]
    if shape.published_only:
        conditions.append(Question.published_at.is_not(None))
    if "stage" in chosen:
        conditions.append(Question.stage == bindparam("stage"))
    elif "unclaimed" in chosen or shape.sort is Sort.WAITING:
        conditions.append(Question.stage == Stage.OPEN)
    elif "mine" not in chosen and "following" not in chosen:
        conditions.append(Question.stage.not_in(_ASIDE))
    if "stage" in chosen and "unclaimed" in chosen:
        conditions.append(Question.lead_team_id.is_(None))
    if "area" in chosen:
        conditions.append(Question.area == bindparam("area"))
    if "kind" in chosen:
        conditions.append(Question.kind == bindparam("kind"))
    if "tag" in chosen:
        tagged = QuestionTag.concept.in_(bindparam("tag", expanding=True))
        conditions.append(Question.id.in_(select(QuestionTag.question_id).where(tagged)))
    if "institution" in chosen:
        conditions.append(Question.institution_id == bindparam("institution"))
    if "team" in chosen:
        team: BindParameter[int] = bindparam("team")
        conditions.append(or_(Question.team_id == team, Question.lead_team_id == team))
    if "mine" in chosen:
        conditions.append(
            or_(Question.asker_id == reader.id, Question.lead_team_id.in_(reader.team_ids))
        )
    if "following" in chosen:
        conditions.append(Follow.level == FollowLevel.FOLLOW)
    return conditions


def _columns(user: User, key: Any) -> Select[*tuple[Any, ...]]:
    lead = aliased(Team)
    return (
        select(
            Question.id,
            Question.ref,
            Question.title,
            Question.area,
            Question.stage,
            Question.stage_since,
            Question.language,
            Question.support_count,
            Question.comment_count,
            Question.published_at,
            Question.submitted_at,
            func.substr(Question.problem, 1, EXTRACT * 2).label("problem"),
            case((asker_seen_by(user), User.name)).label("asker"),
            Team.name.label("team"),
            Institution.short.label("institution"),
            lead.name.label("lead_team"),
            tags.told().label("tags"),
            _unread(user).label("unread"),
            key.label("sort_key"),
        )
        .join(Question.asker)
        .outerjoin(Question.team)
        .outerjoin(Question.institution)
        .outerjoin(lead, lead.id == Question.lead_team_id)
        .outerjoin(Follow, and_(Follow.question_id == Question.id, Follow.user_id == user.id))
    )


def _unread(user: User) -> ColumnElement[bool]:
    """Something happened, by somebody else, since the reader was there; or the question is fresh
    and they never were. Nothing that they muted, nor what happens inside a hypothesis or project,
    which may be confidential."""
    news = exists(
        select(Event.id).where(
            Event.question_id == Question.id,
            Event.id > func.coalesce(Follow.read_event_id, 0),
            func.coalesce(Event.actor_id, 0) != user.id,
            Event.kind.not_in(quiet_kinds()),
            or_(
                Event.kind.in_(MOVE_OF_FACT),
                and_(
                    Event.data["hypothesis_id"].as_integer().is_(None),
                    Event.data["project_id"].as_integer().is_(None),
                ),
            ),
        )
    )
    never = and_(Follow.user_id.is_(None), Question.published_at > bindparam("fresh_since"))
    known = and_(
        Follow.user_id.is_not(None),
        func.coalesce(Follow.level, FollowLevel.FOLLOW.value) != FollowLevel.MUTE.value,
    )
    return and_(or_(never, known), news)
