"""HTTP of what arrived by mail: a reply to finish, what was trimmed, one's address, and the
administrator's view."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from exchange import clock, db, i18n, web
from exchange.access import access, me, public
from exchange.discussion import actions as discussion
from exchange.discussion import places
from exchange.discussion.forms import CommentForm
from exchange.errors import NotFound
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.mail import returns
from exchange.mail.receiving import actions, queries, refused, replies
from exchange.mail.receiving.outcomes import Outcome
from exchange.moderation import queue
from exchange.moderation.views import around
from exchange.people.models import Role, User
from exchange.questions.models import Question

bp = Blueprint("receiving", __name__)

NUMBER = "<int(max=2147483647):number>"

OUTCOME_LABELS = {
    Outcome.POSTED: _m("Publié dans la discussion"),
    Outcome.ANSWERED: _m("Réponse au modérateur"),
    Outcome.COMMANDED: _m("Commande"),
    Outcome.DRAFTED: _m("Brouillon de question"),
    Outcome.BOUNCED: _m("Retour d’un de nos courriels"),
    Outcome.DELAYED: _m("Avis sans suite"),
    Outcome.KEPT: _m("En attente de son auteur"),
    Outcome.REPEATED: _m("Reçu deux fois"),
    Outcome.NOT_OURS: _m("Adresse inconnue"),
    Outcome.UNKNOWN_SENDER: _m("Expéditeur sans compte"),
    Outcome.NOT_AUTHENTIC: _m("Expéditeur non vérifié"),
    Outcome.WRONG_SENDER: _m("Expéditeur inattendu"),
    Outcome.SUSPENDED: _m("Compte suspendu"),
    Outcome.TOO_OFTEN: _m("Trop de courriels"),
    Outcome.EXPIRED: _m("Adresse de réponse trop ancienne"),
    Outcome.REVOKED: _m("Adresse de réponse désactivée"),
    Outcome.NOT_ALLOWED: _m("Pas pour ce compte"),
    Outcome.CLOSED: _m("Discussion close"),
    Outcome.NO_QUESTION: _m("Question non nommée"),
    Outcome.UNKNOWN_COMMAND: _m("Commande inconnue"),
    Outcome.IDENTITY: _m("Refusé par la garde d’identité"),
    Outcome.TOO_LONG: _m("Trop long"),
    Outcome.OVERSIZE: _m("Trop volumineux"),
    Outcome.OWN_MAIL: _m("Notre propre courriel"),
    Outcome.BOUNCE: _m("Retour d’un courriel inconnu"),
    Outcome.RECEIPT: _m("Accusé de lecture"),
    Outcome.ARRIVED: _m("Adresse qui fonctionne"),
    Outcome.MET: _m("Réponse d’agenda, notée"),
    Outcome.CALENDAR: _m("Réponse d’agenda, sans suite"),
    Outcome.LIST_LOOP: _m("Liste de diffusion"),
    Outcome.AUTO_REPLY: _m("Réponse automatique"),
    Outcome.NO_SENDER: _m("Sans expéditeur"),
    Outcome.ENCRYPTED: _m("Chiffré"),
    Outcome.DANGEROUS_ATTACHMENT: _m("Pièce jointe dangereuse"),
    Outcome.EMPTY: _m("Vide"),
}


@bp.route(f"/replies/{NUMBER}", methods=["GET", "POST"])
@access()
def reply(number: int) -> ResponseReturnValue:
    """A reply sent by mail, in which the guard found something: its author decides."""
    waiting = queries.waiting(number, of=me())
    question = db.session.get_one(Question, waiting.question_id)
    place = places.of_question(question.ref or "", to=me())
    form = CommentForm(text=waiting.text)
    preview: list[str] = []
    if form.is_submitted() and form.validate():
        if "preview" in request.form:
            form.attempt(lambda ok: preview.append(_preview(form, ok)))
        elif form.attempt(lambda ok: _publish(number, form, ok)):
            db.session.commit()
            flash(_("Votre message est publié."), "success")
            return redirect(place.address, code=303)
    elif not form.is_submitted():
        form.attempt(lambda ok: _preview(form, ok))
    return web.page(
        "mail/reply.html",
        status=form.status if form.is_submitted() and not preview else 200,
        form=form,
        title=_("Votre réponse, à relire"),
        submit=_("Publier le message"),
        place=place,
        preview="".join(preview),
        number=number,
    )


@bp.post(f"/replies/{NUMBER}/discard")
@access()
def discard(number: int) -> ResponseReturnValue:
    """Throw it away."""
    actions.discard(queries.waiting(number, of=me()))
    db.session.commit()
    flash(_("Le message est jeté."), "success")
    return web.back_to("home.index")


@bp.get(f"/comments/{NUMBER}/mail")
@access()
def trimmed(number: int) -> ResponseReturnValue:
    """What the site took for a quote or a signature in a reply."""
    posted, kept = queries.trimmed(number, by=me())
    place = places.around(posted, to=me())
    return web.page("mail/trimmed.html", kept=kept, posted=posted, place=place, days=_days())


@bp.get("/settings/replies")
@access()
def address() -> ResponseReturnValue:
    """Whether mail reaches the person, and what may still be replied to."""
    return web.page(
        "mail/address.html",
        person=me(),
        said=queries.last_said(me()),
        addresses=queries.open_addresses(me(), since=clock.now() - replies.VALID),
        takes_replies=web.settings().takes_replies,
    )


@bp.post("/settings/replies/try")
@access()
def try_again() -> ResponseReturnValue:
    """Send one letter to see whether it arrives."""
    actions.ask_to_confirm(me())
    db.session.commit()
    flash(_("Un courriel part à votre adresse : suivez son lien, ou répondez-y."), "success")
    return web.back_to("receiving.address")


@bp.post("/settings/replies/revoke")
@access()
def revoke() -> ResponseReturnValue:
    """No letter received so far may be replied to any more."""
    actions.revoke_addresses(me())
    db.session.commit()
    flash(_("Les adresses de réponse de vos courriels sont désactivées."), "success")
    return web.back_to("receiving.address")


@bp.route("/mail/arrived/<token>", methods=["GET", "POST"])
@public
def confirm(token: str) -> ResponseReturnValue:
    """The link of the letter that was sent to see whether it arrives."""
    letter = queries.by_token(token)
    person = db.session.get_one(User, letter.user_id)
    i18n.set_locale(person.locale, person.timezone)
    if request.method == "POST":
        actions.confirm(letter)
        db.session.commit()
    return web.page("mail/confirm.html", person=person)


@bp.route(f"/triage/mail/{NUMBER}", methods=["GET", "POST"])
@access(Role.MODERATOR)
def refused_mail(number: int) -> ResponseReturnValue:
    """A member's mail that went nowhere, at the desk; posting says that it was seen."""
    if request.method == "POST":
        refused.settle(number, by=me())
        db.session.commit()
        flash(_("Vu : ce courriel n’attend plus."), "success")
        return redirect(url_for("moderation.desk"), 303)
    one = refused.read(number)
    waiting = queue.desk(web.settings(), but=me())
    return web.page(
        "mail/refused.html",
        refused=one,
        why=_(OUTCOME_LABELS[one.outcome]),
        **around(url_for("receiving.refused_mail", number=number), waiting),
    )


@bp.get("/admin/mail/received")
@access(Role.ADMINISTRATOR)
def received() -> ResponseReturnValue:
    """What came in and what became of it; whom mail no longer reaches."""
    rows, older = queries.arrived(before=request.args.get("before", None, web.row_number))
    return web.page(
        "mail/received.html",
        arrived=rows,
        older=older,
        dead=queries.dead_addresses(),
        labels=OUTCOME_LABELS,
        takes_replies=web.settings().takes_replies,
    )


@bp.post(f"/admin/mail/addresses/{NUMBER}/revive")
@access(Role.ADMINISTRATOR)
def revive(number: int) -> ResponseReturnValue:
    """The address was mended: write again."""
    person = db.session.get(User, number)
    if person is None:
        raise NotFound(_("Personne de ce numéro."))
    returns.revive(person, by=me())
    db.session.commit()
    flash(_("Les courriels de %(name)s repartent.", name=person.name), "success")
    return web.back_to("receiving.received")


def _publish(number: int, form: CommentForm, confirmed: bool) -> None:
    waiting = queries.waiting(number, of=me())
    question = db.session.get_one(Question, waiting.question_id)
    _outcome, comment_id = replies.post(question, form.words(), by=me(), confirmed=confirmed)
    actions.finish(waiting, comment_id=comment_id)


def _preview(form: CommentForm, confirmed: bool) -> str:
    return discussion.preview(form.words(), confirmed=confirmed)


def _days() -> int:
    return web.settings().mail_kept_days
