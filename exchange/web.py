"""What every page shares: rendering, languages, headers, errors, and keeping what was typed."""

import hashlib
import json
import time
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import structlog
from flask import (
    Flask,
    Request,
    Response,
    abort,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
)
from flask import url_for as flask_url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError, generate_csrf
from itsdangerous import URLSafeTimedSerializer
from markupsafe import Markup
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.middleware.proxy_fix import ProxyFix

from exchange import clock, db, i18n, text
from exchange.access import ProofNeeded, SignInNeeded, me
from exchange.errors import IllegalMove, Refusal, TooOften
from exchange.forms import Form
from exchange.guard import gate
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.paths import STATIC
from exchange.people import demo
from exchange.people.models import User
from exchange.people.reader import Reader, person, reader
from exchange.settings import Settings

_log = structlog.get_logger()
Nav = Callable[[User], dict[str, int]]

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}

NAME = _m("L’Échange de questions")
"""That of the settings when nobody gave another: it alone is said in the reader's language."""

NOT_KEPT = {"csrf_token", "password", "new_password", "repeat", "kept", "kept_to", "next"}
"""Posted fields that are never shown again."""

DOORS = {
    "people.sign_in",
    "people.sign_out",
    "people.sso.leave_for_provider",
    "people.sso.leave_for_front",
    "people.sso.directory",
}
"""Where the token of a page that was open for long is no loss: one opens the page again."""

ERRORS = {
    400: _m("La demande est incomplète ou mal formée."),
    403: _m("Votre compte ne permet pas cette action."),
    404: _m("Cette page n’existe pas, ou n’est pas pour vous."),
    405: _m("Cette adresse ne répond pas à ce genre de demande."),
    413: _m("C’est trop volumineux : rien n’a été enregistré. Raccourcissez, puis recommencez."),
    429: _m("Trop d’essais en peu de temps. Attendez un peu, puis recommencez."),
    500: _m("Une erreur est survenue de notre côté ; elle a été notée. Rien n’a été changé."),
    503: _m("Le site est très occupé. Rien n’a été perdu : recommencez dans un instant."),
}


def init(app: Flask, settings: Settings, *, nav: Nav) -> None:
    """Give the application its habits. `nav` counts what the header shows, in one query."""
    app.extensions["settings"] = settings
    app.config.update(
        SECRET_KEY=settings.key(),
        SESSION_COOKIE_NAME="__Host-session" if settings.secure_cookies else "session",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_hours),
        MAX_CONTENT_LENGTH=settings.max_body,
        MAX_FORM_MEMORY_SIZE=settings.max_body,
        WTF_CSRF_TIME_LIMIT=None,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.session_interface = Sessions()
    app.before_request(_begin)
    CSRFProtect(app)
    _sign_in_by_session(app)
    app.after_request(_finish)
    app.teardown_appcontext(lambda _error: db.session.remove())
    _teach_templates(app, settings, nav)
    _answer_errors(app)


def settings() -> Settings:
    """The settings of the running application."""
    return cast(Settings, current_app.extensions["settings"])


def page(
    template: str, *, status: int | None = None, form: Form | None = None, **context: Any
) -> ResponseReturnValue:
    """A rendered page. One that shows a `form` which was posted answers with the form's status
    (422, or that of the refusal), unless told otherwise."""
    if status is None:
        status = form.status if form is not None and form.is_submitted() else 200
    return render_template(template, form=form, **context), status


def form_page(
    form: Form,
    act: Callable[[bool], Any] | None = None,
    *,
    done: str = "",
    then: str = "",
    title: str,
    submit: str,
    back: str,
    intro: str = "",
    heading: str = "",
    danger: bool = False,
) -> ResponseReturnValue:
    """A page that holds one form: where a small form goes when it needs more room, when it has
    errors, and without JavaScript. `heading` is the title of what it is about.

    Posted, it runs `act(confirmed)`, commits, says that it is `done` and goes on to `then`, or
    `back` to where the reader came from. Without `act` the view does all that itself."""
    if act is not None and form.submitted() and form.attempt(act):
        db.session.commit()
        if done:
            flash(done, "success")
        return redirect(then or back, code=303)
    return page(
        "form_page.html",
        form=form,
        title=title,
        submit=submit,
        back=back,
        intro=intro,
        heading=heading,
        danger=danger,
    )


def unchanged(*parts: object) -> Response | None:
    """A 304 when the reader's copy of the page, named by `parts`, is still true.

    The name always includes the reader, their rights and language, the day (relative dates), the
    header's counts and the build.
    """
    looker = me()
    name = "|".join(
        str(part)
        for part in (
            *parts,
            looker.id,
            looker.role_bits,
            looker.team_ids,
            i18n.get_locale(),
            looker.theme,
            i18n.local_today(),
            sorted(_nav().items()),
            session.get("csrf_token"),
            _version(),
        )
    )
    g.etag = hashlib.blake2b(name.encode(), digest_size=16).hexdigest()
    same = request.if_none_match.contains_weak(g.etag)  # a proxy that compresses weakens it
    if "_flashes" in session or not same:
        return None
    return _private(make_response("", 304))


def locale_cookie() -> str:
    """The name of the cookie that holds the language of who is not signed in."""
    return "__Host-locale" if settings().secure_cookies else "locale"


def safe_path(target: str | None, otherwise: str = "/") -> str:
    """`target` when it is a path of this site, else `otherwise`: no open redirect."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return otherwise
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or any(ord(c) < 32 for c in target) or "\\" in target:
        return otherwise
    return target


def row_number(text: str) -> int:
    """A number from an address or a form, as `request.args.get(…, type=row_number)` wants it:
    one that a database can hold (`ValueError`: as if none was given)."""
    number = int(text)
    if not 0 <= number < 2**31:
        raise ValueError(text)
    return number


def back_to(endpoint: str, *, anchor: str | None = None, **values: Any) -> ResponseReturnValue:
    """Redirect after a change (303: the browser asks again with GET)."""
    return redirect(flask_url_for(endpoint, _anchor=anchor, **values), code=303)


def kept_fields() -> list[tuple[str, str]]:
    """What was posted, but for secrets; nothing of what is too large to be read."""
    try:
        posted = list(request.form.items(multi=True))
    except RequestEntityTooLarge:
        return []
    return [(name, value) for name, value in posted if name not in NOT_KEPT and value]


def resume_page(sentence: str, fields: list[tuple[str, str]], to: str, *, status: int) -> Any:
    """What was typed, and a button to send it again."""
    return page("resume.html", status=status, sentence=sentence, fields=fields, to=to)


# -- each request ----------------------------------------------------------------------------


def _begin() -> None:
    g.started = time.perf_counter()
    g.request_id = uuid.uuid4().hex[:12]
    if _writes():
        db.begin_write()
    elif _only_looks():
        db.begin_look()
    if request.endpoint != "static":
        i18n.set_locale(_negotiated(), getattr(current_user, "timezone", i18n.DEFAULT_TIMEZONE))
        _refuse_nul()


def _writes() -> bool:
    """Whether this request may change something."""
    view = current_app.view_functions.get(request.endpoint or "")
    safe = request.method in {"GET", "HEAD", "OPTIONS"}
    return not safe and not getattr(view, "reads_only", False)


def _only_looks() -> bool:
    """Whether this is a hot page, which changes nothing and needs no more of its reader than
    columns."""
    view = current_app.view_functions.get(request.endpoint or "")
    return request.method in {"GET", "HEAD"} and getattr(view, "only_looks", False)


def _refuse_nul() -> None:
    """PostgreSQL looks for no text that holds a NUL; forms drop it from what is typed."""
    if any("\x00" in text for text in chain([request.path], *request.args.listvalues())):
        abort(400)


def _negotiated() -> str:
    if current_user.is_authenticated:
        return cast(str, current_user.locale)
    chosen = request.cookies.get(locale_cookie())
    if chosen in i18n.LOCALE_NAMES:
        return chosen
    best = request.accept_languages.best_match(list(i18n.LOCALE_NAMES))
    return best or settings().default_locale


def _finish(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if settings().secure_cookies:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint != "static":
        if response.status_code == 200 and "etag" in g:
            response.set_etag(g.etag)
        _private(response)
    return response


def _private(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "private, no-cache")
    response.headers["Vary"] = "Cookie, Accept-Language"
    if "etag" in g and response.status_code == 304:
        response.set_etag(g.etag)
    return response


# -- who is signed in --------------------------------------------------------------------------

SIGN_AFTER = 300
"""Seconds: a visit signs the session's cookie again only when it has grown older than this."""


class Sessions(SecureCookieSessionInterface):
    """Sessions in signed cookies, kept alive by visits; the signer is built once, and a cookie
    that was just signed is not signed again for every page."""

    _signer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        if self._signer is None:
            self._signer = super().get_signing_serializer(app)
        return self._signer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        opened = super().open_session(app, request)
        if opened and time.time() - opened.get("_signed", 0) > SIGN_AFTER:
            opened["_signed"] = int(time.time())
        return opened


def _sign_in_by_session(app: Flask) -> None:
    manager = LoginManager(app)
    manager.session_protection = None

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(token: str) -> User | Reader | None:
        since = clock.now() - timedelta(days=settings().session_days)
        if _only_looks():
            return reader(token, since=since)
        return _person(token, since)


NOTED_AFTER = timedelta(minutes=5)
"""An act notes its time on its session when the last one is older. Reading notes nothing: a GET
changes nothing."""


def _person(token: str, since: datetime) -> User | None:
    found = person(token, since=since)
    if found is None:
        return None
    user, opened = found
    user.session_id, user.proved, user.outer_id = opened.id, opened.proved, opened.outer_id or 0
    if _writes() and clock.now() - opened.seen_at > NOTED_AFTER:
        opened.seen_at = clock.now()
    return user


# -- templates -----------------------------------------------------------------------------------


def _lang(words: str | None) -> Markup:
    """The attribute that says in which language people's words are, when it is not the page's."""
    written = text.language_of(words or "")
    return Markup(f' lang="{written}"' if written not in ("", i18n.get_locale()) else "")  # noqa: S704


def _teach_templates(app: Flask, settings: Settings, nav: Nav) -> None:
    app.extensions["nav"] = nav
    environment = app.jinja_env
    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        i18n.gettext, i18n.ngettext, newstyle=False
    )
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters.update(
        date=i18n.show_date,
        datetime=i18n.show_datetime,
        appointment=i18n.show_appointment,
        ago=i18n.show_ago,
        number=i18n.show_number,
        tuple=tuple,
        safe_html=Markup,
        lang=_lang,
        unbroken=text.unbroken,
    )
    environment.globals.update(
        _=i18n.gettext,
        gettext=i18n.gettext,
        ngettext=i18n.ngettext,
        url=flask_url_for,
        static=static_url,
        csrf_token=generate_csrf,
        settings=settings,
        keep=_keeper(app),
    )

    @app.context_processor
    def shared() -> dict[str, Any]:
        return {
            "user": me() if current_user.is_authenticated else None,
            "locale": i18n.get_locale(),
            "nav": _nav(),
            "here": request.path,
            "is_demo": _is_demo(),
        }


def _keeper(app: Flask) -> Callable[..., Markup]:
    """`{% call keep("foot", locale) %}…{% endcall %}`: a piece of a page that is the same wherever
    its key is the same is rendered once a process. The key holds all that the piece shows or
    depends on: no name, token or typed word may stand inside that does not stand in the key."""
    kept: dict[tuple[object, ...], Markup] = {}

    def keep(*key: object, caller: Callable[[], Markup]) -> Markup:
        if app.debug or len(kept) > 2_000:
            kept.clear()
        if key not in kept:
            kept[key] = caller()
        return kept[key]

    return keep


def _nav() -> dict[str, int]:
    if "nav" not in g:
        count: Nav = current_app.extensions["nav"]
        g.nav = count(current_user) if current_user.is_authenticated else {}
    return cast(dict[str, int], g.nav)


def _is_demo() -> bool:
    """Whether invented people are here: asked of the database once a process."""
    extensions = current_app.extensions
    if "is_demo" not in extensions:
        extensions["is_demo"] = demo.are_here()
    return cast(bool, extensions["is_demo"])


_static_urls: dict[str, str] = {}


def static_url(path: str) -> str:
    """The address of a static file, with a name that changes with its content."""
    if path not in _static_urls or current_app.debug:
        digest = hashlib.blake2b((STATIC / path).read_bytes(), digest_size=6).hexdigest()
        _static_urls[path] = flask_url_for("static", filename=path, v=digest)
    return _static_urls[path]


def _version() -> str:
    """Changes with every build: a page kept by a browser never outlives its templates."""
    if "version" not in current_app.extensions:
        folder = Path(current_app.template_folder or ".")
        files = [*folder.rglob("*.html"), *STATIC.rglob("*.*")]
        stamp = "|".join(f"{f.name}{f.stat().st_mtime_ns}" for f in sorted(files))
        current_app.extensions["version"] = hashlib.blake2b(
            stamp.encode(), digest_size=6
        ).hexdigest()
    return cast(str, current_app.extensions["version"])


# -- errors: sentences for people, and nothing typed is lost ------------------------------------


def _answer_errors(app: Flask) -> None:
    app.register_error_handler(SignInNeeded, _sign_in_first)
    app.register_error_handler(ProofNeeded, _prove_first)
    app.register_error_handler(CSRFError, _form_too_old)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(gate.IdentityFound, _identity_found)
    app.register_error_handler(StaleDataError, _overtaken)
    app.register_error_handler(IntegrityError, _taken)
    app.register_error_handler(OperationalError, _database_busy)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _crashed)


def wants_json() -> bool:
    """Whether the answer is for a program."""
    return request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json"


def _answer(sentence: str, status: int, *, legal: Iterable[str] = ()) -> Any:
    db.session.rollback()
    if status == 403:
        _forbidden()
    if wants_json():
        return make_response({"error": sentence, "legal_moves": list(legal)}, status)
    fields = kept_fields() if request.method == "POST" and status != 413 else []
    return page(
        "error.html",
        status=status,
        code=status,
        sentence=sentence,
        fields=fields,
        back=_same_site_referrer(),
    )


def _forbidden() -> None:
    """Somebody tried what their account does not permit: a line in the journal of security."""
    _log.info(
        "security.forbidden",
        user_id=getattr(current_user, "id", None),
        path=request.path,
        method=request.method,
        address=request.remote_addr,
        request_id=g.get("request_id"),
    )


def _same_site_referrer() -> str:
    netloc, path = _place(request.referrer or "")
    return safe_path(path) if netloc == request.host else "/"


def _place(address: str) -> tuple[str, str]:
    """Host and path of an address that a browser sent; nothing when it is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "", ""
    return parts.netloc, parts.path


def _sign_in_first(_error: SignInNeeded) -> Any:
    db.session.rollback()
    if wants_json():
        return make_response({"error": _("Connectez-vous d’abord.")}, 401)
    target = request.full_path.rstrip("?")
    if request.method == "GET":
        return redirect(flask_url_for("people.sign_in", next=target if target != "/" else None))
    fields = [] if _from_elsewhere() else kept_fields()
    return current_app.extensions["sign_in_page"](json.dumps(fields), target)


def _prove_first(_error: ProofNeeded) -> Any:
    db.session.rollback()
    if request.method == "GET" and not wants_json():
        return redirect(flask_url_for("people.factors.overview"))
    sentence = _("Votre rôle demande un second facteur : ajoutez-le dans vos réglages.")
    fields = [] if wants_json() or _from_elsewhere() else kept_fields()
    if not any(" " in value for _name, value in fields):  # nothing that took time to write
        return _answer(sentence, 403)
    _forbidden()
    told = _(
        "%(why)s Gardez cette page : vous renverrez d’ici ce que vous avez écrit.", why=sentence
    )
    return resume_page(told, fields, request.full_path.rstrip("?"), status=403)


def _from_elsewhere() -> bool:
    """Whether the page of another site sent this: its text is not offered for sending, or one
    click would do what the missing token forbids."""
    origin = request.headers.get("Origin")
    ours = {request.host, urlsplit(settings().address).netloc}
    return origin is not None and _place(origin)[0] not in ours


def _form_too_old(_error: CSRFError) -> Any:
    """The token of the page is of another session: show what was typed, and let them send it."""
    if not current_user.is_authenticated:
        if request.endpoint in DOORS:
            return redirect(flask_url_for("people.sign_in", next=request.form.get("next")), 303)
        return _sign_in_first(SignInNeeded())
    if wants_json() or _from_elsewhere():
        return _answer(_("Le jeton de sécurité manque ou a expiré."), 400)
    return resume_page(
        _("Cette page était ouverte depuis longtemps. Rien n’est perdu : relisez, puis renvoyez."),
        kept_fields(),
        request.full_path.rstrip("?"),
        status=400,
    )


def _refused(refusal: Refusal) -> Any:
    legal = refusal.legal if isinstance(refusal, IllegalMove) else ()
    response = make_response(_answer(refusal.sentence, refusal.status, legal=legal))
    if isinstance(refusal, TooOften):
        response.headers["Retry-After"] = str(refusal.seconds)
    return response


def _identity_found(_found: gate.IdentityFound) -> Any:
    return _answer(
        _("Ce texte contient de quoi identifier un patient : rien n’a été enregistré."), 422
    )


def _overtaken(_error: StaleDataError) -> Any:
    return _answer(
        _(
            "Quelqu’un d’autre vient de modifier cette question. Ce que vous avez écrit est"
            " ci-dessous ; rouvrez la page pour voir ce qui a changé."
        ),
        409,
    )


def _taken(error: IntegrityError) -> Any:
    """Two people gave the same thing the same name at once, and each saw it free."""
    if not db.is_duplicate(error):
        return _crashed(error)
    return _answer(
        _(
            "Quelqu’un d’autre vient d’enregistrer la même chose. Rien n’est perdu : ce que vous"
            " avez écrit est ci-dessous ; revenez en arrière, puis recommencez."
        ),
        409,
    )


def _database_busy(error: OperationalError) -> Any:
    _log.error("database.busy", error=str(error.orig), request_id=g.get("request_id"))
    return _answer(_(ERRORS[503]), 503)


def _http_error(error: HTTPException) -> Any:
    code = error.code or 500
    if code < 400:
        return error
    response = make_response(_answer(_(ERRORS.get(code, ERRORS[400])), code))
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _crashed(error: Exception) -> Any:
    if current_app.testing and current_app.config.get("PROPAGATE_EXCEPTIONS") is not False:
        raise error
    _log.exception("request.crashed", path=request.path, request_id=g.get("request_id"))
    return _answer(_(ERRORS[500]), 500)
