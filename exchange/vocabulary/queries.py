"""Named reads of the vocabulary, as administrators keep it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from exchange import db
from exchange.errors import NotFound
from exchange.i18n import get_locale
from exchange.i18n import gettext as _
from exchange.vocabulary.analysis import fold
from exchange.vocabulary.concepts import Concept, Vocabulary, curated
from exchange.vocabulary.current import overlaid
from exchange.vocabulary.models import ChangedConcept

_COMMA = re.compile(r",(?!\d)")
"""Not the one of « indoleamine 2,3-dioxygenase »."""
PAGE = 50
"""Concepts on a page of the list."""


def changes() -> tuple[list[Concept], list[str]]:
    """What administrators changed, and the keys they retired: one query."""
    rows = db.session.scalars(select(ChangedConcept).order_by(ChangedConcept.key)).all()
    return [row.concept for row in rows if not row.retired], [
        row.key for row in rows if row.retired
    ]


@dataclass(frozen=True)
class Kept:
    """A concept on the administrators' page: `shipped` with the site, `changed` since, or
    `retired`."""

    concept: Concept
    shipped: bool
    changed: bool
    retired: bool


def kept(key: str) -> Kept:
    """One concept as it is kept: one query. Raises `NotFound`."""
    return _kept(key, db.session.get(ChangedConcept, key))


def search(words: str, category: str = "", *, changed: bool = False) -> Sequence[Kept]:
    """The concepts that have these words in a name, in the order of their French labels: one
    query."""
    rows = {row.key: row for row in db.session.scalars(select(ChangedConcept))}
    found = [_kept(key, rows.get(key)) for key in curated().concepts.keys() | rows.keys()]
    wanted = fold(words.strip())
    return sorted(
        (
            one
            for one in found
            if (not category or one.concept.category == category)
            and (not changed or one.changed)
            and any(wanted in fold(name) for name in (one.concept.key, *one.concept.names))
        ),
        key=lambda one: (fold(one.concept.fr), one.concept.key),
    )


def in_database() -> Vocabulary:
    """The vocabulary with every change, those included that this host's index has still to read:
    one query."""
    return overlaid(*changes())


def keys_named(text: str) -> tuple[str, ...]:
    """The keys of the concepts named between commas, by any of their names or by their key; what
    names none is taken for keys between spaces. One query."""
    known = in_database().concepts
    keys = {fold(name.lstrip("!")): one.key for one in known.values() for name in one.names}
    keys |= {fold(one.label(lang)): one.key for one in known.values() for lang in ("en", "fr")}
    found: list[str] = []
    for piece in filter(None, (" ".join(part.split()) for part in _COMMA.split(text))):
        named = piece if piece in known else keys.get(fold(piece))
        found += [named] if named else piece.split()
    return tuple(dict.fromkeys(found))


def labels_of(concept: Concept) -> str:
    """Its broader concepts by their labels, as `keys_named` reads them: one query."""
    known = in_database().concepts
    return ", ".join(
        known[key].label(get_locale()) if key in known else key for key in concept.broader
    )


def _kept(key: str, row: ChangedConcept | None) -> Kept:
    shipped = curated().concepts.get(key)
    concept = row.concept if row is not None else shipped
    if concept is None:
        raise NotFound(_("Aucun concept de ce nom."))
    return Kept(
        concept=concept,
        shipped=shipped is not None,
        changed=row is not None,
        retired=row is not None and row.retired,
    )
