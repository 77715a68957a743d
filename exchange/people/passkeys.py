"""Passkeys (W3C Web Authentication): making one, and showing one. The challenge is kept by the
caller, in the signed session."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    parse_authentication_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from exchange import clock, db
from exchange.errors import Refusal
from exchange.i18n import gettext as _
from exchange.people import watch
from exchange.people.models import Passkey, User

UNREADABLE = (
    WebAuthnException,
    ValueError,
    TypeError,
    AttributeError,
    KeyError,
    RecursionError,
)
"""What the library raises for what no browser sends."""


@dataclass(frozen=True)
class Place:
    """The site, as browsers know it: a host name, and an address without path."""

    host: str
    origin: str


def new_challenge() -> str:
    """Thirty-two random bytes, as text."""
    return bytes_to_base64url(secrets.token_bytes(32))


def to_make(user: User, known: Sequence[Passkey], challenge: str, place: Place, site: str) -> str:
    """What the browser is asked for to make a passkey, as JSON."""
    return options_to_json(
        generate_registration_options(
            rp_id=place.host,
            rp_name=site,
            user_id=str(user.id).encode(),
            user_name=user.email,
            user_display_name=user.name,
            challenge=base64url_to_bytes(challenge),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED,
                user_verification=UserVerificationRequirement.PREFERRED,
            ),
            exclude_credentials=_named(known),
        )
    )


def to_show(known: Sequence[Passkey], challenge: str, place: Place) -> str:
    """What the browser is asked for to show one of these passkeys, or any it has (which must then
    know its owner by itself), as JSON."""
    return options_to_json(
        generate_authentication_options(
            rp_id=place.host,
            challenge=base64url_to_bytes(challenge),
            allow_credentials=_named(known),
            user_verification=UserVerificationRequirement.PREFERRED
            if known
            else UserVerificationRequirement.REQUIRED,
        )
    )


def make(user: User, credential: str, *, name: str, challenge: str, place: Place) -> Passkey:
    """Store the passkey that the browser made. Raises `Refusal`."""
    try:
        made = verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=place.host,
            expected_origin=place.origin,
        )
    except UNREADABLE:
        raise Refusal(_("Le navigateur n’a pas pu créer de clé d’accès.")) from None
    passkey = Passkey(
        user_id=user.id,
        credential_id=bytes_to_base64url(made.credential_id),
        public_key=bytes_to_base64url(made.credential_public_key),
        sign_count=made.sign_count,
        name=name,
    )
    db.session.add(passkey)
    db.session.flush()
    return passkey


def show(credential: str, *, challenge: str, place: Place, alone: bool) -> Passkey:
    """The passkey that was shown. `alone`: instead of a password, so its owner was recognised by
    the device too. Raises `Refusal`."""
    try:
        parsed = parse_authentication_credential_json(credential)
        passkey = db.session.scalar(
            select(Passkey).where(Passkey.credential_id == bytes_to_base64url(parsed.raw_id))
        )
        if passkey is None:
            raise ValueError("unknown")
        shown = verify_authentication_response(
            credential=parsed,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=alone,
        )
    except UNREADABLE:
        watch.note("refused", user_id=None, how="passkey")
        raise Refusal(_("Cette clé d’accès n’est pas reconnue ici.")) from None
    passkey.sign_count, passkey.used_at = shown.new_sign_count, clock.now()
    return passkey


def _named(known: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.credential_id)) for one in known
    ]
