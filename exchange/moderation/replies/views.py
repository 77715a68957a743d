"""HTTP of the ready reasons."""

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from exchange import db, web
from exchange.access import access, me
from exchange.errors import NotFound
from exchange.forms import BareForm
from exchange.i18n import LOCALE_NAMES
from exchange.i18n import gettext as _
from exchange.moderation.models import CannedReply
from exchange.moderation.replies import actions
from exchange.moderation.replies.forms import USES, ReplyForm
from exchange.people.models import Role

bp = Blueprint("replies", __name__, url_prefix="/triage/replies")


@bp.get("")
@access(Role.MODERATOR)
def index() -> ResponseReturnValue:
    """All of them, by what they are for: one query."""
    replies = db.session.scalars(select(CannedReply).order_by(CannedReply.id)).all()
    return web.page(
        "moderation/replies.html",
        groups=[
            (label, [reply for reply in replies if reply.use == use]) for use, label in USES.items()
        ],
        languages=LOCALE_NAMES,
        placeholders=actions.PLACEHOLDERS,
    )


@bp.route("/new", methods=["GET", "POST"])
@access(Role.MODERATOR)
def new() -> ResponseReturnValue:
    return _edit(None)


@bp.route("/<int(max=2147483647):number>", methods=["GET", "POST"])
@access(Role.MODERATOR)
def edit(number: int) -> ResponseReturnValue:
    return _edit(_reply(number))


@bp.route("/<int(max=2147483647):number>/delete", methods=["GET", "POST"])
@access(Role.MODERATOR)
def delete(number: int) -> ResponseReturnValue:
    reply = _reply(number)
    form = BareForm()
    return web.form_page(
        form,
        lambda _ok: actions.remove(reply, by=me()),
        done=_("La raison n’est plus proposée."),
        title=_("Ne plus proposer cette raison ?"),
        submit=_("Ne plus la proposer"),
        back=url_for("replies.index"),
        heading=reply.title,
        intro=_("Les messages déjà envoyés restent."),
        danger=True,
    )


def _edit(reply: CannedReply | None) -> ResponseReturnValue:
    form = ReplyForm(obj=reply)
    return web.form_page(
        form,
        lambda ok: actions.save(
            reply,
            use=form.use.data,
            locale=form.locale.data,
            title=str(form.title.data),
            text=str(form.text.data),
            by=me(),
            confirmed=ok,
        ),
        done=_("La raison est enregistrée."),
        title=_("Une raison toute prête"),
        submit=_("Enregistrer"),
        back=url_for("replies.index"),
        heading=_("Raisons toutes prêtes"),
        intro=_(
            "Entre doubles accolades : %(names)s, remplis pour chaque question.",
            names=", ".join(map(actions.braced, actions.PLACEHOLDERS)),
        ),
    )


def _reply(number: int) -> CannedReply:
    reply = db.session.get(CannedReply, number) if number < 2**31 else None
    if reply is None:
        raise NotFound(_("Cette raison n’existe pas, ou plus."))
    return reply
