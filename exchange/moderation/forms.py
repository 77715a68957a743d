"""Forms of the desk. `version` is the wording the moderator was looking at: a decision on an older
one is refused, with what changed."""

from collections.abc import Sequence
from typing import Self

from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from exchange.forms import AtMost, Filled, Form
from exchange.i18n import gettext as _
from exchange.i18n import lazy_gettext as _l
from exchange.moderation.causes import CAUSE_LABELS, Cause
from exchange.moderation.scores import SCALES, Grades
from exchange.people.models import AREA_LABELS, Area, User
from exchange.questions.content import TEXT_LIMIT, TITLE_LIMIT
from exchange.questions.forms import AUDIENCE_LABELS, Pick, PickOne, TagsField, TeamsField
from exchange.questions.models import Audience, Question

REASON_LIMIT = 4_000
REFERENCE_LIMIT = 300
"""Characters."""


CAUSE = _l("Motif, que tous les membres lisent au registre")


class AssignForm(Form):
    """Which moderator takes care of an entry."""

    to = SelectField(_l("Confier à"), coerce=int)

    @classmethod
    def of(cls, moderators: Sequence[User]) -> Self:
        """The form that offers these people."""
        form = cls()
        form.to.choices = [SelectChoice(one.id, one.name) for one in moderators]
        return form


class DecisionForm(Form):
    """A decision that needs no words. `seen` is the last event that the page knew of."""

    version = HiddenField()
    seen = HiddenField()

    @property
    def seen_event(self) -> int:
        """The number of that event; 0: none was told."""
        text = str(self.seen.data or "")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0


class ReasonForm(DecisionForm):
    """A decision and its reason, which the asker reads."""

    reason = TextAreaField(
        _l("Votre message à la personne qui a posé la question"),
        [Filled(_l("Dites pourquoi : la personne le lira.")), AtMost(REASON_LIMIT)],
        render_kw={"rows": 6},
    )


class DeclineForm(ReasonForm):
    """Why it is not taken: a word of a closed list for all, and a message to the asker."""

    cause = Pick(
        CAUSE,
        [Filled(_l("Choisissez le motif."))],
        of=Cause,
        labels=CAUSE_LABELS,
        blank=_l("Choisir"),
    )


class AnswerForm(ReasonForm):
    """Where the answer stands, and a word to the asker."""

    reference = StringField(
        _l("Référence de la réponse"),
        [
            Filled(_l("Donnez un DOI, un PMID, une adresse ou la référence d’une question.")),
            AtMost(REFERENCE_LIMIT),
        ],
    )


class PlaceForm(DecisionForm):
    """To which area a question belongs, its tags, and who may read it."""

    area = Pick(
        _l("Domaine"), [Filled()], of=Area, labels=AREA_LABELS, render_kw={"data-focus": ""}
    )
    tags = TagsField(
        _l("Étiquettes"),
        description=_l("Mots du vocabulaire, séparés par des virgules ; huit au plus."),
    )
    audience = PickOne(_l("Qui peut lire"), [Filled()], of=Audience, labels=AUDIENCE_LABELS)
    circle_team_ids = TeamsField(_l("Équipes du cercle"))

    @classmethod
    def of(cls, question: Question, teams: Sequence[tuple[int, str]]) -> Self:
        """The form as the question stands."""
        form = cls(
            area=question.area,
            tags=question.tags,
            audience=question.audience,
            circle_team_ids=question.circle_team_ids,
        )
        form.circle_team_ids.choices = [SelectChoice(str(team), name) for team, name in teams]
        return form

    def validate_tags(self, field: TagsField) -> None:
        field.require_known()


class MergeForm(DecisionForm):
    """The question that lives, and a word to the asker."""

    into = StringField(
        _l("Référence de la question qui continue"),
        [Filled(_l("Donnez une référence, par exemple Q-2026-0042."))],
    )
    reason = TextAreaField(
        _l("Un mot pour la personne qui a posé la question"),
        [AtMost(REASON_LIMIT)],
        render_kw={"rows": 4},
    )


def _grades(scale: str) -> RadioField:
    return RadioField(_l(SCALES[scale][0]), default="")


class ScoreForm(Form):
    """Grades from 0 to 3, or none."""

    importance = _grades("importance")
    uncertainty = _grades("uncertainty")
    feasibility = _grades("feasibility")
    potential = _grades("potential")
    novelty = _grades("novelty")

    @classmethod
    def of(cls, own: Grades) -> Self:
        """The form with the grades already given, and what each grade means."""
        form = cls(**{name: "" if grade is None else str(grade) for name, grade in own.items()})
        for name, (_label, anchors) in SCALES.items():
            form[name].choices = [
                SelectChoice("", _("Sans avis")),
                *(
                    SelectChoice(str(grade), f"{grade} : {_(words)}")
                    for grade, words in enumerate(anchors)
                ),
            ]
        return form

    def grades(self) -> dict[str, int | None]:
        """What was chosen."""
        return {name: int(self[name].data) if self[name].data else None for name in SCALES}


class RephraseForm(DecisionForm):
    """A moderator's wording, beside the asker's."""

    title = StringField(_l("Titre"), [Filled(), AtMost(TITLE_LIMIT)], render_kw={"data-focus": ""})
    problem = TextAreaField(
        _l("Ce qui ne va pas pour nos patients"),
        [Filled(), AtMost(TEXT_LIMIT)],
        render_kw={"rows": 14},
    )
