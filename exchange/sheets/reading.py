"""Reading rows from JSON Lines, CSV and XLSX, as mappings of column to text.

Limits keep a hostile or mistaken file from filling memory: see `LIMITS`.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import python_calamine

from exchange.i18n import gettext as _
from exchange.tables import MAX_ROWS, is_too_wide

MAX_BYTES = 50_000_000
MAX_UNZIPPED = 200_000_000


class CannotRead(Exception):
    """The file as a whole cannot be read; the message says why."""


@dataclass(frozen=True)
class Row:
    """One row: its line in the file (from 1; a sheet's header is line 1), and its values; or
    the reason why it could not be read."""

    line: int
    values: dict[str, Any]
    error: str = ""


def rows(path: Path) -> Iterator[Row]:
    """Every row of the file, by its ending. Raises `CannotRead`."""
    if path.stat().st_size > MAX_BYTES:
        raise CannotRead(_("Le fichier dépasse 50 Mo."))
    readers = {".jsonl": _jsonl, ".ndjson": _jsonl, ".json": _jsonl, ".csv": _csv, ".xlsx": _xlsx}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise CannotRead(_("Le fichier doit être en .jsonl, .csv ou .xlsx."))
    for number, row in enumerate(reader(path), start=1):
        if number > MAX_ROWS:
            raise CannotRead(_("Le fichier dépasse 50 000 lignes."))
        yield row


def _jsonl(path: Path) -> Iterator[Row]:
    for line, text in enumerate(_text(path).splitlines(), start=1):
        if not text.strip():
            continue
        try:
            value = json.loads(text)
            json.dumps(value, ensure_ascii=False).encode()  # half a pair of RFC 8259 section 8.2
        except (json.JSONDecodeError, UnicodeEncodeError, RecursionError):
            yield Row(line, {}, _("ce n’est pas du JSON"))
            continue
        if isinstance(value, dict):
            yield Row(line, value)
        else:
            yield Row(line, {}, _("un objet JSON est attendu"))


def _csv(path: Path) -> Iterator[Row]:
    text = _text(path)
    try:
        dialect: Any = csv.Sniffer().sniff(text[:4096], delimiters=",;\t")
    except csv.Error:
        dialect = csv.excel
    reader = csv.DictReader(io.StringIO(text, newline=""), dialect=dialect)
    try:
        for values in reader:
            extra = values.pop(None, None)
            error = _("trop de colonnes : un séparateur non protégé ?") if extra else ""
            yield Row(reader.line_num, values, error)
    except csv.Error as wrong:
        raise CannotRead(_("CSV illisible : %(why)s", why=str(wrong))) from None


def _xlsx(path: Path) -> Iterator[Row]:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(part.file_size for part in archive.infolist()) > MAX_UNZIPPED:
                raise CannotRead(_("Le classeur est trop volumineux une fois décompressé."))
            if is_too_wide(archive):
                raise CannotRead(
                    _("Le classeur a des cases au delà de 50 000 lignes ou de 500 colonnes.")
                )
        workbook = python_calamine.CalamineWorkbook.from_path(str(path))
        sheet = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (zipfile.BadZipFile, python_calamine.CalamineError, python_calamine.WorksheetNotFound):
        raise CannotRead(_("Ce classeur XLSX est illisible.")) from None
    if not sheet:
        return
    header = [str(cell).strip() for cell in sheet[0]]
    for line, cells in enumerate(sheet[1:], start=2):
        values = {name: _plain(cell) for name, cell in zip(header, cells, strict=False) if name}
        if any(str(value).strip() for value in values.values()):
            yield Row(line, values)


def _plain(cell: Any) -> Any:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def _text(path: Path) -> str:
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")
