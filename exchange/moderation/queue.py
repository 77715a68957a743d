"""The one queue of the desk: everything that waits for a moderator, what will be late first.

Each kind of entry is one statement with the columns of `waits`. All kinds are read in one query,
and counted in one for the header. A room below declares its kinds in `moderation/kinds.py`; a room
above calls `add` where it stands.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Row,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    String,
    Subquery,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.dialects import postgresql, sqlite

from exchange import clock, db, workdays
from exchange.db import UtcDateTime
from exchange.errors import NotAllowed
from exchange.i18n import gettext as _
from exchange.i18n import local_day, local_today
from exchange.moderation.models import Assignment, Deferral, Reading
from exchange.people.models import User
from exchange.settings import Settings

MOST = 100
"""Entries of one kind that are listed, those that wait the longest; the rest is counted."""

_TODAY = bindparam("desk_today", type_=Date())

READS_FOR = timedelta(minutes=2)
"""How long after the last sign of life of their page somebody still counts as reading."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of entry. `item` stands in `path` for what names the entry; `promise` is in working
    days from the moment it began to wait, which is `silence` after its column `since`."""

    name: str
    label: str
    icon: str
    path: str
    rows: Select[Any]
    promise: Callable[[Settings], int]
    silence: Callable[[Settings], timedelta] = lambda _settings: timedelta(0)

    def address(self, item: ColumnElement[str]) -> ColumnElement[str]:
        """The address of an entry, in SQL."""
        before, after = self.path.split("{item}")
        return literal(before) + item + literal(after)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the queue; `href` names it. `left` is how many working days remain of the
    promise, negative when late, whether or not it is put aside; `readers` are the colleagues who
    have it open, `holder` the one it was given to. `until`, `why` and `put_by` tell how it was put
    aside, also once it is back."""

    kind: str
    label: str
    icon: str
    item: str
    title: str
    about: str
    language: str
    to_reread: bool
    since: datetime
    due: date
    left: int
    href: str
    aside: bool = False
    until: date | None = None
    why: str = ""
    put_by: str = ""
    readers: tuple[str, ...] = ()
    holder: str = ""
    holder_id: int = 0

    @property
    def ref(self) -> str:
        """The reference of what waits; empty for what has a number only."""
        return self.item if "-" in self.item else ""

    @property
    def at_desk(self) -> bool:
        """Whether it is decided on a page of the desk."""
        return self.href.startswith("/triage/")


@dataclass(frozen=True)
class Desk:
    """The queue, what will be late first; and what was put aside, what comes back first."""

    waiting: list[Entry]
    aside: list[Entry]

    @property
    def all(self) -> list[Entry]:
        return [*self.waiting, *self.aside]


_kinds: dict[str, Kind] = {}


def add(kind: Kind) -> Kind:
    """Make a kind known to the queue: when its module is imported."""
    _kinds[kind.name] = kind
    return kind


def kinds() -> Sequence[Kind]:
    """Every kind, in the order in which they were added."""
    return tuple(_kinds.values())


def silent_since(name: str) -> ColumnElement[datetime]:
    """Stands in the rows of kind `name` for the instant before which silence is too long."""
    return bindparam(f"{name}_before", type_=UtcDateTime())


def waits(
    name: str,
    *,
    item: SQLColumnExpression[Any],
    title: SQLColumnExpression[str],
    since: SQLColumnExpression[Any],
    about: SQLColumnExpression[Any] | None = None,
    language: SQLColumnExpression[str] | None = None,
    to_reread: SQLColumnExpression[bool] | None = None,
) -> Select[Any]:
    """The columns of an entry of kind `name`; add where they come from."""
    columns: Any = select(
        literal(name).label("kind"),
        cast(item, String).label("item"),
        title.label("title"),
        func.coalesce(about if about is not None else literal(""), "").label("about"),
        (language if language is not None else literal("fr")).label("language"),
        (to_reread if to_reread is not None else literal(False)).label("to_reread"),
        since.label("since"),
    )
    rows: Select[Any] = columns
    return rows


def waiting(settings: Settings) -> list[Entry]:
    """The whole queue, what will be late first: one query."""
    return _sorted(_found(settings)).waiting


def desk(settings: Settings, *, but: User) -> Desk:
    """The same with what was put aside, and with who reads and who holds each; `but` is not named
    among the readers. Three queries."""
    return _sorted(_with_people(_found(settings), but))


def size() -> ScalarSelect[int]:
    """How many wait, as a column of the header's one query, run with `values`."""
    counts = []
    for kind in kinds():
        rows = kind.rows.subquery()
        aside = exists().where(_deferred(kind, rows), Deferral.until > _TODAY)
        counts.append(select(func.count()).select_from(rows).where(~aside).scalar_subquery())
    return select(sum(counts[1:], start=counts[0])).scalar_subquery()


def values(settings: Settings) -> Mapping[str, datetime | date]:
    """What the statements of the kinds are run with: from when on silence is too long, and which
    day it is."""
    now = clock.now()
    silences = {f"{kind.name}_before": now - kind.silence(settings) for kind in kinds()}
    return {**silences, "desk_today": local_today()}


def head(found: Sequence[Entry], user: User) -> Entry | None:
    """What this moderator opens next: the first that no colleague reads or was given, else the
    first."""
    here = [entry for entry in found if entry.at_desk]
    free = [e for e in here if not e.readers and e.holder_id in {0, user.id}]
    return next(iter(free or here), None)


def assign(item: str, to: User, *, by: User) -> None:
    """Give an entry to a moderator, who may be oneself; the last word counts."""
    if not to.is_moderator or not to.active:
        raise NotAllowed(_("Seul un modérateur peut recevoir une question à décider."))
    _put(Assignment, {"item": item}, user_id=to.id, by_id=by.id)


def keep_reading(item: str, user: User) -> None:
    """A sign of life of the page of somebody who has the entry open."""
    _put(Reading, {"item": item, "user_id": user.id})


def readers_of(item: str, *, but: User) -> list[str]:
    """Who else has this entry open: one query."""
    return list(
        db.session.scalars(
            select(User.name)
            .join(Reading, Reading.user_id == User.id)
            .where(Reading.item == item, Reading.at > clock.now() - READS_FOR, User.id != but.id)
            .order_by(db.by_name(User.name))
        )
    )


@lru_cache(maxsize=1)
def _listed() -> Select[Any]:
    """Everything, at most `MOST` of each kind: built once, when every module is imported."""
    arms = []
    for kind in kinds():
        rows = kind.rows.order_by("since").limit(MOST).subquery(f"{kind.name}_entries")
        arms.append(
            select(rows, Deferral.until, Deferral.reason, User.name.label("put_by"))
            .outerjoin(Deferral, _deferred(kind, rows))
            .outerjoin(User, User.id == Deferral.by_id)
        )
    return select(union_all(*arms).subquery())


def _deferred(kind: Kind, rows: Subquery) -> ColumnElement[bool]:
    """Whether this deferral is about what waits now, and not about what waited there before."""
    return and_(Deferral.item == kind.address(rows.c.item), Deferral.at >= rows.c.since)


def _found(settings: Settings) -> list[Entry]:
    today = local_today()
    return [_entry(row, settings, today) for row in db.rows(_listed(), values(settings))]


def _sorted(found: list[Entry]) -> Desk:
    def urgency(entry: Entry) -> tuple[object, ...]:
        return (entry.due, entry.since, entry.item)

    def back(entry: Entry) -> tuple[object, ...]:
        return (entry.until, entry.due, entry.item)

    return Desk(
        waiting=sorted((entry for entry in found if not entry.aside), key=urgency),
        aside=sorted((entry for entry in found if entry.aside), key=back),
    )


def _entry(row: Row[Any], settings: Settings, today: date) -> Entry:
    kind = _kinds[row.kind]
    since = row.since + kind.silence(settings)
    due = workdays.after(local_day(since), kind.promise(settings))
    return Entry(
        kind=kind.name,
        label=kind.label,
        icon=kind.icon,
        item=row.item,
        title=row.title,
        about=row.about,
        language=row.language,
        to_reread=bool(row.to_reread),
        since=since,
        due=due,
        left=workdays.between(today, due),
        href=kind.path.format(item=row.item),
        aside=row.until is not None and row.until > today,
        until=row.until,
        why=row.reason or "",
        put_by=row.put_by or "",
    )


def _put(table: type[Assignment | Reading], key: Mapping[str, object], **more: object) -> None:
    insert = postgresql.insert if db.is_postgresql() else sqlite.insert
    changed = {**more, "at": clock.now()}
    db.session.execute(
        insert(table)
        .values(**key, **changed)
        .on_conflict_do_update(index_elements=list(key), set_=changed)
    )


def _with_people(found: list[Entry], but: User) -> list[Entry]:
    """Who reads what, and who was given what: two queries, none when nothing waits."""
    if not found:
        return found
    readers: dict[str, list[str]] = {}
    for item, name in db.session.execute(
        select(Reading.item, User.name)
        .join(User, User.id == Reading.user_id)
        .where(Reading.at > clock.now() - READS_FOR, User.id != but.id)
        .order_by(db.by_name(User.name))
    ):
        readers.setdefault(item, []).append(name)
    holders = {
        item: (number, name)
        for item, number, name in db.session.execute(
            select(Assignment.item, User.id, User.name).join(User, User.id == Assignment.user_id)
        )
    }
    return [
        replace(
            entry,
            readers=tuple(readers.get(entry.href, ())),
            holder_id=holders.get(entry.href, (0, ""))[0],
            holder=holders.get(entry.href, (0, ""))[1],
        )
        for entry in found
    ]
