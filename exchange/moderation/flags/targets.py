"""What can be reported: a text that the reader may read, with its author and its place. The words
are the same for what is hidden and what does not exist."""

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from sqlalchemy import func, select

from exchange import db
from exchange.attachments.models import Attachment
from exchange.attachments.queries import visible_attachment
from exchange.discussion.models import Comment, may_see
from exchange.discussion.queries import event_of
from exchange.errors import NotFound
from exchange.i18n import gettext as _
from exchange.moderation.flags.models import Flag, Kind
from exchange.people.models import User
from exchange.questions import policy as questions
from exchange.questions.models import TEXT_FIELDS, Question
from exchange.research import policy as research
from exchange.research.models import HYPOTHESIS_TEXTS, Hypothesis, Project, Wording


@dataclass(frozen=True)
class Target:
    """`anew`: where its author is told why it is hidden, and writes it anew; `address`: where it is read; `heading`: the name of that place; `html`: what it says."""

    kind: Kind
    thing: Question | Comment | Hypothesis | Attachment
    question: Question
    author_id: int
    address: str
    heading: str
    html: str
    anew: str


def of_question(ref: str, *, to: User) -> Target:
    """Raises `NotFound`."""
    question = db.session.scalar(
        select(Question).where(Question.ref == ref, questions.readable_by(to))
    )
    if question is None:
        raise _nothing()
    return _question(question)


def of_hypothesis(ref: str, *, to: User) -> Target:
    """Raises `NotFound`."""
    hypothesis = db.session.scalar(select(Hypothesis).where(Hypothesis.ref == ref))
    if hypothesis is None or not research.may_read_hypothesis(to, hypothesis):
        raise _nothing()
    return _hypothesis(hypothesis)


def of_comment(number: int, *, to: User) -> Target:
    """Raises `NotFound`."""
    posted = db.session.get(Comment, number)
    if posted is None or not may_see(to, posted) or not _may_read_around(to, posted):
        raise _nothing()
    return _comment(posted)


def hidden_question(ref: str, *, of: User) -> Question:
    """What the person asked and may not read for now. Raises `NotFound`."""
    question = db.session.scalar(select(Question).where(Question.ref == ref))
    if question is None or not questions.is_hidden_own(of, question):
        raise _nothing()
    return question


def hidden_hypothesis(ref: str, *, of: User) -> Hypothesis:
    """What the person proposed and may not read for now. Raises `NotFound`."""
    hypothesis = db.session.scalar(select(Hypothesis).where(Hypothesis.ref == ref))
    if hypothesis is None or hypothesis.hidden_at is None or hypothesis.author_id != of.id:
        raise _nothing()
    return hypothesis


def of_attachment(ref: str, number: int, *, to: User) -> Target:
    """Raises `NotFound`."""
    return _attachment(visible_attachment(ref, number, to=to))


def of_flag(flag: Flag) -> Target:
    """What was reported, for the moderator."""
    if flag.kind is Kind.QUESTION:
        return _question(db.session.get_one(Question, flag.target_id))
    if flag.kind is Kind.HYPOTHESIS:
        return _hypothesis(db.session.get_one(Hypothesis, flag.target_id))
    if flag.kind is Kind.ATTACHMENT:
        return _attachment(db.session.get_one(Attachment, flag.target_id))
    return _comment(db.session.get_one(Comment, flag.target_id))


def is_anew(target: Target, *, since: datetime) -> bool:
    """Whether its author wrote it again since then."""
    if isinstance(target.thing, Hypothesis):
        latest = select(func.max(Wording.at)).where(Wording.hypothesis_id == target.thing.id)
        return db.session.scalars(latest).one() > since
    edited_at = getattr(target.thing, "edited_at", None)
    return edited_at is not None and edited_at > since


def _may_read_around(user: User, posted: Comment) -> bool:
    if posted.hypothesis_id is not None:
        hypothesis = db.session.get_one(Hypothesis, posted.hypothesis_id)
        return research.may_read_hypothesis(user, hypothesis)
    if posted.project_id is not None:
        return research.may_read_project(user, db.session.get_one(Project, posted.project_id))
    return questions.may_read(user, db.session.get_one(Question, posted.question_id))


def _question(question: Question) -> Target:
    told = "".join(question.html.get(name, "") for name in TEXT_FIELDS)
    address, heading = f"/questions/{question.ref}", f"{question.ref} · {question.title}"
    return Target(
        Kind.QUESTION,
        question,
        question,
        question.asker_id,
        address,
        heading,
        told,
        f"{address}/rewrite",
    )


def _hypothesis(hypothesis: Hypothesis) -> Target:
    told = "".join(hypothesis.html.get(name, "") for name in HYPOTHESIS_TEXTS)
    return Target(
        Kind.HYPOTHESIS,
        hypothesis,
        hypothesis.question,
        hypothesis.author_id,
        f"/hypotheses/{hypothesis.ref}",
        hypothesis.ref,
        told,
        f"/hypotheses/{hypothesis.ref}/hidden",
    )


def _comment(posted: Comment) -> Target:
    question = db.session.get_one(Question, posted.question_id)
    address, heading = f"/questions/{question.ref}#e{event_of(posted)}", question.ref or ""
    if posted.hypothesis_id is not None:
        heading = db.session.get_one(Hypothesis, posted.hypothesis_id).ref
        address = f"/hypotheses/{heading}#c{posted.id}"
    elif posted.project_id is not None:
        heading = db.session.get_one(Project, posted.project_id).ref
        address = f"/projects/{heading}"
    return Target(
        Kind.COMMENT,
        posted,
        question,
        posted.author_id,
        address,
        heading,
        posted.html,
        f"/comments/{posted.id}/edit",
    )


def _attachment(joined: Attachment) -> Target:
    question = db.session.get_one(Question, joined.question_id)
    address = f"/questions/{question.ref}/attachments"
    told = Markup('<p><a href="{}/{}">{}</a></p><p>{}</p>').format(
        address, joined.id, joined.name, joined.caption
    )
    heading = _("%(ref)s, pièces jointes", ref=question.ref)
    return Target(
        Kind.ATTACHMENT, joined, question, joined.uploader_id, address, heading, str(told), address
    )


def _nothing() -> NotFound:
    return NotFound(_("Rien de ce nom, ou ce n’est pas pour vous."))
