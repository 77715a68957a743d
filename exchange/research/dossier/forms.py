"""Forms of the dossier of a project."""

from typing import Any

from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from exchange.forms import AtMost, Day, Filled, Form
from exchange.i18n import gettext as _
from exchange.i18n import lazy_gettext as _l
from exchange.questions.forms import PastDay, Pick
from exchange.research.dossier.models import (
    CATEGORY_LABELS,
    EFFECT_LABELS,
    LIKELIHOOD_LABELS,
    METHODOLOGY_LABELS,
    RIGHTS_LABELS,
    TRANSLATION_LABELS,
    TRL_LABELS,
    Category,
    Degree,
    Methodology,
    Rights,
    Translation,
)
from exchange.research.forms.shared import LINE_LIMIT, Given

REMARK_LIMIT = 500
"""Characters of a risk, its answer, a decision or its reason."""


class Level(SelectField):
    """A technology readiness level, or none."""

    def __init__(self, label: str, **more: Any) -> None:
        super().__init__(
            label,
            choices=[SelectChoice("", _("Sans précision"))]
            + [SelectChoice(str(n), _level(n)) for n in TRL_LABELS],
            coerce=lambda value: int(value) if value else None,
            validate_choice=False,
            **more,
        )

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0] if valuelist else ""
        self.data = None
        if text:
            if text not in map(str, TRL_LABELS):
                raise ValueError(_("Ce choix n’est pas dans la liste."))
            self.data = int(text)


def _level(number: int) -> str:
    return _("TRL %(number)s : %(words)s", number=number, words=_(TRL_LABELS[number]))


class Part(Form):
    """One part of the dossier."""

    def values(self) -> dict[str, Any]:
        """What was typed, lines on one line."""
        return {
            field.name: " ".join(str(field.data or "").split())
            if isinstance(field, StringField)
            else field.data
            for field in self
            if field.name not in {"csrf_token", "guard_confirmed"}
        }


class FrameForm(Part):
    sponsor = StringField(
        _l("Promoteur"),
        [AtMost(LINE_LIMIT)],
        description=_l(
            "Qui prend la responsabilité de la recherche, en assure la gestion et en vérifie le financement."
        ),
    )
    trl = Level(_l("Maturité (TRL)"))
    translation = Pick(
        _l("Étape de translation"),
        of=Translation,
        labels=TRANSLATION_LABELS,
        blank=_l("Sans précision"),
    )


class RegulationForm(Part):
    category = Pick(
        _l("Catégorie"),
        of=Category,
        labels=CATEGORY_LABELS,
        blank=_l("Sans précision"),
        description=_l("Code de la santé publique, article L1121-1."),
    )
    id_rcb = StringField(
        _l("ID-RCB"),
        [AtMost(LINE_LIMIT)],
        description=_l("Demandé à l’ANSM avant le dépôt, par exemple 2024-A01234-56."),
    )
    cpp = StringField(
        _l("CPP"),
        [AtMost(LINE_LIMIT)],
        description=_l("Lequel, son avis et sa date."),
    )
    ansm = StringField(
        _l("ANSM"),
        [AtMost(LINE_LIMIT)],
        description=_l("Autorisation pour une RIPH 1, information pour une RIPH 2 ou 3."),
    )
    methodology = Pick(
        _l("Méthodologie de référence (CNIL)"),
        of=Methodology,
        labels=METHODOLOGY_LABELS,
        blank=_l("Sans précision"),
    )
    methodology_on = Day(_l("Version du"))
    nct = StringField(
        "NCT", [AtMost(LINE_LIMIT)], description=_l("Inscription à ClinicalTrials.gov.")
    )
    eu_ct = StringField(
        "EU CT",
        [AtMost(LINE_LIMIT)],
        description=_l("Essai d’un médicament, règlement (UE) 536/2014 : 2024-512345-12-00."),
    )


class RightsForm(Part):
    rights = Pick(
        _l("Propriété intellectuelle"),
        of=Rights,
        labels=RIGHTS_LABELS,
        blank=_l("Sans précision"),
    )
    patent = StringField(_l("Numéro de dépôt"), [AtMost(LINE_LIMIT)])
    rights_note = StringField(
        _l("Précision"),
        [AtMost(LINE_LIMIT)],
        description=_l("Titulaires, licencié, date. Jamais ce qui est inventé."),
    )


class RiskForm(Form):
    what = TextAreaField(
        _l("Ce qui peut arriver"),
        [Filled(_l("Dites ce qui peut arriver.")), AtMost(REMARK_LIMIT)],
    )
    likelihood = Pick(
        _l("Probabilité"),
        [Given(_l("Choisissez une probabilité."))],
        of=Degree,
        labels=LIKELIHOOD_LABELS,
        blank=_l("Choisir"),
    )
    effect = Pick(
        _l("Effet"),
        [Given(_l("Choisissez un effet."))],
        of=Degree,
        labels=EFFECT_LABELS,
        blank=_l("Choisir"),
    )
    answer = TextAreaField(
        _l("La réponse prévue"),
        [
            Filled(_l("Dites ce que vous ferez, même « rien, nous l’acceptons ».")),
            AtMost(REMARK_LIMIT),
        ],
    )


class DecisionForm(Form):
    taken_on = PastDay(_l("Décidé le"), [Given(_l("Donnez le jour de la décision."))])
    who = StringField(
        _l("Par qui"),
        [Filled(_l("Dites qui a décidé.")), AtMost(LINE_LIMIT)],
        description=_l("Une instance ou une fonction : « comité de pilotage », « promoteur »."),
    )
    what = TextAreaField(
        _l("Ce qui est décidé"), [Filled(_l("Dites ce qui est décidé.")), AtMost(REMARK_LIMIT)]
    )
    why = TextAreaField(_l("Pourquoi"), [Filled(_l("Dites pourquoi.")), AtMost(REMARK_LIMIT)])
