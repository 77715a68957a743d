"""A large exchange, made quickly: rows by the thousand, not through the actions."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import func, insert, select, update

from exchange import db
from exchange.discussion.models import Comment
from exchange.log.models import Bookmark, Event
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
from exchange.questions.models import Audience, Kind, Question, Revision, RevisionKind, Stage
from exchange.questions.supports import MOST_SUPPORTS
from exchange.text import render

COMMENTS = 5
USERS = 1_000
THREAD = 50
"""Comments of the long thread."""

_OPENINGS = (
    "Pourquoi certains patients",
    "Comment prévoir que nos patients",
    "Quel mécanisme explique que des malades",
    "Existe-t-il un biomarqueur quand les patients",
    "Comment éviter que des adultes",
)
_TROUBLES = (
    "rechutent sous anti-TNF",
    "ne répondent pas à l’anti-PD-1",
    "développent une myocardite sous immunothérapie",
    "restent immunodéprimés après un sepsis",
    "font une réaction du greffon",
    "ont une poussée de lupus pendant la grossesse",
    "perdent la réponse au rituximab",
    "gardent une uvéite active",
    "portent un cytomégalovirus réactivé",
    "présentent une neurotoxicité après CAR-T",
)
_PLACES = (
    "dans les six mois",
    "malgré un traitement bien conduit",
    "alors que le bilan initial est normal",
    "après une première réponse complète",
    "quand la dose est diminuée",
    "sans facteur de risque connu",
)
_SENTENCES = (
    "Nous voyons cette situation plusieurs fois par mois et rien dans le dossier ne la prédit.",
    "Le traitement est poursuivi par défaut, avec un coût et une toxicité que rien ne justifie.",
    "Les dosages disponibles ne distinguent pas les deux groupes.",
    "Une cohorte prospective existe dans le service, avec des prélèvements congelés.",
    "La littérature décrit quelques cas, sans mécanisme démontré.",
    "Les lymphocytes T régulateurs semblent augmentés, mais le signal est variable.",
    "Un test simple, lisible en une journée, changerait notre conduite.",
)
_rendered = cache(render)
"""The sentences make a thousand texts only."""

_START = datetime.now(UTC).replace(hour=8, minute=0, second=0, microsecond=0) - timedelta(days=71)


def moment_of(number: int) -> datetime:
    """When question `number` was published: a hundred thousand in the last seventy days, so that
    none has waited for a quarter and the worker has nothing to tell of."""
    return _START + timedelta(minutes=number)


def fill(questions: int, *, people: int = USERS) -> None:
    """A thousand people (or as many as told) and `questions` open questions of five comments each; the last one has
    fifty. Commits."""
    rng = random.Random(42)
    db.begin_write()
    _people(people)
    long_id = questions
    for start in range(1, questions + 1, 2_000):
        ids = range(start, min(start + 2_000, questions + 1))
        _insert(Question, (_question(number, rng) for number in ids))
        _insert(Revision, (_revision(number) for number in ids))
        _insert(Event, (e for number in ids for e in _events(number, long_id)))
        _insert(Comment, (c for number in ids for c in _comments(number, long_id, rng)))
    db.session.add_all(
        Bookmark(follower=name, event_id=_last_event(), attempts=0, error="")
        for name in ("letters", "accounts", "doubts")
    )
    db.session.execute(update(User).values(digest_event_id=_last_event()))
    db.session.commit()
    if db.is_postgresql():
        _catch_sequences_up()
    _analyse()


def _last_event() -> int:
    return db.session.scalar(select(func.max(Event.id))) or 0


def _insert(table: type[db.Base], rows: Iterator[dict[str, Any]]) -> None:
    db.session.execute(insert(table), list(rows))


def _people(people: int) -> None:
    _insert(
        Institution,
        iter(
            {
                "id": n,
                "slug": f"i{n}",
                "name": f"Institution {n}",
                "short": f"I{n}",
                "kind": kind,
                "city": "Marseille",
            }
            for n, kind in enumerate(
                (InstitutionKind.HOSPITAL, InstitutionKind.RESEARCH, InstitutionKind.COMPANY), 1
            )
        ),
    )
    _insert(
        Team,
        iter(
            {
                "id": n,
                "slug": f"t{n}",
                "name": f"Équipe {n}",
                "kind": TeamKind.LAB if n % 2 else TeamKind.DEPARTMENT,
                "institution_id": 1 + n % 3,
                "description": "",
                "description_html": "",
                "expertise": [],
                "techniques": [],
                "areas": [list(Area)[n % 5].value],
            }
            for n in range(1, 41)
        ),
    )
    _insert(
        User,
        iter(
            {
                "id": n,
                "email": f"u{n}@example.org",
                "handle": f"u{n}",
                "name": f"Personne {n}",
                "title": "",
                "password_hash": "",
                "role_bits": int(_role(n)),
                "active": True,
                "locale": "fr",
                "timezone": "Europe/Paris",
                "areas": [],
                "unsubscribe_token": f"k{n}",
                "digest": "weekly",
                "digest_hour": 7,
                "digest_event_id": 0,
                "instant_mail": False,
                "theme": "auto",
                "created_at": _START,
            }
            for n in range(1, people + 1)
        ),
    )
    _insert(
        Membership,
        iter({"user_id": n, "team_id": 1 + n % 40, "lead": False} for n in range(1, people + 1)),
    )


def _role(number: int) -> Role:
    if number == 1:
        return Role.MODERATOR
    return Role.CLINICIAN if number % 2 else Role.RESEARCHER


def _question(number: int, rng: random.Random) -> dict[str, Any]:
    title = f"{rng.choice(_OPENINGS)} {rng.choice(_TROUBLES)} {rng.choice(_PLACES)} ?"
    problem = " ".join(rng.sample(_SENTENCES, 4))
    moment = moment_of(number)
    open_ = number % 3 == 0
    return {
        "id": number,
        "ref": f"Q-2025-{number:04d}",
        "version": 2,
        "stage": Stage.OPEN if open_ else Stage.CLAIMED,
        "stage_since": moment,
        "asker_id": 3 + 2 * (number % 400),
        "team_id": 1 + number % 40,
        "institution_id": 1 + number % 3,
        "in_department_name": False,
        "audience": Audience.CIRCLE if number % 20 == 7 else Audience.MEMBERS,
        "area": list(Area)[number % 5],
        "kind": list(Kind)[number % 7],
        "language": "fr",
        "title": title,
        "problem": problem,
        "practice": rng.choice(_SENTENCES),
        "shortfall": rng.choice(_SENTENCES),
        "population": rng.choice(_SENTENCES),
        "known": "",
        "resources": "",
        "html": {"problem": _rendered(problem)},
        "partner": False,
        "created_at": moment,
        "edited_at": moment,
        "submitted_at": moment,
        "published_at": moment,
        "support_count": (supports := rng.randrange(12)),
        "merit": (merit := rng.randrange(150)),
        "need": merit + 10 * min(supports, MOST_SUPPORTS),
        "comment_count": COMMENTS,
        "lead_team_id": None if open_ else 1 + number % 40,
        "probable": [],
    }


def _revision(number: int) -> dict[str, Any]:
    return {
        "question_id": number,
        "number": 1,
        "kind": RevisionKind.ORIGINAL,
        "author_id": 3 + 2 * (number % 400),
        "at": moment_of(number),
        "title": "…",
        "texts": {},
        "html": {},
    }


def _count(number: int, long_id: int) -> int:
    return THREAD if number == long_id else COMMENTS


def _first_comment(number: int) -> int:
    return (number - 1) * COMMENTS + 1


def _events(number: int, long_id: int) -> Iterator[dict[str, Any]]:
    moment = moment_of(number)
    asker = 3 + 2 * (number % 400)
    yield _event(
        number,
        moment,
        "question.submitted",
        asker,
        {"ref": f"Q-2025-{number:04d}", "imported": False},
    )
    yield _event(number, moment, "question.published", 1, {})
    for place in range(_count(number, long_id)):
        data = {
            "comment_id": _first_comment(number) + place,
            "hypothesis_id": None,
            "project_id": None,
        }
        author = 2 + (number + place) % (USERS - 2)
        yield _event(number, moment + timedelta(minutes=place), "comment.posted", author, data)


def _event(
    number: int, at: datetime, kind: str, actor: int, data: dict[str, Any]
) -> dict[str, Any]:
    return {"at": at, "kind": kind, "actor_id": actor, "question_id": number, "data": data}


def _comments(number: int, long_id: int, rng: random.Random) -> Iterator[dict[str, Any]]:
    moment = moment_of(number)
    for place in range(_count(number, long_id)):
        text = " ".join(rng.sample(_SENTENCES, 3))
        yield {
            "id": _first_comment(number) + place,
            "question_id": number,
            "author_id": 2 + (number + place) % (USERS - 2),
            "at": moment + timedelta(minutes=place),
            "text": text,
            "html": _rendered(text),
        }


def _catch_sequences_up() -> None:
    """Rows came with their ids: what is written next must come after them."""
    for table in (Institution, Team, User, Question, Comment):
        name = table.__tablename__
        last = db.session.scalar(select(func.max(table.id)))
        db.session.execute(
            select(func.setval(func.pg_get_serial_sequence(f'"{name}"', "id"), last))
        )
    db.session.commit()


def _analyse() -> None:
    db.session.connection().exec_driver_sql("ANALYZE")
    db.session.commit()
