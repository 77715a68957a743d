"""The table of moves: the one place that says which stage leads where, by whom, at what price.

Buttons, permissions, the API, mail, the diagram in the docs and the tests read it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from exchange import clock
from exchange.errors import IllegalMove, NotAllowed
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.log.facts import Fact
from exchange.log.record import record
from exchange.people.models import User
from exchange.questions import facts, policy
from exchange.questions.models import STAGE_LABELS, Question, Stage

May = Callable[[User, Question], bool]


@dataclass(frozen=True, kw_only=True)
class Move:
    """One move. `fact` is the event it leaves; `requires` and `tells` are words for people and
    tests: what must be given, and who hears of it."""

    name: str
    label: str
    fact: type[Fact]
    from_: frozenset[Stage]
    to: Stage
    by: May | None  # nobody: the site itself
    who: str
    requires: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()


def _from(*stages: Stage) -> frozenset[Stage]:
    return frozenset(stages)


S = Stage

MOVES: tuple[Move, ...] = (
    Move(
        name="submit",
        label=_m("Envoyer à la relecture"),
        fact=facts.Submitted,
        from_=_from(S.DRAFT),
        to=S.SUBMITTED,
        by=policy.is_asker,
        who=_m("la personne qui pose la question"),
        requires=("title", "problem"),
        tells=("asker",),
    ),
    Move(
        name="resubmit",
        label=_m("Répondre et renvoyer"),
        fact=facts.Resubmitted,
        from_=_from(S.RETURNED),
        to=S.SUBMITTED,
        by=policy.is_asker,
        who=_m("la personne qui pose la question"),
        tells=("asker", "moderators"),
    ),
    Move(
        name="publish",
        label=_m("Publier"),
        fact=facts.Published,
        from_=_from(S.SUBMITTED),
        to=S.OPEN,
        by=policy.is_moderator,
        who=_m("un modérateur"),
        tells=("asker", "followers"),
    ),
    Move(
        name="return",
        label=_m("Demander une précision"),
        fact=facts.Returned,
        from_=_from(S.SUBMITTED),
        to=S.RETURNED,
        by=policy.is_moderator,
        who=_m("un modérateur"),
        requires=("reason",),
        tells=("asker",),
    ),
    Move(
        name="decline",
        label=_m("Ne pas retenir"),
        fact=facts.Declined,
        from_=_from(S.SUBMITTED, S.OPEN),
        to=S.DECLINED,
        by=policy.is_moderator,
        who=_m("un modérateur"),
        requires=("reason",),
        tells=("asker", "followers"),
    ),
    Move(
        name="merge",
        label=_m("Réunir à une autre question"),
        fact=facts.Merged,
        from_=_from(S.SUBMITTED, S.OPEN, S.PARKED),
        to=S.MERGED,
        by=policy.may_merge,
        who=_m("un modérateur, ou l’auteur à qui il le propose"),
        requires=("question",),
        tells=("asker", "followers"),
    ),
    Move(
        name="separate",
        label=_m("Séparer de l’autre question"),
        fact=facts.Separated,
        from_=_from(S.MERGED),
        to=S.OPEN,
        by=policy.moderates_published,
        who=_m("un modérateur, si elle a été publiée"),
        requires=("reason",),
        tells=("asker", "followers"),
    ),
    Move(
        name="separate_unread",
        label=_m("Séparer et relire"),
        fact=facts.SeparatedUnread,
        from_=_from(S.MERGED),
        to=S.SUBMITTED,
        by=policy.moderates_unread,
        who=_m("un modérateur, si elle n’a pas été publiée"),
        requires=("reason",),
        tells=("asker",),
    ),
    Move(
        name="withdraw",
        label=_m("Retirer ma question"),
        fact=facts.Withdrawn,
        from_=_from(S.SUBMITTED, S.RETURNED, S.OPEN, S.PARKED),
        to=S.WITHDRAWN,
        by=policy.is_asker,
        who=_m("la personne qui pose la question"),
        tells=("asker", "followers"),
    ),
    Move(
        name="park",
        label=_m("Mettre en sommeil"),
        fact=facts.Parked,
        from_=_from(S.OPEN),
        to=S.PARKED,
        by=policy.is_moderator,
        who=_m("un modérateur"),
        requires=("reason",),
        tells=("asker", "followers"),
    ),
    Move(
        name="wake",
        label=_m("Réveiller"),
        fact=facts.Woken,
        from_=_from(S.PARKED),
        to=S.OPEN,
        by=policy.is_asker_or_moderator,
        who=_m("la personne qui pose la question ou un modérateur"),
        tells=("asker", "followers"),
    ),
    Move(
        name="reopen",
        label=_m("Rouvrir"),
        fact=facts.Reopened,
        from_=_from(S.DECLINED, S.CONCLUDED),
        to=S.OPEN,
        by=policy.moderates_published,
        who=_m("un modérateur, si elle a été publiée"),
        requires=("reason",),
        tells=("asker", "followers"),
    ),
    Move(
        name="reconsider",
        label=_m("Remettre à relire"),
        fact=facts.Reconsidered,
        from_=_from(S.DECLINED),
        to=S.SUBMITTED,
        by=policy.moderates_unread,
        who=_m("un modérateur, si elle n’a pas été publiée"),
        requires=("reason",),
        tells=("asker",),
    ),
    Move(
        name="claim",
        label=_m("Prendre en charge"),
        fact=facts.Claimed,
        from_=_from(S.OPEN),
        to=S.CLAIMED,
        by=policy.may_claim,
        who=_m("un membre d’une équipe de recherche"),
        requires=("team", "why", "needs", "next_step"),
        tells=("asker", "followers"),
    ),
    Move(
        name="release",
        label=_m("Rendre la question"),
        fact=facts.Released,
        from_=_from(S.CLAIMED, S.HYPOTHESIS),
        to=S.OPEN,
        by=policy.leads,
        who=_m("l’équipe qui l’a prise en charge"),
        requires=("reason",),
        tells=("asker", "followers"),
    ),
    Move(
        name="lapse",
        label=_m("Échoir"),
        fact=facts.Lapsed,
        from_=_from(S.CLAIMED, S.HYPOTHESIS),
        to=S.OPEN,
        by=None,
        who=_m("le site, sans nouvelles de l’équipe"),
        tells=("asker", "team", "followers"),
    ),
    Move(
        name="propose",
        label=_m("Proposer une hypothèse"),
        fact=facts.HypothesisOpened,
        from_=_from(S.CLAIMED),
        to=S.HYPOTHESIS,
        by=policy.may_claim,
        who=_m("une équipe engagée"),
        requires=("hypothesis",),
        tells=("asker", "followers"),
    ),
    Move(
        name="exhaust",
        label=_m("Clore la dernière hypothèse"),
        fact=facts.HypothesesExhausted,
        from_=_from(S.HYPOTHESIS),
        to=S.CLAIMED,
        by=policy.may_work,
        who=_m("une équipe engagée"),
        requires=("verdict",),
        tells=("asker", "followers"),
    ),
    Move(
        name="start",
        label=_m("Lancer un projet"),
        fact=facts.ProjectStarted,
        from_=_from(S.HYPOTHESIS),
        to=S.PROJECT,
        by=policy.may_claim,
        who=_m("une équipe engagée"),
        requires=("endorsed_hypothesis", "lead_team", "principal_investigator", "clinical_colead"),
        tells=("asker", "followers"),
    ),
    Move(
        name="stop",
        label=_m("Arrêter le projet"),
        fact=facts.ProjectStopped,
        from_=_from(S.PROJECT),
        to=S.HYPOTHESIS,
        by=policy.may_work,
        who=_m("l’équipe du projet"),
        requires=("reason",),
        tells=("asker", "followers"),
    ),
    Move(
        name="conclude",
        label=_m("Conclure"),
        fact=facts.Concluded,
        from_=_from(S.PROJECT),
        to=S.CONCLUDED,
        by=policy.may_work,
        who=_m("l’équipe du projet"),
        requires=("outcome", "answer"),
        tells=("asker", "followers", "supporters"),
    ),
)

MOVE_OF_FACT: dict[str, Move] = {move.fact.kind: move for move in MOVES}
MOVE: dict[str, Move] = {move.name: move for move in MOVES}


def legal_moves(question: Question, user: User) -> list[Move]:
    """The moves this person may make now."""
    return [
        move
        for move in MOVES
        if question.stage in move.from_ and move.by is not None and move.by(user, question)
    ]


def require(question: Question, name: str, *, by: User | None) -> Move:
    """The move, if it may be made now. Raises `IllegalMove` (409, with the legal ones) or
    `NotAllowed` (403)."""
    move = MOVE[name]
    if question.stage not in move.from_:
        legal = [m.name for m in legal_moves(question, by)] if by else []
        labels = ", ".join(_(MOVE[n].label) for n in legal) or _("aucune action")
        raise IllegalMove(
            _(
                "Cette question est maintenant à l’étape « %(stage)s » : « %(move)s » n’est plus"
                " possible. Ce que vous pouvez faire : %(legal)s.",
                stage=_(STAGE_LABELS[question.stage]),
                move=_(move.label),
                legal=labels,
            ),
            legal=legal,
        )
    if move.by is not None and (by is None or not move.by(by, question)):
        raise NotAllowed(_("Cette action revient à : %(who)s.", who=_(move.who)))
    return move


def make(question: Question, fact: Fact, *, by: User | None) -> None:
    """Make the move that `fact` is, and write it to the log. Raises as `require` does."""
    move = require(question, MOVE_OF_FACT[fact.kind].name, by=by)
    question.stage = move.to
    question.stage_since = clock.now()
    record(fact, on=question.id, by=by)
