"""Coming in. Every door (a password, a key, a link in a mail, a directory) ends in `sign_in`."""

import enum
import secrets
from datetime import datetime, timedelta

from flask import Response, after_this_request, g, request, session
from flask_login import current_user, login_user, logout_user
from itsdangerous import BadSignature, URLSafeSerializer

from exchange import clock, i18n, web
from exchange.access import me
from exchange.people import sessions, watch
from exchange.people.models import User

A_YEAR = 365 * 24 * 3600


class Way(enum.StrEnum):
    """How a person proved who they are."""

    PASSWORD = "password"  # noqa: S105
    AGAIN = "again"  # somebody already in, whose keys or rights have just changed


def sign_in(user: User, *, how: Way) -> None:
    """Begin a session: nothing planted in the browser before survives (session fixation), and a
    session that was open here ends. The caller commits."""
    leave()
    token = sessions.begin(user, agent=request.headers.get("User-Agent", ""), limit=_longest())
    login_user(user)
    session["_user_id"] = token
    session.permanent = True
    g.pop("csrf_token", None)  # the token of the session that just ended
    g.pop("nav", None)
    i18n.set_locale(user.locale, user.timezone)
    watch.note("signed_in", user_id=user.id, how=how.value)
    _remember_device(user)


def leave() -> None:
    """End the session of this browser, if there is one. The caller commits."""
    if current_user.is_authenticated:
        sessions.end(me(), me().session_id)
        logout_user()
    session.clear()


def since() -> datetime:
    """Before this instant no session that still holds began."""
    return clock.now() - _longest()


def _longest() -> timedelta:
    return timedelta(days=web.settings().session_days)


# -- the browser that is known ---------------------------------------------------------------------


def known_device(user: User | None) -> str | None:
    """The name of this browser when this person signed in with it before."""
    try:
        owner, name = _devices().loads(request.cookies.get(_device_cookie(), ""))
    except (BadSignature, ValueError, TypeError):
        return None
    return str(name) if user is not None and owner == user.id else None


def _remember_device(user: User) -> None:
    name = known_device(user) or secrets.token_hex(16)

    @after_this_request
    def remember(response: Response) -> Response:
        response.set_cookie(
            _device_cookie(),
            str(_devices().dumps([user.id, name])),
            max_age=A_YEAR,
            httponly=True,
            samesite="Lax",
            secure=web.settings().secure_cookies,
        )
        return response


def _device_cookie() -> str:
    return "__Host-device" if web.settings().secure_cookies else "device"


def _devices() -> URLSafeSerializer:
    return URLSafeSerializer(web.settings().key(), salt="device")
