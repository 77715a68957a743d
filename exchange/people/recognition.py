"""Recognising a person by address and password."""

from flask import request

from exchange import clock, db
from exchange.errors import Refusal, TooOften
from exchange.i18n import gettext as _
from exchange.people import doors, passwords, queries, throttle, watch
from exchange.people.models import User


def recognise(email: str, password: str) -> User:
    """The person with this address and password, inside a new transaction that will write.
    Raises `Refusal` in the same words and after the same time whether or not the account exists.

    Argon2 takes a tenth of a second: it runs between two short transactions, while nobody waits
    for this writer. What was read before it is read again after.
    """
    found = queries.by_email(email)
    stored = found.password_hash if found else ""
    tried = throttle.keys(email, request.remote_addr, doors.known_device(found))
    throttle.count(tried)
    db.session.commit()
    fits = passwords.matches(stored, password)
    renewed = passwords.digest(password) if fits and passwords.is_dated(stored) else stored
    db.begin_write()
    user = queries.by_email(email)
    if not fits or user is None or not user.active or user.password_hash != stored:
        watch.note("refused", user_id=user.id if user else None, how="password")
        raise Refusal(_("Adresse ou mot de passe inconnu, ou compte fermé."))
    if user.password_until is not None and user.password_until <= clock.now():
        watch.note("refused", user_id=user.id, how="provisional")
        raise Refusal(_("Ce mot de passe provisoire n’a pas servi à temps : demandez-en un autre."))
    user.password_hash = renewed
    throttle.forgive(tried)
    return user


def recognise_again(user: User, password: str) -> User:
    """Whoever is signed in types their password once more, if they have one: nobody changes keys at
    a computer that was left open. Raises `Refusal` on the field `password`."""
    if not user.password_hash:
        return user
    try:
        return recognise(user.email, password)
    except TooOften:
        raise
    except Refusal:
        raise Refusal(_("Ce n’est pas votre mot de passe."), field="password") from None
