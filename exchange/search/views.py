"""HTTP of search."""

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from exchange import web
from exchange.access import access, me, only_looks, reads_only
from exchange.questions.content import Content
from exchange.research.models import PROJECT_STATE_LABELS, VERDICT_LABELS
from exchange.search import queries
from exchange.search.index import Index

bp = Blueprint("search", __name__)

PLACES = {"question": "questions", "hypothesis": "hypotheses", "project": "projects"}
"""Where each kind of result lives."""
LONGEST = 300
"""Characters of a search that are read."""


def index() -> Index:
    """This process's reader of the index, opened once."""
    extensions = current_app.extensions
    if "index" not in extensions:
        extensions["index"] = Index(web.settings().data_dir / "index")
    found: Index = extensions["index"]
    found.refresh()
    return found


@bp.get("/search")
@access()
@only_looks
def find() -> ResponseReturnValue:
    """Results in the address; a kind that does not exist is said, not ignored."""
    text = " ".join(request.args.get("q", "")[:LONGEST].replace("\x00", "").split())
    asked = request.args.getlist("kind")
    kinds = [kind for kind in asked if kind in PLACES]
    page = request.args.get("page", 1, type=int)
    page = min(max(page, 1), queries.CANDIDATES // queries.PAGE)
    results = queries.find(index(), text, reader=me(), kinds=kinds, page=page) if text else None
    return web.page(
        "search/find.html",
        text=text,
        kinds=kinds,
        unknown=[kind for kind in asked if kind not in PLACES],
        page_number=page,
        results=results,
        places=PLACES,
        verdict_labels=VERDICT_LABELS,
        state_labels=PROJECT_STATE_LABELS,
    )


@bp.post("/search/similar")
@access()
@reads_only
def similar() -> ResponseReturnValue:
    """The nearest questions to what is being written, as a fragment for the form."""
    title = request.form.get("title", "")[:LONGEST]
    text = request.form.get("problem", "")[:4000]
    found = queries.alike(
        index(), text, reader=me(), title=title, exclude=request.form.get("exclude") or None
    )
    return web.page("search/similar.html", found=found)


def nearest(content: Content) -> list[queries.Found]:
    """What looks like a question about to be sent: lent to the form, which stands below."""
    return queries.alike(index(), content.problem, reader=me(), title=content.title, exclude=None)
