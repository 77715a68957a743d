"""Freezing a hypothesis: a digest of its words, kept with its date in the log, which nobody can
change; and the file with which anyone can check it without this site. A wording that was frozen
stays so when the next one comes, which may be frozen in its turn.

The digest is the SHA-256 of the member `content` of the file, written as JSON with sorted keys, no
spaces and no escapes, in UTF-8.
"""

import hashlib
import json
from collections.abc import Mapping
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
from exchange.research.models import HYPOTHESIS_TEXTS, Hypothesis, Wording

FORMAT = "question-exchange/hypothesis/1"
SNAPSHOT = "question-exchange/snapshot/1"
"""The figures at the end of a year, sealed in the same way."""


class NotTheFile(ValueError):
    """What was given is no sealed file."""


@dataclass(frozen=True)
class Seal:
    """When the wording `number` was frozen, and the digest of what it says. `whole`: it still
    says the same (a redaction may have taken words out)."""

    number: int
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
    """Keep the digest of what the hypothesis says now; once for each wording."""
    require_freezable(hypothesis, by)
    db.session.execute(
        select(Hypothesis.id).where(Hypothesis.id == hypothesis.id).with_for_update()
    )
    number = max(wordings := _wordings(hypothesis))
    if any(seal.number == number for seal in seals_of(hypothesis)):
        raise Conflict(_("Cette hypothèse est déjà figée."))
    fact = facts.HypothesisFrozen(
        hypothesis_id=hypothesis.id,
        sha256=digest(content_of(hypothesis, wordings[number])),
        number=number,
    )
    record(fact, on=hypothesis.question_id, by=by)


def require_freezable(hypothesis: Hypothesis, by: User) -> None:
    """The hypothesis is of the person's team."""
    if not policy.may_work_on(by, hypothesis):
        raise NotAllowed(_("Cela revient à l’équipe qui a proposé l’hypothèse."))


def seals_of(hypothesis: Hypothesis) -> list[Seal]:
    """When and as what its wordings were frozen, the first one first: two queries at most."""
    events = db.session.scalars(
        select(Event)
        .where(
            Event.kind == facts.HypothesisFrozen.kind,
            Event.question_id == hypothesis.question_id,
            Event.data["hypothesis_id"].as_integer() == hypothesis.id,
        )
        .order_by(Event.id)
    ).all()
    wordings = _wordings(hypothesis) if events else {}
    return [_seal(event, hypothesis, wordings) for event in events]


def _seal(event: Event, hypothesis: Hypothesis, wordings: Mapping[int, Wording]) -> Seal:
    number = int(event.data.get("number", 1))
    kept = str(event.data["sha256"])
    whole = digest(content_of(hypothesis, wordings[number])) == kept
    return Seal(number, event.at, kept, whole=whole)


def _wordings(hypothesis: Hypothesis) -> dict[int, Wording]:
    found = db.session.scalars(select(Wording).where(Wording.hypothesis_id == hypothesis.id))
    return {wording.number: wording for wording in found}


def content_of(hypothesis: Hypothesis, wording: Wording) -> dict[str, str]:
    """What is frozen: its words and what they answer, nothing that may be renamed later."""
    return {
        "ref": hypothesis.ref,
        "question": hypothesis.question.ref or "",
        "team": hypothesis.team.slug,
        "proposed_at": hypothesis.at.isoformat(timespec="seconds"),
        "direction": wording.direction.value,
        **{name: wording.texts[name] for name in HYPOTHESIS_TEXTS},
    }


def digest(content: dict[str, Any]) -> str:
    """SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(canonical(content).encode("utf-8")).hexdigest()


def canonical(content: dict[str, Any]) -> str:
    """The one way in which a content is written before its digest is taken."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def file_of(hypothesis: Hypothesis, number: int | None = None) -> str:
    """The file to keep, of the wording `number` or of the last one frozen. Raises `Conflict` when
    there is none, or when words were taken out since."""
    seals = [seal for seal in seals_of(hypothesis) if number in (None, seal.number)]
    if not seals:
        raise Conflict(_("Cette hypothèse n’est pas figée."))
    seal = seals[-1]
    if not seal.whole:
        raise Conflict(
            _("Des mots ont été retirés depuis : l’empreinte n’est plus celle du texte.")
        )
    told = {
        "format": FORMAT,
        "content": content_of(hypothesis, _wordings(hypothesis)[seal.number]),
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
    if not isinstance(told, dict) or told.get("format") not in {FORMAT, SNAPSHOT}:
        raise NotTheFile(f"not a file of format {FORMAT} or {SNAPSHOT}")
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
