"""Forms of reports."""

from wtforms import TextAreaField

from exchange.forms import AtMost, Filled, Form
from exchange.i18n import lazy_gettext as _l
from exchange.moderation.flags.models import VERDICT_LABELS, Verdict
from exchange.moderation.grounds import GROUND_LABELS, Ground
from exchange.questions.forms import PickOne

TEXT_LIMIT = 1_000
"""Characters."""


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
