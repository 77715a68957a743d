"""A reply to a letter: commands on its first lines, and what its author wrote, posted by the very
action that the site calls, with its guard and its rules."""

from datetime import timedelta

from sqlalchemy import func, select

from exchange import clock, db, i18n
from exchange.discussion import actions as discussion
from exchange.discussion.actions import COMMENT_LIMIT
from exchange.errors import Refusal
from exchange.guard import gate
from exchange.log.models import Event
from exchange.mail import returns
from exchange.mail.incoming import commands as words
from exchange.mail.incoming import kinds
from exchange.mail.incoming.commands import Command, Verb
from exchange.mail.incoming.parse import Incoming
from exchange.mail.incoming.trim import trim
from exchange.mail.models import Received
from exchange.mail.receiving import commands, files
from exchange.mail.receiving.outcomes import Outcome, Settled
from exchange.outbox.models import Letter
from exchange.people.models import User
from exchange.questions import actions as asking
from exchange.questions import policy
from exchange.questions.forms import NOTE_LIMIT
from exchange.questions.models import Question, Stage
from exchange.research.models import Project
from exchange.research.policy import may_read_project
from exchange.settings import Settings

VALID = timedelta(days=180)
"""How long one may reply to a letter."""

MOST_AN_HOUR = 30
"""Mails that one person may send us in an hour: more is a program."""

CUT_KEPT = 20_000
"""Characters kept of what was trimmed."""

MASK = "[…]"


def take(
    incoming: Incoming, letter: Letter, refusal: kinds.Refusal | None, settings: Settings
) -> Settled:
    """Do what a reply to this letter asks."""
    user = db.session.get_one(User, letter.user_id)
    settled = Settled(outcome=Outcome.POSTED, letter=letter, user=user)
    settled.outcome = door(incoming, letter, user) or Outcome.POSTED
    if settled.outcome is not Outcome.POSTED:
        return settled
    returns.revive(user, by=user)
    with i18n.speaking(user.locale, user.timezone):
        if refusal is not None:
            settled.outcome = Outcome(refusal)
        else:
            _read(incoming, letter, user, settled, settings)
    return settled


def post(
    question: Question,
    text: str,
    *,
    by: User,
    project_id: int | None = None,
    confirmed: bool = False,
) -> tuple[Outcome, int | None]:
    """Write in the thread as its page would: an answer to the moderator while one is awaited, a
    comment otherwise, on the page of a project when it was asked for news. Returns which, and the number of the comment. Raises `IdentityFound` and
    `Refusal`."""
    if question.stage is Stage.RETURNED and policy.is_asker(by, question):
        asking.resubmit(question, answer=text, by=by, confirmed=confirmed)
        return Outcome.ANSWERED, None
    posted = discussion.comment(
        question, text=text, by=by, project_id=project_id, confirmed=confirmed, by_mail=True
    )
    return Outcome.POSTED, posted.id


def is_too_long(question: Question, text: str, by: User) -> bool:
    """As the forms of the site have it."""
    answer = question.stage is Stage.RETURNED and policy.is_asker(by, question)
    return len(text) > (NOTE_LIMIT if answer else COMMENT_LIMIT)


def door(incoming: Incoming, letter: Letter, user: User) -> Outcome | None:
    """Why this person may not reply to this letter now."""
    if not user.active:
        return Outcome.SUSPENDED
    if incoming.from_address != user.email.lower():
        return Outcome.WRONG_SENDER
    if too_often(user):
        return Outcome.TOO_OFTEN
    if letter.revoked_at is not None:
        return Outcome.REVOKED
    if letter.created_at < clock.now() - VALID:
        return Outcome.EXPIRED
    return None


def too_often(user: User) -> bool:
    """Whether this person has just sent more than a person writes."""
    count = select(func.count()).where(
        Received.user_id == user.id, Received.at > clock.now() - timedelta(hours=1)
    )
    return (db.session.scalar(count) or 0) >= MOST_AN_HOUR


def _read(
    incoming: Incoming, letter: Letter, user: User, settled: Settled, settings: Settings
) -> None:
    if letter.kind == "confirm":
        settled.outcome = Outcome.ARRIVED
        return
    trimmed = trim(incoming.text)
    asked, text = words.split(trimmed.kept)
    settled.text, settled.cut = text, masked(trimmed.cut)
    settled.files = len(files.missed(incoming))
    question = _about(letter)
    if question is not None and not policy.may_read(user, question):
        settled.outcome = Outcome.NOT_ALLOWED
        return
    settled.question = question
    if any(command.verb is None for command in asked):
        settled.outcome = Outcome.UNKNOWN_COMMAND
        return
    if question is None and not asked:
        settled.outcome = Outcome.NO_QUESTION
        return
    claimed = _command(asked, text, user, settled, settings)
    if not text.strip() or claimed:
        settled.outcome = Outcome.COMMANDED
    else:
        _write(text, user, settled)
    if settled.question is not None and settled.outcome in {Outcome.POSTED, Outcome.ANSWERED}:
        files.join(incoming, settled, settled.question, by=user, settings=settings)


def _about(letter: Letter) -> Question | None:
    """The question of a letter, or of the mail that it answers."""
    number = letter.question_id or letter.data.get("about_id")
    return db.session.get(Question, number) if number else None


def _command(
    asked: list[Command], text: str, user: User, settled: Settled, settings: Settings
) -> bool:
    """Do each command in turn; True when one of them took the text as its own. The question that
    one names becomes that of the text, when the letter had none."""
    taken = False
    for command in asked:
        question, told = commands.run(command, settled.question, text, by=user, settings=settings)
        settled.told.append(told)
        taken = taken or command.verb in {Verb.CLAIM, Verb.STOP}
        settled.question = settled.question or question
    return taken


def _write(text: str, user: User, settled: Settled) -> None:
    question = settled.question
    if question is None:
        settled.outcome = Outcome.NO_QUESTION
        return
    if is_too_long(question, text, user):
        settled.outcome = Outcome.TOO_LONG
        return
    try:
        with db.session.begin_nested():
            settled.outcome, settled.comment_id = post(
                question, text, by=user, project_id=_project(settled.letter, user)
            )
    except gate.IdentityFound as found:
        settled.outcome = Outcome.IDENTITY if found.sure else Outcome.KEPT
        settled.kept = "" if found.sure else text
    except Refusal:
        settled.outcome = Outcome.CLOSED


def _project(letter: Letter | None, user: User) -> int | None:
    """The project of whose silence the letter spoke, while its reader may read it."""
    if letter is None or letter.kind != "quarter":
        return None
    event = db.session.get_one(Event, letter.data["event_id"])
    project = db.session.get_one(Project, event.data["project_id"])
    return project.id if may_read_project(user, project) else None


def masked(text: str) -> str:
    """What was trimmed, without what surely identifies somebody: a signature holds a telephone
    number, a quoted letter may hold a patient's."""
    text = text[:CUT_KEPT]
    pieces: list[str] = []
    for piece, finding in gate.mark(text, [one for one in gate.look(text) if one.sure]):
        pieces.append(MASK if finding is not None else piece)
    return "".join(pieces)
