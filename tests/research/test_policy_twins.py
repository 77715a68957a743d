"""Who may read, written twice: in Python and in SQL. Every small world is tried, for every kind of
reader, on both databases."""

import itertools
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import ColumnElement, select

from exchange import clock, db
from exchange.people.models import InstitutionKind, Role, Team, TeamKind, User
from exchange.questions import policy as questions
from exchange.questions.models import Audience, CircleTeam, Question, Stage
from exchange.research import policy
from exchange.research.models import Direction, Hypothesis, Project, Unsealing
from tests import factories

Readers = dict[str, User]


@pytest.fixture
def teams(session: None) -> list[Team]:
    """A laboratory, another one, and a company's."""
    company = factories.institution("Frioul", InstitutionKind.COMPANY)
    return [
        factories.team("Immunité et tumeurs"),
        factories.team("Signalisation"),
        factories.team("Tests immunologiques", of=company),
    ]


@pytest.fixture
def readers(teams: list[Team]) -> Readers:
    ward = factories.team("Dermatologie", kind=TeamKind.DEPARTMENT)
    lab, other, company = teams
    return {
        "Claire asks": factories.user("Claire Martel", Role.CLINICIAN, ward),
        "Nadia is a colleague": factories.user("Nadia Ferhat", Role.CLINICIAN, ward),
        "Robin is of the lab": factories.user("Robin Aubert", Role.RESEARCHER, lab),
        "Léna is of the other": factories.user("Léna Costa", Role.RESEARCHER, other),
        "Eva is of both": factories.user("Eva Nowicka", Role.RESEARCHER, lab, other),
        "Ivan is of the company": factories.user("Ivan Petit", Role.RESEARCHER, company),
        "Noé has no team": factories.user("Noé Blanc", Role.RESEARCHER),
        "Mona moderates": factories.user("Mona Ferrand", Role.MODERATOR),
        "Max moderates and asks": factories.user("Max Roy", Role.MODERATOR | Role.CLINICIAN, ward),
        "Ada administers": factories.user("Ada Kessler", Role.ADMINISTRATOR),
    }


def every_question(
    readers: Readers, teams: list[Team], stages: Sequence[Stage] = tuple(Stage)
) -> list[Question]:
    """One question for each stage, asker, audience, circle, and whether it was ever published."""
    lab, _other, company = teams
    askers = [readers["Claire asks"], readers["Max moderates and asks"]]
    circles: list[tuple[Audience, list[Team]]] = [
        (Audience.MEMBERS, []),
        (Audience.MEMBERS, [lab]),
        (Audience.CIRCLE, []),
        (Audience.CIRCLE, [lab]),
        (Audience.CIRCLE, [lab, company]),
    ]
    made = []
    for number, (stage, asker, (audience, named), published) in enumerate(
        itertools.product(stages, askers, circles, (True, False))
    ):
        question = Question(
            ref=f"Q-2026-{number:04d}",
            stage=stage,
            asker_id=asker.id,
            audience=audience,
            published_at=clock.now() if published else None,
            html={},
            probable=[],
        )
        question.circle = [CircleTeam(team_id=team.id) for team in named]
        made.append(question)
    db.session.add_all(made)
    db.session.flush()
    return made


def every_hypothesis(asked: Sequence[Question], teams: list[Team]) -> list[Hypothesis]:
    """One hypothesis for each question, team and confidentiality."""
    made = [
        Hypothesis(
            ref=f"H-2026-{number:04d}",
            question=question,
            question_id=question.id,
            team_id=team.id,
            author_id=question.asker_id,
            confidential=confidential,
            direction=Direction.OTHER,
            html={},
        )
        for number, (question, team, confidential) in enumerate(
            itertools.product(asked, teams, (True, False))
        )
    ]
    db.session.add_all(made)
    db.session.flush()
    return made


def every_project(
    hypotheses: Sequence[Hypothesis], readers: Readers, teams: list[Team]
) -> list[Project]:
    """One project for each origin (one or two hypotheses, or none any more), lead, partner,
    clinical co-lead and confidentiality."""
    lab, other, company = teams
    step = len(hypotheses) // 5
    pairs = list(zip(hypotheses, [*hypotheses[step:], *hypotheses[:step]], strict=True))
    origins: list[list[Hypothesis]] = [[], *([h] for h in hypotheses[::2]), *map(list, pairs[::5])]
    partners: list[list[Team]] = [[], [company], [lab, company]]
    coleads = [readers["Claire asks"], readers["Nadia is a colleague"]]
    made = [
        Project(
            ref=f"P-2026-{number:04d}",
            title="Prédire l’échec",
            confidential=confidential,
            lead_team_id=lead.id,
            investigator_id=readers["Noé has no team"].id,
            colead_id=colead.id,
            started_by_id=readers["Eva is of both"].id,
            hypotheses=origin,
            partners=list(named),
        )
        for number, (origin, lead, named, colead, confidential) in enumerate(
            itertools.product(origins, (lab, other), partners, coleads, (True, False))
        )
    ]
    db.session.add_all(made)
    db.session.flush()
    return made


def ids(kind: Any, condition: ColumnElement[bool], *, asked: bool = False) -> set[int]:
    statement = select(kind.id).where(condition)
    if asked:
        statement = statement.join(Question, Question.id == kind.question_id)
    found = db.session.scalars(statement).all()
    assert len(found) == len(set(found))
    return set(found)


def both_answers_occur(answers: dict[str, set[int]], whole: int) -> None:
    """A rule that lets everybody or nobody through would agree with itself for nothing."""
    assert any(answers.values())
    assert any(len(found) < whole for found in answers.values())


def test_questions_are_read_by_the_same_people(readers: Readers, teams: list[Team]) -> None:
    asked = every_question(readers, teams)
    answers = {}
    for who, reader in readers.items():
        answers[who] = {q.id for q in asked if questions.may_read(reader, q)}
        assert ids(Question, questions.readable_by(reader)) == answers[who], who
    both_answers_occur(answers, len(asked))


def test_hypotheses_are_read_by_the_same_people(readers: Readers, teams: list[Team]) -> None:
    proposed = every_hypothesis(every_question(readers, teams), teams)
    answers = {}
    for who, reader in readers.items():
        answers[who] = {h.id for h in proposed if policy.may_read_hypothesis(reader, h)}
        condition = policy.hypothesis_readable_by(reader)
        assert ids(Hypothesis, condition, asked=True) == answers[who], who
    both_answers_occur(answers, len(proposed))


def test_projects_are_read_by_the_same_people(readers: Readers, teams: list[Team]) -> None:
    asked = every_question(readers, teams, (Stage.DRAFT, Stage.PROJECT))
    started = every_project(every_hypothesis(asked, teams[:1]), readers, teams)
    answers = {}
    for who, reader in readers.items():
        answers[who] = {p.id for p in started if policy.may_read_project(reader, p)}
        assert ids(Project, policy.project_readable_by(reader)) == answers[who], who
    both_answers_occur(answers, len(started))


def test_what_an_administrator_opened_is_looked_into_by_them_alone(
    readers: Readers, teams: list[Team]
) -> None:
    """And it widens nothing else: the readers of lists, counts, search and mail stay the same."""
    asked = every_question(readers, teams, (Stage.DRAFT, Stage.PROJECT))
    proposed = every_hypothesis(asked, teams[:1])
    started = every_project(proposed, readers, teams)
    ada, now = readers["Ada administers"], clock.now()
    before = ids(Project, policy.project_readable_by(ada))
    shut = [one for one in started if one.confidential][::3]
    for project in shut:
        for who in ("Ada administers", "Léna is of the other"):
            db.session.add(Unsealing(project=project, user=readers[who], ends_at=clock.now()))
    living = shut[::2]
    for number, project in enumerate(living):
        ends_at = now + timedelta(hours=1 + number)
        project.unsealings.append(Unsealing(user=ada, ends_at=ends_at))
    db.session.flush()
    for who, reader in readers.items():
        looked = {p.id for p in started if policy.may_look_into(reader, p)}
        assert ids(Project, policy.project_looked_into_by(reader)) == looked, who
        readable = ids(Project, policy.project_readable_by(reader))
        assert looked - readable == ({p.id for p in living} if reader is ada else set())
        of_living = {h.id for p in living for h in p.hypotheses if reader is ada}
        expected = {
            h.id
            for h in proposed
            if policy.may_read_hypothesis(reader, h)
            or (h.id in of_living and questions.may_read(reader, h.question))
        }
        condition = policy.hypothesis_looked_into_by(reader)
        assert ids(Hypothesis, condition, asked=True) == expected, who
    assert before == ids(Project, policy.project_readable_by(ada))


def test_what_is_public_to_all_is_read_by_everybody(readers: Readers, teams: list[Team]) -> None:
    every_question(readers, teams)
    for reader in readers.values():
        assert ids(Question, questions.public_to_all()) <= ids(
            Question, questions.readable_by(reader)
        )


def test_a_confidential_hypothesis_is_read_by_its_team_the_asker_and_moderators(
    readers: Readers, teams: list[Team]
) -> None:
    asked = every_question(readers, teams, (Stage.HYPOTHESIS,))
    public = next(q for q in asked if q.audience is Audience.MEMBERS and q.published_at)
    secret = next(
        h for h in every_hypothesis([public], teams) if h.confidential and h.team_id == teams[0].id
    )
    assert {who for who, user in readers.items() if policy.may_read_hypothesis(user, secret)} == {
        "Claire asks",
        "Robin is of the lab",
        "Eva is of both",
        "Mona moderates",
        "Max moderates and asks",
    }
