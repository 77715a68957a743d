"""HTTP of what is done by a mailed link: a forgotten password, another address. Whoever follows a
link may not be signed in; each page says what its button will do, and a GET does nothing."""

from flask import Blueprint, flash, request, url_for
from flask.typing import ResponseReturnValue

from exchange import db, web
from exchange.access import access, me, public
from exchange.errors import Refusal, TooOften
from exchange.forms import BareForm
from exchange.i18n import gettext as _
from exchange.people import (
    accounts,
    actions,
    entrance,
    links,
    passwords,
    queries,
    throttle,
    watch,
    welcome,
)
from exchange.people.forms import AddressForm, EmailForm, NewPasswordForm, SignInForm
from exchange.people.models import Link, Purpose
from exchange.people.recognition import recognise

bp = Blueprint("recovery", __name__)


@bp.route("/sign-in/forgotten", methods=["GET", "POST"])
@public
def forgotten() -> ResponseReturnValue:
    """Ask for a link to choose another password."""
    form = EmailForm()
    if form.submitted() and form.attempt(lambda _confirmed: _ask(form.address)):
        db.session.commit()
        return web.page("people/mailed.html", email=form.address)
    return web.form_page(
        form,
        title=_("Mot de passe oublié"),
        submit=_("Recevoir un lien"),
        back=url_for("people.sign_in"),
        heading=_("Se connecter"),
        intro=_("Nous vous écrivons un lien pour en choisir un autre."),
    )


def _ask(email: str) -> None:
    throttle.count(throttle.of_mail(email, request.remote_addr))
    actions.ask_reset(queries.by_email(email))


@bp.route("/sign-in/reset/<token>", methods=["GET", "POST"])
@public
def reset(token: str) -> ResponseReturnValue:
    """Choose another password; what was typed before the session ended comes along."""
    owner = _link(token, Purpose.RESET).user
    form = NewPasswordForm(
        about=[owner.name, owner.email] if owner else [], next=request.args.get("next")
    )
    if not form.submitted():
        return choose(token, form)
    db.session.rollback()  # argon2 keeps no other writer waiting
    hashed = passwords.digest(str(form.new_password.data))
    db.begin_write()
    actions.reset_password(_link(token, Purpose.RESET), hashed)
    db.session.commit()
    flash(_("Votre mot de passe est changé : connectez-vous."), "success")
    if form.kept.data:
        return entrance.page(SignInForm(formdata=None, **form.carried))
    return web.back_to("people.sign_in", next=form.next.data or None)


def choose(token: str, form: NewPasswordForm) -> ResponseReturnValue:
    """The page on which a password is chosen, with what comes along."""
    return web.page(
        "people/choose.html",
        status=form.status if form.errors or form.refusal else 200,
        form=form,
        action=url_for("people.recovery.reset", token=token),
        kept_fields=welcome.typed(form.kept.data),
    )


def _link(token: str, purpose: Purpose, *, to: str = "confirm") -> Link:
    try:
        return links.found(token, purpose, web.settings().key(), to=to)
    except Refusal:
        watch.note("link_refused", user_id=None, purpose=purpose.value)
        raise


# -- another address -------------------------------------------------------------------------------


@bp.route("/settings/address", methods=["GET", "POST"])
@access()
def address() -> ResponseReturnValue:
    """Ask to be written to, and recognised, at another address."""
    form = AddressForm()
    if form.submitted() and form.attempt(lambda _confirmed: _change_address(form)):
        db.session.commit()
        flash(
            _("Un lien vient de partir à %(email)s : suivez-le pour finir.", email=form.address),
            "success",
        )
        return web.back_to("people.settings")
    return web.form_page(
        form,
        title=_("Changer d’adresse"),
        submit=_("Recevoir un lien"),
        back=url_for("people.settings"),
        heading=_("Réglages"),
        intro=_(
            "Un lien part à la nouvelle adresse ; l’actuelle, %(email)s, en est prévenue.",
            email=me().email,
        ),
    )


def _change_address(form: AddressForm) -> None:
    accounts.require_address(form.address)
    try:
        user = recognise(me().email, str(form.password.data))
    except TooOften:
        raise
    except Refusal:
        raise Refusal(_("Ce n’est pas votre mot de passe."), field="password") from None
    throttle.count(throttle.of_mail(form.address, request.remote_addr))
    actions.ask_address(user, form.address, by=user)


@bp.route("/address/<token>", methods=["GET", "POST"])
@public
def confirm_address(token: str) -> ResponseReturnValue:
    """From the new address: take it."""
    link = _link(token, Purpose.ADDRESS)
    form = BareForm()
    return web.form_page(
        form,
        lambda _confirmed: actions.change_address(link),
        done=_("Votre adresse est désormais %(email)s.", email=link.email),
        title=_("Confirmer votre adresse"),
        submit=_("Confirmer"),
        back="/",
        then=url_for("people.settings"),
        intro=_("Vous vous connecterez et recevrez vos courriels à %(email)s.", email=link.email),
    )


@bp.route("/address/<token>/refuse", methods=["GET", "POST"])
@public
def refuse_address(token: str) -> ResponseReturnValue:
    """From the former address: it was not me."""
    link = _link(token, Purpose.ADDRESS, to="refuse")
    form = BareForm()
    return web.form_page(
        form,
        lambda _confirmed: actions.refuse_address(link),
        done=_(
            "L’adresse du compte est %(email)s. Choisissez un nouveau mot de passe.",
            email=link.former,
        ),
        title=_("Ce n’était pas vous ?"),
        submit=_("Garder mon adresse"),
        back="/",
        then=url_for("people.recovery.forgotten"),
        intro=_(
            "Le compte garde l’adresse %(email)s, ses sessions se terminent, et son mot de passe"
            " ne vaut plus : vous en choisirez un autre.",
            email=link.former,
        ),
        danger=True,
    )
