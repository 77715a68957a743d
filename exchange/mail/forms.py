"""Forms of what one hears of: they parse, they never save."""

from wtforms import BooleanField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import ValidationError

from exchange.forms import AtMost, Boxes, Filled, Form
from exchange.i18n import gettext as _
from exchange.i18n import lazy_gettext as _l
from exchange.i18n import mark as _m
from exchange.mail.choices import NAME_LIMIT, WORDS_LIMIT, Hearing
from exchange.people.models import AREA_LABELS, Area, DigestPeriod, User
from exchange.questions.forms import TagsField

PERIOD_LABELS = {
    DigestPeriod.DAILY: _m("Chaque jour choisi"),
    DigestPeriod.WEEKLY: _m("Une fois par semaine"),
    DigestPeriod.NEVER: _m("Jamais"),
}
DAY_LABELS = (
    _m("lundi"),
    _m("mardi"),
    _m("mercredi"),
    _m("jeudi"),
    _m("vendredi"),
    _m("samedi"),
    _m("dimanche"),
)


class HearingForm(Form):
    instant_mail = BooleanField(
        _l("M’écrire aussitôt de ce qui se passe sur mes questions et celles que je suis"),
        description=_l(
            "Deux minutes après, et seulement si vous ne l’avez pas lu sur le site entre-temps."
            " Les décisions sur vos propres questions vous sont toujours écrites."
        ),
    )
    digest = RadioField(
        _l("Le point par courriel"),
        choices=[SelectChoice(period.value, _l(label)) for period, label in PERIOD_LABELS.items()],
    )
    digest_days = Boxes(
        _l("Jours"),
        coerce=int,
        choices=[SelectChoice(str(bit), _l(label)) for bit, label in enumerate(DAY_LABELS)],
        description=_l("Une fois par semaine : le premier jour coché."),
    )
    digest_hour = SelectField(
        _l("Heure d’envoi"),
        coerce=int,
        choices=[SelectChoice(str(hour), f"{hour} h") for hour in range(24)],
    )
    areas = Boxes(
        _l("Domaines suivis"),
        choices=[SelectChoice(area.value, _l(label)) for area, label in AREA_LABELS.items()],
        description=_l("Les nouvelles questions de ces domaines ; aucun coché, tous."),
    )

    def __init__(self, user: User) -> None:
        super().__init__(
            data={
                "instant_mail": user.instant_mail,
                "digest": user.digest.value,
                "digest_days": [bit for bit in range(7) if user.digest_days >> bit & 1],
                "digest_hour": user.digest_hour,
                "areas": user.areas,
            }
        )

    def validate_digest_days(self, field: Boxes) -> None:
        if not field.data and self.digest.data != DigestPeriod.NEVER.value:
            raise ValidationError(_("Cochez au moins un jour."))

    def hearing(self, before: User) -> Hearing:
        """What was chosen; whoever wants no digest keeps the days they had."""
        days = sum(1 << bit for bit in self.digest_days.data or ())
        return Hearing(
            instant_mail=bool(self.instant_mail.data),
            digest=DigestPeriod(self.digest.data),
            digest_days=days or before.digest_days,
            digest_hour=int(self.digest_hour.data),
            areas=[Area(value) for value in self.areas.data or ()],
        )


class KeepForm(Form):
    """A filter of the list, kept under a name."""

    name = StringField(
        _l("Nom du filtre"),
        [Filled(), AtMost(NAME_LIMIT)],
        description=_l("Ce qui est publié et y correspond viendra dans votre point."),
    )


class SearchForm(Form):
    """Words of a search, to be kept."""

    q = StringField(
        _l("Mots cherchés"),
        [Filled(), AtMost(WORDS_LIMIT)],
        description=_l("Une question nouvelle qui les a tous viendra dans votre point."),
    )

    @property
    def words(self) -> str:
        return " ".join(str(self.q.data or "").replace("\x00", "").split())


class TagsForm(Form):
    """Tags to follow, by any of their names."""

    tags = TagsField(
        _l("Étiquettes à suivre"),
        description=_l("Mots du vocabulaire, séparés par des virgules : mélanome, CAR-T…"),
    )

    def validate_tags(self, field: TagsField) -> None:
        field.require_known()
