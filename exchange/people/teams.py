"""HTTP of the team pages."""

from typing import TypeVar

from flask import request
from flask.typing import ResponseReturnValue

from exchange import i18n, web
from exchange.access import access, me
from exchange.people import queries, track_record
from exchange.people.forms import TEAM_KIND_LABELS
from exchange.people.models import AREA_LABELS, Area, TeamKind
from exchange.questions.models import STAGE_LABELS
from exchange.research.models import PROJECT_STATE_LABELS, VERDICT_LABELS

Word = TypeVar("Word", Area, TeamKind)


@access()
def index() -> ResponseReturnValue:
    """All teams, filtered by what the address says."""
    area = _chosen(Area, "area")
    kind = _chosen(TeamKind, "kind")
    institution = request.args.get("institution", "")
    return web.page(
        "people/teams.html",
        teams=track_record.teams(to=me(), area=area, kind=kind, institution=institution),
        institutions=queries.institutions(),
        area=area,
        kind=kind,
        institution=institution,
        area_labels=AREA_LABELS,
        kind_labels=TEAM_KIND_LABELS,
    )


@access()
def show(slug: str) -> ResponseReturnValue:
    """One team: who it is, what it promised and did."""
    team = queries.team(slug)
    return web.page(
        "people/team.html",
        team=team,
        members=queries.members(team),
        record=track_record.of_team(team, to=me()),
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
