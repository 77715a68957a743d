"""The form of the desk's mail."""

from wtforms import SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from exchange.forms import Form
from exchange.i18n import lazy_gettext as _l

NEVER = -1


class MailForm(Form):
    """At which hour, if at all."""

    hour = SelectField(
        _l("Recevoir l’état de la file"),
        coerce=int,
        choices=[
            SelectChoice(NEVER, _l("Jamais")),
            *(SelectChoice(hour, f"{hour} h") for hour in range(24)),
        ],
    )
