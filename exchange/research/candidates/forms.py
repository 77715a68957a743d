"""Form of a drug candidate."""

from collections.abc import Iterable
from typing import Any

from wtforms import StringField

from exchange.forms import AtMost, Filled, Form
from exchange.i18n import lazy_gettext as _l
from exchange.questions.forms import Pick
from exchange.research.candidates.actions import Entry
from exchange.research.candidates.models import (
    MAKE_LABELS,
    PROGRESS_LABELS,
    REACH_LABELS,
    Make,
    Progress,
    Reach,
)
from exchange.research.forms.shared import LINE_LIMIT, Given, OneOf, options


class CandidateForm(Form):
    """`questions`: (id, words) of the project's questions."""

    name = StringField(
        _l("Nom du candidat"),
        [Filled(_l("Donnez un nom ou un code.")), AtMost(LINE_LIMIT)],
        description=_l("Son nom international ou le code de l’équipe."),
    )
    target = StringField(
        _l("Cible"),
        [Filled(_l("Dites ce qu’il vise.")), AtMost(LINE_LIMIT)],
        description=_l("L’antigène, le récepteur ou la voie, par exemple PD-1."),
    )
    make = Pick(
        _l("Genre de candidat"),
        [Given(_l("Choisissez un genre."))],
        of=Make,
        labels=MAKE_LABELS,
        blank=_l("Choisir"),
    )
    progress = Pick(
        _l("Phase atteinte"),
        [Given(_l("Choisissez une phase."))],
        of=Progress,
        labels=PROGRESS_LABELS,
        blank=_l("Choisir"),
    )
    reach = Pick(_l("Portée"), of=Reach, labels=REACH_LABELS, blank=_l("Sans précision"))
    question_id = OneOf(
        _l("Question d’origine"), [Given(_l("Choisissez la question dont il vient."))]
    )
    reference = StringField(
        _l("La preuve"),
        [AtMost(LINE_LIMIT)],
        description=_l("NCT, EU CT, DOI ou adresse d’une page."),
    )

    def __init__(self, *args: Any, questions: Iterable[tuple[int, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.question_id.choices = options(questions)

    def entry(self) -> Entry:
        """What was typed, each on one line."""
        return Entry(
            name=_line(self.name),
            target=_line(self.target),
            make=self.make.data,
            progress=self.progress.data,
            reach=self.reach.data,
            reference=_line(self.reference),
            question_id=int(self.question_id.data),
        )


def _line(field: Any) -> str:
    return " ".join(str(field.data or "").split())
