"""Forms of the desk. `version` is the wording the moderator was looking at: a decision on an older
one is refused, with what changed."""

from collections.abc import Sequence
from typing import Self

from wtforms import HiddenField, SelectField, StringField, TextAreaField

from exchange.forms import AtMost, Filled, Form
from exchange.i18n import lazy_gettext as _l
from exchange.people.models import User
from exchange.questions.content import TEXT_LIMIT, TITLE_LIMIT

REASON_LIMIT = 4_000
"""Characters."""


class AssignForm(Form):
    """Which moderator takes care of an entry."""

    to = SelectField(_l("Confier à"), coerce=int)

    @classmethod
    def of(cls, moderators: Sequence[User]) -> Self:
        """The form that offers these people."""
        form = cls()
        form.to.choices = [(one.id, one.name) for one in moderators]
        return form


class DecisionForm(Form):
    """A decision that needs no words."""

    version = HiddenField()


class ReasonForm(DecisionForm):
    """A decision and its reason, which the asker reads."""

    reason = TextAreaField(
        _l("Votre message à la personne qui a posé la question"),
        [Filled(_l("Dites pourquoi : la personne le lira.")), AtMost(REASON_LIMIT)],
        render_kw={"rows": 6},
    )


class MergeForm(DecisionForm):
    """The question that lives, and a word to the asker."""

    into = StringField(
        _l("Référence de la question qui continue"),
        [Filled(_l("Donnez une référence, par exemple Q-2026-0042."))],
    )
    reason = TextAreaField(
        _l("Un mot pour la personne qui a posé la question"),
        [AtMost(REASON_LIMIT)],
        render_kw={"rows": 4},
    )


class RephraseForm(DecisionForm):
    """A moderator's wording, beside the asker's."""

    title = StringField(_l("Titre"), [Filled(), AtMost(TITLE_LIMIT)])
    problem = TextAreaField(
        _l("Ce qui ne va pas pour nos patients"),
        [Filled(), AtMost(TEXT_LIMIT)],
        render_kw={"rows": 14},
    )
