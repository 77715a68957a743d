"""What we answer to a mail: a letter, to the person whose mail it is, and only when a person reads
it. Machines, strangers and our own echo are answered nothing.

The letter says what became of the message and never repeats it. What it is about is looked at again
when it leaves: who may no longer read the question hears nothing of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from typing import Any

from exchange import clock, db, i18n
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.i18n import typeset
from exchange.mail.compose import Said
from exchange.mail.models import MailText, Received
from exchange.mail.receiving.outcomes import Outcome, Settled, Told
from exchange.outbox import letters as outbox
from exchange.outbox.letters import Due
from exchange.outbox.models import LetterState
from exchange.people.models import User
from exchange.questions.models import Audience, Question
from exchange.questions.policy import may_read
from exchange.settings import Settings


@dataclass(frozen=True)
class Words:
    """`button` leads to `where`: the question, the draft of a question, the reply that waits, the
    new question, or the settings."""

    heading: str
    lines: tuple[str, ...] = ()
    button: str = ""
    where: str = "question"


_AGAIN = _m("Votre texte est dans vos messages envoyés : rien n’est perdu.")
_READ = _m("Voir la discussion")
_WRITE = _m("Répondre sur le site")

ANSWERS: Mapping[Outcome, Words] = {
    Outcome.POSTED: Words(_m("Votre message est dans la discussion"), button=_READ),
    Outcome.ANSWERED: Words(
        _m("Votre réponse est partie chez le modérateur"),
        (_m("La question est de nouveau dans sa file."),),
        _m("Voir ma question"),
    ),
    Outcome.COMMANDED: Words(_m("Voici ce qui a été fait"), button=_m("Voir la question")),
    Outcome.ARRIVED: Words(
        _m("Votre adresse fonctionne"),
        (_m("Votre réponse est arrivée : les courriels repartent."),),
    ),
    Outcome.DRAFTED: Words(
        _m("Votre question est un brouillon"),
        (
            _m("Personne d’autre que vous ne le lit : rien n’est publié par courriel."),
            _m("Il ne reste qu’à le relire, à le compléter et à l’envoyer au modérateur."),
        ),
        _m("Terminer ma question"),
        "draft",
    ),
    Outcome.KEPT: Words(
        _m("À relire avant de publier"),
        (
            _m(
                "Un passage de votre message pourrait identifier un patient : un nom, une date"
                " précise, un lieu. Il n’est pas publié."
            ),
            _m("Il vous attend sur le site, où le passage est marqué ; vous seul pouvez le lire."),
        ),
        _m("Relire et publier"),
        "reply",
    ),
    Outcome.IDENTITY: Words(
        _m("Votre message n’a pas été enregistré"),
        (
            _m(
                "Il contient de quoi identifier une personne à coup sûr : un numéro de téléphone,"
                " de dossier ou de sécurité sociale, une adresse électronique."
            ),
            _m("Retirez-le, puis envoyez à nouveau."),
            _AGAIN,
        ),
        _WRITE,
    ),
    Outcome.CLOSED: Words(
        _m("Cette discussion est close"),
        (_m("Votre message n’a pas été publié."), _AGAIN),
        _m("Voir la question"),
    ),
    Outcome.NOT_ALLOWED: Words(
        _m("Votre message n’a pas été enregistré"),
        (_m("Ce que vous demandez n’existe pas, ou n’est pas pour votre compte."), _AGAIN),
    ),
    Outcome.NO_QUESTION: Words(
        _m("De quelle question s’agit-il ?"),
        (
            _m(
                "Ce courriel en cite plusieurs. Nommez-la sur la première ligne, par exemple"
                " « !suivre Q-2026-0042 » ; ce qui suit devient un message dans sa discussion."
            ),
            _AGAIN,
        ),
    ),
    Outcome.UNKNOWN_COMMAND: Words(
        _m("Cette commande n’existe pas"),
        (
            _m(
                "Les commandes sont « !suivre », « !muet », « !aussi », « !prendre » et « !stop »,"
                " chacune sur sa ligne, au début du message. Rien n’a été fait."
            ),
            _AGAIN,
        ),
        _m("Voir la question"),
    ),
    Outcome.TOO_LONG: Words(
        _m("Votre message est trop long"),
        (_m("Raccourcissez-le, ou envoyez-le en plusieurs fois."), _AGAIN),
        _WRITE,
    ),
    Outcome.EXPIRED: Words(
        _m("Ce courriel est trop ancien pour qu’on y réponde"),
        (_m("La discussion continue sur le site ; votre message n’a pas été publié."), _AGAIN),
        _WRITE,
    ),
    Outcome.REVOKED: Words(
        _m("Cette adresse de réponse a été désactivée"),
        (_m("Répondez à un courriel plus récent, ou sur le site."), _AGAIN),
        _WRITE,
    ),
    Outcome.WRONG_SENDER: Words(
        _m("Une réponse venue d’une autre adresse que la vôtre"),
        (
            _m(
                "Quelqu’un a écrit à l’adresse de réponse de l’un de vos courriels, depuis une autre"
                " adresse que celle de votre compte. Rien n’a été publié."
            ),
            _m(
                "Si c’était vous, écrivez depuis l’adresse de votre compte. Sinon, vous avez sans"
                " doute transféré ce courriel ; vos réglages permettent de désactiver toutes vos"
                " adresses de réponse."
            ),
        ),
        _m("Mon adresse"),
        "address",
    ),
    Outcome.TOO_OFTEN: Words(
        _m("Trop de courriels en peu de temps"),
        (_m("Les suivants n’ont pas été lus. Attendez une heure, puis recommencez."), _AGAIN),
    ),
    Outcome.EMPTY: Words(
        _m("Votre message est vide"),
        (
            _m(
                "Nous n’y avons trouvé que le courriel cité ou une signature. Écrivez au-dessus de ce"
                " qui est cité, puis envoyez à nouveau."
            ),
        ),
        _WRITE,
    ),
    Outcome.OVERSIZE: Words(
        _m("Votre courriel est trop volumineux"),
        (_m("Rien n’en a été lu. Envoyez le texte seul, sans pièce jointe."),),
        _WRITE,
    ),
    Outcome.ENCRYPTED: Words(
        _m("Votre courriel est chiffré"),
        (_m("Nous ne pouvons pas le lire. Envoyez-le en clair, ou écrivez sur le site."),),
        _WRITE,
    ),
    Outcome.DANGEROUS_ATTACHMENT: Words(
        _m("Une pièce jointe est d’un genre que nous refusons"),
        (_m("Rien n’a été enregistré. Envoyez le texte seul."), _AGAIN),
        _WRITE,
    ),
}

ONCE_A_DAY = {Outcome.WRONG_SENDER, Outcome.TOO_OFTEN}


def put(arrived: Received, settled: Settled) -> None:
    """Answer, when there is somebody to answer and something to say."""
    user, outcome = settled.user, settled.outcome
    if user is None or outcome not in ANSWERS or not user.active:
        return
    said = settled.told or settled.files or settled.joined or settled.refused
    if outcome is Outcome.POSTED and not said:
        return
    own = outcome not in ONCE_A_DAY
    name = str(arrived.id) if own else f"{outcome}:{clock.now().date()}"
    outbox.put(
        "reply",
        to=user.id,
        reason=f"received:{name}",
        outcome=outcome.value,
        about_id=settled.question.id if settled.question else None,
        draft_id=settled.draft_id,
        files=settled.files,
        joined=settled.joined,
        refused=settled.refused,
        told=[list(astuple(one)) for one in settled.told],
        answers=arrived.message_id if own else "",
    )


def write(due: Due, reader: User, settings: Settings) -> Said | LetterState:
    """The answer, as it may be read now."""
    data = due.data
    outcome = Outcome(data["outcome"])
    question = _question(data, reader)
    if data["about_id"] and question is None:
        outcome, data = (
            Outcome.NOT_ALLOWED,
            {
                **data,
                "told": [],
                "files": 0,
                "joined": 0,
                "refused": [],
            },
        )
    words = ANSWERS[outcome]
    href = _href(words, data, question, settings)
    subject = _subject(question)
    return Said(
        template="reply",
        subject=f"Re: {subject}" if subject else _(words.heading),
        topic=subject,
        ref=(question.ref or "") if question else "",
        takes_replies=(question is not None and outcome is not Outcome.CLOSED)
        or outcome is Outcome.NO_QUESTION,
        answers=data["answers"] or "",
        words={
            "heading": _(words.heading),
            "lines": [_(line) for line in words.lines],
            "told": [_done(*one) for one in data["told"]],
            "files": data["files"],
            "joined": data.get("joined", 0),
            "refused": data.get("refused", []),
            "button": _(words.button) if href else "",
            "href": href,
            "why": _("Vous recevez ce courriel parce que vous nous avez écrit.")
            if data["answers"]
            else _("Vous recevez ce courriel parce qu’il concerne la sûreté de votre compte."),
        },
    )


def write_confirm(due: Due, reader: User, settings: Settings) -> Said | LetterState:
    """Does mail arrive? Nothing to ask once it does."""
    if reader.mail_dead_at is None:
        return LetterState.DROPPED
    heading = _("Recevez-vous nos courriels ?")
    return Said(
        template="confirm",
        subject=heading,
        words={
            "heading": heading,
            "href": f"{settings.address}/mail/arrived/{due.token}",
            "why": _("Vous recevez ce courriel parce que vous avez demandé un essai."),
        },
    )


WRITERS: dict[str, Callable[[Due, User, Settings], Said | LetterState]] = {
    "reply": write,
    "confirm": write_confirm,
}


def _question(data: Mapping[str, Any], reader: User) -> Question | None:
    question = db.session.get(Question, data["about_id"]) if data["about_id"] else None
    return question if question is not None and may_read(reader, question) else None


def _subject(question: Question | None) -> str:
    """That of the thread, so that the answer stands in it."""
    if question is None:
        return ""
    sealed = question.audience is Audience.CIRCLE
    title = _("Question réservée à un cercle") if sealed else question.title
    return f"[{question.ref}] {title}"


def _href(
    words: Words, data: Mapping[str, Any], question: Question | None, settings: Settings
) -> str:
    if words.where == "address":
        return f"{settings.address}/settings/replies"
    if words.where == "draft":
        return f"{settings.address}/questions/drafts/{data['draft_id']}"
    if words.where == "reply" and db.session.get(MailText, data["draft_id"]) is not None:
        return f"{settings.address}/replies/{data['draft_id']}"
    return f"{settings.address}/questions/{question.ref}" if question is not None else ""


def _done(word: str, ref: str, fine: bool, sentence: str) -> dict[str, object]:
    told = Told(word, ref, fine, sentence)
    name = f"!{told.word} {told.ref}".strip()
    lines = told.sentence.split("\n")
    return {
        "name": typeset(name) if i18n.get_locale() == "fr" else name,
        "fine": told.fine,
        "lines": lines,
    }
