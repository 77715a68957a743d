"""Reads of the projects that administrators opened to themselves."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from exchange import clock, db
from exchange.errors import NotFound
from exchange.i18n import gettext as _
from exchange.people.models import User
from exchange.research import policy
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
