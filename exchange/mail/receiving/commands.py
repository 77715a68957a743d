"""What each command does: the site's own actions, and one sentence for the answer."""

from collections.abc import Callable

from werkzeug.datastructures import MultiDict

from exchange import db, i18n
from exchange.errors import Conflict, NotAllowed, NotFound, Refusal
from exchange.guard import gate
from exchange.i18n import gettext as _
from exchange.mail import unsubscribe
from exchange.mail.incoming import commands as words
from exchange.mail.incoming.commands import Command, Verb
from exchange.mail.receiving.outcomes import Told
from exchange.meetings import actions as answering
from exchange.meetings import queries as meetings
from exchange.meetings.models import Answer
from exchange.people.models import Team, User
from exchange.questions import actions as asking
from exchange.questions import workflow
from exchange.questions.models import Question
from exchange.questions.policy import may_claim
from exchange.questions.queries import visible_question
from exchange.research import claims
from exchange.research.forms.claims import ClaimForm
from exchange.settings import Settings


def run(
    command: Command, about: Question | None, text: str, *, by: User, settings: Settings
) -> tuple[Question | None, Told]:
    """Do one command on the question it names, else on the one the mail is about. A refusal
    undoes this command and no other."""
    question = about
    try:
        if command.verb is Verb.STOP:
            unsubscribe.stop(by, unsubscribe.ALL)
            return question, _told(command, None, _stopped())
        question = visible_question(command.ref, to=by) if command.ref else about
        if question is None:
            raise Refusal(_("Nommez la question, par exemple « !suivre Q-2026-0042 »."))
        with db.session.begin_nested():
            if command.verb in _ANSWERS:
                sentence = _answer(question, _ANSWERS[command.verb], command.number, by)
            else:
                sentence = _DOES[command.verb or Verb.FOLLOW](question, text, by, settings)
    except gate.IdentityFound:
        return question, _told(
            command,
            question,
            _("Ce texte peut identifier un patient : rien n’a été enregistré. Reformulez-le."),
            fine=False,
        )
    except Refusal as refusal:
        return question, _told(command, question, refusal.sentence, fine=False)
    return question, _told(command, question, sentence)


def _told(command: Command, question: Question | None, sentence: str, *, fine: bool = True) -> Told:
    ref = (question.ref or "") if question is not None else command.ref
    return Told(command.word, ref, fine, sentence)


def _stopped() -> str:
    return _("Plus de point, plus de nouvelles. Vos réglages permettent de revenir sur ce choix.")


def _follow(question: Question, _text: str, by: User, _settings: Settings) -> str:
    asking.follow(question, by, again=True)
    return _("Vous suivez cette question.")


def _mute(question: Question, _text: str, by: User, _settings: Settings) -> str:
    asking.mute(question, by)
    return _("Vous n’entendrez plus parler de cette question.")


def _support(question: Question, _text: str, by: User, _settings: Settings) -> str:
    asking.support(question, band=None, by=by)
    return _("C’est noté : vous voyez aussi ce problème.")


def _answer(question: Question, said: Answer, number: int, by: User) -> str:
    """For one date of the meeting that is proposed, by its number in the letter."""
    meeting = meetings.living_meeting(question)
    if meeting is None or not meetings.sees(meeting, by):
        raise NotFound(_("Aucune rencontre n’attend votre réponse sur cette question."))
    if not 1 <= number <= len(meeting.dates):
        raise Refusal(_("Dites pour quelle date, par exemple « !oui 2 »."))
    date = meeting.dates[number - 1]
    answering.answer(meeting, {date.id: said}, by=by, by_mail=True)
    return _(
        "C’est noté pour la rencontre du %(date)s.", date=i18n.show_appointment(date.starts_at)
    )


def _claim(question: Question, text: str, by: User, settings: Settings) -> str:
    """As the page of the claim does, from labelled lines."""
    if question.stage in claims.JOINABLE and may_claim(by, question):
        raise Conflict(
            _(
                "Une équipe a déjà pris cette question en charge. Pour la rejoindre : %(href)s",
                href=f"{settings.address}/questions/{question.ref}/join",
            )
        )
    workflow.require(question, "claim", by=by)
    said = words.promise(text)
    team = _team(said.pop("team", ""), by)
    form = ClaimForm(
        MultiDict({**said, "team": str(team.id)}), meta={"csrf": False}, teams=by.teams
    )
    if not form.validate():
        raise Refusal(_missing(form))
    claims.claim(question, form.promise(), team=team, by=by)
    return _("Votre équipe mène maintenant cette question : la personne qui l’a posée le saura.")


def _team(name: str, by: User) -> Team:
    """The one named, else the first that the person joined."""
    for team in by.teams:
        if name.strip() and name.strip().casefold() in team.name.casefold():
            return team
    if by.team is None:
        raise NotAllowed(_("Vous ne faites pas partie de cette équipe."))
    return by.team


_LINES = {
    "fr": ("!prendre", "Pourquoi : …", "Attentes : …", "Étape : …", "Date : 31/12/2026"),
    "en": ("!claim", "Why: …", "Needs: …", "Step: …", "Date: 2026-12-31"),
}
"""Read by `incoming.commands.promise`, in either language."""


def _missing(form: ClaimForm) -> str:
    """What the claim still needs, and the lines to send again; never what was typed, since a
    letter holds nobody's words."""
    lacks = [
        f"- {form[name].label.text} : {' '.join(map(str, errors))}"
        for name, errors in form.errors.items()
        if name in form
    ]
    return "\n".join(
        [
            _("Il manque quelque chose à cette prise en charge :"),
            *lacks,
            _("Répondez à nouveau, avec ces lignes complétées :"),
            *_LINES[i18n.get_locale()],
        ]
    )


_ANSWERS = {Verb.YES: Answer.YES, Verb.PERHAPS: Answer.PERHAPS, Verb.NO: Answer.NO}

_DOES: dict[Verb, Callable[[Question, str, User, Settings], str]] = {
    Verb.FOLLOW: _follow,
    Verb.MUTE: _mute,
    Verb.SUPPORT: _support,
    Verb.CLAIM: _claim,
}
