"""Reads of claims and of what their teams need."""

from collections.abc import Sequence

from sqlalchemy import (
    select,
)
from sqlalchemy.orm import contains_eager, joinedload

from exchange import db
from exchange.errors import NotFound
from exchange.i18n import gettext as _
from exchange.people.models import (
    Team,
    User,
)
from exchange.questions import policy as questions
from exchange.questions.models import Question
from exchange.questions.queries import LARGEST_ID
from exchange.research.models import (
    Claim,
    ClaimRequest,
)


def visible_claim(number: int, *, to: User) -> Claim:
    """The claim with its question, team and who opened it: one query. Raises `NotFound`, in the
    same words, for a claim that does not exist and for one on a question hidden from the
    reader."""
    found = None
    if number <= LARGEST_ID:
        found = (
            db.session.scalars(
                select(Claim)
                .join(Claim.question)
                .where(Claim.id == number, questions.readable_by(to))
                .options(
                    contains_eager(Claim.question).joinedload(Question.circle),
                    joinedload(Claim.team),
                    joinedload(Claim.opened_by),
                )
            )
            .unique()
            .one_or_none()
        )
    if found is None:
        raise NotFound(_("Aucune prise en charge de ce nom, ou elle n’est pas pour vous."))
    return found


def engaged_teams(question: Question, *, among: Sequence[int]) -> list[Team]:
    """Those of the teams `among` that have a claim in force on the question: one query."""
    return list(
        db.session.scalars(
            select(Team)
            .join(Claim, Claim.team_id == Team.id)
            .where(Claim.question_id == question.id, Claim.ended_at.is_(None), Team.id.in_(among))
            .order_by(Claim.lead.desc(), db.by_name(Team.name))
        )
    )


def joined_claims(question: Question) -> list[Claim]:
    """The claims in force beside the leading one, with their teams: one query."""
    return list(
        db.session.scalars(
            select(Claim)
            .join(Claim.team)
            .where(
                Claim.question_id == question.id,
                Claim.ended_at.is_(None),
                Claim.lead.is_(False),
            )
            .options(contains_eager(Claim.team))
            .order_by(db.by_name(Team.name))
        )
    )


def visible_request(number: int, *, to: User) -> ClaimRequest:
    """What a team needs, with its claim and question: one query. Raises `NotFound`, in the same
    words, for one that does not exist and for one on a question hidden from the reader."""
    found = None
    if number <= LARGEST_ID:
        found = (
            db.session.scalars(
                select(ClaimRequest)
                .join(ClaimRequest.claim)
                .join(Claim.question)
                .where(ClaimRequest.id == number, questions.readable_by(to))
                .options(
                    contains_eager(ClaimRequest.claim).options(
                        contains_eager(Claim.question).joinedload(Question.circle),
                        joinedload(Claim.team),
                    )
                )
            )
            .unique()
            .one_or_none()
        )
    if found is None:
        raise NotFound(_("Aucune demande de ce nom, ou elle n’est pas pour vous."))
    return found
