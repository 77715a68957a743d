"""Reads of the register. It is the log: nothing is written for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from exchange import db
from exchange.i18n import get_locale
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.log.models import Event
from exchange.moderation.causes import CAUSE_LABELS, Cause
from exchange.moderation.deferrals.facts import Deferred, Resumed
from exchange.moderation.flags.facts import FlagDecided
from exchange.moderation.flags.models import VERDICT_LABELS, Verdict
from exchange.moderation.grounds import GROUND_LABELS, Ground
from exchange.people.facts import UserAdmitted, UserTurnedAway
from exchange.people.models import AREA_LABELS, Area, Role, User
from exchange.questions import facts
from exchange.questions.models import Audience, Note, Question
from exchange.questions.policy import readable_by
from exchange.questions.tags import labelled
from exchange.text import plain

PAGE = 50

ACTS = {
    facts.Published.kind: _m("Publiée"),
    facts.Returned.kind: _m("Précision demandée"),
    facts.Declined.kind: _m("Non retenue"),
    facts.Merged.kind: _m("Réunie à une autre"),
    facts.Separated.kind: _m("Séparée de l’autre"),
    facts.SeparatedUnread.kind: _m("Séparée de l’autre"),
    facts.Parked.kind: _m("Mise en sommeil"),
    facts.Reopened.kind: _m("Rouverte"),
    facts.Reconsidered.kind: _m("Remise à relire"),
    facts.Rephrased.kind: _m("Reformulée"),
    facts.Restored.kind: _m("Mots rendus à l’auteur"),
    facts.ObjectionAnswered.kind: _m("Opposition écartée"),
    facts.MergeProposed.kind: _m("Réunion proposée"),
    facts.Redacted.kind: _m("Mots retirés"),
    facts.AreaChanged.kind: _m("Domaine changé"),
    facts.Tagged.kind: _m("Étiquettes changées"),
    facts.AudienceChanged.kind: _m("Lecteurs changés"),
    facts.Recalled.kind: _m("Décision groupée annulée"),
    facts.Postponed.kind: _m("Relecture remise à plus tard"),
    Deferred.kind: _m("Mise de côté"),
    Resumed.kind: _m("Reprise avant son jour"),
    FlagDecided.kind: _m("Signalement décidé"),
    UserAdmitted.kind: _m("Compte ouvert"),
    UserTurnedAway.kind: _m("Compte refusé"),
}
"""What moderators do, by kind of event."""

OF_PEOPLE = frozenset({UserAdmitted.kind, UserTurnedAway.kind})

PUBLIC = set(ACTS) - {
    facts.Returned.kind,
    facts.SeparatedUnread.kind,
    facts.Reconsidered.kind,
    facts.MergeProposed.kind,
    facts.AudienceChanged.kind,
    facts.Recalled.kind,
    facts.Postponed.kind,
    Deferred.kind,
    Resumed.kind,
    FlagDecided.kind,
    UserAdmitted.kind,
    UserTurnedAway.kind,
}
"""What all members may know of; a precision that was asked, or a report, is between two people."""


@dataclass(frozen=True)
class Act:
    """One line. `why` is the reason that was given, on one line. Of a declined question that the
    reader may not read, `area` stands for reference and title; of an account, its person's name is
    the title."""

    id: int
    at: datetime
    kind: str
    who: str
    ref: str
    title: str
    area: Area | None
    why: str

    @property
    def label(self) -> str:
        return _(ACTS[self.kind])


@dataclass(frozen=True)
class Asked:
    """What of the register is wanted: an act, words of a reference or title, before which event."""

    kind: str = ""
    words: str = ""
    before: int | None = None


def acts(reader: User, asked: Asked, *, limit: int = PAGE) -> tuple[list[Act], int | None]:
    """Acts, newest first, and where the next page begins: three queries, two for members."""
    rows = db.session.execute(_wanted(reader, asked).limit(limit + 1)).all()
    shown = rows[:limit]
    told = [row for row in shown if reader.is_moderator or row.kind != facts.Declined.kind]
    reasons = _reasons([row.data.get("note_id") for row in told])
    names = _names([row.data["user_id"] for row in shown if row.kind in OF_PEOPLE])
    found = [
        Act(
            id=row.id,
            at=row.at,
            kind=row.kind,
            who=row.name,
            ref=row.ref if row.readable else "",
            title=names.get(row.data.get("user_id"), row.title if row.readable else ""),
            area=row.area,
            why=_why(row.kind, row.data, reasons),
        )
        for row in shown
    ]
    return found, rows[limit - 1].id if len(rows) > limit else None


def everything(reader: User, asked: Asked) -> Iterator[Act]:
    """Page after page: two queries for each thousand acts."""
    before = asked.before
    while True:
        found, before = acts(reader, Asked(asked.kind, asked.words, before), limit=1_000)
        yield from found
        if before is None:
            return


def _wanted(reader: User, asked: Asked) -> Select[*tuple[Any, ...]]:
    readable = readable_by(reader)
    statement = (
        select(
            Event.id,
            Event.at,
            Event.kind,
            Event.data,
            User.name,
            Question.ref,
            Question.title,
            Question.area,
            readable.label("readable"),
        )
        .join(User, User.id == Event.actor_id)
        .outerjoin(Question, Question.id == Event.question_id)
        .where(
            Event.kind.in_({asked.kind} & set(ACTS) if asked.kind else ACTS),
            User.role_bits.bitwise_and(int(Role.MODERATOR)) != 0,
        )
        .order_by(Event.id.desc())
    )
    if not reader.is_moderator:
        statement = statement.where(
            Event.kind.in_(PUBLIC),
            readable if asked.words.split() else or_(readable, _declined_for_all()),
            Event.data["hypothesis_id"].as_integer().is_(None),
            Event.data["project_id"].as_integer().is_(None),
        )
    for word in asked.words.split():
        columns = (Question.title, Question.ref, User.name)
        statement = statement.where(
            or_(*(column.icontains(word, autoescape=True) for column in columns))
        )
    if asked.before is not None:
        statement = statement.where(Event.id < asked.before)
    return statement


def _declined_for_all() -> ColumnElement[bool]:
    """A question that all members would have read, had it been taken: they learn that it was not,
    and why, without its text. Words are not looked for in it."""
    return and_(
        Event.kind == facts.Declined.kind,
        Question.audience == Audience.MEMBERS,
        Question.hidden_at.is_(None),
    )


def _reasons(ids: list[int | None]) -> dict[int | None, str]:
    wanted = {number for number in ids if number is not None}
    if not wanted:
        return {}
    rows = db.session.execute(select(Note.id, Note.text).where(Note.id.in_(wanted)))
    return {row.id: plain(row.text) for row in rows}


def _names(ids: list[int]) -> dict[int | None, str]:
    """Whose account it was."""
    if not ids:
        return {}
    rows = db.session.execute(select(User.id, User.name).where(User.id.in_(ids)))
    return {row.id: row.name for row in rows}


def _why(kind: str, data: dict[str, Any], reasons: dict[int | None, str]) -> str:
    """The reason of a closed list, then the one that was written."""
    return " · ".join(filter(None, (_closed(kind, data), reasons.get(data.get("note_id"), ""))))


def _closed(kind: str, data: dict[str, Any]) -> str:
    """The reason of an act that has one of a closed list."""
    if kind == facts.Redacted.kind:
        return _(GROUND_LABELS[Ground(data["ground"])])
    if kind == facts.Declined.kind and data.get("because"):
        return _(CAUSE_LABELS[Cause(data["because"])])
    if kind == facts.AreaChanged.kind:
        return _(AREA_LABELS[Area(data["area"])])
    if kind == facts.Tagged.kind:
        return ", ".join(label for _key, label in labelled(data["tags"], get_locale()))
    if kind == FlagDecided.kind:
        return _(VERDICT_LABELS[Verdict(data["verdict"])])
    return ""
