"""Reporting a text, and deciding on it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from exchange import clock, db
from exchange.errors import Conflict, NotAllowed
from exchange.guard import gate
from exchange.i18n import gettext as _
from exchange.log.record import record
from exchange.moderation.flags import facts, targets
from exchange.moderation.flags.models import Flag, Verdict
from exchange.moderation.flags.targets import Target
from exchange.moderation.grounds import Ground
from exchange.people import throttle
from exchange.people.models import User
from exchange.questions import actions as asking
from exchange.questions import policy as questions
from exchange.questions.content import Content
from exchange.questions.models import Question
from exchange.research import hypotheses
from exchange.research.hypotheses import Idea
from exchange.research.models import Hypothesis

LIMIT = throttle.Limit(10, timedelta(hours=1))
"""Reports of one person that cost no wait."""


def flag(
    target: Target, *, ground: Ground, text: str = "", by: User, confirmed: bool = False
) -> Flag:
    """Report a text, one's own too. What may identify a patient is out of sight at once, for
    everyone but moderators."""
    throttle.count({f"flag:{by.id}": LIMIT})
    gate.check({"text": text}, confirmed=confirmed)
    if _open_of(target, by=by):
        raise Conflict(_("Vous l’avez déjà signalé : un modérateur le relit."))
    raised = Flag(
        kind=target.kind,
        target_id=target.thing.id,
        question_id=target.question.id,
        reporter_id=by.id,
        ground=ground,
        text=text,
        at=clock.now(),
        answer="",
    )
    db.session.add(raised)
    hides = ground is Ground.IDENTITY
    if hides:
        target.thing.hidden_at = target.thing.hidden_at or clock.now()
    db.session.flush()
    record(
        facts.Flagged(flag_id=raised.id, author_id=target.author_id, hides=hides),
        on=target.question.id,
        by=by,
    )
    return raised


def rewrite(
    question: Question, texts: Mapping[str, Any], *, by: User, confirmed: bool = False
) -> None:
    """The asker writes a hidden question anew, without reading it; it stays hidden until a
    moderator decides. Raises `Conflict` when it is in sight again."""
    if not questions.is_hidden_own(by, question):
        raise Conflict(_("Votre question est de nouveau visible."))
    asking.edit(question, replace(Content.of(question), **texts), by=by, confirmed=confirmed)


def rewrite_hypothesis(
    hypothesis: Hypothesis, idea: Idea, *, by: User, confirmed: bool = False
) -> None:
    """The same of a hypothesis, by its author. Raises `Conflict` when it is in sight again."""
    if hypothesis.hidden_at is None or hypothesis.author_id != by.id:
        raise Conflict(_("Votre hypothèse est de nouveau visible."))
    since = hypotheses.last_number(hypothesis)
    hypotheses.revise(hypothesis, idea, since=since, by=by, confirmed=confirmed)


def decide(
    flag: Flag, *, verdict: Verdict, answer: str = "", by: User, confirmed: bool = False
) -> None:
    """Settle every open report of the same text at once; each reporter hears. Raises `Conflict`
    when somebody else has settled them."""
    if not by.is_moderator:
        raise NotAllowed(_("Seul un modérateur décide d’un signalement."))
    if flag.decided_at is not None:
        raise Conflict(_("Ce signalement a déjà sa réponse."))
    gate.check({"answer": answer}, confirmed=confirmed)
    target = targets.of_flag(flag)
    hidden = target.thing.hidden_at is not None
    if verdict is not Verdict.REMOVED:
        target.thing.hidden_at = None
    elif not hidden:
        target.thing.hidden_at = clock.now()
    for one in _open_of(target):
        one.decided_at, one.decided_by_id = clock.now(), by.id
        one.verdict, one.answer = verdict, answer
        record(
            facts.FlagDecided(
                flag_id=one.id,
                reporter_id=one.reporter_id,
                author_id=target.author_id,
                verdict=verdict,
                hidden=hidden,
            ),
            on=target.question.id,
            by=by,
        )


def _open_of(target: Target, *, by: User | None = None) -> list[Flag]:
    statement = select(Flag).where(
        Flag.kind == target.kind, Flag.target_id == target.thing.id, Flag.decided_at.is_(None)
    )
    if by is not None:
        statement = statement.where(Flag.reporter_id == by.id)
    return list(db.session.scalars(statement.order_by(Flag.id).with_for_update()))
