"""Forms of what came of projects."""

import re
from typing import Any

from wtforms import StringField, TextAreaField

from exchange.forms import AtMost, Filled, Form
from exchange.i18n import gettext as _
from exchange.i18n import lazy_gettext as _l
from exchange.questions.forms import NOTE_LIMIT, Pick
from exchange.research.forms.shared import LINE_LIMIT, Given
from exchange.research.models import (
    COUNTED,
    OUTCOME_LABELS,
    PHASE_LABELS,
    STATUS_LABELS,
    Outcome,
    OutcomeKind,
    Phase,
    TrialStatus,
)

LARGEST = 10_000_000_000


class Count(StringField):
    """A whole number, with or without spaces between its thousands; None when nothing was typed."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data: Any = None
        plain = re.sub(r"[\s\u202f€]", "", valuelist[0]) if valuelist else ""
        if plain:
            if not (plain.isascii() and plain.isdecimal()) or int(plain[:12]) > LARGEST:
                raise ValueError(_("Écrivez un nombre entier, par exemple 120."))
            self.data = int(plain)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)


class SaidForm(Form):
    """What is said of an output."""

    summary = TextAreaField(
        _l("En quelques phrases"),
        [Filled(_l("Décrivez ce résultat, même négatif.")), AtMost(NOTE_LIMIT)],
    )
    reference = StringField(
        _l("La preuve"),
        [AtMost(LINE_LIMIT)],
        description=_l(
            "DOI, PMID, NCT, EU CT, numéro de brevet, adresse d’une page ou d’une pièce jointe à la"
            " question : elle devient un lien, et le même numéro ne compte qu’une fois."
        ),
    )
    phase = Pick(_l("Phase de l’essai"), of=Phase, labels=PHASE_LABELS, blank=_l("Sans précision"))
    standing = Pick(
        _l("Où en est l’essai"), of=TrialStatus, labels=STATUS_LABELS, blank=_l("Sans précision")
    )
    quantity = Count(
        _l("Nombre"),
        description=_l("Patients inclus, emplois créés ou euros levés : un nombre, aucune liste."),
    )

    def said(self) -> dict[str, Any]:
        """What was typed, of what this kind of output has."""
        return {
            "summary": str(self.summary.data).strip(),
            "reference": " ".join(str(self.reference.data or "").split()),
            "phase": self._of("phase"),
            "status": self._of("standing"),
            "quantity": self._of("quantity"),
        }

    def _of(self, name: str) -> Any:
        return self[name].data if name in self else None


class OutcomeForm(SaidForm):
    kind = Pick(
        _l("Ce qui est sorti du projet"),
        [Given(_l("Choisissez ce qui est sorti du projet."))],
        of=OutcomeKind,
        labels=OUTCOME_LABELS,
        blank=_l("Choisir"),
    )


def said_again(outcome: Outcome) -> SaidForm:
    """The form for an output that there is: only what its kind has."""
    form = SaidForm(obj=outcome, standing=outcome.status)
    if outcome.kind is not OutcomeKind.TRIAL:
        del form.phase, form.standing
    if outcome.kind not in COUNTED:
        del form.quantity
    return form
