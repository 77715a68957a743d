"""Forms of the research half, and the filters of its lists: they parse, they never save."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from typing import Any, Self

from wtforms import (
    BooleanField,
    Field,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import ValidationError

from exchange import filters
from exchange.forms import AtMost, Boxes, Day, Filled, Form
from exchange.guard import gate, reword
from exchange.i18n import gettext as _
from exchange.i18n import lazy_gettext as _l
from exchange.i18n import mark as _m
from exchange.people.models import AREA_LABELS, Team
from exchange.questions.forms import NOTE_LIMIT, Pick, PickOne, TeamsField
from exchange.research.claims import Promise
from exchange.research.hypotheses import Idea
from exchange.research.models import (
    DIRECTION_LABELS,
    ENDORSEMENT_LABELS,
    OUTCOME_LABELS,
    PLAN_LIMIT,
    PROJECT_STATE_LABELS,
    RATIONALE_LIMIT,
    REPLY_LABELS,
    REQUEST_LABELS,
    STANCE_LABELS,
    STATEMENT_LIMIT,
    STRENGTH_LABELS,
    VERDICT_LABELS,
    Direction,
    OutcomeKind,
    Reply,
    RequestKind,
    Stance,
    Strength,
    Verdict,
)

LINE_LIMIT = 250
"""Characters of a single line: a next step, a title, a source of money."""
NEWS_LIMIT = 500
SUMMARY_LIMIT = 4_000
ROWS_LIMIT = 40
EUROS_LIMIT = 1_000_000_000

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
        self.data = int(text) if text.isdecimal() and len(text) < 10 else None

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


class ClaimForm(TeamForm):
    """What a team promises."""

    why = TextAreaField(
        _l("Pourquoi votre équipe"),
        [Filled(_l("Dites ce qui vous rend bien placés : une phrase suffit.")), AtMost(NOTE_LIMIT)],
    )
    needs = TextAreaField(
        _l("Ce que vous attendez du clinicien"),
        [Filled(_l("Dites ce qu’il vous faut, ou « rien pour l’instant ».")), AtMost(NOTE_LIMIT)],
    )
    next_step = StringField(
        _l("La prochaine étape"),
        [Filled(_l("Nommez une étape que vous êtes sûrs de tenir.")), AtMost(LINE_LIMIT)],
    )
    next_step_on = Day(_l("Pour quand"), [Given(_l("Donnez une date à cette étape."))])

    def promise(self) -> Promise:
        """What was typed."""
        return Promise(
            why=str(self.why.data).strip(),
            needs=str(self.needs.data).strip(),
            next_step=" ".join(str(self.next_step.data).split()),
            next_step_on=self.next_step_on.data,
        )


class NewsForm(Form):
    """One line of news."""

    text = StringField(
        _l("Les nouvelles, en une ligne"),
        [
            Filled(_l("Une ligne suffit, même « rien de neuf, nous attendons… ».")),
            AtMost(NEWS_LIMIT),
        ],
    )
    next_step = StringField(_l("La prochaine étape"), [AtMost(LINE_LIMIT)])
    next_step_on = Day(_l("Pour quand"))

    def validate_next_step_on(self, field: Day) -> None:
        if (self.next_step.data or "").strip() and field.data is None and not field.process_errors:
            raise ValidationError(_("Donnez une date à cette étape."))


class RequestForm(Form):
    """One thing that a team needs."""

    kind = PickOne(
        _l("Ce qu’il vous faut"),
        [Given(_l("Choisissez ce qu’il vous faut."))],
        of=RequestKind,
        labels=REQUEST_LABELS,
    )
    text = TextAreaField(
        _l("Précisément"),
        [
            Filled(_l("Dites quoi, combien, et pour quand : on vous répondra plus vite.")),
            AtMost(NEWS_LIMIT),
        ],
    )


class ReplyForm(Form):
    """What the asker says of it."""

    reply = PickOne(
        _l("Votre réponse"),
        [Given(_l("Choisissez une réponse."))],
        of=Reply,
        labels=REPLY_LABELS,
    )
    reason = TextAreaField(_l("Un mot de plus"), [AtMost(NOTE_LIMIT)])


class DeferForm(Form):
    """Until when nobody asks for news, and why."""

    until = Day(_l("Ne pas relancer avant le"), [Given(_l("Choisissez un jour."))])
    reason = TextAreaField(
        _l("Pourquoi"),
        [Filled(_l("Dites pourquoi : tout le monde le lira.")), AtMost(NOTE_LIMIT)],
    )


class HandOverForm(Form):
    """Which joining team leads from now on."""

    claim = OneOf(_l("L’équipe qui mènera"), [Given(_l("Choisissez une équipe."))])

    def __init__(self, *args: Any, joined: Iterable[tuple[int, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.claim.choices = options(joined)


class WhyForm(Form):
    """Why; required."""

    reason = TextAreaField(
        _l("Pourquoi"),
        [
            Filled(_l("Dites pourquoi : la personne qui a posé la question le lira.")),
            AtMost(NOTE_LIMIT),
        ],
    )


class HypothesisForm(TeamForm):
    """A testable answer to a question."""

    statement = TextAreaField(
        _l("L’hypothèse"),
        [Filled(_l("Énoncez l’hypothèse en une ou deux phrases.")), AtMost(STATEMENT_LIMIT)],
    )
    rationale = TextAreaField(
        _l("Ce qui vous y fait croire"),
        [Filled(_l("Dites d’où vient cette idée.")), AtMost(RATIONALE_LIMIT)],
    )
    prediction = TextAreaField(
        _l("Ce qu’elle prédit"),
        [
            Filled(_l("Dites ce que l’on doit observer si l’hypothèse est vraie.")),
            AtMost(RATIONALE_LIMIT),
        ],
    )
    direction = PickOne(
        _l("Dans quel sens"),
        [Given(_l("Choisissez le sens attendu."))],
        of=Direction,
        labels=DIRECTION_LABELS,
    )
    refutation = TextAreaField(
        _l("Ce qui la réfuterait"),
        [
            Filled(_l("Une hypothèse que rien ne peut réfuter ne se met pas à l’épreuve.")),
            AtMost(RATIONALE_LIMIT),
        ],
    )
    plan = TextAreaField(
        _l("Comment la mettre à l’épreuve"),
        [Filled(_l("Décrivez l’épreuve en quelques lignes.")), AtMost(PLAN_LIMIT)],
    )
    confidential = BooleanField(_l("Garder cette hypothèse confidentielle"))

    def idea(self) -> Idea:
        """What was typed."""
        words = {
            name: str(self[name].data).strip()
            for name in ("statement", "rationale", "prediction", "refutation", "plan")
        }
        return Idea(direction=self.direction.data, **words)


class EvidenceForm(Form):
    stance = PickOne(
        _l("Cet indice va"),
        [Given(_l("Dites dans quel sens va cet indice."))],
        of=Stance,
        labels=STANCE_LABELS,
    )
    note = TextAreaField(
        _l("Ce qu’il montre"),
        [Filled(_l("Dites en une phrase ce que cet indice montre.")), AtMost(NOTE_LIMIT)],
    )
    identifier = StringField(
        _l("Identifiant"),
        [AtMost(LINE_LIMIT)],
        description=_l("DOI, PMID, PMCID, NCT ou EU CT, s’il y en a un : il devient un lien."),
    )
    strength = Pick(
        _l("Ce qu’il vaut"), of=Strength, labels=STRENGTH_LABELS, blank=_l("Sans précision")
    )
    searched_on = Day(_l("Recherché le"))


class OpinionForm(Form):
    """What the asker says of a hypothesis, or a moderator in their stead."""

    reason = TextAreaField(_l("Votre avis"), [AtMost(NOTE_LIMIT)])


class VerdictForm(Form):
    verdict = Pick(
        _l("Verdict"),
        [Given(_l("Choisissez un verdict."))],
        of=Verdict,
        labels=VERDICT_LABELS,
        blank=_l("Choisir"),
    )
    reason = TextAreaField(
        _l("Sur quoi il repose"),
        [Filled(_l("Dites ce qui fonde ce verdict.")), AtMost(NOTE_LIMIT)],
    )


# -- projects --------------------------------------------------------------------------------


def euros(text: str) -> int:
    """Whole euros from what a person types: `120 000 €`. Raises `ValueError` with a sentence."""
    plain = re.sub(r"[\s\u202f€.']|euros?$", "", text.strip())
    if not plain.isdecimal() or not plain.isascii():
        raise ValueError(_("Écrivez un montant en euros, sans centimes : 120 000."))
    if not 0 < int(plain[:20]) <= EUROS_LIMIT:
        raise ValueError(_("Ce montant n’est pas vraisemblable."))
    return int(plain)


def day(text: str) -> date:
    """The day that a browser sends. Raises `ValueError` with a sentence."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(_("Cette date n’est pas lisible : jour, mois, année.")) from None


def line(text: str) -> str:
    """A short line. Raises `ValueError` with a sentence."""
    plain = " ".join(text.split())
    if len(plain) > LINE_LIMIT:
        raise ValueError(_("C’est trop long : %(limit)s caractères au plus.", limit=LINE_LIMIT))
    return plain


@dataclass(frozen=True)
class Column:
    """One box of a repeated line. `kind` is the type of its input."""

    name: str
    label: str
    parse: Callable[[str], Any]
    kind: str = "text"
    required: bool = True


class Rows(Field):
    """Repeated lines of a few boxes, sent as columns in the same order. A blank line counts for
    nothing. `typed` is what was typed, `wrong` the sentence for each wrong box, `data` the lines
    read."""

    def __init__(
        self, label: str, *, columns: Sequence[Column], least: int = 3, **more: Any
    ) -> None:
        super().__init__(label, **more)
        self.columns = columns
        self.least = least
        self.typed: list[dict[str, str]] = []
        self.wrong: dict[tuple[int, str], str] = {}

    @property
    def add_name(self) -> str:
        """The name of the button that asks for one more line."""
        return f"{self.name}-add"

    def process(self, formdata: Any, *_given: Any, **_more: Any) -> None:
        self.process_errors = []
        sent = [formdata.getlist(f"{self.name}-{c.name}") if formdata else [] for c in self.columns]
        names = [column.name for column in self.columns]
        self.typed = [
            dict(zip(names, boxes, strict=True)) for boxes in zip_longest(*sent, fillvalue="")
        ][:ROWS_LIMIT]
        self.data = []
        missing = self.least - len(self.typed)
        if formdata and self.add_name in formdata:
            missing = max(missing, 1)
        self.typed += [dict.fromkeys(names, "") for _number in range(missing)]

    def pre_validate(self, form: Any) -> None:
        self.wrong = {}
        self.data = []
        for number, row in enumerate(self.typed):
            if any(text.strip() for text in row.values()):
                self.data.append({c.name: self._read(number, c, row[c.name]) for c in self.columns})
        if self.wrong:
            (number, _name), sentence = next(iter(self.wrong.items()))
            raise ValidationError(
                _("Ligne %(number)s : %(sentence)s", number=number + 1, sentence=sentence)
            )

    def _read(self, number: int, column: Column, text: str) -> Any:
        if not text.strip():
            if column.required:
                self.wrong[number, column.name] = _(
                    "« %(label)s » est nécessaire.", label=str(column.label)
                )
            return None
        try:
            return column.parse(text)
        except ValueError as error:
            self.wrong[number, column.name] = str(error)
            return None

    def reword(self, lines: Iterable[str]) -> None:
        """Put these words in the first box of the lines that are not blank, in order."""
        first = self.columns[0].name
        filled = [row for row in self.typed if any(text.strip() for text in row.values())]
        for row, words in zip(filled, lines, strict=False):
            row[first] = words


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
        investigators: Mapping[str, Iterable[tuple[int, str]]],
        coleads: Mapping[str, Iterable[tuple[int, str]]],
        partners: Iterable[tuple[int, str]],
    ) -> None:
        """What may be chosen, as (value, words); people under the name of their team."""
        self.hypotheses.choices = options(hypotheses)
        self.lead_team.choices = options(leading)
        self.partners.choices = options(partners)
        for field, groups in ((self.investigator, investigators), (self.colead, coleads)):
            field.choices = [
                choice for group, people in groups.items() for choice in options(people, group)
            ]

    @property
    def asks_for_a_line(self) -> bool:
        """Whether the button pressed only wants one more line."""
        return any(rows.add_name in self.sent for rows in (self.funding, self.milestones))

    def validate_funding(self, field: Rows) -> None:
        for line in field.data:
            if line["start_on"] and line["end_on"] and line["end_on"] < line["start_on"]:
                raise ValidationError(
                    _("%(source)s : la fin précède le début.", source=line["source"])
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


class Euros(StringField):
    """Whole euros."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data: Any = None
        if valuelist and valuelist[0].strip():
            self.data = euros(valuelist[0])

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else ""


class FundingForm(Form):
    source = StringField(_l("Source"), [Filled(_l("Dites qui finance.")), AtMost(LINE_LIMIT)])
    amount = Euros(_l("Montant (€)"), [Given(_l("Donnez le montant."))])
    start_on = Day(_l("Du"))
    end_on = Day(_l("Au"))

    def validate_end_on(self, field: Day) -> None:
        if field.data and self.start_on.data and field.data < self.start_on.data:
            raise ValidationError(_("La fin précède le début."))


class OutcomeForm(Form):
    kind = Pick(
        _l("Ce qui est sorti du projet"),
        [Given(_l("Choisissez ce qui est sorti du projet."))],
        of=OutcomeKind,
        labels=OUTCOME_LABELS,
        blank=_l("Choisir"),
    )
    summary = TextAreaField(
        _l("En quelques phrases"),
        [Filled(_l("Décrivez ce résultat, même négatif.")), AtMost(NOTE_LIMIT)],
    )
    reference = StringField(
        _l("La preuve"),
        [AtMost(LINE_LIMIT)],
        description=_l(
            "DOI, PMID, NCT, numéro de brevet ou adresse d’une page : elle devient un lien."
        ),
    )


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


# -- the filters of the lists ------------------------------------------------------------------

FILTER_LABELS = {
    "state": _m("État"),
    "verdict": _m("Verdict"),
    "endorsement": _m("Avis du clinicien"),
    "area": _m("Domaine"),
    "team": _m("Équipe"),
}
_WORDS: dict[str, Mapping[Any, str]] = {
    "state": PROJECT_STATE_LABELS,
    "verdict": VERDICT_LABELS,
    "endorsement": ENDORSEMENT_LABELS,
    "area": AREA_LABELS,
}


class Filters(filters.Filters):
    """Those of the lists of hypotheses and projects."""

    @classmethod
    def read(
        cls, given: Mapping[str, Sequence[str]], names: Sequence[str], teams: Mapping[str, str]
    ) -> Self:
        """Read the filters `names` from an address's values; `teams`: slug to name."""
        options = {
            name: dict(teams)
            if name == "team"
            else {str(word): _(label) for word, label in _WORDS[name].items()}
            for name in names
        }
        return cls.sort_out(given, options, FILTER_LABELS)
