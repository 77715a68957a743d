"""Letters about one's own account: a link that was asked for, what was decided. They follow the log
like all others, and leave whatever a person chose to receive."""

from collections.abc import Callable

from exchange import clock, db, i18n
from exchange.i18n import gettext as _
from exchange.log.models import Event
from exchange.mail.compose import Said
from exchange.outbox.letters import Due, put
from exchange.outbox.models import LetterState
from exchange.people import links, queries
from exchange.people.accounts import prepare
from exchange.people.facts import LinkAsked, UserAdmitted, UserTurnedAway
from exchange.people.models import Link, Purpose, Standing, User
from exchange.settings import Settings

KINDS = ("link", "link_notice", "turned_away")
"""Letters that also reach whoever has no account yet."""


def follow(event: Event) -> None:
    """Put the letters that this event calls for; none when nobody has the address."""
    if event.kind == LinkAsked.kind:
        _link_asked(db.session.get_one(Link, event.data["link_id"]))
    elif event.kind == UserAdmitted.kind:
        put("admitted", to=event.data["user_id"], reason=f"admitted:{event.id}")
    elif event.kind == UserTurnedAway.kind:
        put("turned_away", to=event.data["user_id"], reason=f"turned_away:{event.id}")


def _link_asked(asked: Link) -> None:
    if asked.purpose is Purpose.REGISTRATION and asked.user_id is None:
        prepare(asked)
    if asked.user_id is None:
        return
    put("link", to=asked.user_id, reason=f"link:{asked.id}", link_id=asked.id)
    if asked.former:
        put("link_notice", to=asked.user_id, reason=f"link:{asked.id}:notice", link_id=asked.id)


def link(due: Due, reader: User, settings: Settings) -> Said | LetterState:
    """To the address that the link is for, while it holds."""
    asked = db.session.get_one(Link, due.data["link_id"])
    if asked.used_at is not None or asked.ends_at <= clock.now():
        return LetterState.DROPPED
    return SAYS[asked.purpose](asked, reader, settings)


def notice(due: Due, reader: User, settings: Settings) -> Said | LetterState:
    """To the former address: who reads it may refuse the change, before it and after."""
    asked = db.session.get_one(Link, due.data["link_id"])
    token = links.token(asked, settings.key(), to="refuse")
    return _said(
        to=asked.former,
        subject=_("Quelqu’un demande à changer l’adresse de votre compte"),
        lines=[
            _("La nouvelle adresse serait %(email)s.", email=asked.email),
            _("Si c’est bien vous, il n’y a rien à faire ici : suivez le lien reçu là-bas."),
            _("Sinon, gardez votre adresse ; ce lien vaut jusqu’au %(until)s.", until=_until(asked)),
        ],
        href=f"{settings.address}/address/{token}/refuse",
        button=_("Ce n’était pas moi"),
    )  # fmt: skip


def _reset(asked: Link, reader: User, settings: Settings) -> Said | LetterState:
    if not reader.active:
        return LetterState.DROPPED
    return _said(
        to=reader.email,
        subject=_("Choisir un nouveau mot de passe"),
        lines=[
            _("Quelqu’un, vous sans doute, a demandé à changer le mot de passe de votre compte."),
            _("Ce lien vaut une fois, jusqu’au %(until)s.", until=_until(asked)),
            _("Si ce n’était pas vous, laissez-le : votre mot de passe actuel continue de valoir."),
        ],
        href=f"{settings.address}/sign-in/reset/{links.token(asked, settings.key())}",
        button=_("Choisir un mot de passe"),
    )


def _address(asked: Link, reader: User, settings: Settings) -> Said | LetterState:
    if not reader.active or queries.by_email(asked.email) is not None:
        return LetterState.DROPPED  # whose it is has an account already, and asked for nothing
    return _said(
        to=asked.email,
        subject=_("Confirmer votre nouvelle adresse"),
        lines=[
            _("Cette adresse est proposée pour un compte de ce site."),
            _("Ce lien vaut une fois, jusqu’au %(until)s.", until=_until(asked)),
            _("Si cela ne vous dit rien, laissez-le : rien ne change."),
        ],
        href=f"{settings.address}/address/{links.token(asked, settings.key())}",
        button=_("Confirmer l’adresse"),
    )


def _invitation(asked: Link, reader: User, settings: Settings) -> Said | LetterState:
    return _said(
        to=asked.email,
        subject=_("Une invitation à rejoindre %(site)s", site=settings.site_name),
        lines=[
            _("Bonjour %(name)s,", name=reader.name),
            _(
                "Ici, les cliniciens posent leurs questions et les laboratoires les prennent en charge."
            ),
            _(
                "Ce lien ouvre votre compte ; il vaut une fois, jusqu’au %(until)s.",
                until=_until(asked),
            ),
        ],
        href=f"{settings.address}/invitations/{links.token(asked, settings.key())}",
        button=_("Ouvrir mon compte"),
    )


def _registration(asked: Link, reader: User, settings: Settings) -> Said | LetterState:
    if reader.standing is Standing.MEMBER:
        return _said(
            to=asked.email,
            subject=_("Vous avez déjà un compte"),
            lines=[
                _(
                    "Quelqu’un, vous sans doute, a demandé un compte pour cette adresse : elle en a un."
                ),
                _("Si le mot de passe vous échappe, la page de connexion permet d’en changer."),
            ],
            href=f"{settings.address}/sign-in",
            button=_("Se connecter"),
        )
    if reader.standing is Standing.INVITED:
        return LetterState.DROPPED  # the invitation they hold opens more than a request would
    return _said(
        to=asked.email,
        subject=_("Confirmer votre adresse"),
        lines=[
            _("Quelqu’un, vous sans doute, a demandé un compte pour cette adresse."),
            _("Ce lien vaut une fois, jusqu’au %(until)s.", until=_until(asked)),
            _("Si cela ne vous dit rien, laissez-le : rien ne change."),
        ],
        href=f"{settings.address}/join/{links.token(asked, settings.key())}",
        button=_("Continuer ma demande"),
    )


def admitted(_due: Due, reader: User, settings: Settings) -> Said | LetterState:
    """To a candidate: come in."""
    return _said(
        to=reader.email,
        subject=_("Votre compte est ouvert"),
        lines=[
            _("Votre demande est acceptée : connectez-vous avec cette adresse."),
            _("Vous pouvez choisir dans vos réglages ce que vous recevez par courriel."),
        ],
        href=f"{settings.address}/sign-in",
        button=_("Se connecter"),
    )


def turned_away(_due: Due, reader: User, settings: Settings) -> Said | LetterState:
    """To a candidate: not this time."""
    if reader.standing is not Standing.TURNED_AWAY:
        return LetterState.DROPPED
    return _said(
        to=reader.email,
        subject=_("Votre demande de compte n’est pas retenue"),
        lines=[
            _("Un modérateur ou le responsable de l’équipe n’a pas pu l’accepter."),
            _("Le plus simple est de demander une invitation à un membre de votre équipe."),
        ],
        href=f"{settings.address}/join",
        button=_("Demander de nouveau"),
    )


SAYS: dict[Purpose, Callable[[Link, User, Settings], Said | LetterState]] = {
    Purpose.RESET: _reset,
    Purpose.ADDRESS: _address,
    Purpose.INVITATION: _invitation,
    Purpose.REGISTRATION: _registration,
}

WRITERS: dict[str, Callable[[Due, User, Settings], Said | LetterState]] = {
    "link": link,
    "link_notice": notice,
    "admitted": admitted,
    "turned_away": turned_away,
}


def _said(*, to: str, subject: str, lines: list[str], href: str, button: str) -> Said:
    return Said(
        template="account",
        to=to,
        subject=subject,
        takes_replies=False,
        words={
            "heading": subject,
            "lines": lines,
            "href": href,
            "button": button,
            "why": _("Vous recevez ce courriel parce qu’il concerne votre compte."),
        },
    )


def _until(asked: Link) -> str:
    return i18n.show_datetime(asked.ends_at)
