"""Keeping words while they are written: drafts saved as one types, and texts that two pages have
open at once."""

from dataclasses import dataclass, replace
from typing import Any

from exchange.errors import Conflict, NotAllowed
from exchange.guard import gate
from exchange.i18n import gettext as _
from exchange.people.models import User
from exchange.questions import policy
from exchange.questions.actions import save_draft
from exchange.questions.content import Content
from exchange.questions.models import STAGE_LABELS, Question


class Overtaken(Conflict):
    """The text was changed elsewhere after this page was opened: both wordings are to be shown."""


@dataclass(frozen=True)
class Kept:
    """A saved draft, and the fields whose text was not stored because it can identify somebody."""

    draft: Question
    held: tuple[str, ...]


def keep(content: Content, *, by: User, draft: Question | None) -> Kept:
    """Save a draft as it is typed. A field that holds a sure identity finding keeps its last
    harmless wording; the rest is saved."""
    try:
        gate.check(content.words(), confirmed=True)
    except gate.IdentityFound as found:
        held = tuple(name for name, some in found.findings.items() if any(f.sure for f in some))
        before: dict[str, Any] = {name: getattr(draft, name) if draft else "" for name in held}
        return Kept(save_draft(replace(content, **before), by=by, question=draft), held)
    return Kept(save_draft(content, by=by, question=draft), ())


def as_typed(question: Question) -> Content:
    """What the question says, as a form would give it: the title without the spaces that
    typography added when it was stored."""
    content = Content.of(question)
    return replace(content, title=" ".join(content.title.split()))


def require_fresh(question: Question, *, seen: int | None) -> None:
    """The page was opened on the wording in force, or `Overtaken`."""
    if question.version != seen:
        raise Overtaken(
            _(
                "Ce texte a changé depuis que vous avez ouvert cette page, dans un autre onglet,"
                " sur un autre poste ou par un modérateur. Les deux textes sont ci-dessous :"
                " gardez le vôtre en l’envoyant à nouveau."
            )
        )


def require_editable(question: Question, *, by: User) -> None:
    """The person may reword the question now. Raises `NotAllowed` for anyone but the asker, and
    `Conflict` when the thread is over."""
    if not policy.is_asker(by, question):
        raise NotAllowed(_("Seule la personne qui a posé la question peut la modifier."))
    if not policy.may_edit(by, question):
        raise Conflict(
            _(
                "Cette question est à l’étape « %(stage)s » : son texte ne change plus.",
                stage=_(STAGE_LABELS[question.stage]),
            )
        )
