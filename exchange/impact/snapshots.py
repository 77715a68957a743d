"""Yearly snapshots: the figures as they were after the turn of the year, of what every member may
read, kept for ever under a digest. Numbers only: nothing in them may ever have to be taken out.

The digest and its file are those of frozen hypotheses (`research/frozen.py`), so that `exchange
verify` reads both.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from exchange import clock, db
from exchange.errors import NotFound, Refusal
from exchange.i18n import gettext as _
from exchange.impact import board as boards
from exchange.impact import facts, queries, targets
from exchange.impact.board import Board
from exchange.impact.figures import STEPS, Line, Promise, Rate
from exchange.impact.models import Snapshot
from exchange.impact.queries import Scope
from exchange.log.record import record
from exchange.people.models import User
from exchange.research.frozen import SNAPSHOT, canonical, digest
from exchange.settings import Settings

ANY_MEMBER = cast(User, SimpleNamespace(id=0, team_ids=(), is_moderator=False))
"""Somebody who reads what every member may read, and nothing more."""


def take(year: int, settings: Settings) -> tuple[Snapshot, bool]:
    """Keep the figures of a year that is over, and whether that is new: once it is there, it is
    given back as it is. Raises `Refusal` when the year is not over, or before the first question."""
    if kept := _of(year):
        return kept, False
    if year not in _years(settings):
        raise Refusal(
            _("Seule une année finie, depuis la première question, a un relevé : pas %(year)s.",
              year=str(year))
        )  # fmt: skip
    content = _content(year, settings)
    snapshot = Snapshot(
        year=year, taken_at=clock.now(), content=canonical(content), sha256=digest(content)
    )
    try:
        with db.session.begin_nested():
            db.session.add(snapshot)
    except IntegrityError:
        return of_year(year), False
    record(
        facts.SnapshotTaken(snapshot_id=snapshot.id, year=year, sha256=snapshot.sha256),
    )
    return snapshot, True


def advance(settings: Settings) -> int:
    """Keep what is due; commits. Returns how many years were kept."""
    db.begin_write()
    taken = take_due(settings)
    db.session.commit()
    return len(taken)


def take_due(settings: Settings) -> list[Snapshot]:
    """Keep every year that is over and was not kept: two queries when there is none."""
    kept = set(db.session.scalars(select(Snapshot.year)))
    return [take(year, settings)[0] for year in _years(settings) if year not in kept]


def all_of_them() -> Sequence[Snapshot]:
    """The latest first: one query."""
    return db.session.scalars(select(Snapshot).order_by(Snapshot.year.desc())).all()


def of_year(year: int) -> Snapshot:
    """One query. Raises `NotFound`."""
    found = _of(year)
    if found is None:
        raise NotFound(_("Aucun relevé pour cette année."))
    return found


def content_of(snapshot: Snapshot) -> dict[str, Any]:
    """Its numbers."""
    return cast(dict[str, Any], json.loads(snapshot.content))


def file_of(snapshot: Snapshot) -> str:
    """The file to keep."""
    told = {
        "format": SNAPSHOT,
        "content": content_of(snapshot),
        "frozen_at": snapshot.taken_at.isoformat(timespec="seconds"),
        "sha256": snapshot.sha256,
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def _of(year: int) -> Snapshot | None:
    return db.session.scalar(select(Snapshot).where(Snapshot.year == year))


def _years(settings: Settings) -> range:
    """The years that are over, since the first question that every member may read."""
    zone = settings.zone()
    first = queries.version(ANY_MEMBER).first
    this = clock.now().astimezone(zone).year
    return range(first.astimezone(zone).year if first else this, this)


def _content(year: int, settings: Settings) -> dict[str, Any]:
    zone = settings.zone()
    promise = Promise(settings.decision_days, zone)
    houses = queries.institutions()
    goals = targets.of(settings.targets_file)
    followed = queries.followed()
    whole = boards.read(ANY_MEMBER, Scope(zone), promise, houses, goals, followed)
    of_year = boards.read(ANY_MEMBER, Scope(zone, year=year), promise, houses, (), followed)
    return {
        "ref": f"impact-{year}",
        "year": year,
        "data_of": whole.now.isoformat(timespec="seconds"),
        "so_far": _figures(whole),
        "of_the_year": _figures(of_year),
        "targets": [
            {
                "name": standing.target.name,
                "baseline": standing.target.baseline,
                "today": standing.today,
                "aim": standing.target.aim,
            }
            for standing in whole.standings
        ],
    }


def _figures(board: Board) -> dict[str, Any]:
    return {
        "funnel": {step.value: board.funnel[step] for step in STEPS},
        "delays": {
            delay.step.value: {
                "n": delay.n,
                "reached": delay.reached,
                "waiting": delay.waiting,
                "first_quartile": _rounded(delay.days.first),
                "median": _rounded(delay.days.median),
                "third_quartile": _rounded(delay.days.third),
            }
            for delay in board.delays
        },
        "claimed_in_90_days": _rate(board.soon),
        "decided_in_time": _rate(board.kept),
        "across_institutions": _rate(board.across),
        "active_clinicians": board.participation.clinicians,
        "active_labs": board.participation.labs,
        "areas": _lines(board.areas),
        "institutions": _lines(board.institutions),
        "outcomes": Counter(result.kind.value for result in board.results),
        "sums": {one.name: one.total for one in board.sums},
    }


def _rate(rate: Rate) -> dict[str, int]:
    return {"part": rate.part, "n": rate.n}


def _lines(lines: Sequence[Line]) -> Mapping[str, dict[str, int]]:
    return {
        line.key: {step.value: line.reached[step] for step in STEPS} | {"unclaimed": line.unclaimed}
        for line in lines
    }


def _rounded(days: float | None) -> float | None:
    return None if days is None else round(days, 1)
