"""`exchange check`: what is misconfigured, in plain words."""

import os
import smtplib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from exchange import clock, db, federation, migrate
from exchange.i18n import catalogue
from exchange.log.models import Bookmark, Event, ParkedEvent
from exchange.mail import outgoing
from exchange.mail.models import Received
from exchange.mail.receiving import imap
from exchange.mail.signature import BadKey, Signer
from exchange.outbox.models import Letter, LetterState
from exchange.people import demo
from exchange.people.models import Role, Team, User
from exchange.people.sso import directory
from exchange.people.sso.openid import Away, Provider
from exchange.settings import Settings, unknown_names

PATIENCE = timedelta(minutes=10)
"""How long an event may wait for the worker before that is worth saying."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `wrong` must be mended; otherwise it is a remark or fine."""

    what: str
    told: str
    wrong: bool = False
    fine: bool = False

    def line(self) -> str:
        """For people."""
        mark = "ok  " if self.fine else "WRONG" if self.wrong else "note"
        return f"{mark:5} {self.what}: {self.told}"


def run(settings: Settings) -> Iterator[Finding]:
    """Look at everything; never raises."""
    yield from _names()
    yield from _folder(settings)
    yield from _addresses(settings)
    yield from _catalogues()
    yield from _mail(settings)
    yield from of_signature(settings)
    yield from _inbound(settings)
    yield from _provider(settings)
    yield from _front(settings)
    yield from _directory(settings)
    yield from _database(settings)


def _fine(what: str, told: str) -> Finding:
    return Finding(what, told, fine=True)


def _names() -> Iterator[Finding]:
    for name in unknown_names():
        yield Finding("settings", f"{name} is not a setting of the exchange; a typing mistake?")


def _folder(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    if not folder.is_dir():
        yield Finding("data folder", f"{folder} does not exist", wrong=True)
    elif not os.access(folder, os.W_OK):
        yield Finding("data folder", f"{folder} cannot be written to", wrong=True)
    else:
        yield _fine("data folder", str(folder))
    if not settings.secret_key:
        yield Finding(
            "secret key",
            "kept in the data folder; with several hosts set the same EXCHANGE_SECRET_KEY on all",
        )


def _addresses(settings: Settings) -> Iterator[Finding]:
    if not settings.base_url:
        yield Finding(
            "base url", f"EXCHANGE_BASE_URL is not set: links in mail use {settings.address}"
        )
        return
    parts = urlsplit(settings.base_url)
    if parts.scheme == "http" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        yield Finding("base url", "people would sign in without TLS", wrong=True)
    elif parts.scheme == "https" and not settings.secure_cookies:
        yield Finding("cookies", "served over TLS: set EXCHANGE_SECURE_COOKIES=1", wrong=True)
    elif parts.scheme == "https" and not settings.trusted_proxies:
        yield Finding(
            "proxy",
            "something in front ends TLS: set EXCHANGE_TRUSTED_PROXIES to how many proxies there"
            " are, or everybody seems to come from one address",
            wrong=True,
        )
    else:
        yield _fine("base url", settings.base_url)


def _catalogues() -> Iterator[Finding]:
    try:
        for locale in ("fr", "en"):
            catalogue(locale)
    except (OSError, ValueError) as error:
        yield Finding("languages", str(error), wrong=True)
    else:
        yield _fine("languages", "fr, en")


def _mail(settings: Settings) -> Iterator[Finding]:
    if not settings.smtp_url:
        yield Finding(
            "mail",
            "no EXCHANGE_SMTP_URL: no letter leaves; administrators read everybody's mail, from"
            f" {settings.data_dir / 'mail'}",
            wrong=settings.secure_cookies and settings.trusted_proxies > 0,  # a real site
        )
        return
    host = urlsplit(settings.smtp_url).hostname
    try:
        outgoing.connect(settings.smtp_url, timeout=10).quit()
    except (OSError, smtplib.SMTPException) as error:
        yield Finding("mail", f"{host} does not take our mail: {error}", wrong=True)
    else:
        yield _fine("mail", f"{host} answers")


def of_signature(settings: Settings) -> Iterator[Finding]:
    """Whether the key of DKIM loads and signs."""
    if not settings.dkim_key_file:
        return
    try:
        signer = Signer(settings)
    except BadKey as error:
        yield Finding("signature", str(error), wrong=True)
    else:
        name = f"{settings.dkim_selector}._domainkey.{signer.domain.decode()}"
        yield _fine("signature", f"mail is signed; its public key belongs in the DNS at {name}")


def _inbound(settings: Settings) -> Iterator[Finding]:
    """Mail that comes in: where to, and by which door."""
    if settings.reply_domain and settings.reply_mailbox:
        yield Finding(
            "replies", "EXCHANGE_REPLY_DOMAIN and EXCHANGE_REPLY_MAILBOX are both set", wrong=True
        )
    elif settings.reply_domain and settings.mail_from.rstrip(">").endswith(
        f"@{settings.reply_domain}"
    ):
        yield Finding(
            "replies",
            f"all mail to {settings.reply_domain} is taken for replies: give them a domain of"
            " their own, such as reply." + settings.reply_domain,
        )
    elif settings.reply_mailbox and settings.reply_mailbox not in settings.mail_from:
        yield Finding(
            "replies", "letters come back to EXCHANGE_MAIL_FROM, which is not the mailbox we read"
        )
    elif settings.takes_replies:
        yield _fine("replies", settings.reply_domain or settings.reply_mailbox)
    else:
        yield Finding(
            "replies", "neither EXCHANGE_REPLY_DOMAIN nor EXCHANGE_REPLY_MAILBOX: mail has no reply"
        )
    if settings.imap_url:
        yield from _mailbox(settings)


def _mailbox(settings: Settings) -> Iterator[Finding]:
    host = urlsplit(settings.imap_url).hostname
    try:
        with imap.connect(settings) as box:
            waiting = len(box.uids())
    except imap.AWAY as error:
        yield Finding("mailbox", f"{host} does not let us in: {error}", wrong=True)
    else:
        yield _fine("mailbox", f"{host} answers, {waiting} messages wait")


def _provider(settings: Settings) -> Iterator[Finding]:
    """The identity provider: what the settings lack, and whether it answers."""
    if not settings.oidc_client_id:
        return
    provider = Provider(settings)
    if provider.client_auth != "none" and not settings.oidc_client_secret:
        yield Finding("openid", "EXCHANGE_OIDC_CLIENT_SECRET is not set", wrong=True)
    if not settings.base_url:
        yield Finding(
            "openid",
            "set EXCHANGE_BASE_URL, and register its /sign-in/openid/back with the provider",
            wrong=True,
        )
    if not settings.sso_rules:
        yield Finding("openid", "no EXCHANGE_SSO_RULES: only people who have an account come in")
    try:
        provider.keys()
    except Away as away:
        yield Finding("openid", f"{provider.issuer} {away.detail}", wrong=True)
    else:
        yield _fine("openid", f"{provider.label} answers, and its keys are there")


def _front(settings: Settings) -> Iterator[Finding]:
    """The web server whose header names people: nobody else may be believed."""
    if not settings.remote_user_header:
        return
    networks = settings.remote_networks()
    wide = [str(one) for one in networks if one.num_addresses > 65_536 and not one.is_loopback]
    if wide:
        yield Finding(
            "remote user",
            f"{wide[0]} is wide: whoever connects from there is whom they say; name the server's"
            " own address in EXCHANGE_REMOTE_USER_FROM",
            wrong=True,
        )
    else:
        yield Finding(
            "remote user",
            f"{settings.remote_user_header} is believed from {settings.remote_user_from}: the server"
            " there has to set or remove it on every request",
        )


def _directory(settings: Settings) -> Iterator[Finding]:
    """The directory: whether passwords are hidden on their way, and whether it answers."""
    if not settings.ldap_url:
        return
    parts = urlsplit(settings.ldap_url)
    near = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if parts.scheme == "ldap" and not settings.ldap_starttls and not near:
        yield Finding(
            "directory",
            "passwords would cross the network without TLS: use ldaps://, or"
            " EXCHANGE_LDAP_STARTTLS=1",
            wrong=True,
        )
        return
    known = directory.Directory(settings)
    try:
        known.look()
    except directory.Away as away:
        yield Finding("directory", f"{settings.ldap_url}: {away.detail}", wrong=True)
    else:
        yield _fine("directory", f"{known.label} answers")


def _teams_of_rules(settings: Settings) -> Iterator[Finding]:
    named = {rule.admission.team for rule in federation.rules(settings.sso_rules)} - {""}
    there = set(db.session.scalars(select(Team.slug).where(Team.slug.in_(named))))
    for slug in sorted(named - there):
        yield Finding("rules", f"EXCHANGE_SSO_RULES: no team is called {slug}", wrong=True)


def _addresses_of_people() -> Iterator[Finding]:
    count = db.session.scalar(
        select(func.count()).select_from(User).where(User.mail_dead_at.is_not(None))
    )
    if count:
        yield Finding("mail", f"{count} people no longer receive ours; see /admin/mail/received")


def _last_received(settings: Settings) -> Iterator[Finding]:
    if not settings.takes_replies:
        return
    last = db.session.scalar(select(func.max(Received.at)))
    if last is None:
        yield Finding("replies", "nothing has come in yet: does a mail server hand it over?")
    else:
        yield _fine("replies", f"the last message came in on {last:%Y-%m-%d}")


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        engine = db.session.get_bind().engine
        if not migrate.is_current(engine):
            yield Finding(
                "database", "not migrated; `exchange serve` does it at its start", wrong=True
            )
            return
        yield _fine("database", f"{engine.dialect.name}, migrated")
        yield from _people()
        yield from _teams_of_rules(settings)
        yield from _addresses_of_people()
        yield from _last_received(settings)
        yield from _worker()
    except SQLAlchemyError as error:
        yield Finding("database", f"does not answer: {str(error).splitlines()[0]}", wrong=True)
    finally:
        db.session.rollback()


def _people() -> Iterator[Finding]:
    for role in (Role.MODERATOR, Role.ADMINISTRATOR):
        count = db.session.scalar(
            select(func.count())
            .select_from(User)
            .where(User.active.is_(True), User.role_bits.op("&")(int(role)) != 0)
        )
        if not count:
            yield Finding(
                "people", f"nobody is {str(role.name).lower()}: `exchange user add`", wrong=True
            )
    if demo.are_here():
        yield Finding("people", "the demo story is loaded: its passwords are known to everybody")


def _worker() -> Iterator[Finding]:
    read = select(func.coalesce(func.min(Bookmark.event_id), 0)).scalar_subquery()
    unread = select(func.count(), func.min(Event.at)).where(Event.id > read)
    count, since = db.session.execute(unread).one()
    if count and since < clock.now() - PATIENCE:
        yield Finding("worker", f"{count} events behind: is `exchange worker` running?", wrong=True)
    parked = db.session.scalar(select(func.count()).select_from(ParkedEvent))
    if parked:
        yield Finding("worker", f"{parked} events were set aside; see /admin", wrong=True)
    failed = db.session.scalar(
        select(func.count()).select_from(Letter).where(Letter.state == LetterState.FAILED)
    )
    if failed:
        yield Finding("mail", f"{failed} letters could not be sent; see /admin/mail")
    late = db.session.scalar(
        select(func.count())
        .select_from(Letter)
        .where(Letter.state == LetterState.WAITING, Letter.due_at < clock.now())
    )
    if late:
        yield Finding("mail", f"{late} letters are due")
