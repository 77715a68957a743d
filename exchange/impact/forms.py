"""The filters of the figures live in the address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.people.models import AREA_LABELS

FILTER_LABELS = {
    "area": _m("Domaine"),
    "institution": _m("Établissement"),
    "year": _m("Année"),
}


@dataclass(frozen=True)
class Filters:
    """`chosen` the values that are known, `unknown` the others as (filter, value), to be told to
    the reader. `options`: value to words, for each menu."""

    chosen: dict[str, str]
    unknown: tuple[tuple[str, str], ...]
    options: dict[str, dict[str, str]]

    @classmethod
    def read(
        cls, given: Mapping[str, str], *, institutions: Sequence[Any], years: Sequence[int]
    ) -> "Filters":
        """Read an address's values. `institutions` have a slug and a name."""
        options = {
            "area": {area.value: _(label) for area, label in AREA_LABELS.items()},
            "institution": {one.slug: one.name for one in institutions},
            "year": {str(year): str(year) for year in years},
        }
        told = {name: value for name, value in given.items() if name in options and value}
        return cls(
            chosen={name: value for name, value in told.items() if value in options[name]},
            unknown=tuple(
                (_(FILTER_LABELS[name]), value[:60])
                for name, value in told.items()
                if value not in options[name]
            ),
            options=options,
        )

    def address(self, path: str, *, without: str = "", **more: str) -> str:
        """`path` with these filters, and `more`."""
        values = {name: value for name, value in self.chosen.items() if name != without} | more
        return f"{path}?{urlencode(values)}" if values else path
