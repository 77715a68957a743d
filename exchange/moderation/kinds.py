"""What waits at the desk, kind by kind. A flag, a person to admit and whatever comes stand here
the same way, or in their own module with `queue.add`."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, func, or_, select
from sqlalchemy.orm import aliased

from exchange.i18n import mark as _m
from exchange.log.models import Event
from exchange.moderation import queue
from exchange.moderation.flags.models import Flag
from exchange.moderation.grounds import Ground
from exchange.moderation.models import Batch, BatchItem, Doubt
from exchange.people.models import Institution, Standing, Team, User
from exchange.questions.models import Question, Stage
from exchange.research.models import Claim, Project, ProjectState, Silence
from exchange.research.quarters import NEWS, heard_of

_about_to_be_decided = exists(
    select(BatchItem.question_id)
    .join(Batch, Batch.id == BatchItem.batch_id)
    .where(
        BatchItem.question_id == Question.id,
        BatchItem.seen_event > 0,
        Batch.done_at.is_(None),
        Batch.undone_at.is_(None),
    )
)
"""Its decision, taken with others, can still be undone."""


def _sent(name: str) -> Select[Any]:
    institution = select(Institution.short).where(Institution.id == Question.institution_id)
    return queue.waits(
        name,
        item=Question.ref,
        title=Question.title,
        since=Question.stage_since,
        about=institution.correlate(Question).scalar_subquery(),
        language=Question.language,
        to_reread=cast(Question.probable, String) != "[]",
    ).where(Question.stage == Stage.SUBMITTED, ~_about_to_be_decided)


SUBMITTED = queue.add(
    queue.Kind(
        name="submitted",
        label=_m("Question envoyée"),
        icon="inbox",
        path="/triage/{item}",
        rows=_sent("submitted").where(Question.stage_since <= Question.submitted_at),
        promise=lambda settings: settings.decision_days,
    )
)

RESUBMITTED = queue.add(
    queue.Kind(
        name="resubmitted",
        label=_m("De retour à la relecture"),
        icon="reply",
        path="/triage/{item}",
        rows=_sent("resubmitted").where(Question.stage_since > Question.submitted_at),
        promise=lambda settings: settings.decision_days,
    )
)

ASKED = frozenset({SUBMITTED.name, RESUBMITTED.name})
"""The kinds of a question that waits for its decision."""

DOUBTS = queue.add(
    queue.Kind(
        name="doubt",
        label=_m("Passage à relire"),
        icon="shield",
        path="/triage/passages/{item}",
        rows=queue.waits(
            "doubt",
            item=Doubt.id,
            title=Question.title,
            since=Doubt.found_at,
            about=Question.ref,
            language=Question.language,
        )
        .join(Question, Question.id == Doubt.question_id)
        .where(Doubt.settled_at.is_(None)),
        promise=lambda settings: settings.reread_days,
    )
)

_heard_of_claim = func.coalesce(
    select(func.max(Event.at))
    .where(Event.question_id == Question.id, Event.kind.in_(NEWS), Event.at > Claim.at)
    .correlate(Question, Claim)
    .scalar_subquery(),
    Claim.heard_at,
)


def _silent_claims(name: str, ends: ColumnElement[bool]) -> queue.Kind:
    return queue.Kind(
        name=name,
        label=_m("Engagement près de prendre fin")
        if name == "lapsing"
        else _m("Équipe sans nouvelles"),
        icon="clock",
        path="/questions/{item}",
        rows=queue.waits(
            name,
            item=Question.ref,
            title=Question.title,
            since=_heard_of_claim,
            about=Team.name,
            language=Question.language,
        )
        .join(Claim, Claim.question_id == Question.id)
        .join(Team, Team.id == Claim.team_id)
        .where(
            Claim.lead.is_(True),
            Claim.ended_at.is_(None),
            Question.stage.in_([Stage.CLAIMED, Stage.HYPOTHESIS]),
            Claim.heard_at < queue.silent_since(name),
            _heard_of_claim < queue.silent_since(name),
            ends,
        ),
        promise=lambda settings: settings.silence_days,
        silence=lambda settings: timedelta(days=settings.claim_silence),
    )


CLAIMS = queue.add(_silent_claims("claim", Claim.silence != Silence.WARNED))
LAPSING = queue.add(_silent_claims("lapsing", Claim.silence == Silence.WARNED))
"""Its team was warned; without news the question opens again by itself."""

PROJECTS = queue.add(
    queue.Kind(
        name="project",
        label=_m("Projet sans nouvelles"),
        icon="project",
        path="/projects/{item}",
        rows=queue.waits(
            "project",
            item=Project.ref,
            title=Project.title,
            since=heard_of,
            about=Team.name,
        )
        .join(Team, Team.id == Project.lead_team_id)
        .where(Project.state == ProjectState.RUNNING, heard_of < queue.silent_since("project")),
        promise=lambda settings: settings.silence_days,
        silence=lambda settings: timedelta(days=settings.project_silence),
    )
)

_other = aliased(Flag)


def _flags(name: str, mine: ColumnElement[bool], instead: ColumnElement[bool]) -> Select[Any]:
    """One entry a text, however many reported it: what they all wait for is one decision.
    `instead`: the reports of the same text that stand in the queue in the place of this one."""
    same = and_(
        _other.kind == Flag.kind, _other.target_id == Flag.target_id, _other.decided_at.is_(None)
    )
    return (
        queue.waits(
            name,
            item=Flag.id,
            title=Question.title,
            since=Flag.at,
            about=Question.ref,
            language=Question.language,
        )
        .join(Question, Question.id == Flag.question_id)
        .where(Flag.decided_at.is_(None), mine, ~exists(select(_other.id).where(same, instead)))
    )


_earlier = _other.id < Flag.id
_hides = _other.ground == Ground.IDENTITY

HIDDEN = queue.add(
    queue.Kind(
        name="hidden",
        label=_m("Texte masqué"),
        icon="flag",
        path="/triage/flags/{item}",
        rows=_flags("hidden", Flag.ground == Ground.IDENTITY, and_(_hides, _earlier)),
        promise=lambda settings: settings.reread_days,
    )
)

FLAGS = queue.add(
    queue.Kind(
        name="flag",
        label=_m("Signalement"),
        icon="flag",
        path="/triage/flags/{item}",
        rows=_flags("flag", Flag.ground != Ground.IDENTITY, or_(_hides, _earlier)),
        promise=lambda settings: settings.decision_days,
    )
)

PEOPLE = queue.add(
    queue.Kind(
        name="person",
        label=_m("Demande de compte"),
        icon="user",
        path="/admissions#person-{item}",
        rows=queue.waits(
            "person", item=User.id, title=User.name, since=User.created_at, about=User.email
        ).where(User.standing == Standing.CANDIDATE),
        promise=lambda settings: settings.decision_days,
    )
)

OBJECTIONS = queue.add(
    queue.Kind(
        name="objection",
        label=_m("Opposition à une reformulation"),
        icon="scale",
        path="/triage/objections/{item}",
        rows=queue.waits(
            "objection",
            item=Question.ref,
            title=Question.title,
            since=Question.contested_at,
            about=Question.ref,
            language=Question.language,
        ).where(Question.contested_at.is_not(None)),
        promise=lambda settings: settings.decision_days,
    )
)
