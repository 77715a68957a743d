"""The filters of the lists."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from exchange import filters
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.people.models import AREA_LABELS
from exchange.research.models import (
    ENDORSEMENT_LABELS,
    PROJECT_STATE_LABELS,
    VERDICT_LABELS,
)

FILTER_LABELS = {
    "state": _m("État"),
    "verdict": _m("Verdict"),
    "endorsement": _m("Avis du clinicien"),
    "area": _m("Domaine"),
    "team": _m("Équipe"),
}
_WORDS: dict[str, Mapping[Any, str]] = {
    "state": PROJECT_STATE_LABELS,
    "verdict": VERDICT_LABELS,
    "endorsement": ENDORSEMENT_LABELS,
    "area": AREA_LABELS,
}


class Filters(filters.Filters):
    """Those of the lists of hypotheses and projects."""

    @classmethod
    def read(
        cls, given: Mapping[str, Sequence[str]], names: Sequence[str], teams: Mapping[str, str]
    ) -> Self:
        """Read the filters `names` from an address's values; `teams`: slug to name."""
        options = {
            name: dict(teams)
            if name == "team"
            else {str(word): _(label) for word, label in _WORDS[name].items()}
            for name in names
        }
        return cls.sort_out(given, options, FILTER_LABELS)
