"""Reads of the projects that administrators opened to themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from exchange import clock, db
from exchange.errors import NotFound
from exchange.i18n import gettext as _
from exchange.log.models import Event
from exchange.people.models import User
from exchange.questions.models import Note
from exchange.research import facts, policy
from exchange.research.models import Project, Unsealing

SHOWN = 100
"""Lines of the register; older ones are in the log."""


def register() -> Sequence[Unsealing]:
    """The last ones, newest first, with their projects and administrators: one query."""
    return db.session.scalars(
        select(Unsealing)
        .options(joinedload(Unsealing.project), joinedload(Unsealing.user))
        .order_by(Unsealing.id.desc())
        .limit(SHOWN)
    ).all()


@dataclass(frozen=True)
class Reading:
    """An administrator who opened the project, and why, as its people read it on its page."""

    who: str
    at: datetime
    ends_at: datetime
    reason_html: str


def of_project(project: Project, *, to: User) -> Sequence[Reading]:
    """Who opened it, the last first: one query for the people of a confidential project, none for
    others. The reason is noted on each of its questions, in the same words."""
    if not project.confidential or not policy.may_read_rights(to, project):
        return []
    rows = db.session.execute(
        select(Unsealing.id, User.name, Unsealing.at, Unsealing.ends_at, Note.html)
        .join(User, User.id == Unsealing.user_id)
        .join(
            Event,
            (Event.kind == facts.ProjectUnsealed.kind)
            & Event.question_id.in_({one.question_id for one in project.hypotheses})
            & (Event.data["unsealing_id"].as_integer() == Unsealing.id),
        )
        .join(Note, Note.id == Event.data["note_id"].as_integer())
        .where(Unsealing.project_id == project.id)
        .order_by(Unsealing.id.desc())
    )
    told = {row.id: Reading(row.name, row.at, row.ends_at, row.html) for row in rows}
    return list(told.values())


def unsealing(number: int) -> Unsealing:
    """One line of the register. Raises `NotFound`."""
    found = db.session.get(Unsealing, number)
    if found is None:
        raise NotFound(_("Rien de ce nom."))
    return found


def project_named(ref: str) -> Project | None:
    """The project, whoever may read it: for the form that opens it."""
    return db.session.scalar(select(Project).where(Project.ref == ref))


def of_reader(project: Project, user: User) -> Unsealing | None:
    """What opens the project to this administrator, when nothing else does: one query for an
    administrator, none for others."""
    if not user.is_admin or policy.may_read_project(user, project):
        return None
    return db.session.scalar(
        select(Unsealing)
        .where(
            Unsealing.project_id == project.id,
            Unsealing.user_id == user.id,
            Unsealing.ends_at > clock.now(),
        )
        .order_by(Unsealing.id.desc())
        .limit(1)
    )
