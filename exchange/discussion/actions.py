"""Commenting. The thread is the question's; a comment on a hypothesis or a project stays with
whoever may read that (the caller has checked it)."""

from collections.abc import Sequence

from sqlalchemy import select, update

from exchange import clock, db
from exchange.discussion import facts
from exchange.discussion.models import Comment, Mention
from exchange.errors import NotAllowed, Refusal
from exchange.guard import gate
from exchange.i18n import gettext as _
from exchange.log.record import record
from exchange.people.models import User
from exchange.questions.actions import follow
from exchange.questions.models import Question
from exchange.questions.policy import may_discuss
from exchange.text import mentioned, render

COMMENT_LIMIT = 10_000
"""Characters."""


def comment(
    question: Question,
    *,
    text: str,
    by: User,
    hypothesis_id: int | None = None,
    project_id: int | None = None,
    confirmed: bool = False,
    by_mail: bool = False,
) -> Comment:
    """Post a comment; the people it mentions will hear of it, if they may read the thread."""
    if not may_discuss(by, question):
        raise NotAllowed(_("Cette discussion est close."))
    if not text.strip():
        raise Refusal(_("Écrivez d’abord votre commentaire."), field="text")
    people = _people(mentioned(text))
    gate.check({"text": text}, confirmed=confirmed, members=[one.handle for one in people])
    posted = Comment(
        question_id=question.id,
        hypothesis_id=hypothesis_id,
        project_id=project_id,
        author_id=by.id,
        at=clock.now(),
        text=text,
        html=render(text, mentions={person.handle: person.name for person in people}),
    )
    db.session.add(posted)
    db.session.flush()
    db.session.add_all(
        Mention(comment_id=posted.id, user_id=person.id) for person in people if person.id != by.id
    )
    if hypothesis_id is None and project_id is None:
        db.session.execute(
            update(Question)
            .where(Question.id == question.id)
            .values(comment_count=Question.comment_count + 1)
            .execution_options(synchronize_session="evaluate")
        )
    follow(question, by)
    record(
        facts.Commented(
            comment_id=posted.id,
            hypothesis_id=hypothesis_id,
            project_id=project_id,
            by_mail=by_mail,
        ),
        on=question.id,
        by=by,
    )
    return posted


def edit(posted: Comment, *, text: str, by: User, confirmed: bool = False) -> None:
    """The author rewords their comment."""
    if posted.author_id != by.id:
        raise NotAllowed(_("On ne modifie que ses propres commentaires."))
    if not text.strip():
        raise Refusal(_("Écrivez d’abord votre commentaire."), field="text")
    people = _people(mentioned(text))
    gate.check({"text": text}, confirmed=confirmed, members=[one.handle for one in people])
    posted.text = text
    posted.html = render(text, mentions={person.handle: person.name for person in people})
    posted.edited_at = clock.now()
    record(
        facts.CommentEdited(
            comment_id=posted.id,
            hypothesis_id=posted.hypothesis_id,
            project_id=posted.project_id,
        ),
        on=posted.question_id,
        by=by,
    )


def preview(text: str, *, confirmed: bool = False) -> str:
    """What the comment would look like, the people it reaches shown by name. Refused as posting
    it would be: what is previewed can be posted."""
    people = _people(mentioned(text))
    gate.check({"text": text}, confirmed=confirmed, members=[one.handle for one in people])
    return render(text, mentions={who.handle: who.name for who in people})


def _people(handles: Sequence[str]) -> Sequence[User]:
    if not handles:
        return []
    return db.session.scalars(
        select(User).where(User.handle.in_(handles), User.active.is_(True))
    ).all()
