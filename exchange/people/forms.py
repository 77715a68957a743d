"""Forms about people."""

from wtforms import HiddenField, PasswordField, StringField

from exchange.forms import AtMost, Filled, Form
from exchange.i18n import lazy_gettext as _l
from exchange.people import passwords


class SignInForm(Form):
    email = StringField(_l("Adresse électronique"), [Filled(), AtMost(255)])
    password = PasswordField(_l("Mot de passe"), [Filled(), AtMost(passwords.MAXIMUM)])
    next = HiddenField()
    kept = HiddenField()
    kept_to = HiddenField()

    @property
    def address(self) -> str:
        """The address as it is stored."""
        return str(self.email.data).strip().lower()
