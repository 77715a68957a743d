"""HTTP of joining: invitations, asking to join, admitting."""

from flask import Blueprint, flash, request, url_for
from flask.typing import ResponseReturnValue

from exchange import db, web
from exchange.access import access, me, public
from exchange.errors import NotAllowed, NotFound
from exchange.forms import BareForm
from exchange.i18n import gettext as _
from exchange.people import accounts, links, passwords, policy, queries, throttle, watch
from exchange.people.forms import ApplicationForm, EmailForm, InvitationForm, WelcomeForm
from exchange.people.models import ROLE_LABELS, Link, Purpose, Role, Team, User
from exchange.people.sso import identities, waiting
from exchange.people.sso.stranger import Stranger

bp = Blueprint("joining", __name__)


# -- inviting --------------------------------------------------------------------------------------


@bp.route("/invitations/new", methods=["GET", "POST"])
@access()
def invite() -> ResponseReturnValue:
    """Invite somebody by mail, into what one may invite to."""
    if not policy.invites(me()):
        raise NotAllowed(_("Les responsables d’équipe, modérateurs et administrateurs invitent."))
    teams = _own_teams()
    only_theirs = not (me().is_admin or me().is_moderator)
    form = InvitationForm(_team_names(teams), roles=_roles(), must=only_theirs)
    if form.submitted() and form.attempt(lambda _confirmed: _invite(form, teams)):
        db.session.commit()
        flash(_("Une invitation vient de partir à %(email)s.", email=form.address), "success")
        return web.back_to("people.joining.invite")
    return web.form_page(
        form,
        title=_("Inviter une personne"),
        submit=_("Envoyer l’invitation"),
        back=url_for("people.admin") if me().is_admin else "/teams",
        intro=_("Elle reçoit un lien, valable deux semaines, pour choisir son mot de passe."),
    )


def _invite(form: InvitationForm, teams: dict[str, Team]) -> None:
    throttle.count(throttle.of_inviter(me().id))
    accounts.invite(
        email=form.address,
        name=str(form.name.data),
        roles=form.chosen(),
        team=teams.get(form.team.data),
        by=me(),
    )


def _own_teams() -> dict[str, Team]:
    everywhere = me().is_admin or me().is_moderator
    led = policy.led_team_ids(me())
    return {team.slug: team for team in queries.teams() if everywhere or team.id in led}


def _roles() -> list[Role]:
    return [role for role in Role if me().is_admin or role in policy.SIMPLE]


def _team_names(teams: dict[str, Team]) -> list[tuple[str, str]]:
    return [(slug, f"{team.name} ({team.institution.short})") for slug, team in teams.items()]


# -- asking to join --------------------------------------------------------------------------------


@bp.route("/join", methods=["GET", "POST"])
@public
def ask() -> ResponseReturnValue:
    """Prove an institutional address."""
    form = EmailForm()
    if form.submitted() and form.attempt(lambda _confirmed: _ask(form.address)):
        db.session.commit()
        return web.page("people/mailed.html", email=form.address, joining=True)
    return web.form_page(
        form,
        title=_("Demander un compte"),
        submit=_("Recevoir un lien"),
        back=url_for("people.sign_in"),
        heading=_("Se connecter"),
        intro=_(
            "Avec l’adresse de votre établissement. Un modérateur ou le responsable de votre équipe"
            " répond ensuite à la demande."
        ),
    )


def _ask(email: str) -> None:
    throttle.count(throttle.of_mail(email, request.remote_addr))
    accounts.ask_registration(email)


@bp.route("/join/<token>", methods=["GET", "POST"])
@public
def apply(token: str) -> ResponseReturnValue:
    """From the link: say who one is."""
    link = _link(token, Purpose.REGISTRATION)
    house = accounts.institution_of(link.email)
    teams = {
        team.slug: team for team in queries.teams() if house and team.institution_id == house.id
    }
    stranger = waiting.here()
    form = ApplicationForm(
        _team_names(teams), about=[link.email], stranger=stranger.shown if stranger else ""
    )
    if form.submitted():
        hashed = _digest(form)
        theirs = stranger if form.identity and form.identity.data else None
        if form.attempt(lambda _confirmed: _apply(token, form, hashed, theirs)):
            db.session.commit()
            waiting.forget()
            if theirs and theirs.is_admitted:
                flash(_("Votre compte est ouvert : connectez-vous."), "success")
                return web.back_to("people.sign_in")
            return web.page("people/applied.html")
    return web.form_page(
        form,
        title=_("Demander un compte"),
        submit=_("Envoyer la demande"),
        back=url_for("people.sign_in"),
        intro=_("Votre adresse, %(email)s, est confirmée.", email=link.email),
    )


def _apply(token: str, form: ApplicationForm, hashed: str, stranger: Stranger | None) -> None:
    """With the identity that another door named, and as what its rules let them in."""
    admission = stranger.admission if stranger and stranger.is_admitted else None
    person = accounts.apply(
        _link(token, Purpose.REGISTRATION),
        name=str(form.name.data),
        title=str(form.title.data or ""),
        role=Role[admission.role.upper()] if admission else form.role_chosen(),
        team=queries.team(form.team.data) if form.team.data else None,
        hashed=hashed,
        admitted=admission is not None,
    )
    if stranger:
        identities.link(person, stranger)


@bp.route("/invitations/<token>", methods=["GET", "POST"])
@public
def accept(token: str) -> ResponseReturnValue:
    """From the link: open the account."""
    link = _link(token, Purpose.INVITATION)
    form = WelcomeForm(data={"name": link.user.name if link.user else ""}, about=[link.email])
    if form.submitted():
        hashed = _digest(form)
        if form.attempt(
            lambda _confirmed: accounts.accept(
                _link(token, Purpose.INVITATION),
                name=str(form.name.data),
                title=str(form.title.data or ""),
                hashed=hashed,
            )
        ):
            db.session.commit()
            flash(_("Votre compte est ouvert : connectez-vous."), "success")
            return web.back_to("people.sign_in")
    return web.form_page(
        form,
        title=_("Bienvenue"),
        submit=_("Ouvrir mon compte"),
        back=url_for("people.sign_in"),
        intro=_("Vous vous connecterez avec l’adresse %(email)s.", email=link.email),
    )


def _digest(form: WelcomeForm) -> str:
    db.session.rollback()  # argon2 keeps no other writer waiting
    hashed = passwords.digest(str(form.new_password.data))
    db.begin_write()
    return hashed


def _link(token: str, purpose: Purpose) -> Link:
    try:
        return links.found(token, purpose, web.settings().key())
    except NotFound:
        watch.note("link_refused", user_id=None, purpose=purpose.value)
        raise


# -- admitting -------------------------------------------------------------------------------------


@bp.get("/admissions")
@access()
def admissions() -> ResponseReturnValue:
    """Who asks to join, as far as one decides on it."""
    if not policy.invites(me()):
        raise NotAllowed(_("Seuls les modérateurs et le responsable de l’équipe en décident."))
    return web.page(
        "people/admissions.html",
        candidates=queries.candidates(to=me()),
        role_labels=ROLE_LABELS,
        roles=list(Role),
        institution_of=accounts.institution_of,
    )


@bp.post("/admissions/<int(max=2147483647):number>/admit")
@access()
def admit(number: int) -> ResponseReturnValue:
    """Open the account of a candidate."""
    person = _candidate(number)
    accounts.admit(person, by=me())
    db.session.commit()
    flash(_("Le compte de %(name)s est ouvert.", name=person.name), "success")
    return web.back_to("people.joining.admissions")


@bp.route("/admissions/<int(max=2147483647):number>/turn-away", methods=["GET", "POST"])
@access()
def turn_away(number: int) -> ResponseReturnValue:
    """Do not admit a candidate, after a page that says what it does."""
    person = _candidate(number)
    form = BareForm()
    return web.form_page(
        form,
        lambda _confirmed: accounts.turn_away(person, by=me()),
        done=_("La demande de %(name)s est écartée.", name=person.name),
        title=_("Écarter cette demande"),
        submit=_("Écarter"),
        back=url_for("people.joining.admissions"),
        heading=person.name,
        intro=_("La personne en est prévenue par courriel ; elle peut demander de nouveau."),
        danger=True,
    )


def _candidate(number: int) -> User:
    person = db.session.get(User, number) if number < 2**31 else None
    if person is None or not policy.may_admit(me(), person):
        raise NotFound(_("Aucune demande de ce numéro."))
    return person
