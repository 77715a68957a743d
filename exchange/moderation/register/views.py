"""The register over HTTP: the page for all members, and a file for moderators."""

from flask import Blueprint, make_response, request
from flask.typing import ResponseReturnValue

from exchange import tables, web
from exchange.access import access, me
from exchange.i18n import gettext as _
from exchange.moderation.register import queries
from exchange.moderation.register.queries import ACTS, PUBLIC, Asked
from exchange.people.models import Role

bp = Blueprint("register", __name__)

LONGEST = 100
"""Characters of a search that are read."""


@bp.get("/register")
@access()
def show() -> ResponseReturnValue:
    """What the moderators decided, and why; for all members, on what they may read."""
    asked = _asked()
    found, older = queries.acts(me(), asked)
    kinds = ACTS if me().is_moderator else {k: v for k, v in ACTS.items() if k in PUBLIC}
    return web.page("moderation/register.html", acts=found, older=older, asked=asked, kinds=kinds)


@bp.get("/register.csv")
@access(Role.MODERATOR)
def export() -> ResponseReturnValue:
    """Everything that was asked for, as a file."""
    head = [_("Quand"), _("Décision"), _("Par"), _("Référence"), _("Titre"), _("Pourquoi")]
    rows = [
        [act.at.isoformat(timespec="seconds"), act.label, act.who, act.ref, act.title, act.why]
        for act in queries.everything(me(), _asked())
    ]
    response = make_response(tables.written(tables.Table(_("Registre"), head, rows), "csv"))
    response.headers["Content-Type"] = tables.MIMETYPES["csv"]
    response.headers["Content-Disposition"] = "attachment; filename=register.csv"
    return response


def _asked() -> Asked:
    return Asked(
        kind=request.args.get("kind", ""),
        words=request.args.get("q", "")[:LONGEST],
        before=request.args.get("before", None, web.row_number),
    )
