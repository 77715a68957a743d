"""What reviewers think of a question: five scales from 0 to 3, each grade with its meaning.

Grades stand side by side, reviewer by reviewer; their means only feed the order "most needed" of
the list, whose formula the help page tells. A rare disease without recourse and a common burden
both reach the highest importance.
"""

from collections.abc import Mapping, Sequence
from statistics import mean

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from exchange import clock, db
from exchange.errors import NotAllowed, Refusal
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.moderation.models import Score
from exchange.people.models import User
from exchange.questions.models import Question
from exchange.questions.supports import need_of

SCALES: Mapping[str, tuple[str, tuple[str, str, str, str]]] = {
    "importance": (
        _m("Importance pour les patients"),
        (
            _m("un désagrément"),
            _m("une gêne durable"),
            _m("une maladie grave, ou beaucoup de patients"),
            _m("la vie en jeu, ou aucun recours, même pour peu de patients"),
        ),
    ),
    "uncertainty": (
        _m("Incertitude"),
        (
            _m("la réponse est connue"),
            _m("des données, à rassembler"),
            _m("des données contradictoires"),
            _m("personne ne sait"),
        ),
    ),
    "feasibility": (
        _m("Faisabilité ici"),
        (
            _m("ni patients ni technique"),
            _m("l’un des deux, loin"),
            _m("les deux, à réunir"),
            _m("une équipe pourrait commencer demain"),
        ),
    ),
    "potential": (
        _m("Ce que la réponse changerait"),
        (
            _m("rien avant longtemps"),
            _m("une connaissance"),
            _m("une décision de soin"),
            _m("la prise en charge de tous ces patients"),
        ),
    ),
    "novelty": (
        _m("Nouveauté"),
        (
            _m("plusieurs équipes y travaillent"),
            _m("un angle nouveau"),
            _m("peu d’équipes au monde"),
            _m("personne ne l’a posée"),
        ),
    ),
}
HIGHEST = 3

Grades = Mapping[str, int | None]


def give(question: Question, grades: Grades, *, by: User) -> None:
    """One reviewer's grades, given or given again; None is no opinion."""
    if not by.is_moderator:
        raise NotAllowed(_("Les questions sont notées par les modérateurs."))
    kept = {name: grades.get(name) for name in SCALES}
    if any(grade is not None and not 0 <= grade <= HIGHEST for grade in kept.values()):
        raise Refusal(_("Une note va de 0 à 3."))
    insert = postgresql.insert if db.is_postgresql() else sqlite.insert
    changed = {**kept, "at": clock.now()}
    db.session.execute(
        insert(Score)
        .values(question_id=question.id, user_id=by.id, **changed)
        .on_conflict_do_update(index_elements=["question_id", "user_id"], set_=changed)
    )
    _weigh(question)


def given(question: Question) -> Sequence[tuple[str, Grades]]:
    """Each reviewer's name and grades, by name: one query."""
    rows = db.session.execute(
        select(Score, User.name)
        .join(User, User.id == Score.user_id)
        .where(Score.question_id == question.id)
        .order_by(db.by_name(User.name))
    )
    return [(name, grades_of(score)) for score, name in rows]


def own(question: Question, user: User) -> Grades:
    """The grades that this person gave: one query."""
    score = db.session.get(Score, (question.id, user.id))
    return grades_of(score) if score else {}


def grades_of(score: Score) -> Grades:
    return {name: getattr(score, name) for name in SCALES}


def _weigh(question: Question) -> None:
    """The sum of the means, in tenths, beside the row's version: it must refuse no decision."""
    reviewers = [grades for _name, grades in given(question)]
    means = [
        mean(grades)
        for name in SCALES
        if (grades := [g for one in reviewers if (g := one[name]) is not None])
    ]
    merit = round(10 * sum(means))
    db.session.execute(
        update(Question)
        .where(Question.id == question.id)
        .values(merit=merit, need=need_of(merit=merit, supports=Question.support_count))
        .execution_options(synchronize_session=False)
    )
