"""Freezing a hypothesis: a digest of its words, kept with its date in the log, which nobody can
change; and the file with which anyone can check it without this site.

The digest is the SHA-256 of the member `content` of the file, written as JSON with sorted keys, no
spaces and no escapes, in UTF-8.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from exchange import db
from exchange.errors import Conflict, NotAllowed
from exchange.i18n import gettext as _
from exchange.log.models import Event
from exchange.log.record import record
from exchange.people.models import User
from exchange.research import facts, policy
from exchange.research.models import HYPOTHESIS_TEXTS, Hypothesis

FORMAT = "question-exchange/hypothesis/1"


class NotTheFile(ValueError):
    """What was given is no file of a frozen hypothesis."""


@dataclass(frozen=True)
class Seal:
    """When the hypothesis was frozen, and the digest of what it said. `whole`: it still says
    the same (a redaction may have taken words out)."""

    at: datetime
    sha256: str
    whole: bool


@dataclass(frozen=True)
class Verified:
    """What a file says of itself, and whether its words are those of its digest."""

    ref: str
    frozen_at: str
    sha256: str
    true: bool


def freeze(hypothesis: Hypothesis, *, by: User) -> None:
    """Keep the digest of what the hypothesis says now; once."""
    require_freezable(hypothesis, by)
    db.session.execute(
        select(Hypothesis.id).where(Hypothesis.id == hypothesis.id).with_for_update()
    )
    if seal_of(hypothesis) is not None:
        raise Conflict(_("Cette hypothèse est déjà figée."))
    fact = facts.HypothesisFrozen(
        hypothesis_id=hypothesis.id, sha256=digest(content_of(hypothesis))
    )
    record(fact, on=hypothesis.question_id, by=by)


def require_freezable(hypothesis: Hypothesis, by: User) -> None:
    """The hypothesis is of the person's team."""
    if not policy.may_work_on(by, hypothesis):
        raise NotAllowed(_("Cela revient à l’équipe qui a proposé l’hypothèse."))


def seal_of(hypothesis: Hypothesis) -> Seal | None:
    """When and as what it was frozen, if it was: one query."""
    event = db.session.scalar(
        select(Event)
        .where(
            Event.kind == facts.HypothesisFrozen.kind,
            Event.question_id == hypothesis.question_id,
            Event.data["hypothesis_id"].as_integer() == hypothesis.id,
        )
        .order_by(Event.id)
        .limit(1)
    )
    if event is None:
        return None
    kept = str(event.data["sha256"])
    return Seal(event.at, kept, whole=digest(content_of(hypothesis)) == kept)


def content_of(hypothesis: Hypothesis) -> dict[str, str]:
    """What is frozen: its words and what they answer, nothing that may be renamed later."""
    return {
        "ref": hypothesis.ref,
        "question": hypothesis.question.ref or "",
        "team": hypothesis.team.slug,
        "proposed_at": hypothesis.at.isoformat(timespec="seconds"),
        "direction": hypothesis.direction.value,
        **{name: getattr(hypothesis, name) for name in HYPOTHESIS_TEXTS},
    }


def digest(content: dict[str, Any]) -> str:
    """SHA-256 of the canonical form, in hexadecimal."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def file_of(hypothesis: Hypothesis) -> str:
    """The file to keep. Raises `Conflict` when there is none, or when the words changed since."""
    seal = seal_of(hypothesis)
    if seal is None:
        raise Conflict(_("Cette hypothèse n’est pas figée."))
    if not seal.whole:
        raise Conflict(
            _("Des mots ont été retirés depuis : l’empreinte n’est plus celle du texte.")
        )
    told = {
        "format": FORMAT,
        "content": content_of(hypothesis),
        "frozen_at": seal.at.isoformat(timespec="seconds"),
        "sha256": seal.sha256,
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def verify(text: str) -> Verified:
    """Read such a file and compute its digest again. Raises `NotTheFile`."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        raise NotTheFile("not JSON") from None
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise NotTheFile(f"not a file of format {FORMAT}")
    content = told.get("content")
    if not isinstance(content, dict):
        raise NotTheFile("no content")
    kept = str(told.get("sha256"))
    return Verified(
        ref=str(content.get("ref")),
        frozen_at=str(told.get("frozen_at")),
        sha256=kept,
        true=digest(content) == kept,
    )
