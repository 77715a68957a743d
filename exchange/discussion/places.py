"""Where one comments: a question, a hypothesis, a project. Each read starts from what the reader
may read; the words are the same for what is hidden and what does not exist."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from exchange import db
from exchange.discussion.models import Comment
from exchange.errors import NotFound
from exchange.i18n import gettext as _
from exchange.people.models import User
from exchange.questions import policy as questions
from exchange.questions.models import Question
from exchange.research import policy as research
from exchange.research.models import Hypothesis, Project


@dataclass(frozen=True)
class Place:
    """`address` is the path of its page, `heading` the title over the form."""

    question: Question
    address: str
    heading: str
    hypothesis_id: int | None = None
    project_id: int | None = None

    def holds(self, posted: Comment) -> bool:
        """Whether the comment stands here, and not somewhere that fewer people may read."""
        return (posted.question_id, posted.hypothesis_id, posted.project_id) == (
            self.question.id,
            self.hypothesis_id,
            self.project_id,
        )


def of_question(ref: str, *, to: User) -> Place:
    """The thread of a question: one query."""
    return _on_question(Question.ref == ref, to)


def of_hypothesis(ref: str, *, to: User) -> Place:
    """The thread of a hypothesis: two queries."""
    return _on_hypothesis(Hypothesis.ref == ref, to)


def of_project(ref: str, *, to: User) -> Place:
    """The thread of a project; it is written on the first of its questions that the reader may
    read."""
    return _on_project(Project.ref == ref, to)


def of_comment(number: int, *, to: User) -> tuple[Comment, Place]:
    """A comment of one's own, and where it stands."""
    posted = db.session.get(Comment, number)
    if posted is None or posted.author_id != to.id:
        raise _nowhere()
    return posted, around(posted, to=to)


def around(posted: Comment, *, to: User) -> Place:
    """Where a comment stands, for whoever may read there now: its author may have left the team."""
    if posted.hypothesis_id is not None:
        return _on_hypothesis(Hypothesis.id == posted.hypothesis_id, to)
    if posted.project_id is not None:
        return _on_project(Project.id == posted.project_id, to)
    return _on_question(Question.id == posted.question_id, to)


def _on_question(which: ColumnElement[bool], user: User) -> Place:
    question = db.session.scalar(select(Question).where(which, questions.readable_by(user)))
    if question is None or question.ref is None:
        raise _nowhere()
    return Place(question, f"/questions/{question.ref}", f"{question.ref} {question.title}")


def _on_hypothesis(which: ColumnElement[bool], user: User) -> Place:
    hypothesis = db.session.scalar(select(Hypothesis).where(which))
    if hypothesis is None or not research.may_read_hypothesis(user, hypothesis):
        raise _nowhere()
    return Place(
        hypothesis.question,
        f"/hypotheses/{hypothesis.ref}",
        hypothesis.ref,
        hypothesis_id=hypothesis.id,
    )


def _on_project(which: ColumnElement[bool], user: User) -> Place:
    project = db.session.scalar(select(Project).where(which))
    if project is None or not research.may_read_project(user, project):
        raise _nowhere()
    asked = [hypothesis.question for hypothesis in project.hypotheses]
    question = next((one for one in asked if questions.may_read(user, one)), asked[0])
    return Place(
        question,
        f"/projects/{project.ref}",
        f"{project.ref} {project.title}",
        project_id=project.id,
    )


def _nowhere() -> NotFound:
    return NotFound(_("Rien de ce nom, ou ce n’est pas pour vous."))
