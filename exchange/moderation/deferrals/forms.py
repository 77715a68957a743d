"""The form that puts an entry aside."""

from wtforms import TextAreaField

from exchange.forms import AtMost, Day, Filled, Form
from exchange.i18n import lazy_gettext as _l
from exchange.moderation.forms import REASON_LIMIT

NOTE_LIMIT = 500
"""Characters of a reason among moderators."""


class DeferForm(Form):
    """Until when, why; and a word for the asker, who is told nothing without one."""

    until = Day(_l("Jusqu’au"), [Filled(_l("Choisissez le jour où cela revient."))])
    reason = TextAreaField(
        _l("Pourquoi, pour les modérateurs"),
        [Filled(_l("Dites pourquoi : vos collègues le liront.")), AtMost(NOTE_LIMIT)],
        render_kw={"rows": 2},
    )
    word = TextAreaField(
        _l("Un mot à la personne qui a posé la question"),
        [AtMost(REASON_LIMIT)],
        description=_l("Facultatif. Sans ce mot, elle n’est pas prévenue."),
        render_kw={"rows": 3},
    )
