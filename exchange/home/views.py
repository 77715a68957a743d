"""HTTP of the home page, the help and the probes."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

from flask import Blueprint, Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from exchange import clock, migrate, web, workdays
from exchange.access import me, public
from exchange.home import design, queries, waiting
from exchange.home.criteria import CRITERIA, PROOFS, STATE_LABELS
from exchange.home.glossary import REQUIRED_LABELS, STAGE_MEANINGS
from exchange.home.queries import AnyRow
from exchange.home.waiting import Todo
from exchange.i18n import get_locale, local_day, show_date
from exchange.i18n import gettext as _
from exchange.moderation import queue
from exchange.people.models import AREA_LABELS, Role, User
from exchange.questions.models import STAGE_LABELS, Stage
from exchange.questions.workflow import MOVES
from exchange.thread import course

bp = Blueprint("home", __name__)
bp.register_blueprint(design.bp)


@bp.get("/")
@public
def index() -> ResponseReturnValue:
    """What needs me, then what is new for me; what this is, for who is not signed in."""
    if not current_user.is_authenticated:
        return web.page("home/welcome.html")
    user = me()
    blocks = [block(user) for roles, block in _BLOCKS if user.roles & roles]
    shown = {name: value for block in blocks for name, value in block.shows.items()}
    return web.page(
        "home/index.html",
        todo=waiting.in_order(item for block in blocks for item in block.todo),
        further=sum(block.further for block in blocks),
        news=queries.news(user),
        new_here=queries.is_new_here(user),
        promise=web.settings().decision_days,
        **shown,
    )


@bp.get("/.well-known/security.txt")
@public
def security() -> ResponseReturnValue:
    """Whom to tell of a weakness (RFC 9116), where the site says it."""
    contact = web.settings().security_contact
    if not contact:
        abort(404)
    expires = (clock.now() + timedelta(days=180)).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        f"Contact: {contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: fr, en",
        f"Canonical: {web.settings().address}/.well-known/security.txt",
    ]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@bp.get("/help", endpoint="help")
@public
def guides() -> ResponseReturnValue:
    """Short guides, and a glossary that is the table of moves itself."""
    return web.page(
        "home/help.html",
        stages=[(stage, STAGE_LABELS[stage], STAGE_MEANINGS[stage]) for stage in Stage],
        moves=[move for move in MOVES if move.by is not None],
        stage_labels=STAGE_LABELS,
        required=REQUIRED_LABELS,
        promise=web.settings().decision_days,
        administrators=queries.administrators() if current_user.is_authenticated else (),
    )


@bp.get("/accessibility")
@public
def accessibility() -> ResponseReturnValue:
    """What conforms and what has not been checked yet."""
    return web.page(
        "home/accessibility.html",
        criteria=CRITERIA,
        labels=STATE_LABELS,
        proofs=PROOFS,
        counts=Counter(one.state for one in CRITERIA),
    )


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """The process lives. Touches nothing else."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """The database answers and has this version's shape: 200, else 503. A worker that lags does
    not make the web unready; its lag is told."""
    try:
        migrated = migrate.is_current(current_app.extensions["engine"])
        lag = queries.health().lag if migrated else None
    except SQLAlchemyError:
        return {"database": False, "migrated": False, "lag": None}, 503
    return {"database": True, "migrated": migrated, "lag": lag}, 200 if migrated else 503


@bp.get("/metrics")
@public
def metrics() -> ResponseReturnValue:
    """Gauges for a monitor, read from the database; 403 from any other network."""
    if not _is_monitor():
        abort(403)
    found = queries.measures()
    registry = CollectorRegistry()
    for name, told, label, values in (
        ("exchange_letters", "Letters by state.", "state", found.letters),
        ("exchange_follower_lag_events", "Events not yet read.", "follower", found.lag),
        ("exchange_questions", "Questions every member may read.", "stage", found.questions),
    ):
        gauge = Gauge(name, told, [label], registry=registry)
        for key, value in values.items():
            gauge.labels(key).set(value)
    Gauge("exchange_parked_events", "Events set aside.", registry=registry).set(found.parked)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


@dataclass(frozen=True)
class Block:
    """What one role adds to the home page: what waits, and what the template shows beside."""

    todo: Iterable[Todo]
    shows: dict[str, Any]
    further: int = 0
    """How many more wait than `todo` tells."""


def _asker(user: User) -> Block:
    own = queries.own_questions(user)
    sent = [row for row in own if row.stage is not Stage.DRAFT and row.hidden_at is None]
    return Block(
        waiting.of_asker(own, queries.opinions_awaited(user)),
        {"own": [_standing(row, user) for row in sent]},
    )


def _guest(user: User) -> Block:
    return Block(waiting.of_meetings(queries.meetings_awaited(user)), {})


def _researcher(user: User) -> Block:
    newest = queries.to_take(user, longest=False)
    known = {row.ref for row in newest}
    longest = [row for row in queries.to_take(user, longest=True) if row.ref not in known]
    return Block(
        waiting.of_team(queries.promises(user)),
        {"newest": [_card(row) for row in newest], "longest": [_card(row) for row in longest]},
    )


def _moderator(_user: User) -> Block:
    found = queue.waiting(web.settings())
    return Block(waiting.of_desk(found), {}, max(len(found) - waiting.AT_ONCE, 0))


def _administrator(_user: User) -> Block:
    health = queries.health()
    return Block(waiting.of_site(health), {"health": health})


_BLOCKS: tuple[tuple[Role, Callable[[User], Block]], ...] = (
    (Role.CLINICIAN | Role.MODERATOR, _asker),
    (Role.CLINICIAN | Role.RESEARCHER | Role.MODERATOR, _guest),
    (Role.RESEARCHER, _researcher),
    (Role.MODERATOR, _moderator),
    (Role.ADMINISTRATOR, _administrator),
)


def _standing(row: AnyRow, user: User) -> dict[str, Any]:
    """A question of one's own: its stage, and the sentence that says what happens next."""
    turn = course.turn(
        course.Standing(
            stage=row.stage,
            mine=True,
            team=row.lead_team or "",
            team_mine=row.lead_team_id in user.team_ids,
            step=row.next_step or "",
            step_on=row.next_step_on,
            due=workdays.after(local_day(row.stage_since), web.settings().decision_days),
            awaited=row.awaited,
            endorsed=row.endorsed,
        )
    )
    return {"row": row, "turn": turn, "label": _(STAGE_LABELS[row.stage]), "lang": _lang(row)}


def _card(row: AnyRow) -> dict[str, Any]:
    house = f"{row.department} ({row.institution})" if row.institution else row.department
    return {
        "ref": row.ref,
        "title": row.title,
        "href": f"/questions/{row.ref}",
        "area": row.area.value,
        "area_label": _(AREA_LABELS[row.area]),
        "stage": row.stage.value,
        "stage_label": _(STAGE_LABELS[row.stage]),
        "asker": house or _("Un service clinique"),
        "since": _("ouverte depuis le %(day)s", day=show_date(row.stage_since)),
        "supports": row.support_count,
        "comments": row.comment_count,
        "unread": row.unread,
        "lang": _lang(row),
    }


def _lang(row: AnyRow) -> str | None:
    return row.language if row.language != get_locale() else None


def _is_monitor() -> bool:
    """A proxy that nobody declared hides who asks: then nobody is a monitor."""
    settings = web.settings()
    if "X-Forwarded-For" in request.headers and not settings.trusted_proxies:
        return False
    try:
        asking = ip_address(request.remote_addr or "")
    except ValueError:
        return False
    return any(asking in network for network in settings.metrics_networks())
