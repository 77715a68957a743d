"""HTTP of the register of drug candidates. Each is entered and kept on the page of its project."""

from collections.abc import Mapping, Sequence
from typing import Self

from flask import Blueprint, make_response, request
from flask.typing import ResponseReturnValue

from exchange import filters, web
from exchange.access import access, me
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.impact import queries
from exchange.impact.queries import Registered
from exchange.people.models import AREA_LABELS
from exchange.research.candidates.models import MAKE_LABELS, PROGRESS_LABELS, REACH_LABELS
from exchange.research.views.shared import linked
from exchange.tables import MIMETYPES, Table, written

bp = Blueprint("candidates", __name__)

FILTER_LABELS = {
    "make": _m("Genre"),
    "progress": _m("Phase"),
    "area": _m("Domaine"),
}


class Filters(filters.Filters):
    """Kind of candidate, phase, and area of the question it comes from."""

    @classmethod
    def read(cls, given: Mapping[str, Sequence[str]]) -> Self:
        options = {
            "make": {make.value: _(label) for make, label in MAKE_LABELS.items()},
            "progress": {one.value: _(label) for one, label in PROGRESS_LABELS.items()},
            "area": {area.value: _(label) for area, label in AREA_LABELS.items()},
        }
        return cls.sort_out(given, options, FILTER_LABELS)

    def keeps(self, one: Registered) -> bool:
        """Whether the candidate is asked for."""
        return (
            self.chosen.get("make") in {None, one.make}
            and self.chosen.get("progress") in {None, one.progress}
            and self.chosen.get("area") in {None, *(question.area for question in one.questions)}
        )


@bp.get("/impact/candidates")
@access()
def register() -> ResponseReturnValue:
    """The candidates that the reader may know of: three queries."""
    asked, rows = _asked()
    return web.page(
        "impact/candidates.html",
        rows=rows,
        filters=asked,
        labels=FILTER_LABELS,
        chips=asked.chips("/impact/candidates"),
        make_labels=MAKE_LABELS,
        progress_labels=PROGRESS_LABELS,
        reach_labels=REACH_LABELS,
        linked=linked,
        file=lambda name: asked.address(f"/impact/{name}"),
    )


@bp.get("/impact/candidates.<any(csv,xlsx):form>")
@access()
def file(form: str) -> ResponseReturnValue:
    """The same as a file: three queries."""
    _filters, rows = _asked()
    response = make_response(written(_table(rows), form))
    response.headers["Content-Type"] = MIMETYPES[form]
    response.headers["Content-Disposition"] = f'attachment; filename="candidates.{form}"'
    return response


def _asked() -> tuple[Filters, list[Registered]]:
    asked = Filters.read(request.args.to_dict(flat=False))
    return asked, [one for one in queries.register(me(), web.settings().zone()) if asked.keeps(one)]


def _table(rows: Sequence[Registered]) -> Table:
    return Table(
        _("Candidats-médicaments"),
        (
            _("Nom"),
            _("Cible"),
            _("Genre"),
            _("Phase"),
            _("Portée"),
            _("Preuve"),
            _("Inscrit le"),
            _("Projet"),
            _("Question d’origine"),
        ),
        [
            (
                one.name,
                one.target,
                _(MAKE_LABELS[one.make]),
                _(PROGRESS_LABELS[one.progress]),
                _(REACH_LABELS[one.reach]) if one.reach else "",
                one.reference,
                one.on.isoformat(),
                ", ".join(work.ref for work in one.works),
                ", ".join(question.ref for question in one.questions),
            )
            for one in rows
        ],
    )
