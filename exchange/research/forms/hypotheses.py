"""Forms of hypotheses."""

from collections.abc import Iterable
from typing import Any

from wtforms import (
    BooleanField,
    HiddenField,
    StringField,
    TextAreaField,
)

from exchange.forms import AtMost, Boxes, Day, Filled, Form
from exchange.i18n import gettext as _
from exchange.i18n import lazy_gettext as _l
from exchange.questions.forms import NOTE_LIMIT, Pick, PickOne
from exchange.research.forms.shared import LINE_LIMIT, Given, OneOf, TeamForm, options
from exchange.research.hypotheses import Idea
from exchange.research.models import (
    DIRECTION_LABELS,
    PLAN_LIMIT,
    RATIONALE_LIMIT,
    STANCE_LABELS,
    STATEMENT_LIMIT,
    STRENGTH_LABELS,
    VERDICT_LABELS,
    Direction,
    Stance,
    Strength,
    Verdict,
)


class IdeaForm(Form):
    """What a hypothesis says."""

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

    def idea(self) -> Idea:
        """What was typed."""
        words = {
            name: str(self[name].data).strip()
            for name in ("statement", "rationale", "prediction", "refutation", "plan")
        }
        return Idea(direction=self.direction.data, **words)


class HypothesisForm(IdeaForm, TeamForm):
    """A testable answer to a question."""

    confidential = BooleanField(_l("Garder cette hypothèse confidentielle"))


class RevisionForm(IdeaForm):
    """The same, changed; `since` is the number of the wording that the page was opened on."""

    since = HiddenField()

    @property
    def seen(self) -> int:
        """The number of that wording; 0 when it is none."""
        text = str(self.since.data or "")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


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
    successor = OneOf(
        _l("Remplacée par"),
        [],
        description=_l("Seulement pour une hypothèse remplacée par une autre de la même question."),
    )
    evidence = Boxes(
        _l("Les indices qui le portent"),
        coerce=int,
        description=_l("Ceux sur lesquels ce verdict repose ; les autres restent à côté."),
    )
    reason = TextAreaField(
        _l("Pourquoi"),
        [Filled(_l("Dites ce qui fonde ce verdict.")), AtMost(NOTE_LIMIT)],
    )

    def offer(
        self, *, evidence: Iterable[tuple[int, str]], successors: Iterable[tuple[int, str]]
    ) -> None:
        """What may be named, as (id, words); what there is none of is not asked."""
        self.evidence.choices = options(evidence)
        self.successor.choices = options([(0, _("Choisir")), *successors])
        if not self.evidence.choices:
            del self.evidence
        if len(self.successor.choices) == 1:
            del self.successor
            choices: list[Any] = list(self.verdict.choices or ())
            self.verdict.choices = [one for one in choices if one.value != Verdict.SUPERSEDED]

    @property
    def named(self) -> set[int]:
        """The items of evidence that were ticked."""
        return set(self.evidence.data or ()) if "evidence" in self else set()

    @property
    def replaced_by(self) -> int | None:
        """The id of the hypothesis that replaces it."""
        return self.successor.data if "successor" in self else None
