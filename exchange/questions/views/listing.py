"""HTTP of the list of questions."""

from typing import Any, NamedTuple

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from exchange import i18n, web
from exchange.access import access, me, only_looks
from exchange.i18n import gettext as _
from exchange.i18n import ngettext
from exchange.people.models import AREA_LABELS
from exchange.questions import policy, queries, tags
from exchange.questions.forms import (
    FILTER_LABELS,
    LANGUAGE_LABELS,
    SORT_LABELS,
    SWITCHES,
    Filters,
    Language,
    Sort,
)
from exchange.questions.models import (
    STAGE_LABELS,
)
from exchange.questions.views.shared import bp
from exchange.vocabulary import current

TAGS_SHOWN = 4
"""Tags on a card; the page of the question shows them all."""


@bp.get("/questions")
@access()
@only_looks
def index() -> ResponseReturnValue:
    """The list; its filters live in the address. Six queries at most, whatever the size."""
    user = me()
    # What one's own lists show (drafts, the level of a follow) is not all in the version.
    if not {"mine", "following"} & set(request.args):
        version = queries.version_of_list(user)
        if same := web.unchanged("questions", request.query_string, current.stamp(), *version):
            return same
    path = url_for("questions.index")
    places = queries.places()
    filters = Filters.read(request.args.to_dict(flat=False), places.words)
    cursor, lost = queries.Cursor.asked(request.args, filters.sort)
    listed = queries.listed(user, filters, places.ids, cursor)
    return web.page(
        "questions/list.html",
        filters=filters,
        labels=FILTER_LABELS,
        sorts=SORT_LABELS,
        switches=SWITCHES,
        cards=[_card(row, filters.sort) for row in listed.rows],
        chips=filters.chips(path),
        drafts=queries.drafts_of(user) if filters.on("mine") else [],
        newer=filters.address(path, before=listed.newer) if listed.newer else None,
        older=filters.address(path, after=listed.older) if listed.older else None,
        lost=lost,
        first=cursor is None,
        may_ask=policy.may_ask(user),
    )


class Card(NamedTuple):
    """A question as `macros/question.html` shows it in a list: all that is shown, so that two
    equal cards look alike to any reader and one drawing serves both."""

    ref: str
    title: str
    href: str
    area: str
    area_label: str
    stage: str
    stage_label: str
    asker: str
    since: str
    supports: int
    comments: int
    extract: str
    team: str | None
    unread: bool
    lang: str
    lang_label: str | None
    tags: tuple[tuple[str, str], ...]


def _card(row: Row[Any], sort: Sort) -> Card:
    department = f"{row.team} ({row.institution})" if row.institution else row.team
    asker = [row.asker, department] if row.asker else [department or _("Un service clinique")]
    foreign = row.language != i18n.get_locale() and row.language in list(Language)
    return Card(
        ref=row.ref,
        title=row.title,
        href=f"/questions/{row.ref}",
        area=row.area.value,
        area_label=_(AREA_LABELS[row.area]),
        stage=row.stage.value,
        stage_label=_(STAGE_LABELS[row.stage]),
        asker=", ".join(filter(None, asker)),
        since=_since(row, sort),
        supports=row.support_count,
        comments=row.comment_count,
        extract=queries.extract(row.problem),
        team=row.lead_team,
        unread=row.unread,
        lang=row.language,
        lang_label=_("en %(language)s", language=_(LANGUAGE_LABELS[Language(row.language)]))
        if foreign
        else None,
        tags=tags.labelled(tags.of_column(row.tags), i18n.get_locale())[:TAGS_SHOWN],
    )


def _since(row: Row[Any], sort: Sort) -> str:
    """When, in days: a page kept for the day stays true."""
    if sort is Sort.WAITING:
        here = i18n.local_day(row.stage_since)
        days = (i18n.local_today() - here).days
        return ngettext("attend depuis %(num)s jour", "attend depuis %(num)s jours", days)
    if row.published_at:
        return _("publiée le %(date)s", date=i18n.show_date(row.published_at))
    return _("envoyée le %(date)s", date=i18n.show_date(row.submitted_at))
