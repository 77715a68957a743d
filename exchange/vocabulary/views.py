"""HTTP of the vocabulary: administrators list, search, add, change and retire its concepts."""

from flask import Blueprint, flash, request, url_for
from flask.typing import ResponseReturnValue

from exchange import db, web
from exchange.access import access, me
from exchange.forms import BareForm
from exchange.i18n import gettext as _
from exchange.people.models import Role
from exchange.vocabulary import actions, queries
from exchange.vocabulary.forms import CATEGORY_LABELS, ConceptForm

bp = Blueprint("vocabulary", __name__, url_prefix="/admin/vocabulary")

LONGEST = 80
"""Characters of a search that are read."""


@bp.get("")
@access(Role.ADMINISTRATOR)
def index() -> ResponseReturnValue:
    """The concepts, by the words of their names."""
    words = request.args.get("q", "")[:LONGEST]
    category = request.args.get("category", "")
    category = category if category in CATEGORY_LABELS else ""
    changed = request.args.get("changed") == "1"
    found = queries.search(words, category, changed=changed)
    number = min(max(request.args.get("page", 1, type=int), 1), 1 + len(found) // queries.PAGE)
    start = (number - 1) * queries.PAGE
    return web.page(
        "vocabulary/list.html",
        shown=found[start : start + queries.PAGE],
        total=len(found),
        page_number=number,
        more=len(found) > start + queries.PAGE,
        words=words,
        category=category,
        changed=changed,
        category_labels=CATEGORY_LABELS,
    )


@bp.route("/new", methods=["GET", "POST"])
@access(Role.ADMINISTRATOR)
def add() -> ResponseReturnValue:
    """A concept that the site does not know yet."""
    form = ConceptForm.of(None)
    made: list[str] = []
    if form.submitted() and form.attempt(
        lambda ok: made.append(actions.add(form.concept(), by=me(), confirmed=ok))
    ):
        db.session.commit()
        flash(_("Le concept est ajouté ; la recherche le connaîtra dans un instant."), "success")
        return web.back_to("vocabulary.concept", key=made[0])
    return web.form_page(
        form,
        title=_("Ajouter un concept"),
        submit=_("Ajouter"),
        back=url_for("vocabulary.index"),
        heading=_("Vocabulaire"),
    )


@bp.route("/<key>", methods=["GET", "POST"])
@access(Role.ADMINISTRATOR)
def concept(key: str) -> ResponseReturnValue:
    """One concept, its names, and whether it counts."""
    kept = queries.kept(key)
    form = ConceptForm.of(kept.concept)
    if form.submitted() and form.attempt(
        lambda ok: actions.change(form.concept(key), by=me(), confirmed=ok)
    ):
        db.session.commit()
        flash(_("Enregistré ; les questions concernées sont relues dans un instant."), "success")
        return web.back_to("vocabulary.concept", key=key)
    return web.page(
        "vocabulary/concept.html",
        kept=kept,
        form=form,
    )


@bp.route("/<key>/retire", methods=["GET", "POST"])
@access(Role.ADMINISTRATOR)
def retire(key: str) -> ResponseReturnValue:
    """The concept no longer counts."""
    kept = queries.kept(key)
    form = BareForm()
    return web.form_page(
        form,
        lambda _ok: actions.retire(key, by=me()),
        done=_("Le concept ne compte plus."),
        title=_("Retirer ce concept ?"),
        submit=_("Retirer"),
        back=url_for("vocabulary.concept", key=key),
        heading=kept.concept.fr,
        intro=_(
            "La recherche ne le reconnaît plus, et les questions ne montrent plus cette étiquette."
            " Il peut être remis à tout moment."
        ),
        danger=True,
    )


@bp.post("/<key>/back")
@access(Role.ADMINISTRATOR)
def bring_back(key: str) -> ResponseReturnValue:
    """A retired concept counts again."""
    actions.bring_back(key, by=me())
    db.session.commit()
    flash(_("Le concept compte de nouveau."), "success")
    return web.back_to("vocabulary.concept", key=key)
