"""An invitation answered in a calendar (RFC 5546 section 3.2.3, RFC 6047): the answer to the meeting,
given by the very action that its page calls.

It counts when it comes to the address of a letter of ours, from the address of that letter's reader
and for them. One to an earlier date than the meeting's is let go: it says nothing of the new one.
"""

from exchange import db
from exchange.errors import Conflict, NotAllowed, NotFound
from exchange.mail.incoming.parse import Incoming
from exchange.mail.receiving import replies
from exchange.mail.receiving.outcomes import Outcome, Settled
from exchange.meetings import actions, queries
from exchange.meetings.calendar import Answered, read_answer
from exchange.outbox.models import Letter
from exchange.people.models import User


def take(incoming: Incoming, letter: Letter) -> Settled:
    """Note what the reader of this letter answered."""
    user = db.session.get_one(User, letter.user_id)
    settled = Settled(outcome=Outcome.CALENDAR, letter=letter, user=user)
    said = _answer(incoming)
    if said is None:
        return settled
    if refused := replies.door(incoming, letter, user):
        settled.outcome = refused
    elif said.attendee != user.email.lower():
        settled.outcome = Outcome.WRONG_SENDER
    else:
        _note(said, user, settled)
    return settled


def _answer(incoming: Incoming) -> Answered | None:
    """Of the first part that is one."""
    found = (
        read_answer(part.content)
        for part in incoming.attachments
        if part.type in {"text/calendar", "application/ics"}
    )
    return next((one for one in found if one is not None), None)


def _note(said: Answered, user: User, settled: Settled) -> None:
    try:
        meeting = queries.meeting_of_calendar(said.uid, to=user)
    except NotFound:
        settled.outcome = Outcome.NOT_ALLOWED
        return
    settled.question = meeting.question
    date = next((one for one in meeting.dates if one.starts_at == meeting.starts_at), None)
    if date is None or said.sequence < meeting.sequence:
        return
    try:
        actions.answer(meeting, {date.id: said.said}, by=user, by_mail=True)
    except NotAllowed:
        settled.outcome = Outcome.NOT_ALLOWED
    except Conflict:
        settled.outcome = Outcome.CALENDAR
    else:
        settled.outcome = Outcome.MET
