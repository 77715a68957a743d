"""Filters of lists and figures: they live in the address, and what the address says is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode

from exchange.i18n import gettext as _

Options = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Filters:
    """The filters of an address: `chosen` the values that are known, `unknown` the others as
    (filter, value), to be told to the reader. `options`: value to words, for each menu."""

    chosen: dict[str, str]
    unknown: tuple[tuple[str, str], ...]
    options: Options

    @classmethod
    def sort_out(
        cls, given: Mapping[str, Sequence[str]], options: Options, labels: Mapping[str, str]
    ) -> Self:
        """Read an address's values against what may be chosen; `labels` names each filter."""
        chosen: dict[str, str] = {}
        unknown: list[tuple[str, str]] = []
        for name, words in options.items():
            for value in filter(None, given.get(name, ())):
                if value in words and name not in chosen:
                    chosen[name] = value
                elif chosen.get(name) != value:
                    unknown.append((_(labels[name]), value[:60]))
        return cls(chosen, tuple(unknown), options)

    @property
    def narrowing(self) -> dict[str, str]:
        """What narrows the list."""
        return self.chosen

    def address(self, path: str, *, without: str = "", **more: str) -> str:
        """`path` with these filters, and `more`."""
        values = {name: value for name, value in self.chosen.items() if name != without} | more
        return f"{path}?{urlencode(values)}" if values else path

    def chips(self, path: str, **more: str) -> list[dict[str, str]]:
        """What narrows the list, each with the address of the list without it."""
        return [
            {
                "label": self.options[name][value],
                "href": self.address(path, without=name, **more),
            }
            for name, value in self.narrowing.items()
        ]
