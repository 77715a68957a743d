"""HTTP of the yearly snapshots."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, make_response
from flask.typing import ResponseReturnValue

from exchange import web
from exchange.access import access
from exchange.i18n import get_locale
from exchange.i18n import gettext as _
from exchange.impact import snapshots, targets
from exchange.impact.board import SUM_LABELS
from exchange.impact.figures import DELAY_LABELS, STEP_LABELS, Step
from exchange.people.models import AREA_LABELS, Area
from exchange.research.models import OUTCOME_LABELS, OutcomeKind

bp = Blueprint("yearly", __name__)

YEAR = "<int(min=1900,max=9999):year>"


@bp.get("/impact/years")
@access()
def years() -> ResponseReturnValue:
    """What was kept, the latest first: two queries."""
    return web.page("impact/years.html", kept=snapshots.all_of_them())


@bp.get(f"/impact/years/{YEAR}")
@access()
def year(year: int) -> ResponseReturnValue:
    """The figures as they were: two queries."""
    found = snapshots.of_year(year)
    content = snapshots.content_of(found)
    return web.page(
        "impact/year.html",
        one=found,
        content=content,
        scopes=[
            {"title": title, "figures": content[key], "rates": _rates(content[key])}
            for title, key in (
                (_("Depuis le début"), "so_far"),
                (_("Questions envoyées en %(year)s", year=str(year)), "of_the_year"),
            )
        ],
        step_labels={step.value: _(label) for step, label in STEP_LABELS.items()},
        delay_labels={step.value: _(label) for step, label in DELAY_LABELS.items()},
        area_labels={area.value: _(AREA_LABELS[area]) for area in Area},
        outcome_labels={kind.value: _(OUTCOME_LABELS[kind]) for kind in OutcomeKind},
        sum_labels={name: _(label) for name, label in SUM_LABELS.items()},
        target_labels={
            one.name: one.label(get_locale()) for one in targets.of(web.settings().targets_file)
        },
        steps=[step.value for step in Step],
    )


@bp.get(f"/impact/years/{YEAR}.json")
@access()
def file(year: int) -> ResponseReturnValue:
    """The file to keep, which `exchange verify` reads: two queries."""
    response = make_response(snapshots.file_of(snapshots.of_year(year)))
    response.headers["Content-Type"] = "application/json; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="impact-{year}.json"'
    return response


def _rates(figures: Mapping[str, Any]) -> list[tuple[str, Mapping[str, int]]]:
    return [
        (_("Prises en charge en 90 jours"), figures["claimed_in_90_days"]),
        (_("Décidées dans le délai promis"), figures["decided_in_time"]),
        (_("Engagements d’un autre établissement"), figures["across_institutions"]),
    ]
