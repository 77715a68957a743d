"""Who may use a route. Every route declares it, and a guard test finds those that do not.

This is the outer door; what a person may do to *this* question is the policy's word.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from flask import abort, current_app
from flask_login import current_user

from exchange.people.models import Role, User

P = ParamSpec("P")
R = TypeVar("R")


class SignInNeeded(Exception):
    """Nobody is signed in; what was posted must not be lost."""


class ProofNeeded(Exception):
    """The person's role asks for a second factor that this session has not shown."""


STAFF = Role.MODERATOR | Role.ADMINISTRATOR
"""Roles that `EXCHANGE_SECOND_FACTOR` asks a second factor of."""


def access(*roles: Role) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Signed-in people only; with `roles`, only those who have one of them (403 otherwise)."""

    def declare(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not current_user.is_authenticated:
                raise SignInNeeded
            if must_prove() and not getattr(view, "before_proof", False):
                raise ProofNeeded
            if roles and not any(current_user.roles & role for role in roles):
                abort(403)
            return view(*args, **kwargs)

        guarded.access_rule = tuple(roles)  # type: ignore[attr-defined]
        return guarded

    return declare


def must_prove() -> bool:
    """Whether the signed-in person still has to show, or choose, a second factor."""
    person = me()
    asked = current_app.extensions["settings"].second_factor
    return bool(asked and person.roles & STAFF and not person.proved)


def before_proof(view: Callable[P, R]) -> Callable[P, R]:
    """Under `access`: also for who has still to choose a second factor."""
    view.before_proof = True  # type: ignore[attr-defined]
    return view


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Anyone, signed in or not."""
    view.access_rule = "public"  # type: ignore[attr-defined]
    return view


def reads_only(view: Callable[P, R]) -> Callable[P, R]:
    """A POST that changes nothing (a preview, a search in the body): it waits for no writer."""
    view.reads_only = True  # type: ignore[attr-defined]
    return view


def only_looks(view: Callable[P, R]) -> Callable[P, R]:
    """A hot GET page that changes nothing of the person: they are loaded as plain columns (a
    `Reader`), not as an object of the session."""
    view.only_looks = True  # type: ignore[attr-defined]
    return view


def me() -> User:
    """The signed-in person of this request."""
    return cast(User, current_user._get_current_object())
