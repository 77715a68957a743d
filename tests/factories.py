"""People and questions for stories. A factory fills in what the story does not tell."""

import itertools
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import select

from exchange import clock, db
from exchange.log.facts import Fact
from exchange.log.models import Event
from exchange.moderation import actions as moderation
from exchange.people import sessions
from exchange.people.models import (
    Area,
    Institution,
    InstitutionKind,
    Membership,
    Role,
    Team,
    TeamKind,
    User,
)
from exchange.people.passwords import digest
from exchange.questions import actions as asking
from exchange.questions.content import Content
from exchange.questions.models import Audience, Kind, Question
from exchange.research import claims, hypotheses, projects
from exchange.research.candidates import actions as candidates
from exchange.research.candidates.models import Make, Progress, Reach
from exchange.research.dossier import actions as dossier
from exchange.research.dossier.models import Category, Degree, Methodology, Rights, Translation
from exchange.research.models import Claim, Direction, Hypothesis, Project, Verdict
from exchange.text import slug

PASSWORD = "une phrase assez longue"
_digest = cache(digest)
_numbers = itertools.count(1)


def institution(
    short: str = "AP-HM", kind: InstitutionKind = InstitutionKind.HOSPITAL
) -> Institution:
    made = Institution(slug=f"i{next(_numbers)}", name=short, short=short, kind=kind)
    db.session.add(made)
    db.session.flush()
    return made


def team(
    name: str,
    *,
    kind: TeamKind = TeamKind.LAB,
    of: Institution | None = None,
    areas: tuple[Area, ...] = (Area.CANCER,),
) -> Team:
    of = of or institution()
    made = Team(
        slug=f"t{next(_numbers)}",
        name=name,
        kind=kind,
        institution=of,
        description="",
        description_html="",
        expertise=[],
        techniques=[],
        areas=[area.value for area in areas],
    )
    db.session.add(made)
    db.session.flush()
    return made


def user(name: str, roles: Role, *teams: Team, **more: object) -> User:
    number = next(_numbers)
    made = User(
        email=f"{slug(name.split()[0])}{number}@example.org",
        handle=f"{slug(name.split()[0])}{number}",
        name=name,
        role_bits=int(roles),
        password_hash=_digest(PASSWORD),
        unsubscribe_token=f"token-{number}",
        areas=[],
        **more,
    )
    made.memberships = [Membership(team=one, lead=False) for one in teams]
    db.session.add(made)
    db.session.flush()
    return made


def session_of(user: User, *, proved: bool = False) -> str:
    """The name of a new session of this person, committed: what their browser's cookie holds."""
    token = sessions.begin(user, agent="", limit=timedelta(days=7), proved=proved)
    db.session.commit()
    return token


def content(**changes: object) -> Content:
    values: dict[str, object] = {
        "title": "Pourquoi certains mélanomes ne répondent-ils pas à l’immunothérapie ?",
        "problem": "Un patient sur deux progresse sous anti-PD-1 sans que rien ne le prédise.",
        "practice": "Nous poursuivons jusqu’à la progression radiologique.",
        "shortfall": "Trois mois de traitement inutile et toxique.",
        "population": "Adultes atteints d’un mélanome métastatique en première ligne.",
        "area": Area.CANCER,
        "kind": Kind.NON_RESPONSE,
        **changes,
    }
    return Content(**values)  # type: ignore[arg-type]


def submitted(by: User, **changes: object) -> Question:
    return asking.submit(content(**changes), by=by, confirmed=True)


def opened(by: User, moderator: User, **changes: object) -> Question:
    question = submitted(by, **changes)
    moderation.publish(question, by=moderator)
    db.session.flush()
    return question


def circled(by: User, moderator: User, *teams: Team, **changes: object) -> Question:
    return opened(
        by,
        moderator,
        audience=Audience.CIRCLE,
        circle_team_ids=tuple(one.id for one in teams),
        **changes,
    )


def promise() -> claims.Promise:
    return claims.Promise(
        why="Nous suivons une cohorte de cent patients.",
        needs="Des biopsies avant traitement.",
        next_step="Réunion de cadrage",
        next_step_on=clock.now().date() + timedelta(days=14),
    )


def claimed(question: Question, by: User) -> Claim:
    assert by.team is not None
    return claims.claim(question, promise(), team=by.team, by=by)


def verdicts(project: Project) -> dict[int, Verdict]:
    """All its hypotheses hold."""
    return {one.id: Verdict.SUPPORTED for one in project.hypotheses}


def idea() -> hypotheses.Idea:
    return hypotheses.Idea(
        statement="L’épuisement des lymphocytes T précède la progression.",
        rationale="Les TIGIT+ augmentent dans le sang avant le scanner.",
        prediction="Le taux de TIGIT+ à J21 prédit la progression.",
        direction=Direction.INCREASE,
        refutation="Aucune différence de TIGIT+ entre répondeurs et non-répondeurs.",
        plan="Cytométrie à J0, J21, J42 chez soixante patients.",
    )


def proposed(question: Question, by: User, *, confidential: bool = False) -> Hypothesis:
    assert by.team is not None
    return hypotheses.propose(question, idea(), team=by.team, by=by, confidential=confidential)


def started(
    hypothesis: Hypothesis, by: User, colead: User, *, confidential: bool = False
) -> Project:
    assert by.team is not None
    plan = projects.Plan(
        title="Prédire l’échec de l’immunothérapie",
        summary="Une étude prospective de soixante patients.",
        lead_team=by.team,
        investigator=by,
        colead=colead,
        confidential=confidential,
        milestones=[("Première inclusion", date(2027, 3, 1))],
    )
    return projects.start([hypothesis], plan, by=by)


def documented(project: Project, by: User, mark: str = "") -> None:
    """A line in each part of its dossier, with a mark in its words."""
    said: dict[str, dict[str, Any]] = {
        "frame": {"sponsor": f"AP-HM {mark}", "trl": 4, "translation": Translation.T1},
        "regulation": {
            "category": Category.RIPH2,
            "cpp": f"Sud-Est {mark}",
            "ansm": f"Informée {mark}",
            "id_rcb": f"2026-A00001-{mark or 12}",
            "methodology": Methodology.MR001,
            "methodology_on": date(2026, 3, 19),
            "nct": f"NCT00000001{mark}",
            "eu_ct": f"2026-{mark}",
        },
        "rights": {"rights": Rights.FILED, "patent": f"FR1 {mark}", "rights_note": f"AMU {mark}"},
    }
    for part, values in said.items():
        dossier.change(project, part, values, by=by, confirmed=True)
    dossier.note_risk(
        project,
        what=f"Trop peu d’inclusions {mark}",
        likelihood=Degree.MEDIUM,
        effect=Degree.HIGH,
        answer=f"Un second centre {mark}",
        by=by,
        confirmed=True,
    )
    dossier.log_decision(
        project,
        taken_on=clock.now().date(),
        who=f"Comité {mark}",
        what=f"Un second centre {mark}",
        why=f"Les inclusions sont lentes {mark}",
        by=by,
        confirmed=True,
    )
    candidates.enter(project, candidate(project, mark=mark), by=by, confirmed=True)


def candidate(project: Project, *, mark: str = "", **changes: Any) -> candidates.Entry:
    """An antibody in phase 2, with a mark in its words."""
    said: dict[str, Any] = {
        "name": f"AMU-12 {mark}".strip(),
        "target": f"PD-1 {mark}".strip(),
        "make": Make.ANTIBODY,
        "progress": Progress.TWO,
        "reach": Reach.NICHE,
        "reference": f"NCT00000002 {mark}".strip(),
        "question_id": project.hypotheses[0].question_id,
    }
    return candidates.Entry(**(said | changes))


def facts(question: Question) -> list[Fact]:
    """What the log says of a question, in order."""
    events = db.session.scalars(
        select(Event).where(Event.question_id == question.id).order_by(Event.id)
    )
    return [event.fact for event in events]


def last_fact(question: Question) -> Fact:
    return facts(question)[-1]
