"""A table as a file, for the spreadsheets of others."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

Cell = str | int | float | None

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet run a text cell (OWASP, “CSV Injection”)."""

MIMETYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Table:
    """Plain values under their headings; None is a cell left empty."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def written(table: Table, form: str) -> bytes:
    """The table as `csv` or `xlsx`."""
    return _csv(table) if form == "csv" else _xlsx(table)


def _csv(table: Table) -> bytes:
    """With a byte-order mark, so that spreadsheets read the accents."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(table.head)
    writer.writerows([_inert(cell) for cell in row] for row in table.rows)
    return file.getvalue().encode("utf-8-sig")


def _xlsx(table: Table) -> bytes:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(table.title[:31])
    sheet.append(list(table.head))
    for row in table.rows:
        sheet.append([_inert(cell) for cell in row])
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def _inert(cell: Cell) -> Cell:
    """A text that a spreadsheet would run is preceded by an apostrophe; control characters, which
    no workbook can hold, are left out."""
    if not isinstance(cell, str):
        return cell
    text = ILLEGAL_CHARACTERS_RE.sub("", cell)
    return f"'{text}" if text.startswith(_FORMULA) else text
