"""HTTP of this room: notices, unsubscribing, and the administrator's view of what left."""

from flask import Blueprint, flash, make_response, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from exchange import db, i18n, web
from exchange.access import access, me, public
from exchange.errors import NotFound
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.mail import queries, unsubscribe
from exchange.outbox import letters as outbox
from exchange.outbox.models import LetterState
from exchange.people.models import Role, User

bp = Blueprint("mail", __name__)

STATE_LABELS = {
    LetterState.WAITING: _m("En attente"),
    LetterState.SENT: _m("Partis"),
    LetterState.SITE: _m("Sur le site seulement"),
    LetterState.DROPPED: _m("Devenus inutiles"),
    LetterState.FAILED: _m("Refusés"),
}

KIND_LABELS = {
    "receipt": _m("Accusé de réception"),
    "decision": _m("Décision"),
    "news": _m("Nouvelles"),
    "answer": _m("Réponse"),
    "flag": _m("Signalement"),
    "digest": _m("Point"),
    "desk": _m("Triage"),
}

HTML_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "frame-ancestors 'self'",
        "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation",
    )
)
"""A mail shown in a page: its own style, nothing that runs, nothing from elsewhere."""


@bp.record_once
def _without_token(state: BlueprintSetupState) -> None:
    """A mail client that unsubscribes has neither cookie nor token (RFC 8058 section 3.2)."""
    state.app.extensions["csrf"].exempt(f"{__name__}.unsubscribe_")


@bp.get("/notifications")
@access()
def notifications() -> ResponseReturnValue:
    """What concerned me, the newest first."""
    shown, older = queries.notices(me(), before=request.args.get("before", None, web.row_number))
    return web.page("mail/notifications.html", notices=shown, older=older)


@bp.post("/notifications/read")
@access()
def read() -> ResponseReturnValue:
    """All of it is read."""
    outbox.mark_read(me().id)
    db.session.commit()
    return web.back_to("mail.notifications")


@bp.route("/unsubscribe/<token>", methods=["GET", "POST"], endpoint="unsubscribe")
@public
def unsubscribe_(token: str) -> ResponseReturnValue:
    """Hear no more: one click of a mail client (RFC 8058), or a choice on the page."""
    known = unsubscribe.read(token, web.settings())
    if known is None:
        raise NotFound(_("Ce lien n’est plus valable. Vos réglages permettent de tout arrêter."))
    person, purpose = known
    i18n.set_locale(person.locale, person.timezone)
    if request.method == "GET":
        return _offer(token, person, purpose, done="")
    chosen = request.form.get("purpose", purpose)
    if chosen not in {purpose, unsubscribe.DIGEST, unsubscribe.ALL}:
        raise NotFound(_("Ce lien n’est plus valable. Vos réglages permettent de tout arrêter."))
    unsubscribe.stop(person, chosen)
    db.session.commit()
    return _offer(token, person, purpose, done=chosen)


@bp.get("/admin/mail")
@access(Role.ADMINISTRATOR)
def letters() -> ResponseReturnValue:
    """What waits, left, was dropped or refused."""
    state = _state(request.args.get("state", ""))
    shown, older = queries.letters(state, before=request.args.get("before", None, web.row_number))
    return web.page(
        "mail/letters.html",
        letters=shown,
        older=older,
        state=state,
        counts=queries.counts(),
        state_labels=STATE_LABELS,
        kind_labels=KIND_LABELS,
        has_box=not web.settings().smtp_url,
    )


@bp.post("/admin/mail/<int(max=2147483647):number>/resend")
@access(Role.ADMINISTRATOR)
def resend(number: int) -> ResponseReturnValue:
    """Try again, from now."""
    outbox.resend(queries.letter(number))
    db.session.commit()
    flash(_("Le courriel repart."), "success")
    return web.back_to("mail.letters", state=LetterState.WAITING.value)


@bp.post("/admin/mail/<int(max=2147483647):number>/discard")
@access(Role.ADMINISTRATOR)
def discard(number: int) -> ResponseReturnValue:
    """Never send it."""
    outbox.discard(queries.letter(number))
    db.session.commit()
    flash(_("Le courriel ne partira pas."), "success")
    return web.back_to("mail.letters", state=LetterState.DROPPED.value)


@bp.get("/admin/mail/box")
@access(Role.ADMINISTRATOR)
def box() -> ResponseReturnValue:
    """The demo's mailbox."""
    return web.page("mail/box.html", mails=queries.mails(web.settings()))


@bp.get("/admin/mail/box/<key>")
@access(Role.ADMINISTRATOR)
def message(key: str) -> ResponseReturnValue:
    """One message of the demo's mailbox, as a mail client would show it."""
    shown = queries.mail(web.settings(), key)
    response = make_response(web.page("mail/message.html", mail=shown))
    response.headers["Content-Security-Policy"] = f"{web.POLICY}; frame-src 'self'"
    return response


@bp.get("/admin/mail/<key>/html")
@access(Role.ADMINISTRATOR)
def html(key: str) -> ResponseReturnValue:
    """The HTML part alone, in a page that can do nothing; its links open outside the frame."""
    shown = queries.mail(web.settings(), key)
    response = make_response(shown.html.replace("<head>", '<head><base target="_top">', 1))
    response.headers["Content-Security-Policy"] = HTML_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _offer(token: str, person: User, purpose: str, *, done: str) -> ResponseReturnValue:
    others = {unsubscribe.DIGEST, unsubscribe.ALL, unsubscribe.DESK}
    thread = "" if purpose in others else purpose
    return web.page(
        "mail/unsubscribe.html",
        action=url_for("mail.unsubscribe", token=token),
        person=person,
        thread=thread,
        desk=purpose == unsubscribe.DESK,
        done=done,
    )


def _state(name: str) -> LetterState | None:
    return LetterState(name) if name in set(LetterState) else None
