"""Forms of meetings."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from wtforms import DateTimeLocalField, RadioField, SelectField, StringField, TextAreaField

from exchange.forms import AtMost, Filled, Form
from exchange.i18n import gettext as _
from exchange.i18n import lazy_gettext as _l
from exchange.i18n import ngettext, show_appointment
from exchange.meetings.actions import PLACE_LIMIT, WORD_LIMIT, Plan
from exchange.meetings.models import ANSWER_LABELS, WAY_LABELS, Answer, MeetingDate, Way
from exchange.research.forms.shared import options

DURATIONS = (15, 30, 45, 60, 90, 120, 180, 240)
"""Minutes."""


class Moment(DateTimeLocalField):
    """A day and an hour, as the clock on the wall tells it; None when none was typed."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        try:
            super().process_formdata([text for text in valuelist if text.strip()])
        except ValueError:
            raise ValueError(
                _("Cette date n’est pas lisible : jour, mois, année, heure.")
            ) from None


class MayBe(RadioField):
    """A choice that may be left open."""

    def pre_validate(self, form: Any) -> None:
        if self.data is not None:
            super().pre_validate(form)


class PlanForm(Form):
    """How, how long and where."""

    way = RadioField(_l("Comment"), default=Way.VISIT)
    place = StringField(
        _l("Où, ou par quel lien"),
        [Filled(_l("Dites où se retrouver, ou donnez le lien de l’appel.")), AtMost(PLACE_LIMIT)],
        description=_l(
            "Une salle, une adresse, un lien. Il part dans l’invitation : rien de clinique ici."
        ),
    )
    minutes = SelectField(_l("Durée"), default="60")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.way.choices = options((way.value, _(WAY_LABELS[way])) for way in Way)
        self.minutes.choices = options(
            (one, ngettext("%(num)s minute", "%(num)s minutes", one)) for one in DURATIONS
        )

    def plan(self, zone: str) -> Plan:
        """What was typed."""
        return Plan(
            way=Way(self.way.data),
            place=self.place.data or "",
            minutes=int(self.minutes.data),
            zone=zone,
        )


class ProposeForm(PlanForm):
    """Two or three dates, and a word."""

    first = Moment(_l("Première date"), [Filled(_l("Donnez une première date."))])
    second = Moment(_l("Deuxième date"), [Filled(_l("Donnez-en une deuxième : on choisira."))])
    third = Moment(_l("Troisième date"))
    word = TextAreaField(
        _l("Un mot"),
        [AtMost(WORD_LIMIT)],
        render_kw={"rows": 3},
        description=_l("Lu sur le site seulement, par les personnes invitées."),
    )

    def dates(self) -> list[datetime]:
        """Those that were given."""
        given = (self.first.data, self.second.data, self.third.data)
        return [date for date in given if date is not None]


class MoveForm(PlanForm):
    """Another date, or another place."""

    first = Moment(_l("Date"), [Filled(_l("Donnez une date."))])


class CancelForm(Form):
    """Why it does not take place."""

    reason = TextAreaField(
        _l("Pourquoi"),
        [Filled(_l("Dites pourquoi aux personnes invitées.")), AtMost(WORD_LIMIT)],
        render_kw={"rows": 3},
    )


class FixForm(Form):
    """Which of the dates."""

    date = RadioField(_l("La date retenue"))

    def __init__(self, *args: Any, dates: Sequence[MeetingDate], **more: Any) -> None:
        super().__init__(*args, **more)
        self.date.choices = options((one.id, show_appointment(one.starts_at)) for one in dates)


class AnswersForm(Form):
    """A choice a date, `on-<id>`; see `answers_form`."""

    def answers(self) -> dict[int, Answer]:
        """What was chosen, by the id of the date."""
        return {
            int(field.name.removeprefix("on-")): Answer(field.data)
            for field in self
            if field.name.startswith("on-") and field.data
        }


def answers_form(dates: Sequence[MeetingDate], given: Mapping[int, Answer]) -> AnswersForm:
    """A form with one choice for each of these dates."""
    choices = options((one.value, _(ANSWER_LABELS[one])) for one in Answer)
    fields = {
        f"on-{date.id}": MayBe(
            show_appointment(date.starts_at), choices=choices, default=given.get(date.id)
        )
        for date in dates
    }
    form: AnswersForm = type("AnswersForm", (AnswersForm,), fields)()
    return form
