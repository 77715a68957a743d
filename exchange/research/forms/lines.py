"""Amounts, days, and repeated lines of a few boxes."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from typing import Any

from wtforms import (
    Field,
    StringField,
)
from wtforms.validators import ValidationError

from exchange.i18n import gettext as _
from exchange.research.forms.shared import (
    LINE_LIMIT,
)

ROWS_LIMIT = 40
EUROS_LIMIT = 1_000_000_000


def euros(text: str) -> int:
    """Whole euros from what a person types: `120 000 €`. Raises `ValueError` with a sentence."""
    plain = re.sub(r"[\s\u202f€.']|euros?$", "", text.strip())
    if not plain.isdecimal() or not plain.isascii():
        raise ValueError(_("Écrivez un montant en euros, sans centimes : 120 000."))
    if not 0 < int(plain[:20]) <= EUROS_LIMIT:
        raise ValueError(_("Ce montant n’est pas vraisemblable."))
    return int(plain)


def day(text: str) -> date:
    """The day that a browser sends. Raises `ValueError` with a sentence."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(_("Cette date n’est pas lisible : jour, mois, année.")) from None


def line(text: str) -> str:
    """A short line. Raises `ValueError` with a sentence."""
    plain = " ".join(text.split())
    if len(plain) > LINE_LIMIT:
        raise ValueError(_("C’est trop long : %(limit)s caractères au plus.", limit=LINE_LIMIT))
    return plain


@dataclass(frozen=True)
class Column:
    """One box of a repeated line. `kind` is the type of its input."""

    name: str
    label: str
    parse: Callable[[str], Any]
    kind: str = "text"
    required: bool = True


class Rows(Field):
    """Repeated lines of a few boxes, sent as columns in the same order. A blank line counts for
    nothing. `typed` is what was typed, `wrong` the sentence for each wrong box, `data` the lines
    read."""

    def __init__(
        self, label: str, *, columns: Sequence[Column], least: int = 3, **more: Any
    ) -> None:
        super().__init__(label, **more)
        self.columns = columns
        self.least = least
        self.typed: list[dict[str, str]] = []
        self.wrong: dict[tuple[int, str], str] = {}

    @property
    def add_name(self) -> str:
        """The name of the button that asks for one more line."""
        return f"{self.name}-add"

    def process(self, formdata: Any, *_given: Any, **_more: Any) -> None:
        self.process_errors = []
        sent = [formdata.getlist(f"{self.name}-{c.name}") if formdata else [] for c in self.columns]
        names = [column.name for column in self.columns]
        self.typed = [
            dict(zip(names, boxes, strict=True)) for boxes in zip_longest(*sent, fillvalue="")
        ][:ROWS_LIMIT]
        self.data = []
        missing = self.least - len(self.typed)
        if formdata and self.add_name in formdata:
            missing = max(missing, 1)
        self.typed += [dict.fromkeys(names, "") for _number in range(missing)]

    def pre_validate(self, form: Any) -> None:
        self.wrong = {}
        self.data = []
        for number, row in enumerate(self.typed):
            if any(text.strip() for text in row.values()):
                self.data.append({c.name: self._read(number, c, row[c.name]) for c in self.columns})
        if self.wrong:
            (number, _name), sentence = next(iter(self.wrong.items()))
            raise ValidationError(
                _("Ligne %(number)s : %(sentence)s", number=number + 1, sentence=sentence)
            )

    def _read(self, number: int, column: Column, text: str) -> Any:
        if not text.strip():
            if column.required:
                self.wrong[number, column.name] = _(
                    "« %(label)s » est nécessaire.", label=str(column.label)
                )
            return None
        try:
            return column.parse(text)
        except ValueError as error:
            self.wrong[number, column.name] = str(error)
            return None

    def reword(self, lines: Iterable[str]) -> None:
        """Put these words in the first box of the lines that are not blank, in order."""
        first = self.columns[0].name
        filled = [row for row in self.typed if any(text.strip() for text in row.values())]
        for row, words in zip(filled, lines, strict=False):
            row[first] = words


class Euros(StringField):
    """Whole euros."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data: Any = None
        if valuelist and valuelist[0].strip():
            self.data = euros(valuelist[0])

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else ""
