"""Passwords: argon2id, and a bound on how many are computed at once.

Rules after CNIL deliberation 2022-100 of 21 July 2022 (at least 50 bits of entropy with
throttling; here 12 characters and no other constraint, which ANSSI's guide of 2021 prefers to
composition rules).
"""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MINIMUM = 12
MAXIMUM = 256
"""Characters."""

_hasher = PasswordHasher()
_at_once = threading.BoundedSemaphore(2)  # each computation takes 64 MiB
_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA"
    "$RdescudvJCsgt3ub+b7dWRWJTmaaJObGJVd9pGJ5Wuo"
)


def digest(password: str) -> str:
    """The argon2id hash to store."""
    with _at_once:
        return _hasher.hash(password)


def matches(stored: str, password: str) -> bool:
    """Whether `password` is the one stored; takes the same time when nothing is stored, so that
    nobody learns which accounts exist."""
    try:
        with _at_once:
            return _hasher.verify(stored or _NOBODY, password) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


def is_dated(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)
