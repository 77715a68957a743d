"""The eligibility checklist: what a moderator looks for before publishing. Ticking helps whoever
reads next; nothing depends on it."""

from collections.abc import Collection, Mapping

from sqlalchemy import delete, select

from exchange import clock, db
from exchange.i18n import mark as _m
from exchange.moderation.models import Checked
from exchange.people.models import User
from exchange.questions.models import Question

POINTS: Mapping[str, str] = {
    "scope": _m("Elle relève d’une équipe de recherche"),
    "clear": _m("Une équipe d’un autre domaine la comprend"),
    "nobody": _m("Aucun patient n’y est reconnaissable"),
    "new": _m("Ce n’est pas le double d’une autre"),
    "general": _m("Ce n’est pas un avis sur un patient"),
    "unanswered": _m("La réponse n’existe pas déjà"),
}


def ticked(question: Question) -> dict[str, str]:
    """The points that hold, each with the name of who said so: one query."""
    rows = db.session.execute(
        select(Checked.point, User.name)
        .join(User, User.id == Checked.by_id)
        .where(Checked.question_id == question.id)
    )
    return {row.point: row.name for row in rows}


def tick(question: Question, points: Collection[str], *, by: User) -> None:
    """These points hold, and no other; a point keeps the name of who ticked it first."""
    before = ticked(question)
    gone = set(before) - set(points)
    if gone:
        db.session.execute(
            delete(Checked).where(Checked.question_id == question.id, Checked.point.in_(gone))
        )
    for point in POINTS:
        if point in points and point not in before:
            db.session.add(
                Checked(question_id=question.id, point=point, by_id=by.id, at=clock.now())
            )
