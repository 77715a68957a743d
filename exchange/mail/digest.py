"""The digest: what is unread and may be read now, grouped by what it asks of the reader.

It is sent whether or not one visited, at the reader's hour in their own time zone, once a period:
the letter's reason names the period, and the database keeps one letter a reason. A missed period
is caught up once; an empty digest does not leave.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, exists, select, update
from sqlalchemy.orm import joinedload

from exchange import clock, db, i18n
from exchange.discussion import facts as discussion
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.i18n import ngettext
from exchange.mail import reads
from exchange.mail.compose import Said, write_text
from exchange.mail.phrases import PHRASES
from exchange.outbox.letters import Due, put
from exchange.outbox.models import Letter, LetterState
from exchange.people.models import (
    AREA_LABELS,
    Area,
    DigestPeriod,
    Membership,
    Team,
    User,
)
from exchange.questions import facts as moves
from exchange.questions.models import Audience, Question, Stage
from exchange.questions.policy import may_ask
from exchange.settings import Settings

CAP = 12
"""Items in one digest; the rest is behind a link."""

NAMED = 3
"""References of waiting questions named to a moderator."""

OLDEST = timedelta(days=31)
"""What is older is no news, even to somebody who comes back from `never`."""

SOON = timedelta(days=2)
"""How long before its date a promise of our team is recalled."""

HEADINGS = {
    "needs": _m("Ce qui vous attend"),
    "heard": _m("Des réponses pour vous"),
    "new": _m("Nouveau dans vos domaines"),
    "moved": _m("Ça avance"),
    "waiting": _m("Personne ne s’en est encore emparé"),
}
"""The groups, in reading order."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line of a digest. What is kept to a circle has no title and no department."""

    ref: str
    title: str
    href: str
    why: str
    department: str = ""
    area: str = ""


# -- when ------------------------------------------------------------------------------------


def write_due() -> int:
    """Put in the box the digests whose hour has come; commits. Returns how many. Two queries
    when nothing is due, but for one more by hour and time zone that readers chose."""
    due = [
        (user_id, reason)
        for period, timezone, hour in _habits()
        for user_id, reason in _unwritten(period, timezone, hour)
    ]
    if not due:
        db.session.rollback()
        return 0
    db.begin_write()
    written = sum(put("digest", to=user_id, reason=reason) for user_id, reason in due)
    db.session.commit()
    return written


def run(
    settings: Settings, *, period: str, email: str | None = None, dry_run: bool = False
) -> Iterator[str]:
    """Digests of this period whatever the hour, for its readers or for one person: put in the
    box (and committed), or with `dry_run` only shown. Yields a line, or the digest, for each."""
    chosen = DigestPeriod(period)
    for reader in _readers(chosen, email):
        with i18n.speaking(reader.locale, reader.timezone):
            if dry_run:
                yield f"--- {reader.email}"
                yield _preview(reader, settings)
                continue
        if reader.digest is DigestPeriod.NEVER:
            yield f"{reader.email}: wants no digest"
            continue
        today = clock.now().astimezone(ZoneInfo(reader.timezone)).date()
        db.begin_write()
        added = put("digest", to=reader.id, reason=_reason(chosen, today))
        db.session.commit()
        yield f"{reader.email}: {'written' if added else 'already written for this period'}"


def read_up_to(user_id: int, event_id: int) -> None:
    """The reader's bookmark: what this digest told is not told again. Never goes backwards."""
    db.session.execute(
        update(User)
        .where(User.id == user_id, User.digest_event_id < event_id)
        .values(digest_event_id=event_id)
    )


def scheduled(
    period: DigestPeriod, timezone: str, hour: int, now: datetime
) -> tuple[datetime, str]:
    """The last instant, up to `now`, at which a digest of this habit was to be written, and the
    reason of its letter: a local date or week, so that an hour that a clock change skips or
    repeats changes nothing."""
    zone = ZoneInfo(timezone)
    day = now.astimezone(zone).date()
    if period is DigestPeriod.WEEKLY:
        day -= timedelta(days=day.weekday())
    if _instant(day, hour, zone) > now:
        day -= timedelta(days=7 if period is DigestPeriod.WEEKLY else 1)
    return _instant(day, hour, zone), _reason(period, day)


def _instant(day: date, hour: int, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=zone).astimezone(UTC)


def _reason(period: DigestPeriod, day: date) -> str:
    if period is DigestPeriod.WEEKLY:
        year, week, _weekday = day.isocalendar()
        return f"digest:weekly:{year}-W{week:02}"
    return f"digest:daily:{day.isoformat()}"


def _habits() -> Sequence[Row[DigestPeriod, str, int]]:
    return db.session.execute(
        select(User.digest, User.timezone, User.digest_hour)
        .where(User.active.is_(True), User.digest != DigestPeriod.NEVER)
        .distinct()
    ).all()


def _unwritten(period: DigestPeriod, timezone: str, hour: int) -> Iterable[tuple[int, str]]:
    at, reason = scheduled(period, timezone, hour, clock.now())
    written = exists().where(Letter.user_id == User.id, Letter.reason == reason)
    users = db.session.scalars(
        select(User.id).where(
            User.active.is_(True),
            User.digest == period,
            User.timezone == timezone,
            User.digest_hour == hour,
            User.created_at < at,
            ~written,
        )
    )
    return [(user_id, reason) for user_id in users]


def _readers(period: DigestPeriod, email: str | None) -> Sequence[User]:
    whose = User.email == email if email else User.digest == period
    return (
        db.session.scalars(
            select(User)
            .where(User.active.is_(True), whose)
            .options(
                joinedload(User.memberships)
                .joinedload(Membership.team)
                .joinedload(Team.institution)
            )
            .order_by(User.email)
        )
        .unique()
        .all()
    )


def _preview(reader: User, settings: Settings) -> str:
    said = gather(reader, settings)
    return write_text(said, reader, settings) if said else _("Rien de nouveau : rien ne partira.")


# -- what ------------------------------------------------------------------------------------


def write(_due: Due, reader: User, settings: Settings) -> Said | LetterState:
    """The digest as it is at the moment it leaves."""
    if reader.digest is DigestPeriod.NEVER:
        return LetterState.DROPPED
    return gather(reader, settings) or LetterState.DROPPED


def gather(reader: User, settings: Settings) -> Said | None:
    """What this reader's digest says now; None when it says nothing. Seven queries at most."""
    since, upto = _window(reader)
    window = {"since": since, "upto": upto}
    activity = _rows(reads.activity, reader, **window)
    groups: dict[str, list[Item]] = {
        "needs": [*_desk(reader, settings), *_needs(reader, settings)],
        "heard": [_told(rows, settings) for rows in _by_question(activity, _is_answer)],
        "new": [
            _item(row, settings, _("Publiée le %(day)s", day=i18n.show_date(row.at)))
            for row in _rows(reads.published, reader, **window)
        ],
        "moved": [_told(rows, settings) for rows in _by_question(activity, _is_followed)],
    }
    groups = _once_each(groups)
    if not any(groups.values()):
        return None
    subject = _subject(groups)
    groups["waiting"] = [
        _item(row, settings, _("Ouverte depuis le %(day)s", day=i18n.show_date(row.stage_since)))
        for row in _rows(reads.unclaimed, reader, told=sorted(_refs(groups)))
    ]
    shown, left = _capped(groups)
    return Said(
        template="digest",
        subject=subject,
        may_stop=True,
        last_event_id=upto,
        words={
            "groups": [(_(HEADINGS[name]), items) for name, items in shown.items() if items],
            "left": left,
            "href": f"{settings.address}/",
            "weekly": reader.digest is DigestPeriod.WEEKLY,
        },
    )


def _window(reader: User) -> tuple[int, int]:
    """After which event, up to which one: one query."""
    too_old, upto = db.session.execute(reads.WINDOW, {"old": clock.now() - OLDEST}).one()
    return max(reader.digest_event_id, too_old or 0), upto or 0


def _desk(reader: User, settings: Settings) -> Iterator[Item]:
    """For moderators: how many wait, by reference only. What nobody has moderated stays on the
    site."""
    if not reader.is_moderator:
        return
    refs = db.session.scalars(
        select(Question.ref)
        .where(Question.stage == Stage.SUBMITTED)
        .order_by(Question.stage_since, Question.id)
    ).all()
    if refs:
        shown = ", ".join(str(ref) for ref in refs[:NAMED])
        yield Item(
            ref="",
            title=ngettext(
                "%(num)s question attend au triage",
                "%(num)s questions attendent au triage",
                len(refs),
            ),
            href=f"{settings.address}/triage",
            why=shown + (" …" if len(refs) > NAMED else ""),
        )


def _needs(reader: User, settings: Settings) -> Iterator[Item]:
    """What waits for an act of the reader or of their team, new or not: three queries."""
    if may_ask(reader):
        for row in _rows(reads.returned, reader):
            day = i18n.show_date(row.stage_since)
            why = _("Un modérateur vous demande une précision depuis le %(day)s", day=day)
            yield _item(row, settings, why)
        for row in _rows(reads.to_endorse, reader):
            why = _("L’hypothèse %(ref)s attend votre avis", ref=row.hypothesis)
            yield _item(row, settings, why, path=f"/hypotheses/{row.hypothesis}")
    if reader.team_ids:
        today = i18n.local_today()
        for row in _rows(reads.promised, reader, soon=today + SOON):
            day = i18n.show_date(row.next_step_on)
            why = _("Étape promise par votre équipe pour le %(day)s", day=day)
            if row.next_step_on < today:
                why = _(
                    "Étape promise par votre équipe pour le %(day)s : la date est passée", day=day
                )
            yield _item(row, settings, why)


def _rows(
    statement: Callable[[bool], Select[Any]], reader: User, **more: object
) -> Sequence[Row[Any]]:
    return db.rows(
        statement(reader.is_moderator),
        {
            "me": reader.id,
            "teams": reader.team_ids,
            "areas": [Area(area) for area in reader.areas or list(Area)],
            **more,
        },
    ).all()


def _is_answer(row: Row[Any]) -> bool:
    """An answer to the reader: words on their own question, words that name them, the conclusion
    of what they asked or see too."""
    if row.kind == discussion.Commented.kind:
        return bool(row.mine or row.mentioned)
    return row.kind == moves.Concluded.kind and bool(row.mine or row.supported)


def _is_followed(row: Row[Any]) -> bool:
    return bool(row.followed or row.mine)


# -- how -------------------------------------------------------------------------------------


def _item(row: Row[Any], settings: Settings, why: str, *, path: str = "") -> Item:
    sealed = row.audience is Audience.CIRCLE
    department = f"{row.department} ({row.institution})" if row.department else ""
    return Item(
        ref=row.ref,
        title=_("Question réservée à un cercle") if sealed else row.title,
        department="" if sealed else department,
        area="" if sealed else _(AREA_LABELS[row.area]),
        href=f"{settings.address}{path or f'/questions/{row.ref}'}",
        why=_("À lire sur le site") if sealed else why,
    )


def _told(rows: Sequence[Row[Any]], settings: Settings) -> Item:
    """What happened on one question: the last thing that is not a comment, and how many there
    are."""
    comments = sum(row.kind == discussion.Commented.kind for row in rows)
    other = next((row.kind for row in rows if row.kind != discussion.Commented.kind), None)
    told = [_(PHRASES[other])] if other else []
    if comments:
        told.append(ngettext("%(num)s commentaire", "%(num)s commentaires", comments))
    return _item(rows[0], settings, " · ".join(told))


def _by_question(
    rows: Sequence[Row[Any]], wanted: Callable[[Row[Any]], bool]
) -> list[list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = {}
    for row in rows:
        if wanted(row):
            found.setdefault(row.id, []).append(row)
    return list(found.values())


def _once_each(groups: dict[str, list[Item]]) -> dict[str, list[Item]]:
    """A question stands where it matters most; several acts may be needed on one."""
    seen = {item.ref for item in groups["needs"]}
    kept = {"needs": groups["needs"]}
    for name in ("heard", "new", "moved"):
        kept[name] = [item for item in groups[name] if item.ref not in seen]
        seen |= {item.ref for item in kept[name]}
    return kept


def _refs(groups: dict[str, list[Item]]) -> set[str]:
    return {item.ref for items in groups.values() for item in items}


def _capped(groups: dict[str, list[Item]]) -> tuple[dict[str, list[Item]], int]:
    """The first `CAP` items, and how many are left."""
    room = CAP
    shown: dict[str, list[Item]] = {}
    for name in HEADINGS:
        shown[name] = groups[name][:room]
        room -= len(shown[name])
    return shown, sum(map(len, groups.values())) - (CAP - room)


def _subject(groups: dict[str, list[Item]]) -> str:
    day = i18n.show_date(clock.now())
    if count := len(groups["needs"]):
        return ngettext(
            "Le point du %(day)s : %(num)s chose vous attend",
            "Le point du %(day)s : %(num)s choses vous attendent",
            count,
            day=day,
        )
    count = sum(map(len, groups.values()))
    return ngettext(
        "Le point du %(day)s : %(num)s nouvelle",
        "Le point du %(day)s : %(num)s nouvelles",
        count,
        day=day,
    )
