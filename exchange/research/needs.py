"""What a team needs from the clinician, one thing at a time, and what the asker answers."""

from exchange import clock, db
from exchange.errors import Conflict, NotAllowed
from exchange.guard import gate
from exchange.i18n import gettext as _
from exchange.log.record import record
from exchange.people.models import User
from exchange.questions import policy
from exchange.questions.actions import write_note
from exchange.research import facts
from exchange.research.claims import require_in_force, require_living
from exchange.research.models import Claim, ClaimRequest, Reply, RequestKind
from exchange.text import render


def ask(
    opened: Claim, *, kind: RequestKind, text: str, by: User, confirmed: bool = False
) -> ClaimRequest:
    """Ask the clinician for one thing."""
    require_living(opened, by)
    gate.check({"text": text}, confirmed=confirmed)
    asked = ClaimRequest(
        claim_id=opened.id,
        author_id=by.id,
        at=clock.now(),
        kind=kind,
        text=text,
        html=render(text),
    )
    db.session.add(asked)
    db.session.flush()
    record(
        facts.RequestMade(claim_id=opened.id, team_id=opened.team_id, request_id=asked.id),
        on=opened.question_id,
        by=by,
    )
    return asked


def answer(
    asked: ClaimRequest, *, reply: Reply, note: str = "", by: User, confirmed: bool = False
) -> None:
    """Say yes, in part or no; once. A later word belongs to the discussion."""
    require_answerable(asked, by)
    claim = asked.claim
    written = write_note(claim.question, note, by=by, confirmed=confirmed) if note.strip() else None
    asked.reply, asked.replied_at = reply, clock.now()
    asked.note_id = written.id if written else None
    db.session.flush()
    record(
        facts.RequestAnswered(
            claim_id=claim.id,
            team_id=claim.team_id,
            request_id=asked.id,
            reply=reply,
            note_id=asked.note_id,
        ),
        on=claim.question_id,
        by=by,
    )


def require_answerable(asked: ClaimRequest, by: User) -> None:
    """Nobody answered yet, and it is for this person to do so."""
    if not policy.is_asker_or_moderator(by, asked.claim.question):
        raise NotAllowed(_("La réponse revient à la personne qui a posé la question."))
    require_in_force(asked.claim)
    if asked.reply is not None:
        raise Conflict(_("Cette demande a déjà sa réponse."))
