"""Signing in and out, language, look, settings; administration is in `admin`."""

from flask import Blueprint, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from exchange import db, i18n, web
from exchange.access import access, me, public
from exchange.errors import Refusal, TooOften
from exchange.i18n import gettext as _
from exchange.people import (
    actions,
    admin,
    doors,
    entrance,
    joining,
    keys,
    links,
    passwords,
    queries,
    recovery,
    second,
    welcome,
)
from exchange.people.demo import DEMO_PASSWORD
from exchange.people.doors import A_YEAR, Way
from exchange.people.forms import (
    CodeForm,
    NewPasswordForm,
    PasswordForm,
    SettingsForm,
    SignInForm,
)
from exchange.people.models import Purpose, User
from exchange.people.recognition import recognise
from exchange.people.sso import doors as outer
from exchange.people.sso import views as sso

bp = Blueprint("people", __name__)
bp.add_url_rule("/admin", "admin", admin.people)
bp.register_blueprint(admin.bp)
bp.register_blueprint(keys.bp)
bp.register_blueprint(recovery.bp)
bp.register_blueprint(joining.bp)
bp.register_blueprint(second.bp)
bp.register_blueprint(sso.bp)

THEMES = ("auto", "light", "dark")


@bp.app_context_processor
def _for_templates() -> dict[str, object]:
    return {
        "demo_people": queries.demo_people,
        "demo_password": DEMO_PASSWORD,
        "outer_doors": outer.shown,
    }


# -- signing in ----------------------------------------------------------------------------------


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """Sign in, and show again what was typed before the session ended."""
    if request.method == "GET" and current_user.is_authenticated:
        return redirect(web.safe_path(request.args.get("next")))
    form = SignInForm(next=request.args.get("next"))
    if form.submitted():
        try:
            user = recognise(form.address, str(form.password.data))
        except Refusal as refusal:
            db.session.rollback()
            return entrance.refused(form, refusal)
        if user.password_until is not None:
            return _choose_own(user, form)
        whole = doors.sign_in(user, how=Way.PASSWORD)
        db.session.commit()
        if not whole:
            return second.ask(user, CodeForm(formdata=None, **form.carried))
        return welcome.arrive(form.next.data, form.kept.data, form.kept_to.data)
    return entrance.page(form, status=422 if form.is_submitted() else 200)


def _choose_own(user: User, form: SignInForm) -> ResponseReturnValue:
    """Somebody else made the password: nobody comes in with it, its owner chooses theirs. What they
    had typed goes with them."""
    token = links.token(links.make(Purpose.RESET, user), web.settings().key())
    db.session.commit()
    flash(_("Ce mot de passe était provisoire : choisissez le vôtre, puis connectez-vous."), "info")
    if form.kept.data:
        own = NewPasswordForm(formdata=None, about=[], **form.carried)
        return recovery.choose(token, own)
    return web.back_to("people.recovery.reset", token=token, next=form.next.data or None)


@bp.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """End this session, and the one at the identity provider when it began there and the settings
    say so; for whom it has already ended, that is what they wanted."""
    way, id_token = session.get(doors.WAY), sso.id_token_here()
    doors.leave()
    db.session.commit()
    flash(_("Vous êtes déconnecté."), "success")
    return doors.swept(sso.goodbye(way, id_token) or web.back_to("people.sign_in"))


# -- language and look ---------------------------------------------------------------------------


@bp.post("/language")
@public
def language() -> ResponseReturnValue:
    """Choose French or English: on the profile of a member, in a cookie for a guest."""
    locale = request.form.get("locale", "")
    response = redirect(web.safe_path(request.form.get("next")), code=303)
    if locale not in i18n.LOCALE_NAMES:
        return response
    if current_user.is_authenticated:
        me().locale = locale
        db.session.commit()
    else:
        secure = web.settings().secure_cookies
        response.set_cookie(
            web.locale_cookie(), locale, max_age=A_YEAR, samesite="Lax", secure=secure
        )
    return response


@bp.post("/theme")
@access()
def theme() -> ResponseReturnValue:
    """Choose the light or the dark look, or leave it to the system."""
    chosen = request.form.get("theme", "")
    if chosen in THEMES:
        me().theme = chosen
        db.session.commit()
    return redirect(web.safe_path(request.form.get("next")), code=303)


# -- settings ------------------------------------------------------------------------------------


@bp.route("/settings", methods=["GET", "POST"])
@access()
def settings() -> ResponseReturnValue:
    """A person's own profile, and what is mailed to them."""
    form = SettingsForm(me())
    if form.submitted():
        actions.save_profile(form.profile(), by=me())
        db.session.commit()
        i18n.set_locale(me().locale, me().timezone)
        flash(_("Vos réglages sont enregistrés."), "success")
        return web.back_to("people.settings")
    return web.page("people/settings.html", form=form)


@bp.route("/settings/password", methods=["GET", "POST"])
@access()
def password() -> ResponseReturnValue:
    """Change one's password; the sessions in other browsers end."""
    form = PasswordForm(about=[me().name, me().email])
    if form.submitted() and form.attempt(lambda _confirmed: _change_password(form)):
        doors.sign_in(me(), how=Way.AGAIN)
        db.session.commit()
        flash(_("Votre mot de passe est changé. Vos autres sessions sont terminées."), "success")
        return web.back_to("people.settings")
    return web.form_page(
        form,
        title=_("Changer de mot de passe"),
        submit=_("Changer"),
        back=url_for("people.settings"),
        heading=_("Réglages"),
    )


def _change_password(form: PasswordForm) -> None:
    email = me().email
    db.session.rollback()  # argon2 keeps no other writer waiting
    hashed = passwords.digest(str(form.new_password.data))
    db.begin_write()
    try:
        user = recognise(email, str(form.password.data))
    except TooOften:
        raise
    except Refusal:
        raise Refusal(_("Ce n’est pas votre mot de passe actuel."), field="password") from None
    actions.change_password(user, hashed, by=user)
