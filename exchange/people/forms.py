"""Forms about people."""

from wtforms import HiddenField, PasswordField, StringField

from exchange.forms import Filled, Form
from exchange.i18n import lazy_gettext as _l


class SignInForm(Form):
    email = StringField(_l("Adresse électronique"), [Filled()])
    password = PasswordField(_l("Mot de passe"), [Filled()])
    next = HiddenField()
    kept = HiddenField()
    kept_to = HiddenField()
