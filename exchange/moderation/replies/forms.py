"""The form of a ready reason."""

from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from exchange.forms import AtMost, Filled, Form
from exchange.i18n import LOCALE_NAMES
from exchange.i18n import lazy_gettext as _l
from exchange.i18n import mark as _m
from exchange.moderation.forms import REASON_LIMIT

USES = {
    "return": _m("Demander une précision"),
    "decline": _m("Ne pas retenir"),
    "answered": _m("Déjà répondue"),
    "merge": _m("Réunir à une autre question"),
    "park": _m("Mettre en sommeil"),
    "reopen": _m("Rouvrir"),
    "reconsider": _m("Remettre à relire"),
}
"""Where a reason is offered."""

TITLE_LIMIT = 120


class ReplyForm(Form):
    """A reason and where it is offered."""

    use = SelectField(
        _l("Proposée pour"), choices=[SelectChoice(name, _l(text)) for name, text in USES.items()]
    )
    locale = SelectField(
        _l("Langue"), choices=[SelectChoice(locale, name) for locale, name in LOCALE_NAMES.items()]
    )
    title = StringField(_l("Nom du bouton"), [Filled(), AtMost(TITLE_LIMIT)])
    text = TextAreaField(_l("Texte"), [Filled(), AtMost(REASON_LIMIT)], render_kw={"rows": 8})
