"""Passwords: argon2id, a bound on how many are computed at once, and which are too easily guessed.

Rules after CNIL deliberation 2022-100 of 21 July 2022 (at least 50 bits of entropy with
throttling; here 12 characters and no other constraint, which ANSSI's guide of 2021 prefers to
composition rules). Common passwords are refused, and those made of the person's own words or the
site's (NIST SP 800-63B-4 section 3.1.1.2, formerly 5.1.1.2), by zxcvbn: some thirty thousand
passwords and names, keyboards, dates, repetitions and their usual disguises (Wheeler, USENIX
Security 2016).
"""

import re
import threading
from collections.abc import Iterable
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

MINIMUM = 12
MAXIMUM = 256
"""Characters."""

PROVISIONAL = timedelta(hours=72)
"""How long a password that an administrator made may wait for its owner: a weekend."""
GUESSES = 10**10
"""Below it, zxcvbn's own scale says that a slow hash does not keep a stolen password."""
_READ = 72
"""Characters that are weighed: the time it takes grows faster than the length."""

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


def is_guessable(password: str, about: Iterable[str]) -> bool:
    """Whether the password is a common one, or is made of the words of `about` (a name, an address)
    and what people add to them."""
    own = {word for text in about for word in [text, *re.findall(r"\w{3,}", text)] if word}
    guesses: int = zxcvbn(password[:_READ], user_inputs=sorted(own))["guesses"]
    return guesses < GUESSES
