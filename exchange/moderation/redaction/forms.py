"""The form of a redaction. What is typed here is what must be stored nowhere: it goes from page to
page in hidden fields, never in an address."""

from wtforms import TextAreaField

from exchange.forms import AtMost, Filled, Form
from exchange.i18n import lazy_gettext as _l
from exchange.moderation.grounds import GROUND_LABELS, Ground
from exchange.questions.forms import PickOne

WORDS_LIMIT = 1_000
"""Characters."""


class RedactForm(Form):
    words = TextAreaField(
        _l("Les mots à retirer, une ligne pour chacun"),
        [AtMost(WORDS_LIMIT)],
        render_kw={"rows": 4, "autocomplete": "off", "spellcheck": "false", "data-focus": ""},
        description=_l(
            "Un nom, un numéro, un bout de phrase. Majuscules, accents, apostrophes et traits"
            " d’union ne comptent pas ; le même mot dans un mot plus long reste."
        ),
    )
    ground = PickOne(
        _l("Pourquoi"),
        [Filled(_l("Choisissez une raison : elle reste au journal, sans les mots."))],
        of=Ground,
        labels=GROUND_LABELS,
    )
