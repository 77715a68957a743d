"""Whom a message may call by name: those who may read the place where it is written."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import selectinload

from exchange import db
from exchange.discussion.places import Place
from exchange.people.models import Membership, User
from exchange.questions import policy as questions
from exchange.questions.models import Audience
from exchange.research import policy as research
from exchange.research.models import Hypothesis, Project

SHOWN = 6
LOOKED_AT = 200
"""People whose name fits, of whom the first that may read are shown."""


def called(place: Place, typed: str, *, by: User) -> list[dict[str, str]]:
    """Other people whose name or identifier holds what was typed, each with their first team: three
    queries, and one more for what is written about. One who asked in the department's name is left
    out where only asking opens the place to them: their presence would tell who asked."""
    words = typed.strip().lower()
    if not words:
        return []
    found = db.session.scalars(
        select(User)
        .where(
            User.active.is_(True),
            User.id != by.id,
            or_(
                User.handle.contains(words, autoescape=True),
                func.lower(User.name).contains(words, autoescape=True),
            ),
        )
        .options(selectinload(User.memberships).joinedload(Membership.team))
        .order_by(db.by_name(User.name), User.id)
        .limit(LOOKED_AT)
    )
    reads = _readers(place, by)
    return [
        {
            "handle": person.handle,
            "name": person.name,
            "about": person.team.name if person.team else person.title,
        }
        for person in sorted(found, key=lambda person: not _starts(person, words))
        if reads(person)
    ][:SHOWN]


def unreached(place: Place, handles: Sequence[str], *, by: User) -> list[str]:
    """Those of the names called that reach nobody here: unknown and not allowed to read are one,
    so that nobody learns who exists. Two queries, none for no name."""
    if not handles:
        return []
    people = db.session.scalars(
        select(User)
        .where(User.handle.in_(handles), User.active.is_(True))
        .options(selectinload(User.memberships).joinedload(Membership.team))
    )
    reads = _readers(place, by)
    reached = {person.handle for person in people if reads(person)}
    return [handle for handle in handles if handle not in reached]


def _starts(person: User, words: str) -> bool:
    """Whether a part of the name begins so: they come first."""
    parts = re.split(r"[\s.'’-]+", f"{person.name.lower()} {person.handle}")
    return any(part.startswith(words) for part in parts)


def _readers(place: Place, by: User) -> Callable[[User], bool]:
    question = place.question
    may_read = _rule(place)

    def reads(person: User) -> bool:
        if person.id != question.asker_id or questions.sees_asker(by, question):
            return may_read(person)
        everybody = question.audience is Audience.MEMBERS
        return not _is_kept(place) and (everybody or questions.in_circle(person, question))

    return reads


def _rule(place: Place) -> Callable[[User], bool]:
    written_on = _written_on(place)
    if isinstance(written_on, Hypothesis):
        return lambda person: research.may_read_hypothesis(person, written_on)
    if isinstance(written_on, Project):
        return lambda person: research.may_read_project(person, written_on)
    return lambda person: questions.may_read(person, place.question)


def _is_kept(place: Place) -> bool:
    written_on = _written_on(place)
    return written_on is not None and written_on.confidential


def _written_on(place: Place) -> Any:
    """The hypothesis or the project; none: the thread of the question."""
    if place.hypothesis_id is not None:
        return db.session.get_one(Hypothesis, place.hypothesis_id)
    if place.project_id is not None:
        return db.session.get_one(Project, place.project_id)
    return None
