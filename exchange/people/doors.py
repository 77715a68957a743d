"""Coming in. Every door (a password, a key, a link in a mail, a directory) ends in `sign_in`."""

import enum
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import Response, after_this_request, g, make_response, request, session
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user
from itsdangerous import BadSignature, URLSafeSerializer

from exchange import clock, db, i18n, web
from exchange.access import me
from exchange.people import factors, passkeys, sessions, watch
from exchange.people.models import User
from exchange.people.passkeys import Place

A_YEAR = 365 * 24 * 3600


class Way(enum.StrEnum):
    """How a person proved who they are."""

    PASSWORD = "password"  # noqa: S105
    PASSKEY = "passkey"
    OPENID = "openid"
    PROXY = "proxy"
    LDAP = "ldap"
    AGAIN = "again"  # somebody already in, whose keys or rights have just changed


HALF_WAY = 600
"""Seconds between the first factor and the second."""
WAY = "way"
"""By which door the session of this browser began."""
STRANGER = "stranger"
"""What another door said of whoever is at this browser, until it is linked to an account. It opens
nothing by itself, and lives through a sign-in: its page asks from inside the account."""
NAMED = "named_in_front"
"""Whom the server in front of us named when somebody came by it."""


def sign_in(user: User, *, how: Way, proved: bool = False, outer_id: int = 0) -> bool:
    """Begin a session: nothing planted in the browser before survives (session fixation), and a
    session that was open here ends. False when the person is only half in, because they have a
    second factor to show (`people.factors.show`). `proved`: it was shown; `outer_id`: the session at
    the identity provider. The caller commits."""
    proved = proved or how is Way.PASSKEY or (how is Way.AGAIN and me().proved)
    if how is Way.AGAIN:
        outer_id = me().outer_id
    kept = {name: session[name] for name in (STRANGER, NAMED) if name in session}
    way = session.get(WAY, "") if how is Way.AGAIN else how.value
    leave()
    session.update(kept)
    if not proved and how is not Way.AGAIN and factors.has(user):
        g.pop("csrf_token", None)
        session["half"] = [user.id, int(clock.now().timestamp()), how.value, outer_id]
        return False
    token = sessions.begin(
        user,
        agent=request.headers.get("User-Agent", ""),
        limit=_longest(),
        proved=proved,
        outer_id=outer_id or None,
    )
    login_user(user)
    session["_user_id"] = token
    session[WAY] = way
    session.permanent = True
    g.pop("csrf_token", None)  # the token of the session that just ended
    g.pop("nav", None)
    i18n.set_locale(user.locale, user.timezone)
    user.proved = proved
    watch.note("signed_in", user_id=user.id, how=how.value, proved=proved)
    _remember_device(user)
    return True


@dataclass(frozen=True)
class HalfIn:
    """Who has shown the first factor, and how."""

    user: User
    how: Way
    outer_id: int


def half_in() -> HalfIn | None:
    """Who is half in, in this browser, since a short while: one query."""
    match session.get("half"):
        case [int(number), int(at), str(how), int(outer)] if (
            clock.now().timestamp() - at < HALF_WAY
        ):
            user = db.session.get(User, number)
            return HalfIn(user, Way(how), outer) if user and user.active else None
    return None


def sign_in_wholly(half: HalfIn) -> None:
    """The second factor was shown too."""
    sign_in(half.user, how=half.how, proved=True, outer_id=half.outer_id)


def leave() -> None:
    """End the session of this browser, if there is one. The caller commits."""
    if current_user.is_authenticated:
        sessions.end(me(), me().session_id)
        logout_user()
    session.clear()


def challenge() -> str:
    """What this browser has to sign, until it does."""
    return str(session.setdefault("challenge", passkeys.new_challenge()))


def place() -> Place:
    """Where the browser believes it is: the site's own address when it is set."""
    parts = urlsplit(web.settings().base_url or request.host_url)
    return Place(host=parts.hostname or "", origin=f"{parts.scheme}://{parts.netloc}")


def swept(answer: ResponseReturnValue) -> Response:
    """The browser forgets the pages it kept: the next person at this computer finds none."""
    response = make_response(answer)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


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
