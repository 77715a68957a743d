"""Gathering the texts of code and templates into the catalogues: `make messages`.

French is the source. The English catalogue holds a translation for each message; the French one
holds the plural forms only, because French counts zero as singular.
"""

import ast
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = ROOT / "exchange" / "locales"
KEYWORDS = {
    "_": None,
    "_l": None,
    "_m": None,
    "N_": None,
    "gettext": None,
    "lazy_gettext": None,
    "mark": None,
    "ngettext": (1, 2),
}


def texts(
    fileobj: IO[bytes], keywords: Collection[str], comment_tags: object, options: object
) -> Iterator[tuple[int, str, tuple[str, ...], list[str]]]:
    """The messages of a Python file: calls whose first arguments are written out. Babel's own
    reading would also take the key of a label looked up, `_(LABELS["why"])`, for a message."""
    for node in ast.walk(ast.parse(fileobj.read())):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        count = 2 if name == "ngettext" else 1
        written = tuple(
            argument.value
            for argument in node.args[:count]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        )
        if name in keywords and len(written) == count:
            yield node.lineno, name, written, []


def extracted() -> Catalog:
    """Every message of the code and the templates, with where it stands."""
    found = Catalog(locale="fr", project="exchange", charset="utf-8")
    for folder, methods in (
        ("exchange", [("**.py", "tests.messages:texts")]),
        ("templates", [("**.html", "jinja2"), ("**.txt", "jinja2")]),
    ):
        options = {"**.html": {"silent": "false"}, "**.txt": {"silent": "false"}}
        for name, line, message, _comments, context in extract_from_dir(
            str(ROOT / folder), methods, options, keywords=KEYWORDS
        ):
            found.add(message, locations=[(f"{folder}/{name}", line)], context=context)
    return found


def path_of(locale: str) -> Path:
    return CATALOGUES / locale / "LC_MESSAGES" / "messages.po"


def read(locale: str) -> Catalog:
    with path_of(locale).open("rb") as file:
        return read_po(file, locale=locale)


def write(catalogue: Catalog, locale: str) -> None:
    with path_of(locale).open("wb") as file:
        write_po(file, catalogue, width=100, sort_output=True, include_lineno=False)


def main() -> None:
    found = extracted()
    english = read("en")
    english.update(found, no_fuzzy_matching=True)
    english.obsolete.clear()
    write(english, "en")
    french = Catalog(locale="fr", charset="utf-8")
    for message in found:
        if message.pluralizable:
            french.add(message.id, message.id, locations=message.locations)
    write(french, "fr")
    missing = [message for message in english if message.id and not all(strings(message.string))]
    print(f"{len(found)} messages, {len(missing)} without an English text")


def strings(string: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [string or ""] if isinstance(string, str) or string is None else list(string)


if __name__ == "__main__":
    main()
