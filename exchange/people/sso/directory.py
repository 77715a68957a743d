"""A directory that knows names and passwords: LDAP, Active Directory.

Each try is a connection of its own: searching for the name, then binding with the password that was
typed, or binding at once when all names lie in one place. A name takes letters, digits and a few
signs, so that one account has one spelling, and the count of tries one key; what goes into a filter
(RFC 4515) or a name (RFC 4514) is escaped all the same. A password that is empty never leaves: for
LDAP that is an anonymous bind, which succeeds (RFC 4513, section 5.1.2).
"""

import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from exchange import federation
from exchange.errors import Refusal
from exchange.i18n import gettext as _
from exchange.people import watch
from exchange.people.models import Door
from exchange.people.sso.stranger import Stranger, met
from exchange.settings import Settings

try:
    import ldap3
    from ldap3.core.exceptions import LDAPException
    from ldap3.utils.conv import escape_filter_chars
    from ldap3.utils.dn import escape_rdn
except ImportError:  # the extra is not installed, and the settings name no directory
    ldap3 = None

ISSUER = "ldap"
CONNECTING, ANSWERING = 5, 10
"""Seconds."""
LOGIN = re.compile(r"[A-Za-z0-9._@+-]{1,128}")


class Away(Refusal):
    """The directory does not answer, or not so that anybody could go on. `detail` is for whoever
    keeps the site."""

    status = 503

    def __init__(self, sentence: str, *, detail: str) -> None:
        super().__init__(sentence)
        self.detail = detail


class Directory:
    """The one of the settings."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.label = settings.ldap_label or str(urlsplit(settings.ldap_url).hostname)
        self.paths = federation.claim_paths(settings.ldap_claims, federation.PROFILES[""])
        self._attributes = sorted(
            {
                re.split(r"[.\[]", part)[0].strip()
                for path in [*self.paths.values(), *_named_by_rules(settings)]
                for part in re.split(r"[|+]", path)
                if part.strip()
            }
        )

    def recognise(self, login: str, password: str) -> Stranger:
        """Who has this name and password. Raises `Refusal` in the same words whichever is wrong,
        `Away` when the directory cannot say."""
        if not password or not LOGIN.fullmatch(login):
            raise self._refused()
        try:
            name, told = self._find(login, password)
        except (LDAPException, OSError) as error:
            raise self._away(type(error).__name__) from None
        if not name:
            raise self._refused()
        return met(
            Door.LDAP,
            {key: values for key, values in told.items() if values},
            issuer=ISSUER,
            paths=self.paths,
            settings=self.settings,
            trust_email=True,
        )

    def look(self) -> None:
        """Connect as for a search. Raises `Away`."""
        try:
            with self._bound(
                self.settings.ldap_bind_dn, self.settings.ldap_bind_password
            ) as opened:
                if not opened:
                    raise self._away("it refuses EXCHANGE_LDAP_BIND_DN or its password")
                if not self.settings.ldap_dn and not opened.search(
                    self.settings.ldap_base, "(objectClass=*)", ldap3.BASE, attributes=["1.1"]
                ):
                    raise self._away("EXCHANGE_LDAP_BASE is not there, or may not be read")
        except (LDAPException, OSError) as error:
            raise self._away(type(error).__name__) from None

    def filter_for(self, login: str) -> str:
        """The filter that finds this name and no other (RFC 4515, section 3)."""
        return self.settings.ldap_filter.replace("{login}", escape_filter_chars(login))

    def name_for(self, login: str) -> str:
        """Where this name is, when all are in one place (RFC 4514, section 2.4)."""
        return self.settings.ldap_dn.replace("{login}", escape_rdn(login))

    def _find(self, login: str, password: str) -> tuple[str, Mapping[str, Any]]:
        """The name and attributes of who has this password; no name when nobody does."""
        if self.settings.ldap_dn:
            return self._bind(self.name_for(login), password)
        with self._bound(self.settings.ldap_bind_dn, self.settings.ldap_bind_password) as opened:
            if not opened:
                raise self._away("it refuses EXCHANGE_LDAP_BIND_DN or its password")
            opened.search(
                self.settings.ldap_base,
                self.filter_for(login),
                attributes=self._attributes,
                size_limit=2,
            )
            found = _entries(opened)
        one = found[0] if len(found) == 1 else None
        # a name that nobody has takes as long as a wrong password
        name, _own = self._bind(one["dn"] if one else f"cn=-,{self.settings.ldap_base}", password)
        return (name, self._told(one)) if one and name else ("", {})

    def _bind(self, name: str, password: str) -> tuple[str, Mapping[str, Any]]:
        with self._bound(name, password) as opened:
            if not opened:
                return "", {}
            opened.search(name, "(objectClass=*)", ldap3.BASE, attributes=self._attributes)
            found = _entries(opened)
        return name, self._told(found[0]) if found else {}

    @contextmanager
    def _bound(self, name: str, password: str) -> Iterator[Any]:
        """A connection bound as `name`, None when the password is not theirs. Raises what ldap3
        raises, for anything else."""
        told = self.settings
        server = ldap3.Server(
            told.ldap_url,
            get_info=ldap3.NONE,
            connect_timeout=CONNECTING,
            tls=ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=told.ldap_ca_file or None),
        )
        connection = ldap3.Connection(
            server,
            user=name or None,
            password=password or None,
            authentication=ldap3.SIMPLE if name else ldap3.ANONYMOUS,
            receive_timeout=ANSWERING,
            auto_referrals=False,
            read_only=True,
            check_names=False,
        )
        try:
            connection.open()
            if told.ldap_starttls and not connection.start_tls(read_server_info=False):
                raise LDAPException("no TLS")
            if connection.bind(read_server_info=False):
                yield connection
            elif connection.result["result"] in REFUSALS:
                yield None
            else:
                raise LDAPException(connection.result["description"])
        finally:
            connection.unbind()

    def _told(self, entry: Mapping[str, Any]) -> dict[str, list[str]]:
        """The attributes asked for, under the names they were asked by."""
        raw = {name.lower(): values for name, values in entry["raw_attributes"].items()}
        return {name: _texts(raw.get(name.lower(), [])) for name in self._attributes}

    def _refused(self) -> Refusal:
        watch.note("refused", user_id=None, how="ldap")
        return Refusal(
            _("%(name)s ne reconnaît pas cet identifiant ou ce mot de passe.", name=self.label)
        )

    def _away(self, why: str) -> Away:
        watch.note("directory_failed", user_id=None, why=why)
        return Away(
            _(
                "%(name)s ne répond pas. Réessayez dans un instant, ou entrez avec votre adresse et"
                " votre mot de passe.",
                name=self.label,
            ),
            detail=why,
        )


REFUSALS = {32, 34, 48, 49, 50, 53}
"""Result codes of a bind that say no (RFC 4511, appendix A.2): nothing of that name, a name that is
none, not this way, wrong credentials, no right to, unwilling."""


def _entries(connection: Any) -> list[Any]:
    return [one for one in connection.response or () if one["type"] == "searchResEntry"]


def _texts(values: list[bytes]) -> list[str]:
    found = []
    for value in values:
        try:
            found.append(value.decode())
        except UnicodeDecodeError:
            continue
    return found


def _named_by_rules(settings: Settings) -> Iterator[str]:
    for rule in federation.rules(settings.sso_rules):
        if rule.claim not in {"@", "rpps", "profession"}:
            yield rule.claim
