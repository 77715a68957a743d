"""Settings from the environment, prefix `EXCHANGE_`: one frozen dataclass. A wrong value is
refused at start, with its name."""

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from exchange import federation
from exchange.guard import FilePattern, parse_patterns


class WrongSetting(Exception):
    """A setting cannot be used; the message names it and says what it takes."""


def _told(default: Any, told: str) -> Any:
    return field(default=default, metadata={"told": told})


@dataclass(frozen=True)
class Settings:
    """Every setting with its default. `told` is the sentence of the README's table."""

    host: str = _told("127.0.0.1", "address the server listens on")
    port: int = _told(8000, "port the server listens on")
    data_dir: Path = _told(
        Path("data"), "folder for the database, the search index and the demo mailbox"
    )
    database_url: str = _told("", "`postgresql://…`; empty: SQLite in the data folder")
    sqlite_synchronous: str = _told(
        "NORMAL", "`NORMAL` survives a crash of the process, `FULL` a power cut too"
    )
    secret_key: str = _told(
        "", "signs sessions and tokens; empty: made once and kept in the data folder"
    )
    base_url: str = _told("", "address people use, for links in mail")
    smtp_url: str = _told(
        "",
        "`smtp://user:password@host:587`, `smtps://…`; empty: a Maildir in the data folder",
    )
    mail_from: str = _told("exchange@localhost", "sender of all mail")
    mail_pace: int = _told(0, "letters a minute to one domain, from each worker; `0`: no limit")
    dkim_key_file: str = _told(
        "", "file that holds the RSA key (PEM) which signs all mail by DKIM; empty: unsigned"
    )
    dkim_selector: str = _told(
        "exchange", "name under which the public key is in the DNS: `exchange._domainkey.…`"
    )
    reply_domain: str = _told(
        "",
        "domain of reply addresses and message ids; all its mail is ours: `reply.example.org`",
    )
    reply_mailbox: str = _told(
        "",
        "instead of a domain: one mailbox that also takes `name+…@`, such as"
        " `questions@example.org`",
    )
    ask_address: str = _told("", "a clinician's mail to this address becomes a draft")
    imap_url: str = _told(
        "", "where mail is fetched: `imaps://user:password@host/INBOX`; empty: nowhere"
    )
    imap_token_file: str = _told(
        "", "file that holds an OAuth access token for IMAP, instead of a password"
    )
    mail_kept_days: int = _told(
        30, "days for which the trimmed part of a reply, or one not yet confirmed, is kept"
    )
    site_name: str = _told("L’Échange de questions", "name shown everywhere")
    default_locale: str = _told("fr", "`fr` or `en`")
    timezone: str = _told("Europe/Paris", "time zone of new accounts")
    contact: str = _told("", "address shown to people who need help")
    security_contact: str = _told(
        "", "who hears of a weakness, in `/.well-known/security.txt`: `mailto:…` or `https://…`"
    )
    web_workers: int = _told(2, "web processes of `exchange serve`")
    web_threads: int = _told(4, "threads in each web process")
    secure_cookies: bool = _told(False, "`1` when served over TLS: `__Host-` cookies and HSTS")
    trusted_proxies: int = _told(0, "how many proxies in front add `X-Forwarded-*` headers")
    session_hours: int = _told(12, "hours without a visit after which one signs in again")
    session_days: int = _told(7, "days after which one signs in again, whatever the visits")
    second_factor: bool = _told(False, "`1`: moderators and administrators need a second factor")
    sso_first: bool = _told(
        False, "`1`: the sign-in page folds address and password away behind the other doors"
    )
    sso_rules: str = _told(
        "",
        "whom other doors may let in without an account: `@ap-hm.fr = clinician;"
        " profession:10,21 = clinician; groups:labo = researcher pending team:its-slug`",
    )
    oidc_profile: str = _told("", "`psc`: Pro Santé Connect; empty: any OpenID Connect provider")
    oidc_label: str = _told("", "name of the provider on the button")
    oidc_issuer: str = _told("", "its issuer, exactly as its tokens name it")
    oidc_client_id: str = _told("", "our name there; empty: no such door")
    oidc_client_secret: str = _told("", "our secret there")
    oidc_client_auth: str = _told(
        "", "`client_secret_basic`, `client_secret_post` or `none`; empty: the profile's"
    )
    oidc_discovery: str = _told(
        "", "address of its description; empty: `/.well-known/openid-configuration` of the issuer"
    )
    oidc_authorization_url: str = _told(
        "", "with the two below, instead of reading its description"
    )
    oidc_token_url: str = _told("", "where a code becomes a token")
    oidc_jwks_url: str = _told("", "where its keys are")
    oidc_userinfo_url: str = _told("", "where it tells more of a person")
    oidc_end_session_url: str = _told("", "where one signs out")
    oidc_scope: str = _told("", "what is asked for; empty: the profile's, `openid email profile`")
    oidc_acr: str = _told("", "`acr_values` asked for, and required; empty: the profile's")
    oidc_userinfo: bool = _told(False, "`1`: also read the address that tells more of a person")
    oidc_claims: str = _told(
        "", "where things are said: `email = mail; verified = mailVerified; name = cn`"
    )
    oidc_trust_email: bool = _told(
        False, "`1`: the provider verifies every address, even if it does not say so"
    )
    oidc_factors: str = _told(
        "", "values of `amr` or `acr` that count as a second factor: `mfa,otp`; empty: none"
    )
    oidc_logout: bool = _told(False, "`1`: signing out here also signs out there")
    remote_user_header: str = _told(
        "", "header in which a web server in front names who signed in there: `X-Remote-User`"
    )
    remote_user_from: str = _told(
        "", "networks of the servers whose header is believed: `127.0.0.1/32`"
    )
    remote_user_maps: str = _told(
        "",
        "`email` or `login`: the header is an account's address, or the name after its @, and opens"
        " it at once; empty: each person links it once",
    )
    remote_email_header: str = _told("", "header with the person's address, for rules")
    remote_name_header: str = _told("", "header with the person's name")
    remote_label: str = _told("", "name of that door on the button")
    ldap_url: str = _told(
        "", "directory: `ldaps://ad.example.org`, or `ldap://…` with the next; empty: no such door"
    )
    ldap_starttls: bool = _told(False, "`1`: turn TLS on after connecting by `ldap://`")
    ldap_ca_file: str = _told("", "file of the authority that signed its certificate")
    ldap_dn: str = _told(
        "", "where everybody is: `uid={login},ou=people,dc=example,dc=org`; empty: search"
    )
    ldap_bind_dn: str = _told("", "who searches; empty: anybody")
    ldap_bind_password: str = _told("", "their password")
    ldap_base: str = _told("", "below what people are searched: `ou=people,dc=example,dc=org`")
    ldap_filter: str = _told("(uid={login})", "how; Active Directory: `(sAMAccountName={login})`")
    ldap_claims: str = _told(
        "subject = uid; email = mail; name = displayName|cn",
        "attributes; Active Directory: `subject = sAMAccountName; …`",
    )
    ldap_label: str = _told("", "name of the directory on the button")
    max_body: int = _told(1_048_576, "largest request accepted, in bytes")
    attachment_bytes: int = _told(10_000_000, "largest file joined to a question, in bytes")
    attachments_url: str = _told(
        "",
        "where files are kept: `s3://key:secret@host/bucket?region=…` (`s3+http://` without TLS);"
        " empty: `attachments` in the data folder",
    )
    metrics_from: str = _told(
        "127.0.0.0/8,::1/128", "networks that may read `/metrics`, separated by commas"
    )
    draft_days: int = _told(
        180, "days after which the owner of a draft nobody touched is told that it will be deleted"
    )
    draft_notice_days: int = _told(30, "days from then until it is deleted")
    decision_days: int = _told(10, "working days promised for a decision on a question")
    reread_days: int = _told(2, "working days to reread a passage that its author confirmed")
    scores: bool = _told(True, "`0`: moderators are not asked to grade questions")
    silence_days: int = _told(5, "working days for the desk to ask after a silence")
    claim_silence: int = _told(30, "days without news before a claim comes to the desk")
    claim_nudge_days: int = _told(30, "days without news before a team is asked for some")
    claim_warning_days: int = _told(45, "days without news before it is told that its claim ends")
    claim_lapse_days: int = _told(60, "days without news before the question is open again")
    opinion_days: int = _told(
        10, "working days before a clinician is asked again for an opinion on a hypothesis"
    )
    project_silence: int = _told(
        90, "days without news before a project is asked for a line, and comes to the desk"
    )
    targets_file: str = _told(
        "",
        "TOML file of the targets shown under Impact; empty: the ten-year ambition of the biocluster",
    )
    file_patterns: str = _told(
        "",
        "how the hospitals write file numbers, which the identity guard then refuses:"
        " `AP-HM IPP = ########; IPC = ipc-####` (`#` a digit, `@` a letter)",
    )
    demo: bool = _told(True, "load the demo story when `make run` finds an empty database")

    @property
    def database(self) -> str:
        """The address of the database, the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'exchange.sqlite'}"

    @property
    def address(self) -> str:
        """The site's own address, without a trailing slash."""
        return self.base_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def mail_domain(self) -> str:
        """The domain of Message-IDs and List-Ids."""
        return self.reply_domain or self.mail_from.rpartition("@")[2].rstrip(">")

    @property
    def takes_replies(self) -> bool:
        """Whether a letter can be answered by mail."""
        return bool(self.reply_domain or self.reply_mailbox)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read `EXCHANGE_*`. Raises `WrongSetting` naming the first one that cannot be used."""
        known = {f"EXCHANGE_{f.name.upper()}": f for f in fields(cls)}
        values: dict[str, object] = {}
        for name, known_field in known.items():
            if name in environ:
                values[known_field.name] = _parsed(name, environ[name], known_field.default)
        settings = cls(**values)  # type: ignore[arg-type]
        settings._refuse_nonsense()
        return settings

    def _refuse_nonsense(self) -> None:
        _require("PORT", 0 < self.port < 65536, "a port from 1 to 65535")
        _require("DEFAULT_LOCALE", self.default_locale in {"fr", "en"}, "fr or en")
        _require("TIMEZONE", self.timezone in available_timezones(), "a name such as Europe/Paris")
        _require(
            "SQLITE_SYNCHRONOUS", self.sqlite_synchronous in {"NORMAL", "FULL"}, "NORMAL or FULL"
        )
        _require(
            "SECRET_KEY", not self.secret_key or len(self.secret_key) >= 32, "32 characters or more"
        )
        told = urlsplit(self.attachments_url)
        _require(
            "ATTACHMENTS_URL",
            not self.attachments_url
            or (
                told.scheme in {"s3", "s3+http"}
                and bool(told.username and told.password and told.path.strip("/"))
            ),
            "s3://key:secret@host/bucket",
        )
        _require("MAIL_PACE", self.mail_pace >= 0, "a number of letters, or 0")
        _require("MAIL_FROM", "@" in self.mail_from, "a mail address")
        _require(
            "SECURITY_CONTACT",
            not self.security_contact or self.security_contact.startswith(("mailto:", "https://")),
            "mailto:somebody@example.org or https://…",
        )
        for name in ("decision_days", "reread_days", "silence_days", "opinion_days"):
            _require(name.upper(), 0 <= getattr(self, name) <= 250, "a number from 0 to 250")
        for name in ("claim_silence", "project_silence"):
            _require(name.upper(), 0 < getattr(self, name) <= 3_650, "days, from 1 to 3650")
        _require(
            "CLAIM_NUDGE_DAYS, _WARNING_DAYS and _LAPSE_DAYS",
            0 < self.claim_nudge_days < self.claim_warning_days < self.claim_lapse_days <= 3_650,
            "days from 1 to 3650, each more than the one before",
        )
        for name, count in (("WEB_WORKERS", self.web_workers), ("WEB_THREADS", self.web_threads)):
            _require(name, 0 < count <= 64, "a number from 1 to 64")
        for name, address in (
            ("REPLY_MAILBOX", self.reply_mailbox),
            ("ASK_ADDRESS", self.ask_address),
        ):
            _require(name, not address or "@" in address, "a mail address")
        # A local part holds 64 characters (RFC 5321 section 4.5.3.1.1), a token and its signs 29.
        _require(
            "REPLY_MAILBOX", len(self.reply_mailbox.rpartition("@")[0]) <= 35, "a shorter name"
        )
        _require("DRAFT_DAYS", 0 < self.draft_days <= 3_660, "a number from 1 to 3660")
        _require("DRAFT_NOTICE_DAYS", 0 < self.draft_notice_days <= 366, "a number from 1 to 366")
        _require("MAIL_KEPT_DAYS", 0 < self.mail_kept_days <= 366, "a number from 1 to 366")
        if self.imap_url:
            parts = urlsplit(self.imap_url)
            _require(
                "IMAP_URL",
                parts.scheme in {"imap", "imaps"} and bool(parts.hostname),
                "an address such as imaps://user:password@host/INBOX",
            )
        for name, time in (
            ("SESSION_HOURS", self.session_hours),
            ("SESSION_DAYS", self.session_days),
        ):
            _require(name, 0 < time <= 8_760, "a number from 1 to 8760")
        self._refuse_doors()
        try:
            self.metrics_networks()
        except ValueError:
            raise WrongSetting(
                "EXCHANGE_METRICS_FROM takes networks such as 127.0.0.0/8,10.1.0.0/16."
            ) from None
        try:
            self.patterns()
        except ValueError as error:
            raise WrongSetting(
                f"EXCHANGE_FILE_PATTERNS takes pairs such as IPP = ########; {error}."
            ) from None
        if self.base_url:
            parts = urlsplit(self.base_url)
            _require(
                "BASE_URL",
                parts.scheme in {"http", "https"} and bool(parts.netloc),
                "an address such as https://questions.example.org",
            )
        if self.smtp_url:
            parts = urlsplit(self.smtp_url)
            _require(
                "SMTP_URL",
                parts.scheme in {"smtp", "smtps"} and bool(parts.hostname),
                "an address such as smtp://user:password@host:587",
            )
        try:
            backend = make_url(self.database).get_backend_name()
        except ArgumentError:
            backend = ""
        _require(
            "DATABASE_URL", backend in {"sqlite", "postgresql"}, "sqlite:///… or postgresql://…"
        )

    def _refuse_doors(self) -> None:
        _require("OIDC_PROFILE", self.oidc_profile in federation.PROFILES, "psc, or nothing")
        _require(
            "OIDC_CLIENT_AUTH",
            self.oidc_client_auth in {"", "client_secret_basic", "client_secret_post", "none"},
            "client_secret_basic, client_secret_post or none",
        )
        for name in (
            "issuer", "discovery", "authorization_url", "token_url", "jwks_url", "userinfo_url",
            "end_session_url",
        ):  # fmt: skip
            address = getattr(self, f"oidc_{name}")
            _require(f"OIDC_{name.upper()}", not address or _is_safe(address), "an https address")
        profile = federation.PROFILES[self.oidc_profile]
        _require(
            "OIDC_ISSUER",
            bool(not self.oidc_client_id or self.oidc_issuer or profile.issuer),
            "the provider's issuer, when EXCHANGE_OIDC_CLIENT_ID is set",
        )
        _require(
            "REMOTE_USER_FROM",
            bool(not self.remote_user_header or self.remote_user_from),
            "the networks of the servers whose EXCHANGE_REMOTE_USER_HEADER is believed",
        )
        _require(
            "REMOTE_USER_MAPS", self.remote_user_maps in {"", "email", "login"}, "email or login"
        )
        for name in ("user", "email", "name"):
            header = getattr(self, f"remote_{name}_header")
            _require(
                f"REMOTE_{name.upper()}_HEADER",
                not header or header.replace("-", "").isalnum(),
                "the name of a header, such as X-Remote-User",
            )
        self._refuse_directory()
        try:
            self.remote_networks()
        except ValueError:
            raise WrongSetting(
                "EXCHANGE_REMOTE_USER_FROM takes networks such as 127.0.0.1/32,10.1.0.0/16."
            ) from None
        try:
            federation.rules(self.sso_rules)
        except ValueError as error:
            raise WrongSetting(f"EXCHANGE_SSO_RULES: {error}.") from None
        try:
            federation.claim_paths(self.oidc_claims, profile)
        except ValueError as error:
            raise WrongSetting(f"EXCHANGE_OIDC_CLAIMS: {error}.") from None

    def _refuse_directory(self) -> None:
        try:
            federation.claim_paths(self.ldap_claims, federation.PROFILES[""])
        except ValueError as error:
            raise WrongSetting(f"EXCHANGE_LDAP_CLAIMS: {error}.") from None
        if not self.ldap_url:
            return
        parts = urlsplit(self.ldap_url)
        _require(
            "LDAP_URL",
            parts.scheme in {"ldap", "ldaps"} and bool(parts.hostname),
            "an address such as ldaps://ad.example.org",
        )
        _require(
            "LDAP_URL", find_spec("ldap3") is not None, "the extra: pip install 'exchange[ldap]'"
        )
        _require("LDAP_DN", not self.ldap_dn or "{login}" in self.ldap_dn, "a name with {login}")
        _require("LDAP_BASE", bool(self.ldap_dn or self.ldap_base), "where to search for people")
        _require("LDAP_FILTER", "{login}" in self.ldap_filter, "a filter with {login}")

    def replaced(self, **changes: object) -> "Settings":
        """The same settings with what a command line says instead; None changes nothing."""
        told: dict[str, Any] = {name: value for name, value in changes.items() if value is not None}
        return replace(self, **told)

    def metrics_networks(self) -> list[IPv4Network | IPv6Network]:
        """The networks that may read `/metrics`. Raises `ValueError` when one is none."""
        return _networks(self.metrics_from)

    def remote_networks(self) -> list[IPv4Network | IPv6Network]:
        """The servers whose word on who signed in is believed. Raises `ValueError`."""
        return _networks(self.remote_user_from)

    def patterns(self) -> tuple[FilePattern, ...]:
        """The file numbers that the guard refuses. Raises `ValueError` when one cannot be read."""
        return parse_patterns(self.file_patterns)

    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.timezone)

    def key(self) -> str:
        """The secret key; made once and kept, readable by the owner only, when none is set."""
        if self.secret_key:
            return self.secret_key
        path = self.data_dir / "secret-key"
        if not path.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            made = self.data_dir / f"secret-key.{os.getpid()}"
            descriptor = os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(48))
            with contextlib.suppress(FileExistsError):  # another process was faster: use its key
                os.link(made, path)
            made.unlink()
        return path.read_text()


def unknown_names(environ: Mapping[str, str] = os.environ) -> list[str]:
    """`EXCHANGE_*` names that are no setting: typing mistakes that `exchange check` tells."""
    known = {f"EXCHANGE_{f.name.upper()}" for f in fields(Settings)}
    return sorted(n for n in environ if n.startswith("EXCHANGE_") and n not in known)


def _parsed(name: str, raw: str, default: object) -> object:
    if isinstance(default, bool):
        if raw.lower() in {"1", "true", "yes", "on"}:
            return True
        if raw.lower() in {"0", "false", "no", "off", ""}:
            return False
        raise WrongSetting(f"{name} takes 1 or 0, not “{raw}”.")
    if isinstance(default, int):
        try:
            return int(raw)
        except ValueError:
            raise WrongSetting(f"{name} takes a whole number, not “{raw}”.") from None
    if isinstance(default, Path):
        return Path(raw)
    return raw


def _networks(text: str) -> list[IPv4Network | IPv6Network]:
    return [ip_network(name.strip()) for name in text.split(",") if name.strip()]


def _is_safe(address: str) -> bool:
    """Whether what is sent there is hidden from the network: TLS, or this very machine."""
    parts = urlsplit(address)
    here = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    return bool(parts.hostname) and (parts.scheme == "https" or (here and parts.scheme == "http"))


def _require(name: str, fine: bool, takes: str) -> None:
    if not fine:
        raise WrongSetting(f"EXCHANGE_{name} takes {takes}.")
