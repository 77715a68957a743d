"""What the forms of the research half share."""

from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import (
    Field,
    SelectField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import ValidationError

from exchange.forms import AtMost, Filled, Form
from exchange.i18n import gettext as _
from exchange.i18n import lazy_gettext as _l
from exchange.people.models import Team
from exchange.questions.forms import NOTE_LIMIT

LINE_LIMIT = 250
"""Characters of a single line: a next step, a title, a source of money."""

CONFIDENTIAL = _l(
    "Confidentiel : seuls la personne qui a posé la question, les équipes du travail et les"
    " modérateurs le liront ; les autres sauront seulement qu’il existe. Avant de publier quoi"
    " que ce soit, contactez votre cellule de valorisation : ce qui est publié ne peut plus être"
    " breveté."
)


class Given:
    """Something was chosen."""

    field_flags = {"required": True}

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence

    def __call__(self, form: Form, field: Field) -> None:
        if not field.process_errors and not field.data:
            raise ValidationError(str(self.sentence))


class OneOf(SelectField):
    """One of the rows that the page offers, by id."""

    def __init__(self, label: str, validators: list[Any], **more: Any) -> None:
        super().__init__(label, validators, coerce=int, validate_choice=False, **more)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0] if valuelist else ""
        self.data = (int(text) if text.isdecimal() and len(text) < 10 else 0) or None

    def pre_validate(self, form: Any) -> None:
        offered = {int(choice.value) for choice in self.choices}  # type: ignore[union-attr]
        if self.data is not None and self.data not in offered:
            raise ValidationError(_("Ce choix n’est pas dans la liste."))


def options(pairs: Iterable[tuple[object, str]], group: str | None = None) -> list[SelectChoice]:
    """Choices from (value, words), under a heading."""
    return [SelectChoice(str(value), words, optgroup=group) for value, words in pairs]


class TeamForm(Form):
    """A form in which a person of several `teams` says for which one they speak."""

    team = OneOf(_l("Votre équipe"), [Given(_l("Dites au nom de quelle équipe."))])

    def __init__(self, *args: Any, teams: Sequence[Team], **more: Any) -> None:
        super().__init__(*args, **more)
        self.teams = {team.id: team for team in teams}
        self.team.choices = options((team.id, team.name) for team in teams)
        if len(teams) == 1:
            del self.team

    @property
    def chosen_team(self) -> Team:
        """The team spoken for."""
        return self.teams[self.team.data] if "team" in self else next(iter(self.teams.values()))


class WhyForm(Form):
    """Why; required."""

    reason = TextAreaField(
        _l("Pourquoi"),
        [
            Filled(_l("Dites pourquoi : la personne qui a posé la question le lira.")),
            AtMost(NOTE_LIMIT),
        ],
    )
