"""An OpenID Connect provider that can do everything wrong, one thing at a time."""

import base64
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

SECRET = "a-secret-of-the-client"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})


class Mock:
    """`claims` is what it says of the person; `spoil` changes what it answers, by the name of the
    place: a function of the answer, bytes instead of it, or a status."""

    def __init__(self) -> None:
        mock = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                mock._answer(self, {})

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                body = parse_qs(self.rfile.read(length).decode())
                mock._answer(self, {name: values[0] for name, values in body.items()})

            def log_message(self, *_words: Any) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.reset()

    def reset(self) -> None:
        self.claims: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.spoil: dict[str, Callable[[Any], Any] | bytes | int] = {}
        self.key = KEY
        self.asked: list[tuple[str, dict[str, str], str]] = []
        self.nonce = ""
        self.told: list[str] = []

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def authorize(self, address: str) -> dict[str, str]:
        """The person has agreed: what the browser was sent with, and what it is sent back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.nonce = asked["nonce"]
        return asked

    def id_token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": "exchange",
            "iat": now,
            "exp": now + 300,
            "nonce": self.nonce,
            "sub": "248289761001",
            **self.claims,
        }
        spoil = self.spoil.get("claims")
        if callable(spoil):
            claims = spoil(claims)
        header = {"alg": "RS256", "kid": "one"}
        made = self.spoil.get("id_token")
        token = jwt.encode(header, claims, self.key)
        if callable(made):
            token = made((claims, token))
        self.told.append(token)
        return token

    def logout_token(self, **changed: Any) -> str:
        """What it tells us, server to server, when a session there is over."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": "exchange",
            "iat": now,
            "exp": now + 120,
            "jti": "one",
            "sub": "248289761001",
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            **changed,
        }
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": "one", "typ": "logout+jwt"}, kept, self.key)

    def _answer(self, request: BaseHTTPRequestHandler, body: dict[str, str]) -> None:
        place = urlsplit(request.path).path
        self.asked.append((place, body, request.headers.get("Authorization", "")))
        places: dict[str, Callable[[], Any]] = {
            "/.well-known/openid-configuration": self._description,
            "/keys": lambda: {"keys": [KEY.as_dict(private=False)]},
            "/token": self._tokens,
            "/me": lambda: {"sub": "248289761001", **self.userinfo},
        }
        answer = places[place]()
        status = 200
        match self.spoil.get(place):
            case bytes(raw):
                answer = raw
            case int(number):
                status = number
            case None:
                pass
            case change:
                answer = change(answer)
        raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(raw)))
        request.end_headers()
        request.wfile.write(raw)

    def _description(self) -> dict[str, str]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/me",
            "end_session_endpoint": f"{self.issuer}/out",
        }

    def _tokens(self) -> dict[str, Any]:
        token = {"access_token": "an-access-token", "token_type": "Bearer", "expires_in": 60}
        return {**token, "id_token": self.id_token()}


def unsigned(made: tuple[dict[str, Any], str]) -> str:
    """The algorithm `none`."""
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, made[0])]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."


def signed_with_our_secret(made: tuple[dict[str, Any], str]) -> str:
    """A symmetric signature, which whoever has the client's secret can make."""
    key = OctKey.import_key(SECRET * 2)
    return jwt.encode({"alg": "HS256"}, made[0], key, algorithms=["HS256"])
