"""Forms of the vocabulary: they parse, they never save."""

from typing import Self

from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import ValidationError

from exchange.forms import AtMost, Filled, Form
from exchange.i18n import gettext as _
from exchange.i18n import lazy_gettext as _l
from exchange.i18n import mark as _m
from exchange.vocabulary import queries
from exchange.vocabulary.concepts import Concept

NAMES_LIMIT = 2_000
"""Characters of all the names of a concept in one language."""
NAME_LIMIT = 80
"""Characters of one name."""

CATEGORY_LABELS = {
    "diseases": _m("Maladies"),
    "cancers": _m("Cancers"),
    "pathogens": _m("Agents infectieux"),
    "drugs": _m("Médicaments"),
    "targets": _m("Cibles"),
    "cells": _m("Cellules"),
    "cytokines": _m("Cytokines"),
    "techniques": _m("Techniques"),
    "clinical": _m("Mots courants (jamais des étiquettes)"),
}


class ConceptForm(Form):
    """One concept: its names in both languages, the first of each being its label."""

    french = TextAreaField(
        _l("Noms français, un par ligne"),
        [Filled(), AtMost(NAMES_LIMIT)],
        description=_l(
            "Le premier est celui que l’on montre. Accents, pluriels et traits d’union n’ont pas"
            " besoin d’entrée. Un « ! » devant un nom : seulement s’il est écrit en capitales."
        ),
        render_kw={"rows": 4},
    )
    english = TextAreaField(
        _l("Noms anglais, un par ligne"),
        [Filled(), AtMost(NAMES_LIMIT)],
        render_kw={"rows": 4},
    )
    category = SelectField(
        _l("Catégorie"),
        choices=[SelectChoice(key, _l(label)) for key, label in CATEGORY_LABELS.items()],
    )
    broader = StringField(
        _l("Concepts plus larges"),
        [AtMost(400)],
        description=_l("Leurs noms, en français ou en anglais, séparés par des virgules."),
    )

    @classmethod
    def of(cls, concept: Concept | None) -> Self:
        """The form as the concept stands; blank for a new one."""
        if concept is None:
            return cls()
        return cls(
            data={
                "french": "\n".join(concept.french),
                "english": "\n".join(concept.english),
                "category": concept.category,
                "broader": queries.labels_of(concept),
            }
        )

    def validate_french(self, field: TextAreaField) -> None:
        _require_names(field)

    def validate_english(self, field: TextAreaField) -> None:
        _require_names(field)

    def concept(self, key: str = "") -> Concept:
        """What was typed."""
        return Concept(
            key=key,
            category=str(self.category.data),
            french=_names(self.french.data),
            english=_names(self.english.data),
            broader=queries.keys_named(str(self.broader.data or "")),
        )


def _names(text: str | None) -> tuple[str, ...]:
    lines = (" ".join(line.split()) for line in (text or "").splitlines())
    return tuple(dict.fromkeys(filter(None, lines)))


def _require_names(field: TextAreaField) -> None:
    """Each has a letter or digit to be found by, and is short."""
    for name in _names(field.data):
        if len(name) > NAME_LIMIT:
            raise ValidationError(
                _("Un nom dépasse %(limit)s caractères : un nom par ligne.", limit=NAME_LIMIT)
            )
        if not any(map(str.isalnum, name)):
            raise ValidationError(_("« %(name)s » n’a ni lettre ni chiffre.", name=name))
        if "|" in name:
            raise ValidationError(_("Un nom par ligne, sans « | »."))
