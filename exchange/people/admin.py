"""HTTP of administration: accounts, teams, institutions. It opens no question to anybody."""

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, Response, flash, make_response, request, url_for
from flask.typing import ResponseReturnValue

from exchange import db, web
from exchange.access import access, me
from exchange.errors import Conflict
from exchange.forms import BareForm
from exchange.i18n import gettext as _
from exchange.people import accounts, actions, doors, factors, policy, queries
from exchange.people.doors import Way
from exchange.people.forms import (
    INSTITUTION_KIND_LABELS,
    TEAM_KIND_LABELS,
    EmailForm,
    InstitutionForm,
    JoinForm,
    PersonForm,
    RolesForm,
    TeamForm,
)
from exchange.people.models import ROLE_LABELS, STANDING_LABELS, Role, Team, User
from exchange.people.passwords import PROVISIONAL

bp = Blueprint("admin", __name__, url_prefix="/admin")


@access(Role.ADMINISTRATOR)
def people() -> ResponseReturnValue:
    """The list of people, and how the worker is doing."""
    words = request.args.get("q", "")[:100]
    role = _role(request.args.get("role", ""))
    suspended = request.args.get("suspended") == "1"
    found = queries.people(
        words=words,
        role=role,
        suspended=suspended,
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
    )
    kept = {"q": words or None, "role": role.name.lower() if role and role.name else None}
    kept["suspended"] = "1" if suspended else None
    return web.page(
        "people/admin.html",
        found=found,
        health=queries.health(),
        words=words,
        role=role,
        suspended=suspended,
        kept=kept,
        roles=list(Role),
        role_labels=ROLE_LABELS,
        standing_labels=STANDING_LABELS,
    )


# -- people --------------------------------------------------------------------------------------


@bp.route("/new-person", methods=["GET", "POST"])
@access(Role.ADMINISTRATOR)
def add_person() -> ResponseReturnValue:
    """Open an account; the first password is shown once, on the page that answers."""
    form = PersonForm(_team_choices())
    passwords: list[str] = []
    if form.submitted() and form.attempt(lambda _confirmed: passwords.append(_open(form))):
        db.session.commit()
        return _password_page(queries.by_email(form.address), passwords[0], new=True)
    return web.form_page(
        form,
        title=_("Ajouter une personne"),
        submit=_("Ouvrir le compte"),
        back=url_for("people.admin"),
        heading=_("Administration"),
    )


def _open(form: PersonForm) -> str:
    return accounts.add(
        email=form.address,
        name=str(form.name.data),
        roles=form.role_names(),
        team_slug=form.team.data or None,
        by=me(),
    )


@bp.get("/people/<handle>")
@access(Role.ADMINISTRATOR)
def person(handle: str) -> ResponseReturnValue:
    """One account: roles, teams, access."""
    user = queries.person(handle)
    roles = RolesForm()
    roles.roles.data = [int(role) for role in user.roles]
    joined = set(user.team_ids)
    return web.page(
        "people/person.html",
        person=user,
        has_factor=factors.has(user),
        roles_form=roles,
        join_form=JoinForm(_team_choices(without=joined)),
        may_suspend=policy.may_suspend(me(), user),
        role_labels=ROLE_LABELS,
        standing_labels=STANDING_LABELS,
    )


@bp.post("/people/<handle>/roles")
@access(Role.ADMINISTRATOR)
def set_roles(handle: str) -> ResponseReturnValue:
    """Give and take roles."""
    user = queries.person(handle)
    form = RolesForm()
    if form.submitted() and form.attempt(
        lambda _confirmed: actions.set_roles(user, form.chosen(), by=me())
    ):
        if user.id == me().id:
            doors.sign_in(user, how=Way.AGAIN)
        db.session.commit()
        flash(_("Les rôles sont enregistrés."), "success")
        return _back_to(handle)
    return web.form_page(
        form,
        title=_("Rôles"),
        submit=_("Enregistrer"),
        back=url_for("people.admin.person", handle=handle),
        heading=user.name,
    )


@bp.route("/people/<handle>/suspend", methods=["GET", "POST"])
@access(Role.ADMINISTRATOR)
def suspend(handle: str) -> ResponseReturnValue:
    """Close an account, after a page that says what it does."""
    user = queries.person(handle)
    form = BareForm()
    return web.form_page(
        form,
        lambda _confirmed: actions.suspend(user, by=me()),
        done=_("Le compte est suspendu et ses sessions sont terminées."),
        title=_("Suspendre ce compte"),
        submit=_("Suspendre"),
        back=url_for("people.admin.person", handle=handle),
        heading=user.name,
        intro=_(
            "Ses sessions se terminent aussitôt et plus aucun courrier ne part."
            " Ce que la personne a écrit reste."
        ),
        danger=True,
    )


@bp.post("/people/<handle>/reinstate")
@access(Role.ADMINISTRATOR)
def reinstate(handle: str) -> ResponseReturnValue:
    """Open a suspended account again."""
    actions.reinstate(queries.person(handle), by=me())
    db.session.commit()
    flash(_("Le compte est rouvert."), "success")
    return _back_to(handle)


@bp.route("/people/<handle>/password", methods=["GET", "POST"])
@access(Role.ADMINISTRATOR)
def renew_password(handle: str) -> ResponseReturnValue:
    """Replace a forgotten password by one that is shown once."""
    user = queries.person(handle)
    form = BareForm()
    passwords: list[str] = []
    if form.submitted() and form.attempt(
        lambda _confirmed: passwords.append(actions.renew_password(user, by=me()))
    ):
        db.session.commit()
        return _password_page(user, passwords[0], new=False)
    return web.form_page(
        form,
        title=_("Donner un nouveau mot de passe"),
        submit=_("Le remplacer"),
        back=url_for("people.admin.person", handle=handle),
        heading=user.name,
        intro=_("Le mot de passe actuel cesse de valoir, et les sessions ouvertes se terminent."),
    )


@bp.route("/people/<handle>/address", methods=["GET", "POST"])
@access(Role.ADMINISTRATOR)
def change_address(handle: str) -> ResponseReturnValue:
    """Ask for another address: it counts when its owner has followed the link."""
    user = queries.person(handle)
    form = EmailForm()
    if form.submitted() and form.attempt(lambda _confirmed: _change_address(user, form.address)):
        db.session.commit()
        flash(_("Un lien vient de partir à %(email)s.", email=form.address), "success")
        return _back_to(handle)
    return web.form_page(
        form,
        title=_("Changer d’adresse"),
        submit=_("Envoyer un lien"),
        back=url_for("people.admin.person", handle=handle),
        heading=user.name,
        intro=_(
            "L’adresse ne change qu’une fois le lien suivi ; l’actuelle, %(email)s, en est"
            " prévenue.",
            email=user.email,
        ),
    )


def _change_address(user: User, email: str) -> None:
    accounts.require_address(email)
    if queries.by_email(email) is not None:
        raise Conflict(_("Un autre compte a cette adresse."), field="email")
    actions.ask_address(user, email, by=me())


@bp.post("/people/<handle>/sessions/end")
@access(Role.ADMINISTRATOR)
def end_sessions(handle: str) -> ResponseReturnValue:
    """Sign a person out everywhere."""
    actions.end_sessions(queries.person(handle), by=me())
    db.session.commit()
    flash(_("Ses sessions sont terminées."), "success")
    return _back_to(handle)


@bp.route("/people/<handle>/factors", methods=["GET", "POST"])
@access(Role.ADMINISTRATOR)
def reset_factors(handle: str) -> ResponseReturnValue:
    """Take away the second factors of who lost them all."""
    user = queries.person(handle)
    form = BareForm()
    return web.form_page(
        form,
        lambda _confirmed: factors.reset(user, by=me()),
        done=_("Les seconds facteurs sont retirés et les sessions terminées."),
        title=_("Retirer les seconds facteurs"),
        submit=_("Retirer"),
        back=url_for("people.admin.person", handle=handle),
        heading=user.name,
        intro=_(
            "Pour qui a tout perdu, après l’avoir reconnu de vive voix : le mot de passe suffira"
            " jusqu’à ce que la personne en choisisse d’autres. Ses sessions se terminent."
        ),
        danger=True,
    )


def _password_page(user: User | None, password: str, *, new: bool) -> Response:
    """Shown once and stored nowhere, not even in the browser's cache."""
    answer = web.page(
        "people/password.html",
        person=user,
        password=password,
        new=new,
        hours=PROVISIONAL // timedelta(hours=1),
    )
    response = make_response(answer)
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/people/<handle>/teams")
@access(Role.ADMINISTRATOR)
def join_team(handle: str) -> ResponseReturnValue:
    """Make the person a member of a team."""
    user = queries.person(handle)
    form = JoinForm(_team_choices())
    return web.form_page(
        form,
        lambda _confirmed: actions.join_team(
            user, queries.team(form.team.data), lead=form.lead.data, by=me()
        ),
        done=_("L’équipe est ajoutée."),
        title=_("Ajouter une équipe"),
        submit=_("Ajouter"),
        back=url_for("people.admin.person", handle=handle),
        heading=user.name,
    )


@bp.post("/people/<handle>/teams/<slug>/leave")
@access(Role.ADMINISTRATOR)
def leave_team(handle: str, slug: str) -> ResponseReturnValue:
    """End a membership."""
    actions.leave_team(queries.person(handle), queries.team(slug), by=me())
    db.session.commit()
    flash(_("La personne ne fait plus partie de l’équipe."), "success")
    return _back_to(handle)


# -- institutions and teams --------------------------------------------------------------------------


@bp.get("/teams")
@access(Role.ADMINISTRATOR)
def houses() -> ResponseReturnValue:
    """Institutions and their teams."""
    return web.page(
        "people/houses.html",
        institutions=queries.institutions(),
        teams=queries.teams(),
        institution_kind_labels=INSTITUTION_KIND_LABELS,
        team_kind_labels=TEAM_KIND_LABELS,
    )


@bp.route("/new-institution", methods=["GET", "POST"])
@access(Role.ADMINISTRATOR)
def add_institution() -> ResponseReturnValue:
    form = InstitutionForm()
    return _house_page(
        form,
        lambda _confirmed: actions.add_institution(form.house(), by=me()),
        done=_("L’établissement est ajouté."),
        title=_("Ajouter un établissement"),
        submit=_("Ajouter"),
    )


@bp.route("/institutions/<slug>", methods=["GET", "POST"])
@access(Role.ADMINISTRATOR)
def edit_institution(slug: str) -> ResponseReturnValue:
    institution = queries.institution(slug)
    form = InstitutionForm(institution)
    return _house_page(
        form,
        lambda _confirmed: actions.edit_institution(institution, form.house(), by=me()),
        done=_("L’établissement est enregistré."),
        title=_("Modifier un établissement"),
        submit=_("Enregistrer"),
    )


@bp.route("/new-team", methods=["GET", "POST"])
@access(Role.ADMINISTRATOR)
def add_team() -> ResponseReturnValue:
    form = TeamForm(queries.institutions())
    return _house_page(
        form,
        lambda ok: actions.add_team(form.crew(), by=me(), confirmed=ok),
        done=_("L’équipe est ajoutée."),
        title=_("Ajouter une équipe"),
        submit=_("Ajouter"),
    )


@bp.route("/teams/<slug>", methods=["GET", "POST"])
@access(Role.ADMINISTRATOR)
def edit_team(slug: str) -> ResponseReturnValue:
    team = queries.team(slug)
    form = TeamForm(queries.institutions(), team)
    return _house_page(
        form,
        lambda ok: actions.edit_team(team, form.crew(), by=me(), confirmed=ok),
        done=_("L’équipe est enregistrée."),
        title=_("Modifier une équipe"),
        submit=_("Enregistrer"),
    )


def _house_page(
    form: InstitutionForm | TeamForm,
    act: Callable[[bool], object],
    *,
    done: str,
    title: str,
    submit: str,
) -> ResponseReturnValue:
    return web.form_page(
        form,
        act,
        done=done,
        title=title,
        submit=submit,
        back=url_for("people.admin.houses"),
        heading=_("Établissements et équipes"),
    )


def _back_to(handle: str) -> ResponseReturnValue:
    return web.back_to("people.admin.person", handle=handle)


def _team_choices(without: set[int] | None = None) -> list[tuple[str, str]]:
    return [
        (team.slug, _team_name(team))
        for team in queries.teams()
        if not without or team.id not in without
    ]


def _team_name(team: Team) -> str:
    return f"{team.name} ({team.institution.short})"


def _role(name: str) -> Role | None:
    return Role.__members__.get(name.upper())
