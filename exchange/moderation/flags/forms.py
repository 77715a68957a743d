"""Forms of reports."""

from typing import Any

from wtforms import StringField, TextAreaField

from exchange.forms import AtMost, Filled, Form
from exchange.i18n import lazy_gettext as _l
from exchange.moderation.flags.models import VERDICT_LABELS, Verdict
from exchange.moderation.grounds import GROUND_LABELS, Ground
from exchange.questions.content import TEXT_LIMIT as QUESTION_LIMIT
from exchange.questions.content import TITLE_LIMIT
from exchange.questions.forms import PickOne
from exchange.questions.models import TEXT_FIELDS, TEXT_LABELS

TEXT_LIMIT = 1_000
"""Characters."""


def _text(name: str, *validators: Any) -> TextAreaField:
    rows = 8 if name == "problem" else 3
    return TextAreaField(
        _l(TEXT_LABELS[name]), [*validators, AtMost(QUESTION_LIMIT)], render_kw={"rows": rows}
    )


class FlagForm(Form):
    ground = PickOne(
        _l("Ce qui ne va pas"),
        [Filled(_l("Choisissez une raison."))],
        of=Ground,
        labels=GROUND_LABELS,
    )
    text = TextAreaField(
        _l("Une phrase pour le modérateur"),
        [AtMost(TEXT_LIMIT)],
        render_kw={"rows": 3},
        description=_l("Sans recopier ce qui désignerait quelqu’un."),
    )


class RewriteForm(Form):
    """A question written anew: every text is empty, nothing of the hidden one is shown."""

    title = StringField(_l("Votre question, en une phrase simple"), [Filled(), AtMost(TITLE_LIMIT)])
    problem = _text("problem", Filled(_l("Dites ce qui ne va pas : deux phrases suffisent.")))
    practice = _text("practice")
    shortfall = _text("shortfall")
    population = _text("population")
    intervention = _text("intervention")
    comparison = _text("comparison")
    outcome = _text("outcome")
    known = _text("known")
    resources = _text("resources")

    def texts(self) -> dict[str, str]:
        """What was written."""
        return {name: str(self[name].data or "") for name in ("title", *TEXT_FIELDS)}


class DecideForm(Form):
    verdict = PickOne(
        _l("Décision"),
        [Filled(_l("Choisissez une décision."))],
        of=Verdict,
        labels=VERDICT_LABELS,
    )
    answer = TextAreaField(
        _l("Un mot à qui l’a signalé"), [AtMost(TEXT_LIMIT)], render_kw={"rows": 3}
    )
