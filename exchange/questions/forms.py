"""Forms of questions, and the filters of their list: they parse, they never save."""

import enum
from collections.abc import Mapping, Sequence
from typing import Any, Self

from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import ValidationError

from exchange import filters, i18n
from exchange.forms import AtMost, Boxes, Day, Form
from exchange.i18n import get_locale
from exchange.i18n import gettext as _
from exchange.i18n import lazy_gettext as _l
from exchange.i18n import mark as _m
from exchange.people.models import AREA_LABELS, Area
from exchange.questions import tags
from exchange.questions.content import TEXT_LIMIT, TITLE_LIMIT, Content
from exchange.questions.models import (
    BAND_LABELS,
    KIND_LABELS,
    SEVERITY_LABELS,
    STAGE_LABELS,
    TEXT_LABELS,
    Audience,
    Band,
    Kind,
    Severity,
    Stage,
)
from exchange.vocabulary.concepts import MOST_TAGS

TAGS_LIMIT = 1_000
"""Characters read of the field of tags."""

NOTE_LIMIT = 2_000
"""Characters of an answer, a reason or a remark."""


class Language(enum.StrEnum):
    FRENCH = "fr"
    ENGLISH = "en"


LANGUAGE_LABELS = {Language.FRENCH: _m("français"), Language.ENGLISH: _m("anglais")}

AUDIENCE_LABELS = {
    Audience.MEMBERS: _m("Tous les membres : cliniciens et chercheurs du site"),
    Audience.CIRCLE: _m("Un cercle : vous, les modérateurs et les équipes nommées ci-dessous"),
}


class Needed:
    """Filled before a question is sent; a draft may wait."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        self.field_flags = {"required": True}

    def __call__(self, form: "AskForm", field: Field) -> None:
        if form.sending and not field.process_errors and not str(field.data or "").strip():
            raise ValidationError(str(self.sentence))


class _ClosedList:
    """A field whose words are those of `of` that have a label; nothing chosen is None."""

    data: Any

    def __init__(
        self,
        label: str,
        validators: Sequence[Any] = (),
        *,
        of: type[enum.StrEnum],
        labels: Mapping[Any, str],
        blank: str | None = None,
        **more: Any,
    ) -> None:
        self.words = {word.value: word for word in of if word in labels}
        words = [SelectChoice(value, _l(labels[word])) for value, word in self.words.items()]
        super().__init__(  # type: ignore[call-arg]
            label,
            validators,
            choices=[SelectChoice("", blank), *words] if blank is not None else words,
            coerce=lambda value: of(value) if value else None,
            validate_choice=False,
            **more,
        )

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if valuelist and valuelist[0]:
            self.data = self.words.get(valuelist[0])
            if self.data is None:
                raise ValueError(_("Ce choix n’est pas dans la liste."))


class Pick(_ClosedList, SelectField):
    """One of a closed list, in a menu."""


class PickOne(_ClosedList, RadioField):
    """One of a closed list, all shown."""


class TeamsField(Boxes):
    """Teams, as boxes to tick."""

    def __init__(self, label: str, **more: Any) -> None:
        sentence = _l("Une des équipes choisies n’existe pas.")
        super().__init__(label, coerce=int, sentence=sentence, **more)


class TagsField(StringField):
    """Concepts of the vocabulary, by any of their names, between commas. What was typed stays as it
    was typed; `unknown` are the words that are no concept."""

    data: Any

    def __init__(self, label: str, **more: Any) -> None:
        super().__init__(label, **more)
        self.unknown: list[str] = []

    def process_data(self, value: Any) -> None:
        self.data = list(value or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data, self.unknown = tags.read(valuelist[0][:TAGS_LIMIT])

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return ", ".join(label for _key, label in tags.labelled(self.data, get_locale()))

    def propose(self, keys: Sequence[str]) -> None:
        """Fill the field in with these concepts, when nothing was typed."""
        if not (self.data or self.unknown):
            self.data, self.raw_data = list(keys), None

    def require_known(self) -> None:
        """Raises `ValidationError` for words that the vocabulary does not hold, or too many."""
        if self.unknown:
            raise ValidationError(
                _(
                    "« %(names)s » n’est pas dans le vocabulaire du site : choisissez un mot plus"
                    " courant, ou retirez-le.",
                    names=" », « ".join(self.unknown),
                )
            )
        if len(self.data) > MOST_TAGS:
            raise ValidationError(_("%(limit)s étiquettes au plus.", limit=MOST_TAGS))


class PastDay(Day):
    """A day that has come."""

    def pre_validate(self, form: Any) -> None:
        if self.data is not None and self.data > i18n.local_today():
            raise ValidationError(_("Cette date est dans l’avenir."))


class AskForm(Form):
    """A question. `sending` is False for a draft, which may be incomplete; `version` is the one
    the page was opened on."""

    sending = True

    title = StringField(
        _l("Votre question, en une phrase simple"),
        [Needed(_l("Une question commence par son titre.")), AtMost(TITLE_LIMIT)],
    )
    problem = TextAreaField(
        _l(TEXT_LABELS["problem"]),
        [Needed(_l("Dites ce qui ne va pas : deux phrases suffisent.")), AtMost(TEXT_LIMIT)],
    )
    area = Pick(
        _l("Domaine"),
        [Needed(_l("Choisissez un domaine : il décide des équipes prévenues."))],
        of=Area,
        labels=AREA_LABELS,
        blank=_l("Choisir"),
    )
    kind = PickOne(
        _l("Genre de question"),
        [Needed(_l("Choisissez un genre ; « Autre question » convient s’il n’y en a pas."))],
        of=Kind,
        labels=KIND_LABELS,
    )
    practice = TextAreaField(_l(TEXT_LABELS["practice"]), [AtMost(TEXT_LIMIT)])
    shortfall = TextAreaField(_l(TEXT_LABELS["shortfall"]), [AtMost(TEXT_LIMIT)])
    population = TextAreaField(_l(TEXT_LABELS["population"]), [AtMost(TEXT_LIMIT)])
    intervention = TextAreaField(_l(TEXT_LABELS["intervention"]), [AtMost(TEXT_LIMIT)])
    comparison = TextAreaField(_l(TEXT_LABELS["comparison"]), [AtMost(TEXT_LIMIT)])
    outcome = TextAreaField(_l(TEXT_LABELS["outcome"]), [AtMost(TEXT_LIMIT)])
    patients = Pick(
        _l("Patients concernés par an, dans votre service"),
        of=Band,
        labels=BAND_LABELS,
        blank=_l("Je ne sais pas"),
    )
    severity = Pick(
        _l("Gravité pour les patients"),
        of=Severity,
        labels=SEVERITY_LABELS,
        blank=_l("Non précisée"),
    )
    known = TextAreaField(_l(TEXT_LABELS["known"]), [AtMost(TEXT_LIMIT)])
    known_searched_on = PastDay(_l("Recherche faite le"))
    resources = TextAreaField(_l(TEXT_LABELS["resources"]), [AtMost(TEXT_LIMIT)])
    partner = BooleanField(_l("Je veux bien être le partenaire clinique d’un projet"))
    in_department_name = BooleanField(_l("Poser la question au nom de mon service"))
    audience = PickOne(
        _l("Qui peut lire"), of=Audience, labels=AUDIENCE_LABELS, default=Audience.MEMBERS
    )
    circle_team_ids = TeamsField(_l("Équipes du cercle"))
    language = Pick(
        _l("Langue de la question"),
        of=Language,
        labels=LANGUAGE_LABELS,
        default=Language.FRENCH,
    )
    tags = TagsField(_l("Étiquettes"))
    draft = HiddenField()
    version = HiddenField()
    seen_similar = HiddenField()

    def __init__(self, *args: Any, teams: Sequence[tuple[int, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.circle_team_ids.choices = [SelectChoice(str(team), name) for team, name in teams]

    def validate_circle_team_ids(self, field: TeamsField) -> None:
        if self.sending and self.audience.data is Audience.CIRCLE and not field.data:
            raise ValidationError(
                _("Nommez au moins une équipe, ou ouvrez la question à tous les membres.")
            )

    def validate_tags(self, field: TagsField) -> None:
        if self.sending:
            field.require_known()

    @property
    def seen(self) -> int | None:
        """The version the page was opened on."""
        text = str(self.version.data or "")
        return int(text) if text.isdecimal() and len(text) < 10 else None

    def content(self) -> Content:
        """What was typed, in the shape that is stored."""
        audience = self.audience.data or Audience.MEMBERS
        named = tuple(sorted(set(self.circle_team_ids.data or ())))
        return Content(
            title=" ".join((self.title.data or "").split()),
            area=self.area.data or Area.OTHER,
            kind=self.kind.data or Kind.OTHER,
            **{name: (self[name].data or "").strip() for name in TEXT_LABELS},
            known_searched_on=self.known_searched_on.data,
            patients=self.patients.data,
            severity=self.severity.data,
            partner=self.partner.data,
            in_department_name=self.in_department_name.data,
            audience=audience,
            circle_team_ids=named if audience is Audience.CIRCLE else (),
            language=str(self.language.data or Language.FRENCH),
            tags=tuple(self.tags.data),
        )

    def is_blank(self) -> bool:
        """Whether nothing was typed yet."""
        return not any(self.content().words().values())


class SupportForm(Form):
    band = Pick(
        _l("Patients concernés par an, chez vous"),
        of=Band,
        labels=BAND_LABELS,
        blank=_l("Je ne sais pas"),
    )
    note = TextAreaField(
        _l("Ce que vous voyez de votre côté (facultatif)"),
        [AtMost(NOTE_LIMIT)],
        description=_l("Une ou deux phrases, jamais sur un patient particulier."),
    )


class ReasonForm(Form):
    """Why, in a few words; not required."""

    reason = TextAreaField(_l("Pourquoi (facultatif)"), [AtMost(NOTE_LIMIT)])


class ResubmitForm(Form):
    reason = TextAreaField(
        _l("Votre réponse au modérateur"),
        [AtMost(NOTE_LIMIT)],
        description=_l("Laissez vide si le texte de la question, modifié, répond déjà."),
    )


class Sort(enum.StrEnum):
    NEWEST = "newest"
    SUPPORTED = "supported"
    WAITING = "waiting"
    NEEDED = "needed"


SORT_LABELS = {
    Sort.NEWEST: _m("Les plus récentes"),
    Sort.SUPPORTED: _m("Les plus partagées"),
    Sort.WAITING: _m("L’attente la plus longue"),
    Sort.NEEDED: _m("Les plus utiles d’abord"),
}

FILTER_LABELS = {
    "area": _m("Domaine"),
    "kind": _m("Genre"),
    "stage": _m("Étape"),
    "institution": _m("Établissement"),
    "team": _m("Équipe"),
    "tag": _m("Étiquette"),
    "sort": _m("Trier par"),
    "unclaimed": _m("Sans équipe"),
    "mine": _m("Les miennes"),
    "following": _m("Celles que je suis"),
}

_WORDS: dict[str, dict[str, str]] = {
    "area": {area.value: label for area, label in AREA_LABELS.items()},
    "kind": {kind.value: label for kind, label in KIND_LABELS.items()},
    "stage": {
        stage.value: label for stage, label in STAGE_LABELS.items() if stage is not Stage.DRAFT
    },
    "sort": {sort.value: label for sort, label in SORT_LABELS.items()},
}
SWITCHES = ("unclaimed", "mine", "following")


class Filters(filters.Filters):
    """Those of the list of questions."""

    @classmethod
    def read(
        cls, given: Mapping[str, Sequence[str]], places: Mapping[str, Mapping[str, str]]
    ) -> Self:
        """Read an address's values; `places` names the institutions and teams by slug."""
        options = {
            name: {v: _(label) for v, label in words.items()} for name, words in _WORDS.items()
        }
        options |= {name: dict(words) for name, words in places.items()}
        options["tag"] = tags.options(get_locale())
        given = {**given, "tag": [_tag(value) for value in given.get("tag", ())]}
        options |= {name: {"1": _(FILTER_LABELS[name])} for name in SWITCHES}
        return cls.sort_out(given, options, FILTER_LABELS)

    def on(self, name: str) -> bool:
        """Whether a switch is on."""
        return name in self.chosen

    @property
    def sort(self) -> Sort:
        return Sort(self.chosen.get("sort", Sort.NEWEST))

    @property
    def narrowing(self) -> dict[str, str]:
        """What narrows the list: the sort left aside."""
        return {name: value for name, value in self.chosen.items() if name != "sort"}


def _tag(value: str) -> str:
    """The key of the concept that an address names by any of its names."""
    known, _unknown = tags.read(value[:TAGS_LIMIT])
    return known[0] if len(known) == 1 else value
