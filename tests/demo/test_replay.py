"""Columns are the truth, the log is the evidence: the story replayed gives every stage."""

from sqlalchemy import func, select

from exchange import db
from exchange.demo import story
from exchange.discussion.models import Comment
from exchange.log.models import Event
from exchange.questions.models import Question, Stage, Support
from exchange.questions.workflow import MOVE_OF_FACT


def test_the_log_of_a_year_gives_every_stage_and_every_count(session: None) -> None:
    story.tell()
    db.session.flush()
    stages: dict[int, Stage] = {}
    comments: dict[int, int] = {}
    for event in db.session.scalars(select(Event).order_by(Event.id)):
        number = event.question_id
        if number is None:  # somebody asks for an account
            continue
        move = MOVE_OF_FACT.get(event.kind)
        if move is not None:
            assert stages.get(number, Stage.DRAFT) in move.from_, event.id
            stages[number] = move.to
        if event.kind == "comment.posted" and event.data["hypothesis_id"] is None:
            comments[number] = comments.get(number, 0) + 1
    db.session.expire_all()
    questions = db.session.scalars(select(Question).where(Question.stage != Stage.DRAFT)).all()
    assert {q.id: q.stage for q in questions} == stages
    assert set(stages.values()) == set(Stage) - {Stage.DRAFT}, "the story shows every stage"
    for question in questions:
        assert question.comment_count == comments.get(question.id, 0)
        assert question.support_count == db.session.scalar(
            select(func.count()).select_from(Support).where(Support.question_id == question.id)
        )
        assert question.need == question.merit + 10 * min(question.support_count, 5)
    assert db.session.scalar(select(func.count()).select_from(Comment)) == sum(comments.values())


def test_the_log_is_told_in_the_order_of_time(session: None) -> None:
    story.tell()
    moments = db.session.scalars(select(Event.at).order_by(Event.id)).all()
    assert moments == sorted(moments)
