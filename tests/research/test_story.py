"""The main story, told through the actions."""

import pytest

from exchange import db
from exchange.errors import IllegalMove, NotAllowed, Refusal
from exchange.moderation import actions
from exchange.people.models import Team, User
from exchange.questions import facts as moves
from exchange.questions.models import Question, Stage
from exchange.questions.workflow import MOVE_OF_FACT
from exchange.research import claims, hypotheses, outputs, projects
from exchange.research.models import Endorsement, OutcomeKind, ProjectState, Verdict
from tests.factories import (
    claimed,
    facts,
    last_fact,
    opened,
    promise,
    proposed,
    started,
    verdicts,
)


def stage_of(question: Question) -> Stage:
    """The stage now (asked anew, so that a story may go through several)."""
    return question.stage


def test_a_lab_claims_an_open_question(question: Question, lab: Team, robin: User) -> None:
    claim = claimed(question, robin)
    assert stage_of(question) is Stage.CLAIMED
    assert question.lead_team_id == lab.id
    assert last_fact(question) == moves.Claimed(claim_id=claim.id, team_id=lab.id)


def test_the_second_lab_is_told_who_leads_and_joins(
    question: Question, robin: User, lena: User, other_lab: Team
) -> None:
    claimed(question, robin)
    with pytest.raises(claims.AlreadyLed) as refused:
        claims.claim(question, promise(), team=other_lab, by=lena)
    assert "Immunité et tumeurs" in refused.value.sentence
    joined = claims.join(question, promise(), team=other_lab, by=lena)
    assert not joined.lead
    assert question.lead_team_id != other_lab.id


def test_a_released_question_is_open_again_with_the_reason(question: Question, robin: User) -> None:
    claim = claimed(question, robin)
    claims.release(claim, reason="Notre cytomètre est en panne.", by=robin)
    assert stage_of(question) is Stage.OPEN
    assert question.lead_team_id is None
    assert isinstance(last_fact(question), moves.Released)


def test_from_question_to_conclusion(question: Question, robin: User, claire: User) -> None:
    claimed(question, robin)
    hypothesis = proposed(question, robin)
    assert stage_of(question) is Stage.HYPOTHESIS
    with pytest.raises(Refusal):
        started(hypothesis, robin, claire)
    hypotheses.endorse(hypothesis, by=claire)
    assert hypothesis.endorsement is Endorsement.ENDORSED
    project = started(hypothesis, robin, claire)
    assert stage_of(question) is Stage.PROJECT
    with pytest.raises(Refusal):
        projects.conclude(project, answer="Oui.", verdicts={}, by=robin)
    outputs.note(
        project, kind=OutcomeKind.NEGATIVE, summary="Le marqueur ne prédit rien.", by=robin
    )
    db.session.refresh(project)
    projects.conclude(
        project, answer="Ce marqueur ne suffit pas.", verdicts=verdicts(project), by=robin
    )
    assert stage_of(question) is Stage.CONCLUDED
    assert project.state is ProjectState.CONCLUDED
    assert isinstance(last_fact(question), moves.Concluded)


def test_the_last_refuted_hypothesis_sends_the_question_back(
    question: Question, robin: User
) -> None:
    claimed(question, robin)
    hypothesis = proposed(question, robin)
    hypotheses.judge(hypothesis, verdict=Verdict.REFUTED, reason="Aucune différence.", by=robin)
    assert stage_of(question) is Stage.CLAIMED
    assert isinstance(last_fact(question), moves.HypothesesExhausted)


def test_replaying_the_log_gives_the_stage(question: Question, robin: User, claire: User) -> None:
    claimed(question, robin)
    hypotheses.endorse(proposed(question, robin), by=claire)
    from_log = Stage.DRAFT
    for fact in facts(question):
        move = MOVE_OF_FACT.get(fact.kind)
        if move is not None:
            assert from_log in move.from_
            from_log = move.to
    assert from_log is question.stage


def test_a_stranger_may_not_claim_for_a_team(question: Question, lab: Team, lena: User) -> None:
    with pytest.raises(NotAllowed):
        claims.claim(question, promise(), team=lab, by=lena)
    assert stage_of(question) is Stage.OPEN


def test_an_illegal_move_names_the_legal_ones(claire: User, mona: User) -> None:
    question = opened(claire, mona)
    with pytest.raises(IllegalMove) as refused:
        actions.publish(question, by=mona)
    assert "decline" in refused.value.legal
