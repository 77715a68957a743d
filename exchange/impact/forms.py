"""The filters of the figures live in the address."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from exchange import filters
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.people.models import AREA_LABELS

FILTER_LABELS = {
    "area": _m("Domaine"),
    "institution": _m("Établissement"),
    "year": _m("Année"),
}


class Filters(filters.Filters):
    """Area, institution and year."""

    @classmethod
    def read(
        cls,
        given: Mapping[str, Sequence[str]],
        *,
        institutions: Sequence[Any],
        years: Sequence[int],
    ) -> Self:
        """Read an address's values. `institutions` have a slug and a name."""
        options = {
            "area": {area.value: _(label) for area, label in AREA_LABELS.items()},
            "institution": {one.slug: one.name for one in institutions},
            "year": {str(year): str(year) for year in years},
        }
        return cls.sort_out(given, options, FILTER_LABELS)
