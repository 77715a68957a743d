"""Exporting questions and projects as one reader may see them."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from exchange import db
from exchange.i18n import gettext as _
from exchange.people.models import Institution, Team, User
from exchange.questions import policy
from exchange.questions.models import TEXT_FIELDS, Question
from exchange.questions.tags import labelled
from exchange.sheets import projects
from exchange.tables import Table, written

HEADER = (
    "ref",
    "source_id",
    "stage",
    "area",
    "kind",
    "language",
    "title",
    *TEXT_FIELDS,
    "tags",
    "patients",
    "severity",
    "institution",
    "department",
    "lead_team",
    "supports",
    "comments",
    "submitted_on",
    "published_on",
)


class CannotExport(Exception):
    """Nothing was exported; the message says why."""


def run(form: str, *, email: str | None = None, what: str = "questions") -> bytes:
    """The `questions` or `projects` as `jsonl`, `csv` or `xlsx`: those that this person may read,
    or without a person those that every member may read. Raises `CannotExport`."""
    reader = _reader(email) if email is not None else None
    rows, header = (
        (projects.rows(reader), projects.HEADER) if what == "projects" else (_rows(reader), HEADER)
    )
    if form == "jsonl":
        return _jsonl(rows)
    return written(Table(what, header, [[row[name] for name in header] for row in rows]), form)


def _reader(email: str) -> User:
    person = db.session.scalar(select(User).where(User.email == email.strip().lower(), User.active))
    if person is None:
        raise CannotExport(_("Personne n’a l’adresse %(email)s.", email=email))
    return person


def _rows(reader: User | None) -> list[dict[str, Any]]:
    allowed = policy.readable_by(reader) if reader else policy.public_to_all()
    department, lead = Team.__table__.alias("department"), Team.__table__.alias("lead")
    statement = (
        select(
            Question,
            Institution.short,
            department.c.name.label("department"),
            lead.c.name.label("lead_team"),
        )
        .outerjoin(Institution, Institution.id == Question.institution_id)
        .outerjoin(department, department.c.id == Question.team_id)
        .outerjoin(lead, lead.c.id == Question.lead_team_id)
        .options(selectinload(Question.tagged))
        .where(allowed)
        .order_by(Question.id)
    )
    return [_row(*row) for row in db.session.execute(statement)]


def _row(
    question: Question, institution: str | None, department: str | None, lead: str | None
) -> dict[str, Any]:
    return {
        **{name: getattr(question, name) or "" for name in HEADER[: HEADER.index("tags")]},
        "tags": ", ".join(label for _key, label in labelled(question.tags, question.language)),
        "patients": question.patients or "",
        "severity": question.severity or "",
        "institution": institution or "",
        "department": department or "",
        "lead_team": lead or "",
        "supports": question.support_count,
        "comments": question.comment_count,
        "submitted_on": _day(question.submitted_at),
        "published_on": _day(question.published_at),
    }


def _day(moment: Any) -> str:
    return moment.date().isoformat() if moment else ""


def _jsonl(rows: Sequence[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
