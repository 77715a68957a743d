"""What the pages of the research half share: their blueprint, links, names and lists."""

from typing import Any

from flask import Blueprint, url_for
from markupsafe import Markup

from exchange.access import me
from exchange.i18n import gettext as _
from exchange.questions import policy as asking
from exchange.questions.models import Question
from exchange.research.forms.filters import FILTER_LABELS, Filters
from exchange.research.queries.shared import Listed
from exchange.text import identify

bp = Blueprint("research", __name__)

NUMBER = "<int(max=2147483647):number>"


def thread(question: Question) -> str:
    return url_for("thread.show", ref=question.ref)


def person(number: int, name: str, question: Question) -> str:
    """The person's name; the department's where the asker is hidden from the reader."""
    if number == question.asker_id and not asking.sees_asker(me(), question):
        return question.team.name if question.team else _("Un service clinique")
    return name


def linked(text: str) -> str:
    """The text, a link when it is an identifier that leads somewhere."""
    found = identify(text)
    if [text] != [value for _kind, value, _address, _start, _end in found]:
        return text
    return Markup('<a class="identifier" href="{}">{}</a>').format(found[0][2], text)


def list_frame(path: str, filters: Filters, listed: Listed, lost: bool) -> dict[str, Any]:
    """What the two lists have in common: filters, chips, pages."""
    return {
        "path": path,
        "filters": filters,
        "labels": FILTER_LABELS,
        "chips": filters.chips(path),
        "newer": filters.address(path, before=listed.newer) if listed.newer else None,
        "older": filters.address(path, after=listed.older) if listed.older else None,
        "lost": lost,
    }
