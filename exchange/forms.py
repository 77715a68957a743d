"""The base of all forms: it parses, shows its errors, and lets an action refuse beside the field.

Forms never save. `attempt` runs an action and turns a refusal into an error shown with everything
that was typed.
"""

from collections.abc import Callable, Sequence
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, Field, SelectMultipleField
from wtforms.i18n import get_translations
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from exchange import db
from exchange.errors import Refusal
from exchange.guard import Finding, gate, reword
from exchange.i18n import get_locale
from exchange.i18n import gettext as _
from exchange.i18n import lazy_gettext as _l


def storable(typed: Any) -> Any:
    """What was typed without NUL, which PostgreSQL cannot store, and with plain line ends, which
    browsers send as two characters. A word of a closed list (an enum is a str too) stays one."""
    return typed.replace("\x00", "").replace("\r\n", "\n") if type(typed) is str else typed


class WordsOfWTForms:
    """WTForms' own sentences in the language in force. The one that a page of ours can show, about
    a choice that was not offered, is ours; the others come from its own catalogues."""

    def gettext(self, sentence: str) -> str:
        if "choice" in sentence.lower():
            return _("Ce choix n’est pas dans la liste.")
        return str(get_translations([get_locale()]).gettext(sentence))

    def ngettext(self, one: str, many: str, count: int) -> str:
        return self.gettext(one if count == 1 else many)


class Form(FlaskForm):  # type: ignore[misc]
    """A form whose texts pass the identity guard in the action. `status` is the HTTP status to
    answer with; `findings` maps a field to its text cut in segments, to mark what was found."""

    guard_confirmed = BooleanField(_l("J’ai relu : ce texte ne permet d’identifier aucun patient."))

    class Meta:
        def get_translations(self, form: FlaskForm) -> "WordsOfWTForms":
            """What WTForms says by itself is in the reader's language too."""
            return WordsOfWTForms()

        def bind_field(self, form: FlaskForm, unbound: Any, options: dict[str, Any]) -> Field:
            """Every text is cleaned before anything else looks at it."""
            filters = [*unbound.kwargs.get("filters", ()), storable]
            field: Field = unbound.bind(form=form, **{**options, "filters": filters})
            return field

    status: int = 422

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.findings: dict[str, list[tuple[str, Finding | None]]] = {}
        self.found_sure = False
        self.refusal: Refusal | None = None
        self.sentence = ""

    def submitted(self) -> bool:
        """Whether the form was posted and every field is right."""
        return bool(self.validate_on_submit())

    def attempt(self, action: Callable[[bool], Any]) -> bool:
        """Run `action(confirmed)`; False when it was refused, with the reason in the form and
        the transaction rolled back."""
        try:
            action(bool(self.guard_confirmed.data))
        except gate.IdentityFound as found:
            self._show(found)
        except Refusal as refusal:
            self._say(refusal)
        else:
            return True
        db.session.rollback()
        return False

    def _show(self, found: gate.IdentityFound) -> None:
        self.status = 422
        if "guard_reword" in request.form:
            self._reword(found)
            return
        self.found_sure = found.sure
        for name, findings in found.findings.items():
            self.findings[name] = gate.mark(found.texts[name], findings)
            self._complain(name, _("Ce passage peut identifier un patient."))

    def _reword(self, found: gate.IdentityFound) -> None:
        for name, findings in found.findings.items():
            if name in self:
                self[name].data = reword(found.texts[name], findings)
        self.sentence = _("Le texte a été reformulé : relisez-le, puis envoyez.")

    def _say(self, refusal: Refusal) -> None:
        self.refusal = refusal
        self.status = refusal.status
        if refusal.field and refusal.field in self:
            self._complain(refusal.field, refusal.sentence)
        else:
            self.sentence = refusal.sentence

    def _complain(self, name: str, sentence: str) -> None:
        if name in self:
            field: Field = self[name]
            field.errors = [*field.errors, sentence]


class Filled:
    """The field holds more than blanks."""

    def __init__(self, sentence: str | None = None) -> None:
        self.sentence = sentence
        self.field_flags = {"required": True}

    def __call__(self, form: FlaskForm, field: Field) -> None:
        if not str(field.data or "").strip():
            raise ValidationError(str(self.sentence or _("Ce champ est nécessaire.")))


class AtMost:
    """The field holds at most `limit` characters."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.field_flags = {"maxlength": limit}

    def __call__(self, form: FlaskForm, field: Field) -> None:
        length = len(str(field.data or ""))
        if length > self.limit:
            raise ValidationError(
                _(
                    "%(length)s caractères : la limite est de %(limit)s.",
                    length=length,
                    limit=self.limit,
                )
            )


class BareForm(Form):
    """A button that changes something."""


class Day(DateField):
    """A day; None when none was typed, for which a browser sends an empty text."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        try:
            super().process_formdata([text for text in valuelist if text.strip()])
        except ValueError:
            raise ValueError(_("Cette date n’est pas lisible : jour, mois, année.")) from None


class Boxes(SelectMultipleField):
    """Several of what the page offers, as boxes to tick; `sentence` answers what it does not."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(
        self, label: str, validators: Sequence[Any] = (), *, sentence: str = "", **more: Any
    ) -> None:
        super().__init__(label, list(validators), **more)
        self.sentence = sentence

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = []
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(self._refusal()) from None

    def pre_validate(self, form: Any) -> None:
        offered = {self.coerce(choice.value) for choice in self.choices}  # type: ignore[union-attr]
        if not set(self.data or ()) <= offered:
            raise ValidationError(self._refusal())

    def _refusal(self) -> str:
        return str(self.sentence) or _("Ce choix n’est pas dans la liste.")
