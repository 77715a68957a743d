"""Letters about one's own account: a link that was asked for, what was decided, what changed in the
ways in. They follow the log like all others, and leave whatever a person chose to receive."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from exchange import clock, db, i18n
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.log.models import Event
from exchange.mail.compose import Said
from exchange.outbox.letters import Due, put
from exchange.outbox.models import LetterState
from exchange.people import facts, links, queries
from exchange.people.accounts import prepare
from exchange.people.facts import LinkAsked, UserAdmitted, UserTurnedAway
from exchange.people.models import ROLE_LABELS, Link, Purpose, Role, Standing, User
from exchange.settings import Settings

KINDS = ("link", "link_notice", "turned_away")
"""Letters that also reach whoever has no account yet."""

CHANGED = "account"
TRIED_ALL_THE_SAME = {*KINDS, CHANGED, "confirm"}
"""Letters that also leave to an address from which mail comes back: there is no other way to say it."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """How a change of the ways in is told: what is so now, what to do when it was not wanted, and
    where."""

    heading: str
    now: str
    otherwise: str
    path: str
    button: str


_NOT_ME = _m("Si ce n’était pas vous, choisissez aussitôt un autre mot de passe.")
_ANOTHER = _m("Choisir un mot de passe")
_FORGOTTEN, _FACTORS, _IDENTITIES = (
    "/sign-in/forgotten",
    "/settings/second-factor",
    "/settings/identities",
)
BY_ONESELF = {
    facts.PasswordChanged.kind: Change(
        heading=_m("Votre mot de passe a changé"),
        now=_m("L’ancien ne vaut plus, et vos autres sessions sont terminées."),
        otherwise=_NOT_ME,
        path=_FORGOTTEN,
        button=_ANOTHER,
    ),
    facts.FactorAdded.kind: Change(
        heading=_m("Un second facteur est ajouté à votre compte"),
        now=_m("Il sera demandé après votre mot de passe."),
        otherwise=_NOT_ME,
        path=_FACTORS,
        button=_m("Voir mes seconds facteurs"),
    ),
    facts.FactorRemoved.kind: Change(
        heading=_m("Un second facteur est retiré de votre compte"),
        now=_m("Il n’est plus accepté ici."),
        otherwise=_NOT_ME,
        path=_FACTORS,
        button=_m("Voir mes seconds facteurs"),
    ),
    facts.IdentityLinked.kind: Change(
        heading=_m("Une identité extérieure ouvre désormais votre compte"),
        now=_m("Elle permet d’entrer sans le mot de passe de ce site."),
        otherwise=_m("Si ce n’était pas vous, détachez-la et choisissez un autre mot de passe."),
        path=_IDENTITIES,
        button=_m("Voir mes identités"),
    ),
    facts.IdentityUnlinked.kind: Change(
        heading=_m("Une identité extérieure n’ouvre plus votre compte"),
        now=_m("Vos autres façons d’entrer restent."),
        otherwise=_NOT_ME,
        path=_IDENTITIES,
        button=_m("Voir mes identités"),
    ),
}
BY_ANOTHER = {
    facts.PasswordChanged.kind: Change(
        heading=_m("Un administrateur a remplacé votre mot de passe"),
        now=_m(
            "L’ancien ne vaut plus, et vos sessions sont terminées. Le mot de passe provisoire ne"
            " voyage pas par courriel : il vous est dit de vive voix, et vous fera choisir le vôtre."
        ),
        otherwise=_m("Si vous n’avez rien demandé, choisissez aussitôt le vôtre par ce lien."),
        path=_FORGOTTEN,
        button=_ANOTHER,
    ),
    facts.FactorsReset.kind: Change(
        heading=_m("Un administrateur a retiré vos seconds facteurs"),
        now=_m("Le mot de passe suffit pour entrer, et vos sessions sont terminées."),
        otherwise=_m(
            "Si vous n’avez rien demandé, choisissez aussitôt un autre mot de passe, puis un second"
            " facteur."
        ),
        path=_FORGOTTEN,
        button=_ANOTHER,
    ),
    facts.RolesChanged.kind: Change(
        heading=_m("Un administrateur a changé vos rôles"),
        now=_m("Vous étiez : %(before)s. Vous êtes : %(after)s. Vos sessions sont terminées."),
        otherwise=_m("Si cela vous étonne, demandez-lui pourquoi."),
        path="/sign-in",
        button=_m("Se connecter"),
    ),
}
"""By event. Whoever changes their own roles knows it: they were asked, and can only lose some."""


def follow(event: Event) -> None:
    """Put the letters that this event calls for; none when nobody has the address."""
    if event.kind == LinkAsked.kind:
        _link_asked(db.session.get_one(Link, event.data["link_id"]))
    elif event.kind == UserAdmitted.kind:
        put("admitted", to=event.data["user_id"], reason=f"admitted:{event.id}")
    elif event.kind == UserTurnedAway.kind:
        put("turned_away", to=event.data["user_id"], reason=f"turned_away:{event.id}")
    elif _change(event) is not None:
        put(CHANGED, to=event.data["user_id"], reason=f"account:{event.id}", event_id=event.id)


def _change(event: Event) -> Change | None:
    told = BY_ONESELF if event.actor_id == event.data.get("user_id") else BY_ANOTHER
    return told.get(event.kind)


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
        subject=_("Une invitation à rejoindre %(site)s", site=_(settings.site_name)),
        lines=[
            _("Bonjour %(name)s,", name=reader.name),
            *_inviting(reader),
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


def _inviting(reader: User) -> list[str]:
    """Who invites, so that it is no stranger's mail."""
    who = db.session.scalar(
        select(User.name)
        .join(Event, Event.actor_id == User.id)
        .where(
            Event.kind == facts.UserInvited.kind,
            Event.data["user_id"].as_integer() == reader.id,
        )
        .order_by(Event.id.desc())
        .limit(1)
    )
    return [_("%(who)s vous y invite.", who=who)] if who else []


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


def changed(due: Due, reader: User, settings: Settings) -> Said | LetterState:
    """To the owner: what another password, factor, identity or role means, and who did it."""
    event = db.session.get_one(Event, due.data["event_id"])
    told = _change(event)
    if told is None:
        return LetterState.DROPPED
    roles = {name: _roles(event.data.get(name, 0)) for name in ("before", "after")}
    return _said(
        to=reader.email,
        subject=_(told.heading),
        lines=[
            _done(event, reader),
            _(told.now, **roles),
            _(told.otherwise),
            *([_("Une question ? %(contact)s", contact=settings.contact)] * bool(settings.contact)),
        ],
        href=settings.address + told.path,
        button=_(told.button),
    )


def _done(event: Event, reader: User) -> str:
    when = i18n.show_datetime(event.at)
    if event.actor_id == reader.id:
        return _("C’était le %(when)s.", when=when)
    who = db.session.get(User, event.actor_id) if event.actor_id else None
    if who is None:
        return _("C’était le %(when)s, depuis le serveur du site.", when=when)
    return _("C’était le %(when)s, par %(who)s.", when=when, who=who.name)


def _roles(bits: int) -> str:
    return ", ".join(_(ROLE_LABELS[role]) for role in Role(bits)).lower() or _("sans rôle")


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
    CHANGED: changed,
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
