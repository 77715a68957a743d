"""Tables as files: written for the spreadsheets of others, and what to refuse of theirs."""

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

MAX_ROWS = 50_000
MAX_COLUMNS = 500

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
    writer.writerows([inert(cell) for cell in row] for row in table.rows)
    return file.getvalue().encode("utf-8-sig")


def _xlsx(table: Table) -> bytes:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(table.title[:31])
    sheet.append(list(table.head))
    for row in table.rows:
        sheet.append([inert(cell) for cell in row])
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def inert(cell: Cell) -> Cell:
    """A text that a spreadsheet would run is preceded by an apostrophe; control characters, which
    no workbook can hold, are left out."""
    if not isinstance(cell, str):
        return cell
    text = ILLEGAL_CHARACTERS_RE.sub("", cell)
    return f"'{text}" if text.startswith(_FORMULA) else text


def is_too_wide(archive: zipfile.ZipFile) -> bool:
    """Whether some cell stands so far away that the empty ones before it would fill the memory:
    a sheet of two cells may claim seventeen thousand million (ECMA-376 part 1, 18.3.1.4)."""
    for part in archive.namelist():
        if not part.startswith("xl/worksheets/"):
            continue
        with archive.open(part) as sheet:
            rest = b""
            while chunk := sheet.read(1_000_000):
                for column, row in _PLACE.findall(rest + chunk):
                    if int(row) > MAX_ROWS + 1 or _number(column) > MAX_COLUMNS:
                        return True
                rest = chunk[-30:]
    return False


_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Z]{0,3})([0-9]{1,9})["']""")


def _number(column: bytes) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in column:
        number = number * 26 + letter - 64
    return number
