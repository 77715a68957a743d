"""HTTP of a person's own keys: where they are signed in."""

from flask import Blueprint, flash
from flask.typing import ResponseReturnValue

from exchange import db, web
from exchange.access import access, me
from exchange.i18n import gettext as _
from exchange.people import doors, watch
from exchange.people import sessions as opened

LARGEST_ID = 2**31
"""No row has such a number, and no database takes a larger one."""

bp = Blueprint("keys", __name__, url_prefix="/settings")


@bp.get("/sessions")
@access()
def sessions() -> ResponseReturnValue:
    """Where one is signed in."""
    return web.page(
        "people/sessions.html", sessions=opened.of(me(), since=doors.since()), this=me().session_id
    )


@bp.post("/sessions/<int(max=2147483647):number>/end")
@access()
def end_session(number: int) -> ResponseReturnValue:
    """End one's session in another browser."""
    if number < LARGEST_ID:
        opened.end(me(), number)
    watch.note("session_ended", user_id=me().id)
    db.session.commit()
    flash(_("Cette session est terminée."), "success")
    return web.back_to("people.keys.sessions")


@bp.post("/sessions/end")
@access()
def end_sessions() -> ResponseReturnValue:
    """Sign out everywhere, here too."""
    opened.end_all(me())
    watch.note("sessions_ended", user_id=me().id)
    doors.leave()
    db.session.commit()
    flash(_("Vous êtes déconnecté de partout."), "success")
    return doors.swept(web.back_to("people.sign_in"))
