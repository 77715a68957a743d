"""The page of the design system: every token and component that pages share, with invented data
that look true."""

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from wtforms import BooleanField, DateField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from exchange import clock, web
from exchange.access import access
from exchange.forms import AtMost, Filled, Form
from exchange.home.glossary import STAGE_MEANINGS
from exchange.i18n import gettext as _
from exchange.i18n import lazy_gettext as _l
from exchange.people.models import AREA_LABELS, Area, Role
from exchange.questions.models import STAGE_LABELS, Stage
from exchange.thread import course

bp = Blueprint("design", __name__)

COLOURS = (
    "paper",
    "stone",
    "raised",
    "rule",
    "edge",
    "ink",
    "quiet",
    "sea",
    "sea-hover",
    "on-sea",
    "link",
    "tint",
    "band",
    "on-band",
    "band-quiet",
    "buoy",
    "on-buoy",
    "ochre",
    "ochre-tint",
    "ochre-rule",
    "bad",
    "bad-tint",
    "good",
    "good-tint",
    "sure",
    "probable",
)
"""Those of `static/exchange.css`, by their role."""


class Example(Form):
    """A field of each sort."""

    title = StringField(_l("Titre"), [Filled(), AtMost(120)])
    problem = TextAreaField(_l("Ce qui ne va pas pour les patients"))
    area = SelectField(_l("Domaine"), choices=[])
    day = DateField(_l("Date"))
    agreed = BooleanField(_l("J’ai relu"))


@bp.get("/help/design")
@access(Role.ADMINISTRATOR)
def show() -> ResponseReturnValue:
    """What a page is made of."""
    form = Example()
    form.area.choices = [SelectChoice(area.value, _(label)) for area, label in AREA_LABELS.items()]
    return web.page(
        "home/design.html",
        colours=COLOURS,
        form=form,
        at=clock.now(),
        stages=[(stage, STAGE_LABELS[stage], STAGE_MEANINGS[stage]) for stage in Stage],
        **_examples(),
    )


def _examples() -> dict[str, Any]:
    sentence = _("Un patient sur deux progresse sans que rien ne le prédise.")
    return {
        "steps": course.steps(Stage.CLAIMED, clock.now(), {}),
        "turn": _("Une phrase dit qui a la main, et ce qui vient ensuite."),
        "words": Markup("<p>{}</p>").format(sentence),
        "facts": [(_("Patients"), _("De 10 à 50 par an")), (_("Gravité"), _("Élevée"))],
        "card": {
            "ref": "Q-2026-0042",
            "title": _("Pourquoi certains mélanomes ne répondent-ils pas à l’anti-PD-1 ?"),
            "href": "/questions",
            "area": Area.CANCER,
            "area_label": _(AREA_LABELS[Area.CANCER]),
            "stage": Stage.CLAIMED,
            "stage_label": _(STAGE_LABELS[Stage.CLAIMED]),
            "asker": _("Claire Martel"),
            "since": _("hier"),
            "supports": 4,
            "comments": 12,
            "extract": sentence,
            "unread": True,
        },
        "bars": [
            {"label": _(AREA_LABELS[area]), "value": value}
            for area, value in ((Area.CANCER, 18), (Area.INFECTIOUS, 9), (Area.AUTOIMMUNE, 6))
        ],
    }
