"""Ready reasons: what their placeholders stand for, and every change of them."""

import re
from collections.abc import Mapping

from exchange import db
from exchange.errors import NotAllowed, Refusal
from exchange.guard import gate
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.moderation.models import CannedReply
from exchange.people.models import User
from exchange.questions.models import Question
from exchange.settings import Settings

PLACEHOLDERS: Mapping[str, str] = {
    "title": _m("le titre de la question"),
    "ref": _m("sa référence"),
    "days": _m("le délai promis, en jours ouvrés"),
    "site": _m("le nom du site"),
}
"""What stands between double braces, and what is put in its place."""

_PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def braced(name: str) -> str:
    """A placeholder as it is written."""
    return "{{" + name + "}}"


def filled(text: str, question: Question, settings: Settings) -> str:
    """A reason made ready for one question; what is no placeholder stays as it was written."""
    values = {
        "title": question.title,
        "ref": question.ref or "",
        "days": str(settings.decision_days),
        "site": settings.site_name,
    }
    return _PLACE.sub(lambda found: values.get(found[1], found[0]), text)


def save(
    reply: CannedReply | None,
    *,
    use: str,
    locale: str,
    title: str,
    text: str,
    by: User,
    confirmed: bool = False,
) -> CannedReply:
    """Write a new reason, or write one again. Raises `Refusal` for a placeholder that stands for
    nothing."""
    _require_moderator(by)
    unknown = sorted({name for name in _PLACE.findall(text) if name not in PLACEHOLDERS})
    if unknown:
        sentence = _("Rien ne remplace %(names)s.", names=", ".join(map(braced, unknown)))
        raise Refusal(sentence, field="text")
    gate.check({"title": title, "text": text}, confirmed=confirmed)
    if reply is None:
        reply = CannedReply()
        db.session.add(reply)
    reply.use, reply.locale, reply.title, reply.text = use, locale, title, text
    db.session.flush()
    return reply


def remove(reply: CannedReply, *, by: User) -> None:
    """Offer it no more; what was sent with it stays."""
    _require_moderator(by)
    db.session.delete(reply)


def _require_moderator(user: User) -> None:
    if not user.is_moderator:
        raise NotAllowed(_("Les raisons toutes prêtes sont celles des modérateurs."))
