"""An identity that another door named, and that no account has yet: it waits in the signed session of
the browser that brought it, for a short while."""

from dataclasses import asdict

from flask import session

from exchange import clock
from exchange.federation import Admission
from exchange.people.doors import STRANGER
from exchange.people.models import Door
from exchange.people.sso.stranger import Stranger

WAITS = 3600
"""Seconds: time to ask for an account and to follow the link that comes by mail."""


def remember(stranger: Stranger) -> None:
    """It waits here from now on."""
    session[STRANGER] = [int(clock.now().timestamp()), asdict(stranger)]


def here() -> Stranger | None:
    """The one that waits in this browser."""
    match session.get(STRANGER):
        case [int(at), dict(told)] if clock.now().timestamp() - at < WAITS:
            admission = Admission(**told["admission"]) if told["admission"] else None
            return Stranger(**{**told, "door": Door(told["door"]), "admission": admission})
    return None


def forget() -> None:
    """It waits no longer."""
    session.pop(STRANGER, None)
