"""Forms about people: they parse, they never save."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import ValidationError

from exchange import web
from exchange.forms import AtMost, Boxes, Filled, Form
from exchange.i18n import LOCALE_NAMES, show_zone
from exchange.i18n import gettext as _
from exchange.i18n import lazy_gettext as _l
from exchange.i18n import mark as _m
from exchange.people import passwords
from exchange.people.actions import Crew, House, Profile
from exchange.people.models import (
    AREA_LABELS,
    ROLE_LABELS,
    Area,
    Institution,
    InstitutionKind,
    Role,
    Team,
    TeamKind,
    User,
)

INSTITUTION_KIND_LABELS = {
    InstitutionKind.HOSPITAL: _m("Hôpital"),
    InstitutionKind.RESEARCH: _m("Organisme de recherche"),
    InstitutionKind.UNIVERSITY: _m("Université"),
    InstitutionKind.COMPANY: _m("Entreprise"),
}
TEAM_KIND_LABELS = {
    TeamKind.LAB: _m("Laboratoire"),
    TeamKind.DEPARTMENT: _m("Service clinique"),
}
TIMEZONES = (
    "Europe/Paris",
    "America/Cayenne",
    "America/Guadeloupe",
    "America/Martinique",
    "America/Miquelon",
    "Indian/Mayotte",
    "Indian/Reunion",
    "Pacific/Noumea",
    "Pacific/Tahiti",
    "Africa/Algiers",
    "Africa/Casablanca",
    "Africa/Dakar",
    "Africa/Tunis",
    "America/Los_Angeles",
    "America/Montreal",
    "America/New_York",
    "Asia/Beirut",
    "Asia/Tokyo",
    "Europe/Athens",
    "Europe/London",
    "UTC",
)
"""Those of the members and their usual partners; a person keeps another one they already have."""

_DOMAIN = re.compile(r"(?:[a-z0-9-]{1,63}\.)+[a-z]{2,63}")
NAME_LIMIT = 120
DESCRIPTION_LIMIT = 4_000
KEYWORDS_LIMIT = 1_000
"""Characters."""


def _words(labels: Mapping[Any, str]) -> list[SelectChoice]:
    return [SelectChoice(str(word.value), _l(label)) for word, label in labels.items()]


def _names(pairs: Iterable[tuple[Any, str]]) -> list[SelectChoice]:
    return [SelectChoice(str(value), name) for value, name in pairs]


class Strong:
    """A password that is hard to guess. Length and no composition rule: ANSSI,
    « Recommandations relatives à l’authentification multifacteur et aux mots de passe » (2021),
    R21 to R23; CNIL deliberation 2022-100, case 2. Neither a common one nor the person's own words,
    which the form has in `about` and in its name: `passwords.is_guessable`."""

    field_flags = {"minlength": passwords.MINIMUM}

    def __call__(self, form: "ChoiceOfPassword", field: Any) -> None:
        password = str(field.data or "")
        if len(password) < passwords.MINIMUM:
            raise ValidationError(
                _(
                    "%(length)s caractères : il en faut au moins %(least)s.",
                    length=len(password),
                    least=passwords.MINIMUM,
                )
            )
        if len(set(password.lower())) < passwords.MINIMUM // 2:
            raise ValidationError(_("Les mêmes caractères reviennent trop souvent."))
        own = [
            web.settings().site_name,
            *form.about,
            str(form["name"].data) if "name" in form else "",
        ]
        if passwords.is_guessable(password, own):
            raise ValidationError(
                _(
                    "Ce mot de passe se devine trop vite : il est courant, ou fait de votre nom, de"
                    " votre adresse ou du nom du site. Prenez plutôt quelques mots sans lien entre"
                    " eux."
                )
            )


class EmailForm(Form):
    email = EmailField(_l("Adresse électronique"), [Filled(), AtMost(255)])

    @property
    def address(self) -> str:
        """The address as it is stored."""
        return str(self.email.data).strip().lower()


class DoorForm(Form):
    """Carries where a person was going, and what they had typed, through the doors."""

    next = HiddenField()
    kept = HiddenField()
    kept_to = HiddenField()

    @property
    def carried(self) -> dict[str, Any]:
        """The same for the next door."""
        return {name: self[name].data for name in ("next", "kept", "kept_to")}


class SignInForm(EmailForm, DoorForm):
    password = PasswordField(_l("Mot de passe"), [Filled(), AtMost(passwords.MAXIMUM)])


class DirectoryForm(DoorForm):
    login = StringField(_l("Identifiant"), [Filled(), AtMost(128)])
    password = PasswordField(_l("Mot de passe"), [Filled(), AtMost(passwords.MAXIMUM)])


class CodeForm(DoorForm):
    code = StringField(
        _l("Code"),
        [Filled(), AtMost(32)],
        description=_l("Les six chiffres de l’application, ou un code de secours."),
    )


class ShownPasskeyForm(DoorForm):
    credential = HiddenField()


class ConfirmForm(Form):
    """Asks for the password again; not of who has none."""

    password = PasswordField(_l("Mot de passe actuel"), [Filled(), AtMost(passwords.MAXIMUM)])

    def __init__(self, *, with_password: bool) -> None:
        super().__init__()
        if not with_password:
            del self.password


class TotpForm(ConfirmForm):
    code = StringField(
        _l("Code"),
        [Filled(), AtMost(32)],
        description=_l("Les six chiffres que montre l’application maintenant."),
    )


class PasskeyForm(ConfirmForm):
    name = StringField(
        _l("Nom de la clé"),
        [Filled(), AtMost(NAME_LIMIT)],
        description=_l("Pour la reconnaître : « téléphone », « clé du bureau »."),
    )
    credential = HiddenField()


class AddressForm(EmailForm):
    password = PasswordField(_l("Mot de passe actuel"), [Filled(), AtMost(passwords.MAXIMUM)])


def _new_password() -> PasswordField:
    return PasswordField(
        _l("Nouveau mot de passe"),
        [Filled(), AtMost(passwords.MAXIMUM), Strong()],
        description=_l("Douze caractères au moins : quelques mots sans rapport font l’affaire."),
    )


class Same:
    """The same as the field of this name, typed once more."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, form: Form, field: Any) -> None:
        if field.data != form[self.name].data:
            raise ValidationError(_("Les deux saisies diffèrent."))


class ChoiceOfPassword(Form):
    """A form in which a person chooses a password. `about`: what is known of them."""

    def __init__(self, *args: Any, about: Sequence[str] = (), **more: Any) -> None:
        super().__init__(*args, **more)
        self.about = about


class NewPasswordForm(ChoiceOfPassword, DoorForm):
    new_password = _new_password()
    repeat = PasswordField(_l("Le nouveau, une seconde fois"), [Filled(), Same("new_password")])


class PasswordForm(ChoiceOfPassword):
    password = PasswordField(_l("Mot de passe actuel"), [Filled(), AtMost(passwords.MAXIMUM)])
    new_password = _new_password()
    repeat = PasswordField(_l("Le nouveau, une seconde fois"), [Filled(), Same("new_password")])

    def validate_new_password(self, field: PasswordField) -> None:
        if field.data and field.data == self.password.data:
            raise ValidationError(_("C’est le mot de passe actuel."))


class SettingsForm(Form):
    name = StringField(_l("Nom"), [Filled(), AtMost(NAME_LIMIT)])
    title = StringField(
        _l("Fonction"),
        [AtMost(NAME_LIMIT)],
        description=_l("Par exemple : praticienne hospitalière, dermatologie."),
    )
    locale = RadioField(_l("Langue"), choices=_names(LOCALE_NAMES.items()))
    timezone = SelectField(_l("Fuseau horaire"))

    def __init__(self, user: User) -> None:
        super().__init__(obj=user)
        zones = TIMEZONES if user.timezone in TIMEZONES else (user.timezone, *TIMEZONES)
        self.timezone.choices = _names((zone, show_zone(zone)) for zone in zones)

    def profile(self) -> Profile:
        """What was typed."""
        return Profile(
            name=_line(self.name.data),
            title=_line(self.title.data),
            locale=str(self.locale.data),
            timezone=str(self.timezone.data),
        )


class RolesForm(Form):
    roles = Boxes(
        _l("Rôles"),
        coerce=int,
        choices=_words(ROLE_LABELS),
    )

    def chosen(self) -> Role:
        return Role(sum(self.roles.data or ()))


class PersonForm(EmailForm):
    name = StringField(_l("Nom"), [Filled(), AtMost(NAME_LIMIT)])
    roles = Boxes(
        _l("Rôles"),
        [Filled()],
        coerce=int,
        choices=_words(ROLE_LABELS),
    )
    team = SelectField(_l("Équipe"))

    def __init__(self, teams: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.team.choices = _names([("", _("Aucune")), *teams])

    def role_names(self) -> list[str]:
        """The names of the roles chosen."""
        return [str(role.name) for role in Role if int(role) in (self.roles.data or ())]


class InvitationForm(EmailForm):
    name = StringField(_l("Nom"), [Filled(), AtMost(NAME_LIMIT)])
    roles = Boxes(_l("Rôles"), [Filled()], coerce=int)
    team = SelectField(_l("Équipe"))

    def __init__(
        self, teams: Sequence[tuple[str, str]], *, roles: Sequence[Role], must: bool
    ) -> None:
        super().__init__()
        none = [] if must else [("", _("Aucune"))]
        self.team.choices = _names([*none, *teams])
        self.roles.choices = _words({role: ROLE_LABELS[role] for role in roles})

    def chosen(self) -> Role:
        return Role(sum(self.roles.data or ()))


class WelcomeForm(ChoiceOfPassword):
    name = StringField(_l("Nom"), [Filled(), AtMost(NAME_LIMIT)])
    title = StringField(
        _l("Fonction"),
        [AtMost(NAME_LIMIT)],
        description=_l("Par exemple : praticienne hospitalière, dermatologie."),
    )
    new_password = _new_password()
    repeat = PasswordField(_l("Le même, une seconde fois"), [Filled(), Same("new_password")])


class ApplicationForm(WelcomeForm):
    role = RadioField(
        _l("Vous êtes"),
        choices=_words({role: ROLE_LABELS[role] for role in (Role.CLINICIAN, Role.RESEARCHER)}),
        default=str(int(Role.CLINICIAN)),
    )
    team = SelectField(_l("Équipe"))
    identity = BooleanField(default=True)

    def __init__(
        self, teams: Sequence[tuple[str, str]], *, about: Sequence[str], stranger: str = ""
    ) -> None:
        super().__init__(about=about)
        self.team.choices = _names([("", _("Aucune de celles-ci")), *teams])
        self.identity.label.text = _("C’est moi : %(name)s ouvrira aussi ce compte", name=stranger)
        if not stranger:
            del self.identity

    def role_chosen(self) -> Role:
        return Role(int(self.role.data))


class JoinForm(Form):
    team = SelectField(_l("Équipe"))
    lead = BooleanField(_l("Responsable de l’équipe"))

    def __init__(self, teams: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.team.choices = _names(teams)


class InstitutionForm(Form):
    name = StringField(_l("Nom"), [Filled(), AtMost(255)])
    short = StringField(_l("Nom court"), [Filled(), AtMost(40)])
    kind = RadioField(
        _l("Genre"),
        choices=_words(INSTITUTION_KIND_LABELS),
        default=InstitutionKind.HOSPITAL.value,
    )
    city = StringField(_l("Ville"), [Filled(), AtMost(NAME_LIMIT)], default="Marseille")
    domains = TextAreaField(
        _l("Domaines de messagerie"),
        [AtMost(KEYWORDS_LIMIT)],
        description=_l("Un par ligne, sans @. Qui a une adresse là peut demander un compte."),
    )

    def __init__(self, institution: Institution | None = None) -> None:
        domains = "\n".join(institution.mail_domains) if institution else ""
        super().__init__(obj=institution, data={"domains": domains})

    def validate_domains(self, field: TextAreaField) -> None:
        wrong = [one for one in _lines(field.data) if not _DOMAIN.fullmatch(one.lower())]
        if wrong:
            raise ValidationError(_("« %(text)s » n’est pas un domaine.", text=wrong[0]))

    def house(self) -> House:
        """What was typed."""
        return House(
            name=_line(self.name.data),
            short=_line(self.short.data),
            kind=InstitutionKind(self.kind.data),
            city=_line(self.city.data),
            mail_domains=[one.lower() for one in _lines(self.domains.data)],
        )


class TeamForm(Form):
    name = StringField(_l("Nom"), [Filled(), AtMost(NAME_LIMIT)])
    kind = RadioField(_l("Genre"), choices=_words(TEAM_KIND_LABELS), default=TeamKind.LAB.value)
    institution = SelectField(_l("Établissement"))
    description = TextAreaField(_l("Description"), [AtMost(DESCRIPTION_LIMIT)])
    expertise = TextAreaField(
        _l("Expertise"), [AtMost(KEYWORDS_LIMIT)], description=_l("Une par ligne.")
    )
    techniques = TextAreaField(
        _l("Techniques"), [AtMost(KEYWORDS_LIMIT)], description=_l("Une par ligne.")
    )
    areas = Boxes(_l("Domaines"), choices=_words(AREA_LABELS))

    def __init__(self, institutions: Sequence[Institution], team: Team | None = None) -> None:
        super().__init__(data=_typed(team) if team else None)
        self.institution.choices = _names((one.slug, one.name) for one in institutions)
        self._institutions = {one.slug: one for one in institutions}

    def crew(self) -> Crew:
        """What was typed."""
        return Crew(
            name=_line(self.name.data),
            kind=TeamKind(self.kind.data),
            institution=self._institutions[self.institution.data],
            description=str(self.description.data or "").strip(),
            expertise=_lines(self.expertise.data),
            techniques=_lines(self.techniques.data),
            areas=[Area(value) for value in self.areas.data or ()],
        )


def _typed(team: Team) -> dict[str, Any]:
    return {
        "name": team.name,
        "kind": team.kind.value,
        "institution": team.institution.slug,
        "description": team.description,
        "expertise": "\n".join(team.expertise),
        "techniques": "\n".join(team.techniques),
        "areas": team.areas,
    }


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


def _lines(text: str | None) -> list[str]:
    return [line for line in map(_line, (text or "").splitlines()) if line]
