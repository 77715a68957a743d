"""Claims age: a leading team that gives no news is asked for some, then warned, then the question
is open again. Silence is counted in whole days of the site's time zone, from the last news or from
the day to which it was put off.

Each step is taken by a compare-and-swap on the claim, in the transaction of its event, so that any
number of workers, or one that died half-way, takes it once. Nothing happens before the morning of
a working day, nor while a hypothesis waits for the asker: the ball is not with the team then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, exists, select, update

from exchange import clock, db, workdays
from exchange.errors import NotAllowed, Refusal
from exchange.i18n import gettext as _
from exchange.log.facts import Fact
from exchange.log.record import record
from exchange.people.models import User
from exchange.questions import facts as moves
from exchange.questions import policy, workflow
from exchange.questions.actions import write_note
from exchange.questions.models import Question, Stage
from exchange.research import facts
from exchange.research.claims import require_in_force
from exchange.research.models import LIVING, Claim, Endorsement, Hypothesis, Silence
from exchange.settings import Settings

MORNING = 8
"""The hour, in the site's time zone, from which steps are taken."""

NOTICE = timedelta(days=10)
"""What lies between two steps at least, so that a site that slept warns before it takes back."""

LONGEST = timedelta(days=180)
"""How far ahead reminders can be put off."""

AGEING = (Stage.CLAIMED, Stage.HYPOTHESIS)

_awaits_asker = exists().where(
    Hypothesis.question_id == Claim.question_id,
    Hypothesis.endorsement == Endorsement.AWAITED,
    Hypothesis.verdict.in_(LIVING),
)

_SILENT = (
    select(Claim.id, Claim.question_id, Claim.heard_at, Claim.silence, Claim.silence_on)
    .join(Claim.question)
    .where(
        Claim.lead.is_(True),
        Claim.ended_at.is_(None),
        Question.stage.in_(AGEING),
        ~_awaits_asker,
    )
    .order_by(Claim.id)
)


@dataclass(frozen=True)
class Patience:
    """After how long a silence each step comes."""

    nudge: timedelta
    warning: timedelta
    lapse: timedelta

    @classmethod
    def of(cls, settings: Settings) -> "Patience":
        days = (settings.claim_nudge_days, settings.claim_warning_days, settings.claim_lapse_days)
        return cls(*(timedelta(days=number) for number in days))

    def next_step(self, heard: date, silence: Silence, last: date | None) -> date:
        """The day of the next step of a claim last heard of on `heard`, and last told on `last`;
        the working day after, when it is none."""
        wait = {
            Silence.NONE: self.nudge,
            Silence.NUDGED: self.warning,
            Silence.WARNED: self.lapse,
        }[silence]
        shortest = {
            Silence.NONE: timedelta(0),
            Silence.NUDGED: min(NOTICE, self.warning - self.nudge),
            Silence.WARNED: min(NOTICE, self.lapse - self.warning),
        }[silence]
        day = max(heard + wait, last + shortest) if last else heard + wait
        return day if workdays.is_working(day) else workdays.after(day, 1)


def advance(settings: Settings) -> int:
    """Take every step that is due; commits after each. Returns how many were taken. One query
    when none is due, none outside working hours."""
    now = clock.now().astimezone(settings.zone())
    if now.hour < MORNING or not workdays.is_working(now.date()):
        return 0
    patience = Patience.of(settings)
    due = [
        (row, heard)
        for row in _silent()
        if patience.next_step(
            heard := row.heard_at.astimezone(settings.zone()).date(), row.silence, row.silence_on
        )
        <= now.date()
    ]
    db.session.rollback()
    return sum(_take(row, heard, now.date(), patience) for row, heard in due)


def defer(
    opened: Claim,
    *,
    until: date,
    reason: str,
    patience: Patience,
    by: User,
    confirmed: bool = False,
) -> None:
    """Ask nobody for news before `until`: the first reminder comes then. The team, the asker or
    a moderator may, with a reason that everybody reads."""
    require_deferrable(opened, by)
    today = clock.now().date()
    if not today < until <= today + LONGEST:
        raise Refusal(
            _("Choisissez un jour à venir, dans les %(days)s jours.", days=LONGEST.days),
            field="until",
        )
    note = write_note(opened.question, reason, by=by, confirmed=confirmed)
    opened.heard_at = datetime.combine(until - patience.nudge, time(12), UTC)
    opened.silence, opened.silence_on = Silence.NONE, None
    db.session.flush()
    record(
        facts.ClaimDeferred(
            claim_id=opened.id, team_id=opened.team_id, note_id=note.id, until=until.isoformat()
        ),
        on=opened.question_id,
        by=by,
    )


def require_deferrable(opened: Claim, by: User) -> None:
    """The claim leads and is in force; the person is of the team, asked, or moderates."""
    if opened.team_id not in by.team_ids and not policy.is_asker_or_moderator(by, opened.question):
        raise NotAllowed(
            _("Cela revient à l’équipe, à la personne qui a posé la question ou à un modérateur.")
        )
    require_in_force(opened)
    if not opened.lead:
        raise Refusal(_("Seule l’équipe meneuse est relancée."))


def _silent() -> Sequence[Row[Any]]:
    return db.rows(_SILENT).all()


def _take(row: Row[Any], heard: date, today: date, patience: Patience) -> int:
    """Take the step of this claim, unless something happened to it meanwhile; commits."""
    db.begin_write()
    question = db.session.get_one(Question, row.question_id, with_for_update=True)
    ends = row.silence is Silence.WARNED
    step = Silence.WARNED if row.silence is Silence.NUDGED else Silence.NUDGED
    changed = {"ended_at": clock.now()} if ends else {"silence": step, "silence_on": today}
    taken = question.stage in AGEING and db.session.scalar(
        update(Claim)
        .where(
            Claim.id == row.id,
            Claim.heard_at == row.heard_at,
            Claim.silence == row.silence,
            Claim.lead.is_(True),
            Claim.ended_at.is_(None),
        )
        .values(changed)
        .returning(Claim.id)
    )
    if not taken:
        db.session.rollback()
        return 0
    claim = db.session.get_one(Claim, row.id, populate_existing=True)
    if ends:
        _lapse(claim, question)
    else:
        remind(claim, step, heard=heard, today=today, patience=patience)
    db.session.commit()
    return 1


def remind(claim: Claim, step: Silence, *, heard: date, today: date, patience: Patience) -> None:
    """Ask the team of a claim last heard of on `heard` for news, or warn it that its claim ends."""
    claim.silence, claim.silence_on = step, today
    fact: Fact = facts.ClaimNudged(claim_id=claim.id, team_id=claim.team_id)
    if step is Silence.WARNED:
        lapses_on = patience.next_step(heard, step, today).isoformat()
        fact = facts.ClaimWarned(claim_id=claim.id, team_id=claim.team_id, lapses_on=lapses_on)
    record(fact, on=claim.question_id)


def _lapse(claim: Claim, question: Question) -> None:
    """The question is open again. It has waited since it was published: it goes back to the head
    of those that wait, not behind those asked since."""
    workflow.make(question, moves.Lapsed(claim_id=claim.id, team_id=claim.team_id), by=None)
    question.stage_since = question.published_at or question.stage_since
    question.lead_team_id = None
