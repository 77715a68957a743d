"""What the pages of questions share: their blueprint, and the form that asks and rewords."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, current_app, request, url_for
from flask.typing import ResponseReturnValue

from exchange import web
from exchange.access import me
from exchange.errors import Conflict
from exchange.i18n import gettext as _
from exchange.questions import queries, wording
from exchange.questions.content import TEXT_LIMIT
from exchange.questions.forms import (
    AskForm,
    Language,
)
from exchange.questions.guidance import GUIDES
from exchange.questions.hints import HINT_LABELS, Hint, hints
from exchange.questions.models import (
    KIND_LABELS,
    TEXT_LABELS,
    Question,
    Stage,
)
from exchange.text import render

bp = Blueprint("questions", __name__)


def form_of(question: Question | None, *, sending: bool) -> AskForm:
    form = AskForm(obj=question, teams=queries.team_choices())
    form.sending = sending
    if form.is_submitted():
        return form
    if question is None:
        form.language.data = Language(me().locale)
    elif question.stage is Stage.DRAFT:
        form.draft.data = str(question.id)
        # In a draft, "other" may mean that nothing was chosen yet: ask again.
        form.area.data = form.area.data if form.area.data != "other" else None
        form.kind.data = form.kind.data if form.kind.data != "other" else None
    return form


def ask_page(
    form: AskForm,
    question: Question | None = None,
    *,
    editing: bool = False,
    preview: dict[str, str] | None = None,
    similar: Sequence[Any] = (),
) -> ResponseReturnValue:
    """The form. After a refusal for lateness, what `question` holds is shown where it differs,
    and the next post is told to come after it."""
    theirs: list[tuple[str, str]] = []
    if isinstance(form.refusal, wording.Overtaken) and question is not None:
        theirs = _differing(form, question)
        form.version.data = str(question.version)
    elif isinstance(form.refusal, Conflict):
        form.draft.data = form.version.data = ""
    returned = editing and question is not None and question.stage is Stage.RETURNED
    return web.page(
        "questions/ask.html",
        status=form.status if form.errors or form.refusal or form.sentence else 200,
        form=form,
        guides={kind.value: (_(g.title), _(g.tell)) for kind, g in GUIDES.items()},
        kinds={kind.value: _(label) for kind, label in KIND_LABELS.items()},
        preview=preview,
        similar=similar,
        hints=_hints(form) if similar or preview is not None else (),
        hint_labels=HINT_LABELS,
        theirs=theirs,
        action=request.path if editing else _asking_address(form),
        editing=question if editing else None,
        note=queries.moderators_note(question) if returned and question else None,
        joined=_joined(form),
    )


def _joined(form: AskForm) -> Sequence[str]:
    """The names of the files of the draft. Their room stands above this one and lends the read."""
    number = str(form.draft.data or "")
    if not number.isascii() or not number.isdecimal() or len(number) > 9:
        return ()
    names: Sequence[str] = current_app.extensions["joined"](int(number), of=me())
    return names


def _asking_address(form: AskForm) -> str:
    number = str(form.draft.data or "")
    return url_for("questions.draft", number=int(number)) if number else url_for("questions.new")


def _differing(form: AskForm, question: Question) -> list[tuple[str, str]]:
    """Where the stored words are not those of the form: (label, stored words)."""
    typed, stored = form.content().words(), wording.as_typed(question).words()
    return [
        (str(form[name].label.text), text) for name, text in stored.items() if text != typed[name]
    ]


def preview(form: AskForm) -> dict[str, str]:
    """The texts as they will be shown, as far as they may be long."""
    texts = form.content().texts()
    return {_(TEXT_LABELS[name]): render(text[:TEXT_LIMIT]) for name, text in texts.items() if text}


def _hints(form: AskForm) -> list[Hint]:
    """Shown where the form is shown once more anyway: they never hold a question back."""
    content = form.content()
    return hints(content.title, content.problem[:TEXT_LIMIT])
