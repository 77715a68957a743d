"""Where a question stands: the stops of its stepper, who has the ball and what happens next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from exchange import i18n
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.questions.models import MAIN_LINE, STAGE_LABELS, Stage

STANDS_AT = {
    Stage.DRAFT: Stage.SUBMITTED,
    Stage.RETURNED: Stage.SUBMITTED,
    Stage.PARKED: Stage.OPEN,
}
"""Stages beside the main line, and the stop where they wait."""

BEHIND_LABELS = {
    Stage.SUBMITTED: _m("Déposée"),
    Stage.OPEN: _m("Publiée"),
}
"""Stops whose name, once behind, is no longer that of waiting there."""

OVER = {Stage.MERGED, Stage.DECLINED, Stage.WITHDRAWN}
"""Stages after which the stops ahead are off."""


@dataclass(frozen=True)
class Step:
    label: str
    state: str
    date: str


@dataclass(frozen=True)
class Turn:
    """Who has the ball, and what happens next: two whole sentences."""

    ball: str
    next: str


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What the sentence is made of. `mine`: the reader asked; `team_mine`: the reader's team
    leads; `due`: day promised for the decision; `awaited`, `endorsed`: hypotheses waiting for
    the asker's opinion, and carried by it; `into`: the reference of the question it joined."""

    stage: Stage
    mine: bool = False
    team: str = ""
    team_mine: bool = False
    step: str = ""
    step_on: date | None = None
    due: date | None = None
    awaited: int = 0
    endorsed: int = 0
    into: str = ""


def steps(stage: Stage, since: datetime, reached: dict[Stage, datetime | None]) -> list[Step]:
    """The stops of the stepper; `reached` gives the days of those behind."""
    return list(_steps(stage, since, reached))


def turn(at: Standing) -> Turn:
    """Who has the ball."""
    return _TURNS[at.stage](at)


def _steps(stage: Stage, since: datetime, reached: dict[Stage, datetime | None]) -> Iterator[Step]:
    over = stage in OVER
    here = STANDS_AT.get(stage, stage)
    if over:
        here = max((s for s in MAIN_LINE if reached.get(s)), key=MAIN_LINE.index)
    place = MAIN_LINE.index(here)
    for number, stop in enumerate(MAIN_LINE):
        if number == place:
            day = i18n.show_date(since, "d MMM y")
            yield Step(_(STAGE_LABELS[stage]), "current", _("depuis le %(day)s", day=day))
        elif number < place:
            label = BEHIND_LABELS.get(stop, STAGE_LABELS[stop])
            yield Step(_(label), "done", i18n.show_date(reached.get(stop), "d MMM y"))
        else:
            yield Step(_(STAGE_LABELS[stop]), "off" if over else "ahead", "")


def _draft(at: Standing) -> Turn:
    return Turn(_("La balle est à vous."), _("Relisez votre brouillon, puis envoyez-le."))


def _submitted(at: Standing) -> Turn:
    return Turn(
        _("La balle est aux modérateurs."),
        _("Leur réponse est promise pour le %(day)s.", day=i18n.show_date(at.due)),
    )


def _returned(at: Standing) -> Turn:
    if at.mine:
        return Turn(
            _("La balle est à vous."),
            _("Un modérateur demande une précision : répondez, et la question repart."),
        )
    return Turn(
        _("La balle est à la personne qui a posé la question."),
        _("Un modérateur lui a demandé une précision."),
    )


def _open(at: Standing) -> Turn:
    return Turn(
        _("La balle est aux équipes de recherche."),
        _("La question attend qu’une équipe la prenne en charge."),
    )


def _claimed(at: Standing) -> Turn:
    return Turn(_team_ball(at), _step(at))


def _hypothesis(at: Standing) -> Turn:
    if at.awaited:
        ball = (
            _("La balle est à vous.")
            if at.mine
            else _("La balle est à la personne qui a posé la question.")
        )
        return Turn(ball, _("Une hypothèse attend un avis clinique avant de devenir un projet."))
    if at.endorsed:
        return Turn(_team_ball(at), _("Une hypothèse est soutenue : elle peut devenir un projet."))
    return Turn(_team_ball(at), _step(at))


def _project(at: Standing) -> Turn:
    return Turn(
        _team_ball(at), _("Un projet est en cours ; il se conclut par un résultat et une réponse.")
    )


def _concluded(at: Standing) -> Turn:
    return Turn(
        _("La question est conclue."), _("La réponse est ci-dessous, avec ce qui l’a produite.")
    )


def _parked(at: Standing) -> Turn:
    return Turn(
        _("La question est en sommeil."),
        _("La personne qui l’a posée ou un modérateur peut la réveiller."),
    )


def _merged(at: Standing) -> Turn:
    into = (
        _("La suite se lit dans %(ref)s.", ref=at.into)
        if at.into
        else _("La suite se lit dans une autre question.")
    )
    return Turn(_("La question a été réunie à une autre."), into)


def _declined(at: Standing) -> Turn:
    return Turn(
        _("La question n’a pas été retenue."),
        _("La raison est dans l’histoire ci-dessous ; un modérateur peut la rouvrir."),
    )


def _withdrawn(at: Standing) -> Turn:
    return Turn(
        _("La question a été retirée."), _("Elle reste lisible, et plus personne n’y travaille.")
    )


def _team_ball(at: Standing) -> str:
    if at.team_mine:
        return _("La balle est à votre équipe.")
    if at.team:
        return _("La balle est à l’équipe %(team)s.", team=at.team)
    return _("La balle est aux équipes de recherche.")


def _step(at: Standing) -> str:
    if not at.step:
        return _("Elle n’a pas encore annoncé de prochaine étape.")
    if at.step_on is None:
        return _("Prochaine étape : %(step)s.", step=at.step.rstrip("."))
    words = {"step": at.step.rstrip("."), "day": i18n.show_date(at.step_on)}
    if at.step_on < i18n.local_today():
        return _("Prochaine étape : %(step)s. Elle était promise pour le %(day)s.", **words)
    return _("Prochaine étape : %(step)s, promise pour le %(day)s.", **words)


_TURNS = {
    Stage.DRAFT: _draft,
    Stage.SUBMITTED: _submitted,
    Stage.RETURNED: _returned,
    Stage.OPEN: _open,
    Stage.CLAIMED: _claimed,
    Stage.HYPOTHESIS: _hypothesis,
    Stage.PROJECT: _project,
    Stage.CONCLUDED: _concluded,
    Stage.PARKED: _parked,
    Stage.MERGED: _merged,
    Stage.DECLINED: _declined,
    Stage.WITHDRAWN: _withdrawn,
}
