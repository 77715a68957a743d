"""Inviting people from a table: all of them, or none."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from exchange import db
from exchange.errors import Refusal
from exchange.i18n import gettext as _
from exchange.i18n import ngettext
from exchange.people import accounts, queries
from exchange.people.models import Role, Standing, Team, User
from exchange.sheets import reading

COLUMNS = {
    "email": ("email", "e-mail", "courriel", "adresse", "mail"),
    "name": ("name", "nom"),
    "roles": ("roles", "role", "rôles", "rôle"),
    "team": ("team", "équipe", "equipe"),
}
"""Headings as people write them, in both languages; the first is ours."""

ROLES = {
    "clinician": Role.CLINICIAN,
    "clinicien": Role.CLINICIAN,
    "clinicienne": Role.CLINICIAN,
    "researcher": Role.RESEARCHER,
    "chercheur": Role.RESEARCHER,
    "chercheuse": Role.RESEARCHER,
    "moderator": Role.MODERATOR,
    "modérateur": Role.MODERATOR,
    "modératrice": Role.MODERATOR,
    "administrator": Role.ADMINISTRATOR,
    "administrateur": Role.ADMINISTRATOR,
    "administratrice": Role.ADMINISTRATOR,
}


@dataclass
class Report:
    """What happened to each row."""

    read: int = 0
    invited: int = 0
    known: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)

    def lines(self, *, dry_run: bool) -> Iterator[str]:
        """For people: each refused row with its line and reason, then the sum."""
        for line, reason in self.refused:
            yield _("ligne %(line)s : %(reason)s", line=line, reason=reason)
        yield ngettext("%(num)s ligne lue", "%(num)s lignes lues", self.read)
        yield ngettext("%(num)s déjà membre", "%(num)s déjà membres", self.known)
        if self.refused:
            yield ngettext("%(num)s refusée", "%(num)s refusées", len(self.refused))
            yield _("Personne n’a été invité : corrigez ces lignes, puis recommencez.")
        elif dry_run:
            yield ngettext(
                "%(num)s personne serait invitée (essai : rien n’a été écrit)",
                "%(num)s personnes seraient invitées (essai : rien n’a été écrit)",
                self.invited,
            )
        else:
            yield ngettext("%(num)s personne invitée", "%(num)s personnes invitées", self.invited)


def run(
    path: Path,
    *,
    by: User,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Report:
    """Invite every row of the file in the transaction under way (the caller commits, or rolls back
    when a row was refused). Raises `reading.CannotRead`."""
    rows = list(reading.rows(path))
    teams = _teams(queries.teams())
    report = Report()
    for row in rows:
        report.read += 1
        try:
            _invite(row, teams, report, by=by)
        except Refusal as refused:
            report.refused.append((row.line, refused.sentence))
        progress(report.read, len(rows))
    return report


def inviter(email: str | None) -> User | None:
    """The administrator of this address, or the first one."""
    found = select(User).where(
        User.active, User.role_bits.bitwise_and(int(Role.ADMINISTRATOR)) != 0
    )
    if email:
        found = found.where(User.email == email.strip().lower())
    return db.session.scalars(found.order_by(User.id)).first()


def _invite(row: reading.Row, teams: Mapping[str, Team], report: Report, *, by: User) -> None:
    if row.error:
        raise Refusal(row.error)
    values = _named(row.values)
    email = values.get("email", "").lower()
    known = queries.by_email(email)
    if known is not None and known.standing is Standing.MEMBER:
        report.known += 1
        return
    if not values.get("name"):
        raise Refusal(_("Il manque le nom."))
    accounts.invite(
        email=email,
        name=values["name"],
        roles=_roles(values.get("roles", "")),
        team=_team(values.get("team", ""), teams),
        by=by,
    )
    report.invited += 1


def _named(values: Mapping[str, Any]) -> dict[str, str]:
    typed = {str(name).strip().lower(): str(value or "").strip() for name, value in values.items()}
    return {
        ours: typed[name] for ours, names in COLUMNS.items() for name in names if typed.get(name)
    }


def _roles(text: str) -> Role:
    roles = Role(0)
    for word in text.replace(";", ",").replace("/", ",").lower().split(","):
        if word.strip() not in ROLES:
            raise Refusal(_("« %(word)s » n’est pas un rôle.", word=word.strip()))
        roles |= ROLES[word.strip()]
    return roles


def _teams(teams: Sequence[Team]) -> dict[str, Team]:
    return {name: team for team in teams for name in (team.slug, team.name.lower())}


def _team(text: str, teams: Mapping[str, Team]) -> Team | None:
    if text and text.lower() not in teams:
        raise Refusal(_("Aucune équipe ne s’appelle « %(slug)s ».", slug=text))
    return teams[text.lower()] if text else None
