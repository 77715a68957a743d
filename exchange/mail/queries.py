"""Reads of notices, of letters, and of the demo's mailbox."""

import email
import mailbox
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from sqlalchemy import Row, and_, case, func, or_, select

from exchange import db
from exchange.errors import NotFound
from exchange.i18n import get_locale
from exchange.i18n import gettext as _
from exchange.log.models import Event
from exchange.mail.models import SavedFilter, SavedSearch, TagWatch, TeamWatch
from exchange.mail.phrases import PHRASES
from exchange.outbox.models import Letter, LetterState
from exchange.people.models import Institution, Team, User
from exchange.questions.forms import Filters
from exchange.questions.models import Follow, FollowLevel, Question
from exchange.questions.policy import public_to_all, readable_by
from exchange.questions.queries import places
from exchange.questions.tags import labelled
from exchange.research.models import Hypothesis, Project
from exchange.research.policy import hypothesis_readable_by, project_readable_by
from exchange.settings import Settings
from exchange.thread.timeline import LINES

PAGE = 30
SHOWN = 100
"""Followed and muted questions on the page of choices."""
QUERY_LIMIT = 500
"""Characters of an address that are looked at."""

AnyRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One line of the notices: what happened, where, when."""

    id: int
    text: str
    ref: str
    title: str
    href: str
    at: datetime
    unread: bool


def notices(user: User, *, before: int | None = None) -> tuple[list[Notice], int | None]:
    """What concerned this person and they may still read, the newest first, and the number to
    read on from: two queries, up to two more for hypotheses and projects."""
    statement = (
        select(Letter.id, Letter.data, Letter.read_at, Question.ref, Question.title)
        .join(Question, Question.id == Letter.question_id)
        .where(
            Letter.user_id == user.id,
            Letter.kind != "digest",
            Letter.state != LetterState.DROPPED,
            readable_by(user),
        )
        .order_by(Letter.id.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        statement = statement.where(Letter.id < before)
    rows = db.session.execute(statement).all()
    events = _events([number for row in rows[:PAGE] for number in _named(row.data)], user)
    named = {
        row.id: next((events[n] for n in _named(row.data) if n in events), None)
        for row in rows[:PAGE]
    }
    shown = [
        Notice(
            id=row.id,
            text=_(PHRASES[event.kind]),
            ref=row.ref,
            title=row.title,
            href=f"/questions/{row.ref}#e{event.id}",
            at=event.at,
            unread=row.read_at is None,
        )
        for row in rows[:PAGE]
        if (event := named[row.id]) is not None
    ]
    return shown, rows[PAGE - 1].id if len(rows) > PAGE else None


@dataclass(frozen=True)
class Chosen:
    """What a person follows, besides areas: rows of what they may still read. `tags`: key and
    label of those that the vocabulary holds."""

    followed: Sequence[AnyRow]
    muted: Sequence[AnyRow]
    teams: Sequence[AnyRow]
    tags: Sequence[tuple[str, str]]
    filters: Sequence[SavedFilter]
    searches: Sequence[SavedSearch]


def chosen(user: User) -> Chosen:
    """What this person follows, mutes, watches and keeps: five queries."""
    follows = db.session.execute(
        select(Question.ref, Question.title, Follow.level)
        .join(Follow, Follow.question_id == Question.id)
        .where(Follow.user_id == user.id, Follow.level.is_not(None), readable_by(user))
        .order_by(Question.id.desc())
        .limit(SHOWN)
    ).all()
    return Chosen(
        followed=[row for row in follows if row.level is FollowLevel.FOLLOW],
        muted=[row for row in follows if row.level is FollowLevel.MUTE],
        teams=db.session.execute(
            select(Team.slug, Team.name, Institution.short)
            .join(TeamWatch, TeamWatch.team_id == Team.id)
            .join(Institution, Institution.id == Team.institution_id)
            .where(TeamWatch.user_id == user.id)
            .order_by(db.by_name(Team.name))
        ).all(),
        tags=labelled(
            db.session.scalars(
                select(TagWatch.concept)
                .where(TagWatch.user_id == user.id)
                .order_by(TagWatch.concept)
            ).all(),
            get_locale(),
        ),
        filters=db.session.scalars(
            select(SavedFilter).where(SavedFilter.user_id == user.id).order_by(SavedFilter.id)
        ).all(),
        searches=db.session.scalars(
            select(SavedSearch).where(SavedSearch.user_id == user.id).order_by(SavedSearch.id)
        ).all(),
    )


def watches(user: User, team: Team) -> bool:
    """Whether the person follows the team: one query."""
    return db.session.get(TeamWatch, (user.id, team.id)) is not None


def watches_tag(user: User, concept: str) -> bool:
    """Whether the person follows the tag: one query."""
    return db.session.get(TagWatch, (user.id, concept)) is not None


def filters_of(query: str) -> Filters:
    """The filters of the list that an address tells: one query."""
    return Filters.read(parse_qs(query[:QUERY_LIMIT]), places().words)


def letters(
    state: LetterState | None, *, before: int | None = None
) -> tuple[Sequence[AnyRow], int | None]:
    """Letters for the administrator, the newest first, and the number to read on from: one
    query. What a letter is about is not told when that is not for all members, or when the
    address would say who asked in the department's name."""
    open_ = or_(
        Question.id.is_(None), and_(public_to_all(), Question.in_department_name.is_(False))
    )
    statement = (
        select(
            Letter.id,
            Letter.kind,
            Letter.state,
            Letter.created_at,
            Letter.due_at,
            Letter.sent_at,
            Letter.attempts,
            Letter.error,
            Letter.subject,
            case((open_, Question.ref)).label("ref"),
            User.email,
            open_.label("open"),
        )
        .join(User, User.id == Letter.user_id)
        .outerjoin(Question, Question.id == Letter.question_id)
        .order_by(Letter.id.desc())
        .limit(PAGE + 1)
    )
    if state is not None:
        statement = statement.where(Letter.state == state)
    if before is not None:
        statement = statement.where(Letter.id < before)
    rows = db.session.execute(statement).all()
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None


def counts() -> dict[LetterState, int]:
    """How many letters are in each state: one query."""
    found = db.session.execute(
        select(Letter.state, func.count().label("number")).group_by(Letter.state)
    )
    return {row.state: row.number for row in found}


def letter(number: int) -> Letter:
    """One letter. Raises `NotFound`."""
    found = db.session.get(Letter, number)
    if found is None:
        raise NotFound(_("Aucun courriel de ce numéro."))
    return found


# -- the demo's mailbox ----------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A message of the demo's mailbox. `text` and `html` are its two parts."""

    key: str
    to: str
    subject: str
    at: datetime
    headers: list[tuple[str, str]]
    text: str
    html: str


def mailbox_of(settings: Settings) -> Path:
    """Where the mailbox is. Raises `NotFound` when mail leaves by a real server: then nobody's
    mail is to be read here."""
    if settings.smtp_url:
        raise NotFound(_("Les courriels partent par un vrai serveur : ils ne se lisent pas ici."))
    return settings.data_dir / "mail"


def mails(settings: Settings, *, limit: int = 100) -> list[Mail]:
    """The newest messages of the demo's mailbox."""
    folder = mailbox_of(settings)
    if not folder.is_dir():
        return []
    files = sorted(folder.glob("new/*"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return [_mail(path.name, path.read_bytes()) for path in files[:limit]]


def mail(settings: Settings, key: str) -> Mail:
    """One message of the demo's mailbox. Raises `NotFound`."""
    folder = mailbox_of(settings)
    if folder.is_dir():
        box = mailbox.Maildir(folder, create=False)
        if key in box:
            return _mail(key, box.get_bytes(key))
    raise NotFound(_("Aucun courriel de ce nom."))


def _mail(key: str, raw: bytes) -> Mail:
    message = email.message_from_bytes(raw, policy=default)
    return Mail(
        key=key,
        to=str(message["To"]),
        subject=str(message["Subject"]),
        at=parsedate_to_datetime(str(message["Date"])),
        headers=[(name, str(value)) for name, value in message.items()],
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part else ""


def _events(ids: Sequence[int], user: User) -> dict[int, AnyRow]:
    """The events that this person may know of."""
    rows = db.session.execute(
        select(Event.id, Event.kind, Event.at, Event.data).where(Event.id.in_(ids))
    ).all()
    hypotheses = _readable(Hypothesis, "hypothesis_id", rows, user)
    projects = _readable(Project, "project_id", rows, user)
    return {
        row.id: row
        for row in rows
        if _told_to_all(row)
        or (
            row.data.get("hypothesis_id") in {*hypotheses, None}
            and row.data.get("project_id") in {*projects, None}
        )
    }


def _named(data: dict[str, Any]) -> list[int]:
    """The events that may name a letter, the weightiest first: the reader may have lost sight of
    it."""
    return list(dict.fromkeys([data.get("named_id", data["event_id"]), data["event_id"]]))


def _told_to_all(row: AnyRow) -> bool:
    return row.kind in LINES and bool(LINES[row.kind].secret)


def _readable(
    kind: type[Hypothesis] | type[Project], name: str, rows: Sequence[AnyRow], user: User
) -> set[int]:
    ids = {row.data[name] for row in rows if row.data.get(name) and not _told_to_all(row)}
    if not ids:
        return set()
    statement = select(kind.id).where(kind.id.in_(ids))
    if kind is Hypothesis:
        statement = statement.join(Question, Question.id == Hypothesis.question_id).where(
            hypothesis_readable_by(user)
        )
    else:
        statement = statement.where(project_readable_by(user))
    return set(db.session.scalars(statement))
