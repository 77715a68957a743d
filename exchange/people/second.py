"""HTTP of the second factor: showing it at the door, choosing it in the settings."""

import segno
from flask import Blueprint, flash, make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from exchange import db, web
from exchange.access import access, before_proof, me, must_prove, public
from exchange.errors import Refusal
from exchange.i18n import gettext as _
from exchange.people import doors, entrance, factors, passkeys, throttle, welcome
from exchange.people.doors import Way
from exchange.people.forms import (
    CodeForm,
    ConfirmForm,
    DoorForm,
    PasskeyForm,
    ShownPasskeyForm,
    SignInForm,
    TotpForm,
)
from exchange.people.models import Passkey, User
from exchange.people.recognition import recognise_again

bp = Blueprint("factors", __name__)


# -- at the door -----------------------------------------------------------------------------------


@bp.route("/sign-in/second", methods=["GET", "POST"])
@public
def show() -> ResponseReturnValue:
    """After the password: a code."""
    form, half = CodeForm(), doors.half_in()
    if half is None:
        return _anew(form)
    if form.submitted() and form.attempt(lambda _confirmed: _show_code(half.user, form)):
        doors.sign_in_wholly(half)
        db.session.commit()
        return welcome.arrive(form.next.data, form.kept.data, form.kept_to.data)
    return ask(half.user, form)


@bp.post("/sign-in/second/passkey")
@public
def show_passkey() -> ResponseReturnValue:
    """After the password: a passkey."""
    form, half = ShownPasskeyForm(), doors.half_in()
    if half is None:
        return _anew(form)
    if form.submitted() and form.attempt(lambda _confirmed: _show_passkey(form, of=half.user)):
        doors.sign_in_wholly(half)
        db.session.commit()
        return welcome.arrive(form.next.data, form.kept.data, form.kept_to.data)
    again = CodeForm(formdata=None, **form.carried)
    again.sentence = form.sentence
    return ask(half.user, again, status=422)


@bp.post("/sign-in/passkey")
@public
def sign_in_by_passkey() -> ResponseReturnValue:
    """Instead of the password."""
    form = ShownPasskeyForm()
    shown: list[Passkey] = []
    if form.submitted() and form.attempt(lambda _confirmed: shown.append(_show_passkey(form))):
        user = db.session.get_one(User, shown[0].user_id)
        if user.active:
            doors.sign_in(user, how=Way.PASSKEY)
            db.session.commit()
            return welcome.arrive(form.next.data, form.kept.data, form.kept_to.data)
    sentence = form.sentence or _("Cette clé d’accès n’est pas reconnue ici.")
    return entrance.refused(SignInForm(formdata=None, **form.carried), Refusal(sentence))


def _anew(form: DoorForm) -> ResponseReturnValue:
    """Nobody is half in here, or not any more: from the beginning, with what was typed before."""
    if not form.kept.data:
        return redirect(url_for("people.sign_in", next=form.next.data or None))
    sentence = _("Trop de temps a passé : connectez-vous de nouveau.")
    return entrance.refused(SignInForm(formdata=None, **form.carried), Refusal(sentence))


def ask(user: User, form: CodeForm, *, status: int = 0) -> ResponseReturnValue:
    """The page that asks for the second factor; it carries what was typed before."""
    known = factors.of(user)
    return web.page(
        "people/second.html",
        status=status or (form.status if form.errors or form.refusal else 200),
        form=form,
        totp=known.totp,
        options=passkeys.to_show(known.passkeys, doors.challenge(), doors.place())
        if known.passkeys
        else "",
    )


def _show_code(user: User, form: CodeForm) -> None:
    tried = throttle.of_factor(user.id, doors.known_device(user))
    throttle.count(tried)
    db.session.commit()  # a wrong code counts
    db.begin_write()
    factors.check_code(user, str(form.code.data), key=web.settings().key())
    throttle.forgive(tried)


def _show_passkey(form: ShownPasskeyForm, *, of: User | None = None) -> Passkey:
    shown = passkeys.show(
        str(form.credential.data),
        challenge=session.pop("challenge", "") or passkeys.new_challenge(),
        place=doors.place(),
        alone=of is None,
    )
    if of is not None and shown.user_id != of.id:
        raise Refusal(_("Cette clé d’accès n’est pas reconnue ici."))
    return shown


# -- in the settings -------------------------------------------------------------------------------


@bp.get("/settings/second-factor")
@access()
@before_proof
def overview() -> ResponseReturnValue:
    """What one can show, and ways to add to it."""
    return web.page("people/factors.html", factors=factors.of(me()), must=must_prove())


@bp.route("/settings/second-factor/totp", methods=["GET", "POST"])
@access()
@before_proof
def add_totp() -> ResponseReturnValue:
    """Take an authenticator application: its secret stays in this browser until it is used."""
    secret = str(session.setdefault("totp", factors.new_secret()))
    form = TotpForm(with_password=bool(me().password_hash))
    codes: list[str] = []
    if form.submitted() and form.attempt(lambda _confirmed: codes.extend(_add_totp(form, secret))):
        return _renewed(codes)
    picture = segno.make(factors.address_of(secret, me(), web.settings().site_name))
    return web.page(
        "people/totp.html",
        form=form,
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        picture=Markup(picture.svg_inline(scale=5, light="#fff")),  # noqa: S704 (drawn here)
    )


def _add_totp(form: TotpForm, secret: str) -> list[str]:
    user = _confirm(form)
    return factors.add_totp(user, secret, str(form.code.data), key=web.settings().key())


@bp.route("/settings/second-factor/passkey", methods=["GET", "POST"])
@access()
@before_proof
def add_passkey() -> ResponseReturnValue:
    """Make a passkey in this browser."""
    form = PasskeyForm(with_password=bool(me().password_hash))
    codes: list[str] = []
    if form.submitted() and form.attempt(lambda _confirmed: codes.extend(_add_passkey(form))):
        return _renewed(codes)
    known = factors.of(me()).passkeys
    return web.page(
        "people/passkey.html",
        form=form,
        options=passkeys.to_make(
            me(), known, doors.challenge(), doors.place(), web.settings().site_name
        ),
    )


def _add_passkey(form: PasskeyForm) -> list[str]:
    asked = session.pop("challenge", "") or passkeys.new_challenge()
    user = _confirm(form)
    passkeys.make(
        user,
        str(form.credential.data),
        name=str(form.name.data).strip(),
        challenge=asked,
        place=doors.place(),
    )
    return factors.added(user, "passkey")


@bp.route("/settings/second-factor/<any(totp,passkey):factor>/remove", methods=["GET", "POST"])
@access()
def remove(factor: str) -> ResponseReturnValue:
    """Give up the application or a passkey."""
    form = ConfirmForm(with_password=bool(me().password_hash))
    number = request.args.get("number", 0, web.row_number)
    return web.form_page(
        form,
        lambda _confirmed: factors.remove(_confirm(form), factor, number=number),
        done=_("Ce second facteur est retiré."),
        title=_("Retirer un second facteur"),
        submit=_("Retirer"),
        back=url_for("people.factors.overview"),
        heading=_("Second facteur"),
        danger=True,
    )


@bp.route("/settings/second-factor/codes", methods=["GET", "POST"])
@access()
def renew_codes() -> ResponseReturnValue:
    """New recovery codes."""
    form = ConfirmForm(with_password=bool(me().password_hash))
    codes: list[str] = []
    if form.submitted() and form.attempt(
        lambda _confirmed: codes.extend(factors.renew_codes(_confirm(form)))
    ):
        db.session.commit()
        return _codes_page(codes)
    return web.form_page(
        form,
        title=_("Nouveaux codes de secours"),
        submit=_("En créer"),
        back=url_for("people.factors.overview"),
        heading=_("Second facteur"),
        intro=_("Les codes actuels cessent de valoir."),
    )


def _confirm(form: ConfirmForm | TotpForm | PasskeyForm) -> User:
    """Their keys change only by the person: the password again, when they have one."""
    return recognise_again(me(), str(form.password.data) if form.password else "")


def _renewed(codes: list[str]) -> ResponseReturnValue:
    """A stronger session, and the codes that were made, once."""
    doors.sign_in(me(), how=Way.AGAIN, proved=True)
    db.session.commit()
    flash(_("Votre second facteur est en place."), "success")
    return _codes_page(codes) if codes else web.back_to("people.factors.overview")


def _codes_page(codes: list[str]) -> ResponseReturnValue:
    response = make_response(web.page("people/codes.html", codes=codes))
    response.headers["Cache-Control"] = "no-store"
    return response
