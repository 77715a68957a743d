"""HTTP of the team pages."""

from typing import TypeVar

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from exchange import i18n, web
from exchange.access import access, me
from exchange.mail.queries import watches
from exchange.people import queries as people
from exchange.people.forms import TEAM_KIND_LABELS
from exchange.people.models import AREA_LABELS, Area, TeamKind
from exchange.questions.models import STAGE_LABELS
from exchange.research.models import PROJECT_STATE_LABELS, VERDICT_LABELS
from exchange.teams import queries

bp = Blueprint("teams", __name__)

Word = TypeVar("Word", Area, TeamKind)


@bp.get("/teams")
@access()
def index() -> ResponseReturnValue:
    """All teams, filtered by what the address says."""
    area = _chosen(Area, "area")
    kind = _chosen(TeamKind, "kind")
    institution = request.args.get("institution", "")
    return web.page(
        "teams/index.html",
        teams=queries.teams(to=me(), area=area, kind=kind, institution=institution),
        institutions=people.institutions(),
        area=area,
        kind=kind,
        institution=institution,
        area_labels=AREA_LABELS,
        kind_labels=TEAM_KIND_LABELS,
    )


@bp.get("/teams/<slug>")
@access()
def team(slug: str) -> ResponseReturnValue:
    """One team: who it is, what it promised and did."""
    shown = people.team(slug)
    members = queries.members(shown)
    return web.page(
        "teams/team.html",
        team=shown,
        members=members,
        leads=any(one.lead and one.user_id == me().id for one in members),
        watched=watches(me(), shown),
        record=queries.track_record(shown, to=me()),
        today=i18n.local_today(),
        area_labels=AREA_LABELS,
        kind_labels=TEAM_KIND_LABELS,
        stage_labels=STAGE_LABELS,
        verdict_labels=VERDICT_LABELS,
        state_labels=PROJECT_STATE_LABELS,
    )


def _chosen(words: type[Word], name: str) -> Word | None:
    try:
        return words(request.args.get(name, ""))
    except ValueError:
        return None
