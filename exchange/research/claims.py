"""Claims: a team commits, others join, news is given, the lead is handed over, the question is
given back."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy import update as change
from sqlalchemy.exc import IntegrityError

from exchange import clock, db
from exchange.errors import Conflict, IllegalMove, NotAllowed, Refusal
from exchange.guard import gate
from exchange.i18n import gettext as _
from exchange.i18n import show_datetime
from exchange.log.record import record
from exchange.people.models import Team, User
from exchange.questions import facts as moves
from exchange.questions import workflow
from exchange.questions.actions import follow, write_note
from exchange.questions.models import Question, Stage
from exchange.questions.policy import may_claim
from exchange.research import facts
from exchange.research.models import Claim, ClaimUpdate, Silence
from exchange.text import render

JOINABLE = {Stage.CLAIMED, Stage.HYPOTHESIS, Stage.PROJECT}


@dataclass(frozen=True, kw_only=True)
class Promise:
    """What a claiming team says: why us, what we need from you, the next step and its date."""

    why: str
    needs: str
    next_step: str
    next_step_on: date | None = None


class AlreadyLed(Conflict):
    """Another team was faster; `claim` is theirs. Joining is offered instead."""

    def __init__(self, sentence: str, claim: Claim) -> None:
        super().__init__(sentence)
        self.claim = claim


def claim(
    question: Question, promise: Promise, *, team: Team, by: User, confirmed: bool = False
) -> Claim:
    """Lead the work on an open question. Raises `AlreadyLed` when another team leads."""
    _require_member(by, team)
    try:
        workflow.require(question, "claim", by=by)
    except IllegalMove:
        _tell_who_leads(question, team)
        raise
    opened = _open(question, promise, team=team, by=by, lead=True, confirmed=confirmed)
    question.lead_team_id = team.id
    workflow.make(question, moves.Claimed(claim_id=opened.id, team_id=team.id), by=by)
    follow(question, by)
    return opened


def join(
    question: Question, promise: Promise, *, team: Team, by: User, confirmed: bool = False
) -> Claim:
    """Work on the question beside the leading team."""
    _require_member(by, team)
    require_joinable(question, by)
    if living_claim(question, team):
        raise Conflict(_("Votre équipe est déjà engagée sur cette question."))
    opened = _open(question, promise, team=team, by=by, lead=False, confirmed=confirmed)
    record(facts.ClaimJoined(claim_id=opened.id, team_id=team.id), on=question.id, by=by)
    follow(question, by)
    return opened


def update(
    opened: Claim,
    *,
    text: str,
    next_step: str,
    next_step_on: date | None,
    by: User,
    confirmed: bool = False,
) -> ClaimUpdate:
    """One line of news; the clock of ageing starts again."""
    require_living(opened, by)
    gate.check({"text": text, "next_step": next_step}, confirmed=confirmed)
    if (next_step, next_step_on) != (opened.next_step, opened.next_step_on):
        _require_not_past(next_step_on)
    news = ClaimUpdate(
        claim_id=opened.id, author_id=by.id, at=clock.now(), text=text, html=render(text)
    )
    db.session.add(news)
    opened.updated_at = opened.heard_at = clock.now()
    opened.silence, opened.silence_on = Silence.NONE, None
    if next_step:
        opened.next_step, opened.next_step_on = next_step, next_step_on
    db.session.flush()
    record(
        facts.ClaimUpdated(claim_id=opened.id, team_id=opened.team_id, update_id=news.id),
        on=opened.question_id,
        by=by,
    )
    return news


def release(opened: Claim, *, reason: str, by: User, confirmed: bool = False) -> None:
    """Give the question back, with the reason. When the lead leaves, a joining team does not
    inherit it unasked: the question is open again, and whoever joined may claim it."""
    require_releasable(opened, by)
    question = opened.question
    note = write_note(question, reason, by=by, confirmed=confirmed)
    opened.ended_at = clock.now()
    db.session.flush()
    if not opened.lead:
        record(
            facts.ClaimLeft(claim_id=opened.id, team_id=opened.team_id, note_id=note.id),
            on=question.id,
            by=by,
        )
        return
    workflow.make(
        question,
        moves.Released(claim_id=opened.id, team_id=opened.team_id, note_id=note.id),
        by=by,
    )
    question.lead_team_id = None


def hand_over(opened: Claim, to: Claim, *, by: User) -> None:
    """A joining team leads from now on, and the one that led works beside it."""
    require_transferable(opened, by)
    if to.question_id != opened.question_id or to.ended_at is not None or to.lead:
        raise Conflict(_("Cette équipe ne travaille plus sur la question."))
    opened.lead = False
    db.session.flush()
    to.lead = True
    to.heard_at, to.silence, to.silence_on = clock.now(), Silence.NONE, None
    opened.question.lead_team_id = to.team_id
    db.session.flush()
    record(
        facts.LeadHandedOver(claim_id=to.id, from_team_id=opened.team_id, team_id=to.team_id),
        on=opened.question_id,
        by=by,
    )


def heard(question: Question) -> None:
    """Something else than a line of news showed that the work goes on: the leading team's clock
    starts again."""
    db.session.execute(
        change(Claim)
        .where(Claim.question_id == question.id, Claim.lead.is_(True), Claim.ended_at.is_(None))
        .values(heard_at=clock.now(), silence=Silence.NONE, silence_on=None)
    )


def living_claim(question: Question, team: Team) -> Claim | None:
    """The team's claim in force, if any."""
    return db.session.scalar(
        select(Claim).where(
            Claim.question_id == question.id, Claim.team_id == team.id, Claim.ended_at.is_(None)
        )
    )


def _open(
    question: Question, promise: Promise, *, team: Team, by: User, lead: bool, confirmed: bool
) -> Claim:
    gate.check(
        {"why": promise.why, "needs": promise.needs, "next_step": promise.next_step},
        confirmed=confirmed,
    )
    _require_not_past(promise.next_step_on)
    known = living_claim(question, team) if lead else None
    if known:  # the team had joined a claim that was given back: now it leads
        known.ended_at = clock.now()
        db.session.flush()
    opened = Claim(
        question_id=question.id,
        question=question,
        team_id=team.id,
        lead=lead,
        opened_by_id=by.id,
        at=clock.now(),
        updated_at=clock.now(),
        heard_at=clock.now(),
        why=promise.why,
        why_html=render(promise.why),
        needs=promise.needs,
        needs_html=render(promise.needs),
        next_step=promise.next_step,
        next_step_on=promise.next_step_on,
    )
    try:
        with db.session.begin_nested():
            db.session.add(opened)
    except IntegrityError:
        if lead:
            _tell_who_leads(question, team)
        raise Conflict(_("Votre équipe est déjà engagée sur cette question.")) from None
    return opened


def _tell_who_leads(question: Question, team: Team) -> None:
    leading = db.session.scalar(
        select(Claim).where(
            Claim.question_id == question.id, Claim.ended_at.is_(None), Claim.lead.is_(True)
        )
    )
    if leading is not None and leading.team_id == team.id:
        raise Conflict(
            _(
                "Votre équipe a pris cette question en charge le %(when)s.",
                when=show_datetime(leading.at),
            )
        )
    if leading is not None:
        raise AlreadyLed(
            _(
                "%(team)s a pris cette question en charge le %(when)s. Vous pouvez la rejoindre :"
                " ce que vous avez écrit est gardé.",
                team=leading.team.name,
                when=show_datetime(leading.at),
            ),
            leading,
        )


def _require_member(user: User, team: Team) -> None:
    if team.id not in user.team_ids:
        raise NotAllowed(_("Vous ne faites pas partie de cette équipe."))


def require_joinable(question: Question, by: User) -> None:
    """Somebody works on the question, and the person may work beside them."""
    if not may_claim(by, question):
        raise NotAllowed(_("Rejoindre revient aux membres d’une équipe de recherche."))
    if question.stage not in JOINABLE:
        raise Conflict(_("On ne peut rejoindre qu’une question déjà prise en charge."))


def require_living(opened: Claim, by: User) -> None:
    """The claim is in force, and the person's to speak of."""
    if opened.team_id not in by.team_ids and not by.is_moderator:
        raise NotAllowed(_("Seule l’équipe engagée peut le faire."))
    require_in_force(opened)


def require_in_force(opened: Claim) -> None:
    """The team is still engaged."""
    if opened.ended_at is not None:
        raise Conflict(_("Cette prise en charge est déjà terminée."))


def require_releasable(opened: Claim, by: User) -> None:
    """The claim may be given back now."""
    require_living(opened, by)
    if opened.lead:
        workflow.require(opened.question, "release", by=by)


def require_transferable(opened: Claim, by: User) -> None:
    """The person's team leads, and may let another lead."""
    require_living(opened, by)
    if not opened.lead:
        raise Conflict(_("Votre équipe ne mène pas cette question."))


def _require_not_past(day: date | None) -> None:
    if day is not None and day < clock.now().date():
        raise Refusal(_("La date de la prochaine étape est déjà passée."), field="next_step_on")
