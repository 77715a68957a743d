"""An OpenID Connect provider: authorisation code with PKCE (RFC 7636), nonce and state.

Two calls go from here to the provider, with a short patience and without following redirects: the
code for tokens, and, when asked, what it tells of the person. Its description and its keys are kept
for an hour; keys are read again, once a minute at most, when a token names one that is not known.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ClaimError, JoseError
from joserfc.jwk import KeySet

from exchange import clock, federation
from exchange.errors import Refusal
from exchange.i18n import gettext as _
from exchange.people import watch
from exchange.people.models import Door
from exchange.people.sso.stranger import LONGEST, Stranger, met
from exchange.settings import Settings

PATIENCE = (5, 10)
"""Seconds to connect, and between two bytes."""
LEEWAY = 60
"""Seconds by which two clocks may differ."""
KEPT = 3600
AGAIN = 60
"""Seconds for which a description holds, and before keys are asked for once more."""
OLDEST = 300
"""Seconds after which a logout token is too old: providers send it at once."""
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
"""Signatures that only the provider can make: no `none`, and none made with our own secret."""


class Away(Refusal):
    """The provider does not answer, or not so that anybody could go on. `detail` is for whoever
    keeps the site."""

    status = 503

    def __init__(self, sentence: str, *, detail: str) -> None:
        super().__init__(sentence)
        self.detail = detail


@dataclass(frozen=True)
class Places:
    """The provider's addresses."""

    authorization: str
    token: str
    jwks: str
    userinfo: str
    end_session: str


@dataclass(frozen=True)
class Came:
    """Who came back. `proved`: the provider says that a second factor was shown there; `sid`: its name
    for the session there, if it has one."""

    stranger: Stranger
    proved: bool
    sid: str
    id_token: str


@dataclass(frozen=True)
class Parting:
    """What the provider says is over: one session of its own, or all of a subject's."""

    subject: str
    sid: str
    at: datetime


class Provider:
    """The one of the settings."""

    def __init__(self, settings: Settings) -> None:
        profile = federation.PROFILES[settings.oidc_profile]
        self.settings = settings
        self.issuer = settings.oidc_issuer or profile.issuer
        self.label = settings.oidc_label or profile.label or str(urlsplit(self.issuer).hostname)
        self.discovery = (
            settings.oidc_discovery
            or profile.discovery
            or f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        )
        self.scope = settings.oidc_scope or profile.scope
        self.acr = settings.oidc_acr or profile.acr
        self.client_auth = settings.oidc_client_auth or profile.client_auth
        self.reads_userinfo = settings.oidc_userinfo or profile.userinfo
        self.paths = federation.claim_paths(settings.oidc_claims, profile)
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, Any]] = {}

    # -- going there -------------------------------------------------------------------------------

    def departure(self, *, state: str, nonce: str, verifier: str, back: str) -> str:
        """The address to send the browser to. Raises `Away`."""
        asked = {"acr_values": self.acr} if self.acr else {}
        address, _state = self._client(back).create_authorization_url(
            self.places().authorization, state=state, nonce=nonce, code_verifier=verifier, **asked
        )
        return str(address)

    def exit(self, back: str, *, id_token: str) -> str:
        """Where the browser signs out, if the provider has such a place; shown the token it gave, it
        does not ask whether the person wants to. Raises `Away`."""
        place = self.places().end_session
        asked = {"client_id": self.settings.oidc_client_id, "post_logout_redirect_uri": back}
        if id_token:
            asked["id_token_hint"] = id_token
        return f"{place}{'&' if '?' in place else '?'}{urlencode(asked)}" if place else ""

    # -- coming back -------------------------------------------------------------------------------

    def arrival(self, code: str, *, nonce: str, verifier: str, back: str) -> Came:
        """Who this code is for. Raises `Away`, or `Refusal` for an answer that does not hold."""
        tokens = self._tokens(code, verifier, back)
        claims = self._id_token(tokens, nonce)
        told = dict(claims)
        if self.reads_userinfo:
            told = {**self._userinfo(tokens, str(claims["sub"])), **claims}
        stranger = met(
            Door.OPENID,
            told,
            issuer=self.issuer,
            paths=self.paths,
            settings=self.settings,
            trust_email=self.settings.oidc_trust_email,
        )
        return Came(
            stranger,
            proved=self._is_proved(claims),
            sid=str(claims.get("sid") or "")[:LONGEST],
            id_token=str(tokens["id_token"]),
        )

    def parting(self, text: str) -> Parting:
        """What a logout token says, once it is the provider's, for us and of now (OpenID Connect
        Back-Channel Logout 1.0, section 2.6). Raises `Away`, or `Refusal`."""
        if text.count(".") != 2:  # nobody's keys are asked for
            raise self._refused("logout", "no token")
        try:
            claims = self._opened(text).claims
            now = int(clock.now().timestamp())
            jwt.JWTClaimsRegistry(
                now=now,
                leeway=LEEWAY,
                iss={"essential": True, "value": self.issuer},
                aud={"essential": True, "value": self.settings.oidc_client_id},
                iat={"essential": True},
                jti={"essential": True},
            ).validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise self._refused("logout", error) from None
        events, subject, sid = (claims.get(name) for name in ("events", "sub", "sid"))
        if (
            "nonce" in claims  # an ID token
            or not (isinstance(events, dict) and isinstance(events.get(LOGOUT), dict))
            or not (subject or sid)
            or not all(isinstance(one or "", str) for one in (subject, sid))
            or claims["iat"] < now - OLDEST
        ):
            raise self._refused("logout", "no logout token")
        return Parting(subject or "", sid or "", datetime.fromtimestamp(claims["iat"], UTC))

    def places(self) -> Places:
        """From the settings, or from the provider's own description of itself."""
        told = self.settings
        if told.oidc_authorization_url and told.oidc_token_url and told.oidc_jwks_url:
            return Places(
                told.oidc_authorization_url,
                told.oidc_token_url,
                told.oidc_jwks_url,
                told.oidc_userinfo_url,
                told.oidc_end_session_url,
            )
        described = self._described()
        return Places(
            told.oidc_authorization_url or described["authorization_endpoint"],
            told.oidc_token_url or described["token_endpoint"],
            told.oidc_jwks_url or described["jwks_uri"],
            told.oidc_userinfo_url or str(described.get("userinfo_endpoint") or ""),
            told.oidc_end_session_url or str(described.get("end_session_endpoint") or ""),
        )

    def keys(self, *, anew: bool = False) -> KeySet:
        """The provider's public keys."""
        found: Any = self._read(self.places().jwks, for_seconds=AGAIN if anew else KEPT)
        try:
            return KeySet.import_key_set(found)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise self._nonsense("keys", error) from None

    def _described(self) -> dict[str, Any]:
        described: dict[str, Any] = self._read(self.discovery, for_seconds=KEPT)
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if not all(isinstance(described.get(name), str) for name in needed):
            raise self._nonsense("description", "an address is missing")
        if described.get("issuer") != self.issuer:  # OpenID Connect Discovery, section 4.3
            raise self._nonsense("description", "another issuer")
        return described

    def _tokens(self, code: str, verifier: str, back: str) -> Mapping[str, Any]:
        def ask() -> Any:
            return self._client(back).fetch_token(
                self.places().token,
                code=code,
                code_verifier=verifier,
                timeout=PATIENCE,
                allow_redirects=False,
            )

        try:
            found = self._called("token", ask)
        except OAuthError as error:
            watch.note("openid_failed", user_id=None, why="refused", about=_word(error.error))
            raise Refusal(
                _("%(name)s refuse cette connexion. Recommencez.", name=self.label)
            ) from None
        if not isinstance(found, Mapping) or not isinstance(found.get("id_token"), str):
            raise self._nonsense("token", "no ID token")
        return found

    def _id_token(self, tokens: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        """The claims, once signature, issuer, audience, times and nonce are right (OpenID Connect
        Core, section 3.1.3.7)."""
        try:
            token = self._opened(str(tokens["id_token"]))
            claims = CodeIDToken(
                token.claims,
                token.header,
                options={
                    "iss": {"essential": True, "value": self.issuer},
                    "aud": {"essential": True, "value": self.settings.oidc_client_id},
                    **(
                        {"acr": {"essential": True, "values": self.acr.split()}} if self.acr else {}
                    ),
                },
                params={
                    "nonce": nonce,
                    "client_id": self.settings.oidc_client_id,
                    "access_token": tokens.get("access_token"),
                },
            )
            claims.validate(now=int(clock.now().timestamp()), leeway=LEEWAY)
        except ClaimError as error:
            clocks = self._clocks() if error.claim in {"exp", "iat", "nbf"} else ""
            raise self._refused(f"claim {_word(error.claim)}", error, clocks) from None
        except (JoseError, ValueError, TypeError) as error:
            raise self._refused("signature", error) from None
        return dict(claims)

    def _opened(self, text: str) -> jwt.Token:
        """The token under a key of the provider's; keys that changed are read once more."""
        try:
            return jwt.decode(text, self.keys(), algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            return jwt.decode(text, self.keys(anew=True), algorithms=ALGORITHMS)

    def _userinfo(self, tokens: Mapping[str, Any], subject: str) -> dict[str, Any]:
        place = self.places().userinfo
        if not place:
            raise self._nonsense("userinfo", "no address")
        headers = {"Authorization": f"Bearer {tokens.get('access_token')}"}
        told = self._json("userinfo", place, headers)
        if told.get("sub") != subject:  # OpenID Connect Core, section 5.3.2
            raise self._refused("userinfo", "another subject")
        return told

    def _is_proved(self, claims: Mapping[str, Any]) -> bool:
        counted = {one.strip() for one in self.settings.oidc_factors.split(",") if one.strip()}
        said = {*federation.texts(claims, "amr"), *federation.texts(claims, "acr")}
        return bool(counted & said)

    # -- calls -------------------------------------------------------------------------------------

    def _client(self, back: str) -> OAuth2Session:
        client = OAuth2Session(
            self.settings.oidc_client_id,
            self.settings.oidc_client_secret,
            scope=self.scope,
            redirect_uri=back,
            token_endpoint_auth_method=self.client_auth,
            code_challenge_method="S256",
        )
        client.register_compliance_hook("access_token_response", _answered)
        return client

    def _read(self, address: str, *, for_seconds: int) -> dict[str, Any]:
        """JSON that holds for a while."""
        with self._lock:
            at, found = self._kept.get(address, (0.0, None))
        if found is None or time.monotonic() - at > for_seconds:
            found = self._json("description", address, {})
            with self._lock:
                self._kept[address] = (time.monotonic(), found)
        return dict(found)

    def _json(self, what: str, address: str, headers: dict[str, str]) -> dict[str, Any]:
        def ask() -> Any:
            answer = requests.get(address, headers=headers, timeout=PATIENCE, allow_redirects=False)
            if answer.status_code != 200:
                raise requests.HTTPError(f"status {answer.status_code}")
            return answer.json()

        found = self._called(what, ask)
        if not isinstance(found, dict):
            raise self._nonsense(what, "no object")
        return found

    def _called(self, what: str, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except (requests.ConnectionError, requests.Timeout) as error:
            watch.note("openid_failed", user_id=None, why="away", about=what, error=_kind(error))
            raise Away(
                _(
                    "%(name)s ne répond pas. Réessayez dans un instant, ou entrez avec votre"
                    " adresse et votre mot de passe.",
                    name=self.label,
                ),
                detail=f"does not answer ({what}: {_kind(error)})",
            ) from None
        except OAuthError:
            raise
        except (requests.RequestException, ValueError, TypeError, KeyError) as error:
            raise self._nonsense(what, error) from None

    def _nonsense(self, what: str, error: object) -> Away:
        watch.note("openid_failed", user_id=None, why="nonsense", about=what, error=_kind(error))
        return Away(
            _(
                "La réponse de %(name)s est illisible. Prévenez l’administrateur du site ; en"
                " attendant, entrez avec votre adresse et votre mot de passe.",
                name=self.label,
            ),
            detail=f"does not answer as it should ({what}: {_kind(error)})",
        )

    def _refused(self, why: str, error: object, sentence: str = "") -> Refusal:
        watch.note("openid_failed", user_id=None, why=why, error=_kind(error))
        return Refusal(
            sentence
            or _(
                "La réponse de %(name)s n’est pas sûre : elle a été refusée. Recommencez, ou entrez"
                " avec votre adresse et votre mot de passe.",
                name=self.label,
            )
        )

    def _clocks(self) -> str:
        return _(
            "La réponse de %(name)s a expiré ou vient du futur : l’heure des deux serveurs diffère"
            " peut-être. Recommencez, et prévenez l’administrateur du site si cela dure.",
            name=self.label,
        )


def _answered(answer: requests.Response) -> requests.Response:
    """A token or an error of RFC 6749, section 5: a redirect, say, is neither."""
    if answer.status_code not in {200, 400, 401}:
        raise requests.HTTPError(f"status {answer.status_code}")
    return answer


def _kind(error: object) -> str:
    """What went wrong, without a word that came from outside."""
    return error if isinstance(error, str) else type(error).__name__


def _word(text: object) -> str:
    """An error code of a provider (RFC 6749, section 5.2), not whatever it may hold."""
    return "".join(c for c in str(text)[:40] if c.isascii() and (c.isalnum() or c == "_"))
