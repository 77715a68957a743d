"""HTTP of the desk's feed and mail."""

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from exchange import clock, db, i18n, web
from exchange.access import access, me, public
from exchange.i18n import gettext as _
from exchange.moderation import queue
from exchange.moderation.habits import actions
from exchange.moderation.habits.forms import NEVER, MailForm
from exchange.people.models import Role

bp = Blueprint("habits", __name__, url_prefix="/triage")


@bp.route("/habits", methods=["GET", "POST"])
@access(Role.MODERATOR)
def habits() -> ResponseReturnValue:
    """The hour of the mail, and the feed."""
    form = MailForm()
    if form.submitted() and form.attempt(lambda _ok: actions.mail_at(_hour(form), me())):
        db.session.commit()
        flash(_("C’est enregistré."), "success")
        return redirect(url_for("habits.habits"), 303)
    return _page(form)


@bp.post("/habits/feed")
@access(Role.MODERATOR)
def new_feed() -> ResponseReturnValue:
    """A new address, shown now and never again."""
    key = actions.new_feed(me())
    db.session.commit()
    return _page(MailForm(formdata=None), address=url_for("habits.feed", key=key, _external=True))


@bp.post("/habits/feed/close")
@access(Role.MODERATOR)
def close_feed() -> ResponseReturnValue:
    actions.close_feed(me())
    db.session.commit()
    flash(_("Cette adresse ne répond plus."), "success")
    return redirect(url_for("habits.habits"), 303)


@bp.get("/feed/<key>.atom")
@public
def feed(key: str) -> ResponseReturnValue:
    """What waits, by reference, for whoever holds the key (RFC 4287)."""
    reader = actions.reader_of(key)
    with i18n.speaking(reader.locale, reader.timezone):
        body = render_template(
            "moderation/feed.xml",
            entries=queue.waiting(web.settings()),
            address=web.settings().address,
            now=clock.now(),
        )
    return Response(body, content_type="application/atom+xml; charset=utf-8")


def _hour(form: MailForm) -> int | None:
    return None if form.hour.data == NEVER else int(form.hour.data)


def _page(form: MailForm, *, address: str = "") -> ResponseReturnValue:
    habit = actions.habit_of(me())
    if not form.is_submitted() or address:
        hour = habit.mail_hour if habit else None
        form.hour.data = NEVER if hour is None else hour
    return web.page(
        "moderation/habits.html",
        status=200 if address or not form.is_submitted() else form.status,
        form=form,
        address=address,
        has_feed=bool(habit and habit.feed_hash),
    )
