"""HTTP of the doors held by others: leaving for them, coming back, and one's identities there.

Coming back is the one GET that changes something, and only for the browser that left a moment ago:
the protocol brings people back by a redirect, and a cookie of this site (SameSite=Lax) would not
come along with a POST of another.
"""

from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, make_response, redirect, request, session, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_login import current_user

from exchange import db, web
from exchange.access import SignInNeeded, access, me, public
from exchange.errors import Conflict, NotFound, Refusal, TooOften
from exchange.i18n import gettext as _
from exchange.people import doors, entrance, second, throttle, watch, welcome
from exchange.people.doors import NAMED, Way
from exchange.people.forms import CodeForm, ConfirmForm, DirectoryForm, DoorForm, SignInForm
from exchange.people.models import Door, Standing
from exchange.people.recognition import recognise_again
from exchange.people.sso import detours, identities, partings, waiting
from exchange.people.sso.detours import Luggage
from exchange.people.sso.directory import ISSUER, Directory
from exchange.people.sso.doors import outer, shown
from exchange.people.sso.openid import Came, Provider
from exchange.people.sso.proxy import Front
from exchange.people.sso.stranger import Stranger

bp = Blueprint("sso", __name__)

# -- an identity provider --------------------------------------------------------------------------


@bp.post("/sign-in/openid")
@public
def leave_for_provider() -> ResponseReturnValue:
    """Send the browser to the identity provider."""
    provider = _provider()
    luggage = _packed(Door.OPENID)
    db.session.rollback()  # no writer waits for the provider's description
    try:
        provider.places()
    except Refusal as refusal:
        return _turned_back(luggage, refusal)
    db.begin_write()
    state = detours.leave(luggage)
    db.session.commit()
    address = provider.departure(
        state=state, nonce=luggage.nonce, verifier=luggage.verifier, back=_back_address()
    )
    return _leaving(address, provider.label)


@bp.get("/sign-in/openid/back")
@public
def back_from_provider() -> ResponseReturnValue:
    """The browser is back with a code."""
    provider = _provider()
    luggage = _unpacked(Door.OPENID)
    if isinstance(luggage, Refusal):
        return entrance.refused(SignInForm(formdata=None), luggage)
    try:
        came = _came(provider, luggage)
    except Refusal as refusal:
        return _turned_back(luggage, refusal)
    return arrive(came.stranger, luggage, how=Way.OPENID, came=came)


@bp.record_once
def _without_token(state: BlueprintSetupState) -> None:
    """A provider that ends sessions has neither cookie nor token of ours: it signs what it says."""
    state.app.extensions["csrf"].exempt(f"{__name__}.end_from_provider")


@bp.post("/sign-in/openid/logout")
@public
def end_from_provider() -> ResponseReturnValue:
    """The provider says, server to server, that a session there is over: those that began from it
    are over here (OpenID Connect Back-Channel Logout 1.0, section 2.8)."""
    provider = _provider()
    db.session.rollback()  # no writer waits for the provider's keys
    try:
        over = provider.parting(request.form.get("logout_token", ""))
    except Refusal as refusal:
        status = 503 if refusal.status == 503 else 400
        return {"error": "invalid_request"}, status, {"Cache-Control": "no-store"}
    db.begin_write()
    partings.end(subject=over.subject, sid=over.sid, before=over.at)
    db.session.commit()
    return "", 200, {"Cache-Control": "no-store"}


def id_token_here() -> str:
    """The provider's token for the session of this browser, to be shown it when both end."""
    if not current_user.is_authenticated or not web.settings().oidc_logout:
        return ""
    return partings.id_token(me().outer_id, web.settings().key())


def goodbye(way: object, id_token: str) -> ResponseReturnValue | None:
    """Where a session that began at the provider ends too, if the settings say so."""
    provider = outer().provider
    if way != Way.OPENID.value or provider is None or not web.settings().oidc_logout:
        return None
    try:
        back = doors.place().origin + url_for("people.sign_in")
        address = provider.exit(back, id_token=id_token)
    except Refusal:
        return None  # the session here has ended all the same
    return _leaving(address, provider.label) if address else None


def _provider() -> Provider:
    provider = outer().provider
    if provider is None:
        raise NotFound(_("Ce site n’a pas cette porte."))
    return provider


def _came(provider: Provider, luggage: Luggage) -> Came:
    if "error" in request.args:
        watch.note("openid_failed", user_id=None, why="denied")
        raise Refusal(_("La connexion n’est pas allée au bout chez %(name)s.", name=provider.label))
    if request.args.get("iss", provider.issuer) != provider.issuer:  # RFC 9207
        watch.note("openid_failed", user_id=None, why="issuer")
        raise Refusal(_("La réponse ne vient pas de %(name)s.", name=provider.label))
    return provider.arrival(
        request.args.get("code", ""),
        nonce=luggage.nonce,
        verifier=luggage.verifier,
        back=_back_address(),
    )


def _back_address() -> str:
    return doors.place().origin + url_for("people.sso.back_from_provider")


# -- a web server in front of us -------------------------------------------------------------------


@bp.post("/sign-in/proxy")
@public
def leave_for_front() -> ResponseReturnValue:
    """Send the browser to the address that the server in front guards."""
    front = _front()
    state = detours.leave(_packed(Door.PROXY))
    db.session.commit()
    return _leaving(url_for("people.sso.back_from_front", state=state), front.label)


@bp.get("/sign-in/proxy/back")
@public
def back_from_front() -> ResponseReturnValue:
    """The server in front has let the browser through, and says who is there."""
    front = _front()
    luggage = _unpacked(Door.PROXY)
    if isinstance(luggage, Refusal):
        return entrance.refused(SignInForm(formdata=None), luggage)
    try:
        stranger = front.stranger(request)
    except Refusal as refusal:
        return _turned_back(luggage, refusal)
    if not current_user.is_authenticated:
        session[NAMED] = stranger.subject
    return arrive(stranger, luggage, how=Way.PROXY, maps=web.settings().remote_user_maps)


@bp.before_app_request
def _same_person_in_front() -> None:
    """Nobody goes on in the session of somebody else: when the server in front names another person
    than at the beginning, the session ends, and that is said. A header that anyone else sends is
    noted."""
    front = outer().front
    if front is None or request.endpoint == "static":
        return
    named = front.named(request)
    if not named or session.get(doors.WAY) != Way.PROXY.value or session.get(NAMED) == named:
        return
    watch.note("another_in_front", user_id=getattr(current_user, "id", None))
    db.session.rollback()
    db.begin_write()
    doors.leave()
    db.session.commit()
    flash(
        _("Ce poste est maintenant ouvert au nom de quelqu’un d’autre : la session est terminée."),
        "warning",
    )
    raise SignInNeeded


def _front() -> Front:
    front = outer().front
    if front is None:
        raise NotFound(_("Ce site n’a pas cette porte."))
    return front


# -- a directory -----------------------------------------------------------------------------------


@bp.route("/sign-in/directory", methods=["GET", "POST"])
@public
def directory() -> ResponseReturnValue:
    """A name and a password that a directory knows."""
    known = outer().directory
    if known is None:
        raise NotFound(_("Ce site n’a pas cette porte."))
    luggage = _packed(Door.LDAP)
    if "login" not in request.form:  # from the sign-in page, with what was typed before
        return _directory_page(DirectoryForm(formdata=None, **_carried(luggage)), known)
    form = DirectoryForm()
    found: list[Stranger] = []
    if form.submitted() and form.attempt(lambda _confirmed: found.append(_asked(known, form))):
        return arrive(found[0], luggage, how=Way.LDAP)
    return _directory_page(form, known)


def _directory_page(form: DirectoryForm, known: Directory) -> ResponseReturnValue:
    response = make_response(
        web.page(
            "people/directory.html",
            status=form.status if form.errors or form.refusal else 200,
            form=form,
            label=known.label,
            kept_fields=welcome.typed(form.kept.data),
        )
    )
    if isinstance(form.refusal, TooOften):
        response.headers["Retry-After"] = str(form.refusal.seconds)
    return response


def _asked(known: Directory, form: DirectoryForm) -> Stranger:
    """Who the directory says this is; a try counts as one with a password of ours does. No
    transaction waits for the directory."""
    login = str(form.login.data).strip().lower()
    owner = identities.person_of(ISSUER, login)
    tried = throttle.keys(f"ldap:{login}", request.remote_addr, doors.known_device(owner))
    throttle.count(tried)
    db.session.commit()
    stranger = known.recognise(login, str(form.password.data))
    db.begin_write()
    throttle.forgive(tried)
    db.session.commit()
    return stranger


# -- leaving and coming back -----------------------------------------------------------------------


def _packed(door: Door) -> Luggage:
    form = DoorForm()
    return Luggage(
        door=door,
        next=str(form.next.data or ""),
        kept=str(form.kept.data or ""),
        kept_to=str(form.kept_to.data or ""),
        linking=current_user.is_authenticated,
    )


def _unpacked(door: Door) -> Luggage | Refusal:
    """What this browser took along. Its state is spent, whatever comes of it."""
    db.session.rollback()
    db.begin_write()
    try:
        luggage = detours.back(request.args.get("state", ""), door)
    except Refusal as refusal:
        db.session.commit()
        return refusal
    db.session.commit()
    return luggage


def _leaving(address: str, label: str) -> ResponseReturnValue:
    """A page that goes there by itself: our content policy lets no form, nor what it redirects
    to, leave the site."""
    return web.page("people/leaving.html", address=address, label=label)


def _turned_back(luggage: Luggage, refusal: Refusal) -> ResponseReturnValue:
    """Why it did not work, with everything that was typed."""
    if current_user.is_authenticated:
        flash(refusal.sentence, "danger")
        return web.back_to("people.sso.overview")
    return entrance.refused(_sign_in_form(luggage), refusal)


def _sign_in_form(luggage: Luggage) -> SignInForm:
    return SignInForm(formdata=None, **_carried(luggage))


def _carried(luggage: Luggage) -> dict[str, Any]:
    return {"next": luggage.next, "kept": luggage.kept, "kept_to": luggage.kept_to}


def arrive(
    stranger: Stranger, luggage: Luggage, *, how: Way, came: Came | None = None, maps: str = ""
) -> ResponseReturnValue:
    """Somebody comes in by another door; or, from inside an account, brings an identity home. `came`:
    what an identity provider says besides."""
    db.session.rollback()
    db.begin_write()
    if current_user.is_authenticated:
        return _brought_home(stranger, luggage)
    try:
        user = identities.recognise(stranger, maps=maps)
    except Refusal as refusal:
        db.session.commit()
        return _turned_back(luggage, refusal)
    if user is None:
        return _not_known(stranger, luggage)
    if not user.active:
        db.session.commit()
        return web.page("people/applied.html")
    whole = doors.sign_in(
        user,
        how=how,
        proved=came is not None and came.proved,
        outer_id=_remembered(came) if came else 0,
    )
    db.session.commit()
    if not whole:
        return second.ask(user, CodeForm(formdata=None, **_carried(luggage)))
    return welcome.arrive(luggage.next, luggage.kept, luggage.kept_to)


def _remembered(came: Came) -> int:
    return partings.remember(
        subject=came.stranger.subject,
        sid=came.sid,
        id_token=came.id_token,
        key=web.settings().key(),
    )


def _not_known(stranger: Stranger, luggage: Luggage) -> ResponseReturnValue:
    """No account is theirs: they sign in to one, and say there that this is they; or ask for one."""
    standing = identities.standing_of(stranger)
    db.session.rollback()
    watch.note("stranger", user_id=None, door=stranger.door.value)
    if standing not in (None, Standing.MEMBER):
        sentence = _(
            "Une invitation ou une demande est en cours pour %(email)s : suivez le lien reçu par"
            " courriel.",
            email=stranger.email,
        )
        return entrance.refused(_sign_in_form(luggage), Conflict(sentence))
    waiting.remember(stranger)
    home = luggage if luggage.kept else replace(luggage, next=url_for("people.sso.link"))
    return entrance.page(_sign_in_form(home), stranger=stranger.shown)


def _brought_home(stranger: Stranger, luggage: Luggage) -> ResponseReturnValue:
    identity = identities.known(stranger)
    if identity is None:
        waiting.remember(stranger)
        return redirect(url_for("people.sso.link"))
    if identity.user_id != me().id:
        watch.note("identity_of_another", user_id=me().id, door=stranger.door.value)
        return _turned_back(
            luggage, Conflict(_("Cette identité est déjà rattachée à un autre compte."))
        )
    flash(_("Cette identité est déjà rattachée à votre compte."), "info")
    return web.back_to("people.sso.overview")


# -- one's identities ------------------------------------------------------------------------------


@bp.get("/settings/identities")
@access()
def overview() -> ResponseReturnValue:
    """Who one is elsewhere."""
    labels = {button.door: button.label for button in shown()}
    return web.page(
        "people/identities.html",
        identities=identities.of(me()),
        labels=labels,
        waiting=waiting.here(),
    )


@bp.route("/settings/identities/link", methods=["GET", "POST"])
@access()
def link() -> ResponseReturnValue:
    """Say, from inside the account, that the identity which waits is one's own."""
    stranger = waiting.here()
    if stranger is None:
        flash(_("Aucune identité n’attend d’être rattachée : recommencez."), "warning")
        return web.back_to("people.sso.overview")
    doubtful = identities.needs_password(me(), stranger)
    if doubtful and not me().password_hash:
        flash(
            _(
                "L’adresse de cette identité n’est pas celle de votre compte : choisissez d’abord un"
                " mot de passe, par « Mot de passe oublié ? » sur la page de connexion."
            ),
            "warning",
        )
        return web.back_to("people.sso.overview")
    form = ConfirmForm(with_password=doubtful)
    if form.submitted() and form.attempt(lambda _confirmed: _link(form, stranger)):
        waiting.forget()
        doors.sign_in(me(), how=Way.AGAIN)
        db.session.commit()
        flash(_("Cette identité ouvre désormais votre compte."), "success")
        return web.back_to("people.sso.overview")
    return web.page(
        "people/link.html",
        form=form,
        stranger=stranger,
        label=_label(stranger.door),
    )


def _link(form: ConfirmForm, stranger: Stranger) -> None:
    user = recognise_again(me(), str(form.password.data)) if form.password else me()
    identities.link(user, stranger)


@bp.post("/settings/identities/forget")
@access()
def forget() -> ResponseReturnValue:
    """It is not they: the identity that waits is forgotten."""
    waiting.forget()
    flash(_("Cette identité n’est pas rattachée."), "success")
    return web.back_to("people.sso.overview")


@bp.route("/settings/identities/<int(max=2147483647):number>/remove", methods=["GET", "POST"])
@access()
def remove(number: int) -> ResponseReturnValue:
    """Give up an identity."""
    identity = identities.own(me(), number)
    form = ConfirmForm(with_password=bool(me().password_hash))
    if form.submitted() and form.attempt(lambda _confirmed: _unlink(form, number)):
        doors.sign_in(me(), how=Way.AGAIN)
        db.session.commit()
        flash(_("Cette identité n’ouvre plus votre compte."), "success")
        return web.back_to("people.sso.overview")
    return web.form_page(
        form,
        title=_("Détacher cette identité"),
        submit=_("Détacher"),
        back=url_for("people.sso.overview"),
        heading=_("Identités extérieures"),
        intro=_(
            "%(name)s n’ouvrira plus votre compte ; vos autres façons d’entrer restent.",
            name=identity.name,
        ),
        danger=True,
    )


def _unlink(form: ConfirmForm, number: int) -> None:
    user = recognise_again(me(), str(form.password.data)) if form.password else me()
    identities.unlink(user, identities.own(user, number))


def _label(door: Door) -> str:
    return next((button.label for button in shown() if button.door is door), door.value)
