"""Taking words out, for good. The log keeps who, when and why, never the words."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from exchange import db
from exchange.errors import NotAllowed, Refusal
from exchange.i18n import gettext as _
from exchange.log.record import record
from exchange.moderation.grounds import Ground
from exchange.moderation.redaction import mailbox, stores
from exchange.moderation.redaction.stores import Place
from exchange.moderation.redaction.words import Words
from exchange.people.models import User
from exchange.questions.facts import Redacted
from exchange.questions.models import Question


@dataclass(frozen=True)
class Plan:
    """What a redaction would change: rows that hold the words, rows to be emptied, and mails of
    the demo's mailbox, which are thrown away."""

    words: Words
    struck: list[Place]
    emptied: list[Place]
    mails: list[Path]


def plan(question: Question, words: Words, *, whole: Collection[str], folder: Path) -> Plan:
    """Look before anything is done. `whole`: keys of the texts of this thread to take out as they
    are; `folder`: where the demo's mailbox is. Raises `Refusal` when there is nothing to do."""
    if not words.phrases and not whole:
        raise Refusal(_("Donnez des mots, ou cochez un texte."), field="words")
    emptied = [place for place in stores.of_question(question) if place.key in whole]
    gone = {place.key for place in emptied}
    struck = [place for place in stores.find(words) if place.key not in gone]
    mails = mailbox.find(folder, words)
    if not (struck or emptied or mails):
        raise Refusal(_("Ces mots ne se trouvent nulle part sur le site."), field="words")
    return Plan(words, struck, emptied, mails)


def redact(planned: Plan, *, but: Collection[str] = (), ground: Ground, by: User) -> int:
    """Do what was planned, save for the rows named by `but`; returns how many rows changed. It
    cannot be undone. Raises `NotAllowed` for anyone but a moderator."""
    if not by.is_moderator:
        raise NotAllowed(_("Seul un modérateur retire des mots."))
    struck = [place for place in planned.struck if place.draft or place.key not in but]
    for place in struck:
        stores.strike(place, planned.words)
    for place in planned.emptied:
        stores.empty(place)
    for mail in planned.mails:
        mail.unlink(missing_ok=True)
    db.session.expire_all()
    _tell([*struck, *planned.emptied], ground, by)
    return len(struck) + len(planned.emptied)


def _tell(places: list[Place], ground: Ground, by: User) -> None:
    """One event for each thing that people read apart, so that nobody learns of what is
    confidential; one without a question for drafts and what else is not in the log."""
    ordered = sorted(places, key=_thread)
    for (question_id, hypothesis_id, project_id), group in groupby(ordered, key=_thread):
        authors = {place.author_id for place in group} - {None, by.id}
        record(
            Redacted(
                ground=ground,
                author_ids=tuple(sorted(author for author in authors if author is not None)),
                hypothesis_id=hypothesis_id or None,
                project_id=project_id or None,
            ),
            on=question_id or None,
            by=by,
        )


def _thread(place: Place) -> tuple[int, int, int]:
    return place.question_id or 0, place.hypothesis_id or 0, place.project_id or 0
