"""Forms of merges that are proposed."""

from wtforms import StringField, TextAreaField

from exchange.forms import AtMost, Filled, Form
from exchange.i18n import lazy_gettext as _l
from exchange.moderation.forms import REASON_LIMIT


class ProposeForm(Form):
    into = StringField(
        _l("Référence de la question qui continue"),
        [Filled(_l("Donnez une référence, par exemple Q-2026-0042."))],
    )
    reason = TextAreaField(
        _l("Votre message à la personne qui a posé la question"),
        [Filled(_l("Dites pourquoi : la personne le lira.")), AtMost(REASON_LIMIT)],
        render_kw={"rows": 5},
    )


class AnswerForm(Form):
    reason = TextAreaField(
        _l("Ce qui est différent"),
        [Filled(_l("Dites en une phrase ce qui est différent.")), AtMost(REASON_LIMIT)],
        render_kw={"rows": 4},
    )
