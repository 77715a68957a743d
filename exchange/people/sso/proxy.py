"""A web server in front of us, which has asked Kerberos or Shibboleth who somebody is and says so in
a header. Its word is believed when the connection comes from its own address; from anyone else the
header is noted in the journal and ignored.

The address is that of the connection itself, not the one that `X-Forwarded-For` tells: whoever can
write one header can write the other.
"""

from ipaddress import ip_address

from flask import Request

from exchange.errors import Refusal
from exchange.i18n import gettext as _
from exchange.people import watch
from exchange.people.models import Door
from exchange.people.sso.stranger import LONGEST, Stranger, met
from exchange.settings import Settings

ISSUER = "proxy"
ORIGINAL = "werkzeug.proxy_fix.orig"
"""Where ProxyFix leaves what the connection was before the forwarded headers replaced it."""


class Front:
    """The one of the settings."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.header = settings.remote_user_header
        self.label = settings.remote_label or settings.site_name
        self._networks = settings.remote_networks()

    def named(self, request: Request) -> str:
        """Whom the server in front names; nothing when it names nobody, or when somebody else sent
        the header, which is noted."""
        name = request.headers.get(self.header, "").strip()
        if not name:
            return ""
        if not self._is_trusted(request):
            watch.note("header_refused", user_id=None, peer=_peer(request), why="address")
            return ""
        if "," in name or len(name) > LONGEST or not name.isprintable():
            # two headers of one name arrive joined by a comma: one of them is not the server's
            watch.note("header_refused", user_id=None, peer=_peer(request), why="value")
            return ""
        return name.lower()

    def stranger(self, request: Request) -> Stranger:
        """Who is named, as other doors tell it. Raises `Refusal` when nobody is."""
        name = self.named(request)
        if not name:
            raise Refusal(
                    _("Le serveur devant ce site n’a nommé personne : réessayez, ou entrez avec votre"
                  " adresse et votre mot de passe.")
            )  # fmt: skip
        told = self.settings
        claims = {
            "user": name,
            "email": _text(request, told.remote_email_header)
            or (name if told.remote_user_maps == "email" else ""),
            "name": _text(request, told.remote_name_header) or name,
        }
        paths = {
            "subject": "user",
            "email": "email",
            "verified": "",
            "name": "name",
            "rpps": "",
            "profession": "",
        }
        return met(Door.PROXY, claims, issuer=ISSUER, paths=paths, settings=told, trust_email=True)

    def _is_trusted(self, request: Request) -> bool:
        try:
            peer = ip_address(_peer(request))
        except ValueError:
            return False
        return any(peer in network for network in self._networks)


def _peer(request: Request) -> str:
    """The other end of the connection."""
    first = request.environ.get(ORIGINAL, request.environ)
    return str(first.get("REMOTE_ADDR") or "")


def _text(request: Request, header: str) -> str:
    """A header that is there once, its UTF-8 read as such (WSGI hands over Latin-1)."""
    raw = request.headers.get(header, "") if header else ""
    try:
        return raw.encode("latin-1").decode().strip()
    except UnicodeError:
        return raw.strip()
