"""Whose the identities are: recognising, letting in by the rules, linking and unlinking."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from exchange import clock, db
from exchange.errors import Conflict, NotFound, Refusal
from exchange.i18n import gettext as _
from exchange.log.record import record
from exchange.people import accounts, watch
from exchange.people.facts import IdentityLinked, IdentityUnlinked
from exchange.people.models import Identity, Passkey, Role, Standing, Team, User
from exchange.people.sso.stranger import Stranger


def of(user: User) -> Sequence[Identity]:
    """Who this person is elsewhere: one query."""
    return db.session.scalars(
        select(Identity).where(Identity.user_id == user.id).order_by(Identity.id)
    ).all()


def known(stranger: Stranger) -> Identity | None:
    """The identity as it is linked here, with its person: one query."""
    return db.session.scalar(
        select(Identity)
        .where(Identity.issuer == stranger.issuer, Identity.subject == stranger.subject)
        .options(joinedload(Identity.user))
    )


def person_of(issuer: str, subject: str) -> User | None:
    """Whose identity this is, before anybody has proved it: one query."""
    return db.session.scalar(
        select(User)
        .join(Identity, Identity.user_id == User.id)
        .where(Identity.issuer == issuer, Identity.subject == subject)
    )


def recognise(stranger: Stranger, *, maps: str = "") -> User | None:
    """Whose account this identity opens: linked already, mapped (`EXCHANGE_REMOTE_USER_MAPS`), or
    let in by a rule now. None when they have to come from inside an account first. Raises
    `Refusal` for an account that is closed."""
    identity = known(stranger)
    if identity is None:
        user = _mapped(stranger, maps) or _let_in(stranger)
        if user is None:
            return None
    else:
        user = identity.user
        identity.used_at = clock.now()
        identity.rpps = stranger.rpps or identity.rpps
    if not user.active and user.standing is not Standing.CANDIDATE:
        watch.note("refused", user_id=user.id, how=stranger.door.value)
        raise Refusal(_("Ce compte est fermé."))
    return user


def _mapped(stranger: Stranger, maps: str) -> User | None:
    """The member whose address, or name after the @, this is: the administrator has said that the
    other side and this one name the same people."""
    login = stranger.subject.rpartition("\\")[2].partition("@")[0]
    column, value = (User.email, stranger.subject) if maps == "email" else (User.handle, login)
    user = db.session.scalar(select(User).where(column == value)) if maps else None
    if user is None or user.standing is not Standing.MEMBER:
        return None
    _attach(user, stranger)
    watch.note("identity_mapped", user_id=user.id, door=stranger.door.value)
    return user


def _let_in(stranger: Stranger) -> User | None:
    """A new account, when a rule speaks of this person, whose address is verified and nobody's."""
    admission = stranger.admission
    if admission is None or not stranger.email or _whose(stranger.email) is not None:
        return None
    team = db.session.scalar(select(Team).where(Team.slug == admission.team))
    user = accounts.receive(
        email=stranger.email,
        name=stranger.name or stranger.email.partition("@")[0],
        role=Role[admission.role.upper()],
        team=team,
        pending=admission.pending,
    )
    _attach(user, stranger)
    watch.note("let_in", user_id=user.id, door=stranger.door.value, pending=admission.pending)
    return user


def standing_of(stranger: Stranger) -> Standing | None:
    """Where the account with the stranger's address is on its way in, if there is one."""
    owner = _whose(stranger.email) if stranger.email else None
    return owner.standing if owner else None


def link(user: User, stranger: Stranger) -> None:
    """The person, from inside their account, says that this is they. Raises `Conflict` when it is
    somebody's already."""
    try:
        with db.session.begin_nested():
            _attach(user, stranger)
    except IntegrityError:
        raise Conflict(_("Cette identité est déjà rattachée à un compte.")) from None
    watch.note("identity_linked", user_id=user.id, door=stranger.door.value)


def needs_password(user: User, stranger: Stranger) -> bool:
    """Whether the password is asked for again before linking: a verified address that is the
    account's own speaks for itself; anything else may be somebody else's."""
    return stranger.email != user.email


def own(user: User, number: int) -> Identity:
    """One query. Raises `NotFound`."""
    found = db.session.scalar(
        select(Identity).where(Identity.user_id == user.id, Identity.id == number)
    )
    if found is None:
        raise NotFound(_("Aucune identité de ce numéro."))
    return found


def unlink(user: User, identity: Identity) -> None:
    """Give up an identity, but never the last way in."""
    if not _has_other_way(user):
        raise Refusal(
            _(
                "C’est votre seule entrée : choisissez d’abord un mot de passe, par « Mot de passe"
                " oublié ? » sur la page de connexion."
            )
        )
    db.session.delete(identity)
    db.session.flush()
    record(IdentityUnlinked(user_id=user.id, door=identity.door.value), by=user)
    watch.note("identity_unlinked", user_id=user.id, door=identity.door.value)


def _has_other_way(user: User) -> bool:
    others = db.session.scalar(select(func.count()).where(Identity.user_id == user.id)) or 0
    keys = select(Passkey.id).where(Passkey.user_id == user.id).limit(1)
    return bool(user.password_hash) or others > 1 or db.session.scalar(keys) is not None


def _attach(user: User, stranger: Stranger) -> None:
    db.session.add(
        Identity(
            user_id=user.id,
            door=stranger.door,
            issuer=stranger.issuer,
            subject=stranger.subject,
            name=stranger.shown[:255],
            rpps=stranger.rpps,
            used_at=clock.now(),
        )
    )
    db.session.flush()
    record(IdentityLinked(user_id=user.id, door=stranger.door.value), by=user)


def _whose(email: str) -> User | None:
    return db.session.scalar(select(User).where(User.email == email))
