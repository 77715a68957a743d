"""Redaction over HTTP: what to take out, a look at every place, then for good."""

from typing import Any

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue

from exchange import db, web
from exchange.access import access, me
from exchange.guard import gate
from exchange.i18n import ngettext
from exchange.moderation.grounds import Ground
from exchange.moderation.redaction import actions, stores
from exchange.moderation.redaction.actions import Plan
from exchange.moderation.redaction.forms import RedactForm
from exchange.moderation.redaction.words import MOST, Words
from exchange.people.models import Role
from exchange.questions.models import TEXT_FIELDS, Question, Stage
from exchange.questions.queries import visible_question

bp = Blueprint("redaction", __name__)


@bp.route("/questions/<ref>/redact", methods=["GET", "POST"])
@access(Role.MODERATOR)
def redact(ref: str) -> ResponseReturnValue:
    """Chosen words wherever they stand on the site, or whole texts of this thread. What the guard
    sees in the question is proposed."""
    question = visible_question(ref, to=me())
    seen = _seen_in(question)
    form = RedactForm(words="\n".join(seen), ground=Ground.IDENTITY if seen else None)
    planned: list[Plan] = []
    if form.submitted() and form.attempt(lambda _ok: planned.append(_plan(question, form))):
        if "confirm" in request.form:
            return _done(question, form, planned[0])
        return web.page(
            "moderation/redact_look.html",
            status=200,
            question=question,
            form=form,
            **_shown(planned[0]),
        )
    return web.page(
        "moderation/redact.html",
        question=question,
        form=form,
        texts=stores.of_question(question),
        whole=set(request.form.getlist("whole")),
    )


def _seen_in(question: Question) -> list[str]:
    """The words that the guard would mark, each once."""
    texts = [getattr(question, name) for name in ("title", *TEXT_FIELDS)]
    found = [
        text[one.start : one.end]
        for text in texts
        for one in gate.look(text, lang=question.language)
    ]
    return Words(found).long_enough()[:MOST]


def _plan(question: Question, form: RedactForm) -> Plan:
    return actions.plan(
        question,
        Words.typed(form.words.data or ""),
        whole=request.form.getlist("whole"),
        folder=web.settings().data_dir / "mail",
    )


def _done(question: Question, form: RedactForm, planned: Plan) -> ResponseReturnValue:
    """Rows that were shown and left unticked are spared; what was written since is not."""
    but = set(request.form.getlist("shown")) - set(request.form.getlist("place"))
    number = actions.redact(planned, but=but, ground=form.ground.data, by=me())
    db.session.commit()
    flash(
        ngettext(
            "Retiré de %(num)s endroit. L’index et les fichiers de la base sont réécrits dans la"
            " minute.",
            "Retiré de %(num)s endroits. L’index et les fichiers de la base sont réécrits dans la"
            " minute.",
            number,
        ),
        "success",
    )
    to = "moderation.item" if question.stage is Stage.SUBMITTED else "thread.show"
    return web.back_to(to, ref=question.ref)


def _shown(planned: Plan) -> dict[str, Any]:
    seen = [place for place in planned.struck if not place.draft]
    places = [*planned.emptied, *seen]
    return {
        "planned": planned,
        "struck": seen,
        "drafts": len(planned.struck) - len(seen),
        "total": len(planned.emptied) + sum(place.times for place in planned.struck),
        "refs": stores.refs_of(places),
    }
