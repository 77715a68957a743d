"""An administrator reads a project that is kept from them: on purpose, for a reason that its people
read, for a time."""

from datetime import timedelta

from exchange import clock, db
from exchange.errors import Conflict, NotAllowed, Refusal
from exchange.i18n import gettext as _
from exchange.log.record import record
from exchange.people.models import User
from exchange.questions.actions import write_note
from exchange.questions.models import Question
from exchange.research import facts, policy
from exchange.research.models import Project, Unsealing

OPEN_FOR = timedelta(hours=24)
"""Long enough for an inquiry that waits for an answer overnight; whoever needs longer says why
again, and the project's people are told again."""


def unseal(project: Project, *, reason: str, by: User, confirmed: bool = False) -> Unsealing:
    """Open the project to the administrator. Its people are told at once, with the reason."""
    if not by.is_admin:
        raise NotAllowed(_("Seule l’administration peut le faire."))
    if policy.may_look_into(by, project):
        raise Conflict(_("Vous pouvez déjà lire ce projet."), field="project")
    if not project.hypotheses:
        raise Refusal(_("Ce projet n’a plus d’hypothèse."), field="project")
    opened = Unsealing(project_id=project.id, user_id=by.id, ends_at=clock.now() + OPEN_FOR)
    db.session.add(opened)
    db.session.flush()
    db.session.expire(project, ["unsealings"])
    for question in _questions_of(project):
        note = write_note(question, reason, by=by, confirmed=confirmed)
        fact = facts.ProjectUnsealed(
            project_id=project.id,
            unsealing_id=opened.id,
            until=opened.ends_at.date().isoformat(),
            note_id=note.id,
        )
        record(fact, on=question.id, by=by)
    return opened


def seal_again(opened: Unsealing, *, by: User) -> None:
    """End it now; a second time changes nothing."""
    if not by.is_admin:
        raise NotAllowed(_("Seule l’administration peut le faire."))
    if opened.ends_at <= clock.now():
        return
    opened.ends_at = clock.now()
    fact = facts.ProjectSealedAgain(project_id=opened.project_id, unsealing_id=opened.id)
    for question in _questions_of(opened.project):
        record(fact, on=question.id, by=by)


def _questions_of(project: Project) -> list[Question]:
    return list({one.question_id: one.question for one in project.hypotheses}.values())
