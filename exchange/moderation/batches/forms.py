"""The form of a decision on several questions."""

from collections.abc import Sequence
from typing import Self

from wtforms import SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from exchange.forms import AtMost, Boxes, Day, Form
from exchange.i18n import lazy_gettext as _l
from exchange.moderation.causes import CAUSE_LABELS, Cause
from exchange.moderation.deferrals.forms import NOTE_LIMIT
from exchange.moderation.forms import CAUSE, REASON_LIMIT
from exchange.people.models import User
from exchange.questions.forms import Pick


class BatchForm(Form):
    """What is ticked, and what to do with it. `decision` is the button that was pressed."""

    cause = Pick(CAUSE, of=Cause, labels=CAUSE_LABELS, blank=_l("Choisir"))
    item = Boxes(_l("Questions"), sentence=_l("Une des questions cochées n’attend plus."))
    reason = TextAreaField(
        _l("Votre message à chaque personne, pour ne pas retenir"), [AtMost(REASON_LIMIT)]
    )
    to = SelectField(_l("Confier à"), coerce=int, validate_choice=False, default=0)

    until = Day(_l("Jusqu’au"))
    why = TextAreaField(_l("Pourquoi, pour les modérateurs"), [AtMost(NOTE_LIMIT)])

    @classmethod
    def of(cls, refs: Sequence[str], moderators: Sequence[User]) -> Self:
        """The form that offers these questions and these people."""
        form = cls()
        form.item.choices = [SelectChoice(ref, ref) for ref in refs]
        form.to.choices = [SelectChoice(one.id, one.name) for one in moderators]
        return form
