"""Forms of projects."""

from collections.abc import Iterable, Mapping
from typing import Any

from wtforms import (
    BooleanField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import ValidationError

from exchange.forms import AtMost, Boxes, Day, Filled, Form
from exchange.guard import gate, reword
from exchange.i18n import gettext as _
from exchange.i18n import lazy_gettext as _l
from exchange.questions.forms import Pick, TeamsField
from exchange.research.forms.lines import Column, Euros, Rows, day, euros, line
from exchange.research.forms.shared import (
    LINE_LIMIT,
    Given,
    OneOf,
    options,
)
from exchange.research.models import (
    VERDICT_LABELS,
    Verdict,
)

SUMMARY_LIMIT = 4_000
"""Characters."""

FUNDING = (
    Column("source", _l("Source"), line),
    Column("amount", _l("Montant (€)"), euros),
    Column("start_on", _l("Du"), day, "date", required=False),
    Column("end_on", _l("Au"), day, "date", required=False),
)
MILESTONES = (
    Column("title", _l("Jalon"), line),
    Column("planned_on", _l("Prévu le"), day, "date"),
)


People = Mapping[str, Iterable[tuple[int, str]]]
"""Who may be chosen, as (id, name) under the name of their team."""


class PeopleForm(Form):
    """Others answer for a project; the first of each list changes nothing, so that nobody's name is
    shown who may be hidden."""

    investigator = OneOf(_l("Investigateur principal"), [])
    colead = OneOf(_l("Co-responsable clinique"), [])

    def offer(self, investigators: People, coleads: People) -> None:
        self.investigator.choices = _people(investigators, _("Inchangé"))
        self.colead.choices = _people(coleads, _("Inchangé"))


def _people(groups: People, first: str) -> list[SelectChoice]:
    """Those who may be chosen after a first line that is nobody: no one is chosen by chance."""
    return [
        *options([(0, first)]),
        *(choice for group, people in groups.items() for choice in options(people, group)),
    ]


class ProjectForm(Form):
    hypotheses = Boxes(
        _l("Hypothèses mises à l’épreuve"),
        [Given(_l("Choisissez au moins une hypothèse."))],
        sentence=_l("Une des hypothèses choisies ne peut pas l’être."),
    )
    title = StringField(
        _l("Nom du projet"), [Filled(_l("Donnez un nom au projet.")), AtMost(LINE_LIMIT)]
    )
    summary = TextAreaField(
        _l("Résumé"),
        [
            Filled(_l("Dites en quelques phrases ce que le projet changera pour les patients.")),
            AtMost(SUMMARY_LIMIT),
        ],
    )
    lead_team = OneOf(_l("Équipe meneuse"), [Given(_l("Choisissez l’équipe meneuse."))])
    investigator = OneOf(
        _l("Investigateur principal"), [Given(_l("Choisissez l’investigateur principal."))]
    )
    colead = OneOf(
        _l("Co-responsable clinique"), [Given(_l("Choisissez le co-responsable clinique."))]
    )
    partners = TeamsField(_l("Équipes partenaires"))
    confidential = BooleanField(_l("Garder ce projet confidentiel"))
    funding = Rows(_l("Financements"), columns=FUNDING, least=1)
    milestones = Rows(_l("Jalons"), columns=MILESTONES, least=1)

    def __init__(self, *args: Any, sent: Mapping[str, str], **more: Any) -> None:
        super().__init__(*args, **more)
        self.sent = sent

    def offer(
        self,
        *,
        hypotheses: Iterable[tuple[str, str]],
        leading: Iterable[tuple[int, str]],
        investigators: People,
        coleads: People,
        partners: Iterable[tuple[int, str]],
    ) -> None:
        """What may be chosen, as (value, words)."""
        self.hypotheses.choices = options(hypotheses)
        self.lead_team.choices = options(leading)
        self.partners.choices = options(partners)
        self.investigator.choices = _people(investigators, _("Choisir une personne"))
        self.colead.choices = _people(coleads, _("Choisir une personne"))

    @property
    def asks_for_a_line(self) -> bool:
        """Whether the button pressed only wants one more line."""
        return any(rows.add_name in self.sent for rows in (self.funding, self.milestones))

    def validate_funding(self, field: Rows) -> None:
        for money in field.data:
            if money["start_on"] and money["end_on"] and money["end_on"] < money["start_on"]:
                raise ValidationError(
                    _("%(source)s : la fin précède le début.", source=money["source"])
                )

    def _reword(self, found: gate.IdentityFound) -> None:
        for rows in (self.funding, self.milestones):
            if rows.name in found.findings:
                findings = found.findings.pop(rows.name)
                rows.reword(reword(found.texts[rows.name], findings).split("\n"))
        super()._reword(found)


class MilestoneForm(Form):
    title = StringField(_l("Jalon"), [Filled(_l("Nommez ce jalon.")), AtMost(LINE_LIMIT)])
    planned_on = Day(_l("Prévu le"), [Given(_l("Donnez une date à ce jalon."))])


class FundingForm(Form):
    source = StringField(_l("Source"), [Filled(_l("Dites qui finance.")), AtMost(LINE_LIMIT)])
    amount = Euros(_l("Montant (€)"), [Given(_l("Donnez le montant."))])
    start_on = Day(_l("Du"))
    end_on = Day(_l("Au"))

    def validate_end_on(self, field: Day) -> None:
        if field.data and self.start_on.data and field.data < self.start_on.data:
            raise ValidationError(_("La fin précède le début."))


class AnswerForm(Form):
    answer = TextAreaField(
        _l("La réponse, en mots simples"),
        [Filled(_l("Répondez à la personne qui a posé la question.")), AtMost(SUMMARY_LIMIT)],
        description=_l(
            "Elle part à la personne qui a posé la question et à tous ceux qui l’ont soutenue :"
            " ce que l’on sait maintenant, ce que cela change, ce que l’on ne sait toujours pas."
        ),
    )


ENDING_LABELS = {
    verdict: VERDICT_LABELS[verdict]
    for verdict in (
        Verdict.SUPPORTED,
        Verdict.REFUTED,
        Verdict.INCONCLUSIVE,
        Verdict.UNDER_TEST,
    )
}
"""What can be said of a hypothesis when a project ends."""


def answer_form(unjudged: Mapping[str, int]) -> AnswerForm:
    """The answer, and a verdict for each hypothesis that has none, by reference."""
    verdicts = {
        f"verdict_{number}": Pick(
            _("Verdict de %(ref)s", ref=ref),
            [Given(_("Choisissez un verdict."))],
            of=Verdict,
            labels=ENDING_LABELS,
            blank=_("Choisir"),
        )
        for ref, number in unjudged.items()
    }
    form: AnswerForm = type("AnswerForm", (AnswerForm,), verdicts)()
    return form
