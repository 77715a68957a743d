"""Forms of claims and of what their teams need."""

from collections.abc import Iterable
from typing import Any

from wtforms import (
    StringField,
    TextAreaField,
)
from wtforms.validators import ValidationError

from exchange.forms import AtMost, Day, Filled, Form
from exchange.i18n import gettext as _
from exchange.i18n import lazy_gettext as _l
from exchange.questions.forms import NOTE_LIMIT, PickOne
from exchange.research.claims import Promise
from exchange.research.forms.shared import LINE_LIMIT, Given, OneOf, TeamForm, options
from exchange.research.models import (
    REPLY_LABELS,
    REQUEST_LABELS,
    Reply,
    RequestKind,
)

NEWS_LIMIT = 500
"""Characters."""


class ClaimForm(TeamForm):
    """What a team promises."""

    why = TextAreaField(
        _l("Pourquoi votre équipe"),
        [Filled(_l("Dites ce qui vous rend bien placés : une phrase suffit.")), AtMost(NOTE_LIMIT)],
    )
    needs = TextAreaField(
        _l("Ce que vous attendez du clinicien"),
        [Filled(_l("Dites ce qu’il vous faut, ou « rien pour l’instant ».")), AtMost(NOTE_LIMIT)],
    )
    next_step = StringField(
        _l("La prochaine étape"),
        [Filled(_l("Nommez une étape que vous êtes sûrs de tenir.")), AtMost(LINE_LIMIT)],
    )
    next_step_on = Day(_l("Pour quand"), [Given(_l("Donnez une date à cette étape."))])

    def promise(self) -> Promise:
        """What was typed."""
        return Promise(
            why=str(self.why.data).strip(),
            needs=str(self.needs.data).strip(),
            next_step=" ".join(str(self.next_step.data).split()),
            next_step_on=self.next_step_on.data,
        )


class NewsForm(Form):
    """One line of news."""

    text = StringField(
        _l("Les nouvelles, en une ligne"),
        [
            Filled(_l("Une ligne suffit, même « rien de neuf, nous attendons… ».")),
            AtMost(NEWS_LIMIT),
        ],
    )
    next_step = StringField(_l("La prochaine étape"), [AtMost(LINE_LIMIT)])
    next_step_on = Day(_l("Pour quand"))

    def validate_next_step_on(self, field: Day) -> None:
        if (self.next_step.data or "").strip() and field.data is None and not field.process_errors:
            raise ValidationError(_("Donnez une date à cette étape."))


class RequestForm(Form):
    """One thing that a team needs."""

    kind = PickOne(
        _l("Ce qu’il vous faut"),
        [Given(_l("Choisissez ce qu’il vous faut."))],
        of=RequestKind,
        labels=REQUEST_LABELS,
    )
    text = TextAreaField(
        _l("Précisément"),
        [
            Filled(_l("Dites quoi, combien, et pour quand : on vous répondra plus vite.")),
            AtMost(NEWS_LIMIT),
        ],
    )


class ReplyForm(Form):
    """What the asker says of it."""

    reply = PickOne(
        _l("Votre réponse"),
        [Given(_l("Choisissez une réponse."))],
        of=Reply,
        labels=REPLY_LABELS,
    )
    reason = TextAreaField(_l("Un mot de plus"), [AtMost(NOTE_LIMIT)])


class DeferForm(Form):
    """Until when nobody asks for news, and why."""

    until = Day(_l("Ne pas relancer avant le"), [Given(_l("Choisissez un jour."))])
    reason = TextAreaField(
        _l("Pourquoi"),
        [Filled(_l("Dites pourquoi : tout le monde le lira.")), AtMost(NOTE_LIMIT)],
    )


class HandOverForm(Form):
    """Which joining team leads from now on."""

    claim = OneOf(_l("L’équipe qui mènera"), [Given(_l("Choisissez une équipe."))])

    def __init__(self, *args: Any, joined: Iterable[tuple[int, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.claim.choices = options(joined)
