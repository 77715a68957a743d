"""What an uploaded file truly is, and the same without what nobody should receive.

The name decides nothing. Every accepted file is written anew: images from their pixels alone, PDF
from its pages alone, sheets from their values alone. Metadata, scripts, macros and links to other
files do not survive that.
"""

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace

from openpyxl import Workbook, load_workbook
from PIL import Image, ImageOps
from pypdf import PdfReader, PdfWriter

from exchange.attachments.models import FileKind
from exchange.errors import Refusal
from exchange.i18n import gettext as _
from exchange.tables import inert, is_too_wide

MAX_PIXELS = 50_000_000
MAX_PAGES = 300
MAX_UNZIPPED = 100_000_000
MAX_TEXT = 300_000
"""Characters: what the guard reads in about a second."""


@dataclass(frozen=True)
class Clean:
    """A file that can be kept. `text`: all its words that a program can read."""

    kind: FileKind
    data: bytes
    text: str = ""
    width: int | None = None
    height: int | None = None


def clean(data: bytes) -> Clean:
    """The file, cleaned. Raises `Refusal` with the reason and what to do instead."""
    found = _KINDS[_kind(data)](data)
    if len(found.text) > MAX_TEXT:
        raise _refusal(
            _("Ce fichier contient trop de texte pour être relu : joignez-en un extrait.")
        )
    return replace(found, text=found.text.replace("\x00", " "))


def _kind(data: bytes) -> FileKind:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileKind.PNG
    if data.startswith(b"\xff\xd8\xff"):
        return FileKind.JPEG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return FileKind.WEBP
    if b"%PDF-" in data[:1024]:
        return FileKind.PDF
    if data[128:132] == b"DICM":
        raise _refusal(
            _(
                "Un fichier DICOM contient l’identité du patient. Exportez une image (PNG ou JPEG)"
                " depuis la console, vérifiez qu’aucun nom n’y est incrusté, puis joignez-la."
            )
        )
    if data.startswith(b"PK\x03\x04"):
        return FileKind.XLSX
    if data and _decoded(data) is not None:
        return FileKind.CSV
    raise _refusal(
        _("Ce type de fichier n’est pas accepté : joignez une image, un PDF, un CSV ou un XLSX.")
    )


def _image(data: bytes) -> Clean:
    try:
        with Image.open(io.BytesIO(data), formats=["PNG", "JPEG", "WEBP"]) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise _refusal(
                    _("Cette image dépasse 50 millions de pixels : réduisez-la d’abord.")
                )
            shape, upright = opened.format or "", ImageOps.exif_transpose(opened)
            mode = (
                "RGB"
                if shape == "JPEG" or upright.mode not in {"L", "RGBA", "LA", "P", "PA"}
                else "RGBA"
            )
            flat = upright.convert("L" if upright.mode == "L" else mode)
            bare = Image.frombytes(flat.mode, flat.size, flat.tobytes())
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, EOFError):
        raise _refusal(
            _("Cette image est illisible : enregistrez-la de nouveau, en PNG.")
        ) from None
    file = io.BytesIO()
    bare.save(file, shape, quality=90)
    return Clean(FileKind(shape.lower()), file.getvalue(), "", *bare.size)


def _pdf(data: bytes) -> Clean:
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted:
            raise _refusal(_("Ce PDF est protégé : joignez-en une copie sans mot de passe."))
        if len(reader.pages) > MAX_PAGES:
            raise _refusal(_("Ce PDF dépasse 300 pages : joignez celles qui comptent."))
        writer = PdfWriter()
        for page in reader.pages:
            kept = writer.add_page(page)
            kept.pop("/AA", None)
            kept.pop("/Annots", None)
        text = "\n".join(page.extract_text() for page in writer.pages)
        writer.metadata = None
        file = io.BytesIO()
        writer.write(file)
    except Refusal:
        raise
    except Exception:  # a broken or hostile PDF raises anything at all
        raise _refusal(_("Ce PDF est illisible : imprimez-le de nouveau en PDF.")) from None
    return Clean(FileKind.PDF, file.getvalue(), text)


def _csv(data: bytes) -> Clean:
    text = _decoded(data) or ""
    try:
        dialect = csv.Sniffer().sniff(text[:8192], delimiters=",;\t|")
        rows = list(csv.reader(io.StringIO(text, newline=""), dialect))
    except csv.Error:
        raise _refusal(
            _("Ce fichier n’est pas un tableau lisible : enregistrez-le en CSV ou en XLSX.")
        ) from None
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=dialect.delimiter)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return Clean(FileKind.CSV, file.getvalue().encode("utf-8-sig"), _told(rows))


def _xlsx(data: bytes) -> Clean:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unzipped = sum(part.file_size for part in archive.infolist())
            if "xl/workbook.xml" not in archive.namelist():
                raise _refusal(
                    _(
                        "Ce type de fichier n’est pas accepté : joignez une image, un PDF, un CSV ou un XLSX."
                    )
                )
            if unzipped > MAX_UNZIPPED or is_too_wide(archive):
                raise _refusal(_("Ce classeur est trop grand : joignez la feuille qui compte."))
        source = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        copy, told = Workbook(write_only=True), []
        for sheet in source.worksheets:
            kept = copy.create_sheet(sheet.title)
            told.append(sheet.title)
            for row in sheet.iter_rows(values_only=True):
                kept.append([inert(cell) if isinstance(cell, str) else cell for cell in row])
                told.append(" ; ".join(str(cell) for cell in row if cell is not None))
    except Refusal:
        raise
    except Exception:  # a broken or hostile workbook raises anything at all
        raise _refusal(_("Ce classeur XLSX est illisible.")) from None
    file = io.BytesIO()
    copy.save(file)
    return Clean(FileKind.XLSX, file.getvalue(), "\n".join(told))


_KINDS: dict[FileKind, Callable[[bytes], Clean]] = {
    FileKind.PNG: _image,
    FileKind.JPEG: _image,
    FileKind.WEBP: _image,
    FileKind.PDF: _pdf,
    FileKind.CSV: _csv,
    FileKind.XLSX: _xlsx,
}


def _told(rows: list[list[str]]) -> str:
    return "\n".join(" ; ".join(row) for row in rows)


def _harmless(cell: str) -> str:
    """A number may begin with a sign; a text that does would run as a formula."""
    try:
        float(cell.replace(",", ".").replace(" ", ""))
    except ValueError:
        return str(inert(cell))
    return cell


def _decoded(data: bytes) -> str | None:
    if any(byte < 32 and byte not in (9, 10, 13) for byte in data[:65_536]):
        return None
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _refusal(sentence: str) -> Refusal:
    return Refusal(sentence, field="file")
