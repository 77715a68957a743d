"""The doors of this site that are held by others, as its settings have them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from flask import current_app, url_for

from exchange.people.models import Door
from exchange.people.sso.directory import Directory
from exchange.people.sso.openid import Provider
from exchange.people.sso.proxy import Front
from exchange.settings import Settings

DOORS = "outer_doors"


@dataclass(frozen=True)
class Outer:
    """What stands there, for whom the settings name it."""

    provider: Provider | None
    front: Front | None
    directory: Directory | None


@dataclass(frozen=True)
class Button:
    """One door on the sign-in page."""

    door: Door
    label: str
    action: str


def build(settings: Settings) -> Outer:
    """Called once, with the application."""
    return Outer(
        provider=Provider(settings) if settings.oidc_client_id else None,
        front=Front(settings) if settings.remote_user_header else None,
        directory=Directory(settings) if settings.ldap_url else None,
    )


def outer() -> Outer:
    """Those of the running application."""
    return cast(Outer, current_app.extensions[DOORS])


def shown() -> Sequence[Button]:
    """One button for each."""
    found = []
    if provider := outer().provider:
        action = url_for("people.sso.leave_for_provider")
        found.append(Button(Door.OPENID, provider.label, action))
    if front := outer().front:
        found.append(Button(Door.PROXY, front.label, url_for("people.sso.leave_for_front")))
    if directory := outer().directory:
        found.append(Button(Door.LDAP, directory.label, url_for("people.sso.directory")))
    return found
