"""The form with which an administrator opens a project to themselves."""

from wtforms import StringField, TextAreaField

from exchange.forms import AtMost, Filled, Form
from exchange.i18n import lazy_gettext as _l
from exchange.questions.forms import NOTE_LIMIT

REF_LIMIT = 20


class UnsealForm(Form):
    project = StringField(
        _l("Référence du projet"),
        [Filled(_l("Donnez la référence du projet, comme P-2026-0003.")), AtMost(REF_LIMIT)],
    )
    reason = TextAreaField(
        _l("Pourquoi il faut le lire"),
        [Filled(_l("Dites pourquoi : les personnes du projet le liront.")), AtMost(NOTE_LIMIT)],
    )

    @property
    def ref(self) -> str:
        return str(self.project.data).strip().upper()
