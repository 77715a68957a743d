"""HTTP of this room: notices, unsubscribing, and the administrator's view of what left."""

from urllib.parse import urlencode

from flask import Blueprint, flash, make_response, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from exchange import clock, db, i18n, web
from exchange.access import access, me, public
from exchange.errors import NotFound
from exchange.forms import BareForm
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.mail import choices, digest, queries, unsubscribe
from exchange.mail.forms import HearingForm, KeepForm, SearchForm, TagsForm
from exchange.outbox import letters as outbox
from exchange.outbox.models import LetterState
from exchange.people import queries as people
from exchange.people.models import AREA_LABELS, DigestPeriod, Role, User
from exchange.vocabulary import current
from exchange.vocabulary.concepts import GENERAL

bp = Blueprint("mail", __name__)

STATE_LABELS = {
    LetterState.WAITING: _m("En attente"),
    LetterState.SENT: _m("Parti"),
    LetterState.SITE: _m("Sur le site seulement"),
    LetterState.DROPPED: _m("Devenu inutile"),
    LetterState.FAILED: _m("Refusé"),
}
"""Of one letter."""

TAB_LABELS = STATE_LABELS | {
    LetterState.SENT: _m("Partis"),
    LetterState.DROPPED: _m("Devenus inutiles"),
    LetterState.FAILED: _m("Refusés"),
}
"""Of many."""

KIND_LABELS = {
    "receipt": _m("Accusé de réception"),
    "decision": _m("Décision"),
    "news": _m("Nouvelles"),
    "answer": _m("Réponse"),
    "flag": _m("Signalement"),
    "digest": _m("Point"),
    "desk": _m("Triage"),
    "draft": _m("Brouillon"),
    "reply": _m("Réponse à un courriel"),
    "confirm": _m("Essai d’une adresse"),
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


# -- what one hears of ---------------------------------------------------------------------------


@bp.route("/notifications/settings", methods=["GET", "POST"])
@access()
def settings() -> ResponseReturnValue:
    """What I get and why, in one place, with the digest that would leave now."""
    form = HearingForm(me())
    if form.submitted():
        choices.choose(form.hearing(me()), by=me())
        db.session.commit()
        flash(_("Vos choix sont enregistrés."), "success")
        return web.back_to("mail.settings")
    user = me()
    preview, _reader = digest.gather(user.id, web.settings())
    habit = digest.Habit(user.digest, user.timezone, user.digest_hour, user.digest_days)
    return web.page(
        "mail/settings.html",
        form=form,
        tags_form=TagsForm(formdata=None),
        chosen=queries.chosen(user),
        preview=preview,
        next_at=None if user.digest is DigestPeriod.NEVER else digest.next_one(habit, clock.now()),
    )


@bp.post("/teams/<slug>/watch")
@access()
def watch(slug: str) -> ResponseReturnValue:
    """Hear of what a team asks and takes up."""
    choices.watch(people.team(slug), by=me())
    db.session.commit()
    flash(_("Vous suivez cette équipe : ce qui la concerne viendra dans votre point."), "success")
    return redirect(f"/teams/{slug}", code=303)


@bp.post("/teams/<slug>/unwatch")
@access()
def unwatch(slug: str) -> ResponseReturnValue:
    """Hear no more of a team."""
    choices.unwatch(people.team(slug), by=me())
    db.session.commit()
    flash(_("Vous ne suivez plus cette équipe."), "success")
    return redirect(f"/teams/{slug}", code=303)


@bp.route("/tags/<key>", methods=["GET", "POST"])
@access()
def tag(key: str) -> ResponseReturnValue:
    """Hear of the new questions that carry a tag, or no more."""
    concept = current.in_force().concepts.get(key)
    if concept is None or concept.category == GENERAL:
        raise NotFound(_("Aucune étiquette de ce nom."))
    label, form = concept.label(i18n.get_locale()), BareForm()
    watched = queries.watches_tag(me(), key)
    if form.submitted():
        (choices.unwatch_tag if watched else choices.watch_tag)(key, by=me())
        db.session.commit()
        told = _("Vous ne suivez plus l’étiquette « %(name)s ».", name=label)
        if not watched:
            told = _("Vous suivez l’étiquette « %(name)s ».", name=label)
        flash(told, "success")
        return web.back_to("mail.settings", anchor="tags")
    return web.form_page(
        form,
        title=_("Ne plus suivre « %(name)s » ?", name=label)
        if watched
        else _("Suivre « %(name)s » ?", name=label),
        submit=_("Ne plus suivre") if watched else _("Suivre"),
        back=f"/questions?tag={key}",
        heading=_("Questions"),
        intro=_(
            "Les nouvelles questions qui portent cette étiquette, ou une plus précise, viennent"
            " dans votre point."
        ),
    )


@bp.post("/notifications/tags")
@access()
def watch_tags() -> ResponseReturnValue:
    """Follow tags by their names."""
    form = TagsForm()
    if form.submitted():
        for key in form.tags.data:
            choices.watch_tag(key, by=me())
        db.session.commit()
        flash(_("Vos choix sont enregistrés."), "success")
        return web.back_to("mail.settings", anchor="tags")
    return web.form_page(
        form,
        title=_("Suivre des étiquettes"),
        submit=_("Suivre"),
        back=url_for("mail.settings"),
        heading=_("Ce que je reçois"),
    )


@bp.route("/notifications/filters", methods=["GET", "POST"])
@access()
def keep_filter() -> ResponseReturnValue:
    """Keep the filters of an address of the list, under a name."""
    form = KeepForm()
    filters = queries.filters_of(request.query_string.decode(errors="replace"))
    query = urlencode(filters.narrowing)
    if form.submitted() and form.attempt(
        lambda ok: choices.keep_filter(
            " ".join(str(form.name.data).split()), query, by=me(), confirmed=ok
        )
    ):
        db.session.commit()
        flash(_("Le filtre est gardé."), "success")
        return web.back_to("mail.settings")
    words = [filters.options[name][value] for name, value in filters.narrowing.items()]
    return web.form_page(
        form,
        title=_("Garder ce filtre ?"),
        submit=_("Garder le filtre"),
        back=filters.address("/questions"),
        heading=_("Questions"),
        intro=" · ".join(words) or _("Aucun filtre n’est choisi."),
    )


@bp.post("/notifications/filters/<int(max=2147483647):number>/forget")
@access()
def forget_filter(number: int) -> ResponseReturnValue:
    """Forget a kept filter."""
    choices.forget_filter(number, by=me())
    db.session.commit()
    flash(_("Le filtre est oublié."), "success")
    return web.back_to("mail.settings")


@bp.post("/notifications/searches")
@access()
def keep_search() -> ResponseReturnValue:
    """Keep the words of a search."""
    form = SearchForm()
    return web.form_page(
        form,
        lambda ok: choices.keep_search(form.words, by=me(), confirmed=ok),
        done=_("La recherche est gardée."),
        title=_("Garder cette recherche ?"),
        submit=_("Garder la recherche"),
        back=url_for("search.find", q=form.words),
        then=url_for("mail.settings", _anchor="searches"),
        heading=_("Recherche"),
    )


@bp.post("/notifications/searches/<int(max=2147483647):number>/at-once")
@access()
def hear_search(number: int) -> ResponseReturnValue:
    """Hear of a kept search at once, or (`later`) with the digest."""
    choices.hear_search(number, at_once="later" not in request.form, by=me())
    db.session.commit()
    flash(_("Vos choix sont enregistrés."), "success")
    return web.back_to("mail.settings", anchor="searches")


@bp.post("/notifications/searches/<int(max=2147483647):number>/forget")
@access()
def forget_search(number: int) -> ResponseReturnValue:
    """Forget a kept search."""
    choices.forget_search(number, by=me())
    db.session.commit()
    flash(_("La recherche est oubliée."), "success")
    return web.back_to("mail.settings", anchor="searches")


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
    if chosen not in {purpose, unsubscribe.AREA, unsubscribe.DIGEST, unsubscribe.ALL}:
        raise NotFound(_("Ce lien n’est plus valable. Vos réglages permettent de tout arrêter."))
    unsubscribe.stop(person, chosen, thread=purpose)
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
        tab_labels=TAB_LABELS,
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
    area = unsubscribe.area_of(person, thread)
    return web.page(
        "mail/unsubscribe.html",
        action=url_for("mail.unsubscribe", token=token),
        person=person,
        thread=thread,
        desk=purpose == unsubscribe.DESK,
        area=_(AREA_LABELS[area]) if area else "",
        done=done,
    )


def _state(name: str) -> LetterState | None:
    return LetterState(name) if name in set(LetterState) else None
