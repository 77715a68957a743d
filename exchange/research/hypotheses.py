"""Hypotheses: proposed by a claiming team, endorsed by the asker, judged by evidence."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import func, select, update

from exchange import clock, db
from exchange.errors import Conflict, NotAllowed, Refusal
from exchange.guard import gate
from exchange.i18n import gettext as _
from exchange.log.record import record
from exchange.people.models import Team, User
from exchange.questions import facts as moves
from exchange.questions import workflow
from exchange.questions.actions import follow, next_ref, write_note
from exchange.questions.models import Question, Stage
from exchange.research import facts, policy
from exchange.research.claims import heard, living_claim
from exchange.research.models import (
    LIVING,
    Direction,
    Endorsement,
    Evidence,
    Hypothesis,
    Stance,
    Strength,
    Verdict,
    Wording,
)
from exchange.text import render


@dataclass(frozen=True, kw_only=True)
class Idea:
    """What a hypothesis says."""

    statement: str
    rationale: str
    prediction: str
    direction: Direction
    refutation: str
    plan: str

    def texts(self) -> dict[str, str]:
        """The Markdown fields."""
        return {name: text for name, text in asdict(self).items() if name != "direction"}

    def html(self) -> dict[str, str]:
        """The same, to show."""
        return {name: render(text) for name, text in self.texts().items()}


def propose(
    question: Question,
    idea: Idea,
    *,
    team: Team,
    by: User,
    confidential: bool = False,
    confirmed: bool = False,
) -> Hypothesis:
    """Add a hypothesis; the first living one moves the question on."""
    require_proposable(question, by)
    if team.id not in by.team_ids or living_claim(question, team) is None:
        raise NotAllowed(_("Une hypothèse est proposée par une équipe engagée sur la question."))
    gate.check(idea.texts(), confirmed=confirmed)
    hypothesis = Hypothesis(
        ref=next_ref("H"),
        question_id=question.id,
        question=question,
        team_id=team.id,
        author_id=by.id,
        at=clock.now(),
        confidential=confidential,
        direction=idea.direction,
        html=idea.html(),
        **idea.texts(),
    )
    db.session.add(hypothesis)
    db.session.flush()
    _keep(hypothesis, idea, number=1, by=by)
    record(
        facts.HypothesisProposed(hypothesis_id=hypothesis.id, team_id=team.id),
        on=question.id,
        by=by,
    )
    if question.stage is Stage.CLAIMED:
        workflow.make(question, moves.HypothesisOpened(hypothesis_id=hypothesis.id), by=by)
    heard(question)
    follow(question, by)
    return hypothesis


def revise(
    hypothesis: Hypothesis, idea: Idea, *, since: int, by: User, confirmed: bool = False
) -> Wording:
    """Change what it says; every wording stays readable. `since`: the number of the wording that
    was changed, so that two people at it do not undo each other. An asker who found something
    missing is asked again."""
    require_revisable(hypothesis, by)
    db.session.execute(
        select(Hypothesis.id).where(Hypothesis.id == hypothesis.id).with_for_update()
    )
    last = last_number(hypothesis)
    if since != last:
        raise Conflict(
            _("Quelqu’un a changé cette hypothèse entre-temps : relisez-la avant d’envoyer.")
        )
    said = {name: getattr(hypothesis, name) for name in idea.texts()}
    if (idea.texts(), idea.direction) == (said, hypothesis.direction):
        raise Refusal(_("Rien n’a changé."))
    gate.check(idea.texts(), confirmed=confirmed)
    for name, text in idea.texts().items():
        setattr(hypothesis, name, text)
    hypothesis.direction, hypothesis.html = idea.direction, idea.html()
    if hypothesis.endorsement is Endorsement.MISSING:
        hypothesis.endorsement = Endorsement.AWAITED
    wording = _keep(hypothesis, idea, number=last + 1, by=by)
    heard(hypothesis.question)
    record(
        facts.HypothesisRevised(hypothesis_id=hypothesis.id, number=wording.number),
        on=hypothesis.question_id,
        by=by,
    )
    return wording


def require_revisable(hypothesis: Hypothesis, by: User) -> None:
    """The hypothesis is of the person's team, and still stands."""
    if not policy.may_work_on(by, hypothesis):
        raise NotAllowed(_("Ses mots reviennent à l’équipe qui a proposé l’hypothèse."))
    if hypothesis.verdict not in LIVING:
        raise Conflict(_("Cette hypothèse est close : son verdict est rendu."))


def last_number(hypothesis: Hypothesis) -> int:
    """The number of the wording in force: one query."""
    return db.session.scalars(
        select(func.max(Wording.number)).where(Wording.hypothesis_id == hypothesis.id)
    ).one()


def _keep(hypothesis: Hypothesis, idea: Idea, *, number: int, by: User) -> Wording:
    wording = Wording(
        hypothesis_id=hypothesis.id,
        number=number,
        author_id=by.id,
        at=clock.now(),
        direction=idea.direction,
        texts=idea.texts(),
        html=idea.html(),
    )
    db.session.add(wording)
    db.session.flush()
    return wording


def require_proposable(question: Question, by: User) -> None:
    """The question is at a stage where hypotheses are proposed. Raises `IllegalMove` or
    `NotAllowed`."""
    if question.stage not in {Stage.HYPOTHESIS, Stage.PROJECT}:
        workflow.require(question, "propose", by=by)


def add_evidence(
    hypothesis: Hypothesis,
    *,
    stance: Stance,
    note: str,
    identifier: str = "",
    searched_on: date | None = None,
    strength: Strength | None = None,
    by: User,
    confirmed: bool = False,
) -> Evidence:
    """Anyone who may read the hypothesis may bring evidence."""
    if not policy.may_read_hypothesis(by, hypothesis):
        raise NotAllowed(_("Vous ne pouvez pas lire cette hypothèse."))
    gate.check({"note": note, "identifier": identifier}, confirmed=confirmed)
    item = Evidence(
        hypothesis_id=hypothesis.id,
        stance=stance,
        note=note,
        html=render(f"{note}\n\n{identifier}" if identifier else note),
        identifier=identifier,
        searched_on=searched_on,
        strength=strength,
        added_by_id=by.id,
        at=clock.now(),
    )
    db.session.add(item)
    db.session.flush()
    record(
        facts.EvidenceAdded(hypothesis_id=hypothesis.id, evidence_id=item.id),
        on=hypothesis.question_id,
        by=by,
    )
    return item


def endorse(hypothesis: Hypothesis, *, note: str = "", by: User, confirmed: bool = False) -> None:
    """The asker finds it worth testing for the patients; a moderator must say why they speak
    in the asker's stead."""
    require_judge(hypothesis, by)
    if hypothesis.endorsement is Endorsement.ENDORSED:
        raise Conflict(_("Cette hypothèse est déjà soutenue."))
    if by.id != hypothesis.question.asker_id and not note.strip():
        raise Refusal(
            _("Dites pourquoi vous vous prononcez à la place du clinicien."), field="reason"
        )
    written = (
        write_note(hypothesis.question, note, by=by, confirmed=confirmed) if note.strip() else None
    )
    hypothesis.endorsement = Endorsement.ENDORSED
    hypothesis.endorsed_at = clock.now()
    heard(hypothesis.question)
    record(
        facts.HypothesisEndorsed(
            hypothesis_id=hypothesis.id, note_id=written.id if written else None
        ),
        on=hypothesis.question_id,
        by=by,
    )


def say_missing(hypothesis: Hypothesis, *, note: str, by: User, confirmed: bool = False) -> None:
    """The asker says what is missing for the patients."""
    require_judge(hypothesis, by)
    if not note.strip():
        raise Refusal(_("Dites ce qui manque pour vos patients."), field="reason")
    written = write_note(hypothesis.question, note, by=by, confirmed=confirmed)
    hypothesis.endorsement = Endorsement.MISSING
    heard(hypothesis.question)
    record(
        facts.HypothesisMissing(hypothesis_id=hypothesis.id, note_id=written.id),
        on=hypothesis.question_id,
        by=by,
    )


def judge(
    hypothesis: Hypothesis,
    *,
    verdict: Verdict,
    reason: str,
    evidence: Sequence[Evidence] = (),
    successor: Hypothesis | None = None,
    by: User,
    confirmed: bool = False,
) -> None:
    """Say where the hypothesis stands, why, and on which items of evidence; `successor`: the one
    that replaces it, when it is superseded. When none is left alive the question goes back to its
    claim: a refuted hypothesis is a result, not a dead end."""
    require_worker(hypothesis, by)
    if hypothesis.verdict is verdict:
        raise Conflict(_("L’hypothèse a déjà ce verdict."))
    if verdict is not Verdict.SUPERSEDED:
        successor = None
    else:
        _require_successor(hypothesis, successor)
    question = hypothesis.question
    note = write_note(question, reason, by=by, confirmed=confirmed)
    settle(hypothesis, verdict, evidence=evidence, successor=successor)
    heard(question)
    record(
        facts.VerdictGiven(
            hypothesis_id=hypothesis.id,
            verdict=verdict,
            note_id=note.id,
            evidence_ids=tuple(item.id for item in evidence),
            superseded_by_id=successor.id if successor else None,
        ),
        on=question.id,
        by=by,
    )
    if question.stage is Stage.HYPOTHESIS and not living(question):
        workflow.make(question, moves.HypothesesExhausted(hypothesis_id=hypothesis.id), by=by)
    elif question.stage is Stage.CLAIMED and verdict in LIVING:
        workflow.make(question, moves.HypothesisOpened(hypothesis_id=hypothesis.id), by=by)


def settle(
    hypothesis: Hypothesis,
    verdict: Verdict,
    *,
    evidence: Sequence[Evidence] = (),
    successor: Hypothesis | None = None,
) -> None:
    """Put the verdict in force, with what it rests on."""
    hypothesis.verdict = verdict
    hypothesis.superseded_by_id = successor.id if successor else None
    chosen = {item.id for item in evidence}
    db.session.execute(
        update(Evidence)
        .where(Evidence.hypothesis_id == hypothesis.id)
        .values(decisive=Evidence.id.in_(chosen))
    )


def _require_successor(hypothesis: Hypothesis, successor: Hypothesis | None) -> None:
    if successor is None:
        raise Refusal(_("Dites quelle hypothèse la remplace."), field="successor")
    if (
        successor.id == hypothesis.id
        or successor.question_id != hypothesis.question_id
        or successor.verdict not in LIVING
    ):
        raise Refusal(
            _("Une hypothèse est remplacée par une autre de la même question, qui tient encore."),
            field="successor",
        )


def require_worker(hypothesis: Hypothesis, by: User) -> None:
    """The person may give the verdict."""
    if not policy.may_work_on(by, hypothesis):
        raise NotAllowed(_("Le verdict revient à l’équipe qui a proposé l’hypothèse."))


def living(question: Question) -> int:
    """How many hypotheses of the question still stand."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Hypothesis)
            .where(Hypothesis.question_id == question.id, Hypothesis.verdict.in_(LIVING))
        )
        or 0
    )


def require_judge(hypothesis: Hypothesis, by: User) -> None:
    """The person may say what the asker thinks of it, and it still stands."""
    if not policy.may_endorse(by, hypothesis):
        raise NotAllowed(_("Cet avis revient à la personne qui a posé la question."))
    if hypothesis.verdict not in LIVING:
        raise Conflict(_("Cette hypothèse est close : son verdict est rendu."))
