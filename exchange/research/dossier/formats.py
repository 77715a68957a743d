"""What looks wrong in a regulatory block. Doubts are told beside the field and refuse nothing: a
rule may change, and a number may be right before this file knows its shape."""

import re
from collections.abc import Iterator
from datetime import date

from exchange.i18n import gettext as _
from exchange.i18n import show_date
from exchange.research.dossier.models import Category, Dossier, Methodology

SHAPES = {
    "nct": re.compile(r"NCT\d{8}"),
    "eu_ct": re.compile(r"20\d{2}-5\d{5}-\d{2}(-\d{2})?"),
    "id_rcb": re.compile(r"20\d{2}-A\d{5}-\d{2}"),
}
"""ClinicalTrials.gov ("NCT" and 8 digits); CTIS, Regulation (EU) 536/2014; ID-RCB of the ANSM."""

EXAMPLES = {"nct": "NCT01234567", "eu_ct": "2024-512345-12-00", "id_rcb": "2024-A01234-56"}

UPDATED = {
    Methodology.MR001: date(2026, 3, 19),
    Methodology.MR003: date(2026, 3, 19),
}
"""The versions in force: the CNIL updated MR-001 and MR-003 on 19 March 2026."""

EXPECTED = {
    Category.RIPH1: {Methodology.MR001},
    Category.RIPH2: {Methodology.MR001, Methodology.MR002},
    Category.RIPH3: {Methodology.MR002, Methodology.MR003},
    Category.NOT_RIPH: {Methodology.MR004, Methodology.MR005, Methodology.MR006, Methodology.MR007},
}
"""CNIL: MR-001 where consent is needed, MR-003 where it need not be express, MR-004 for what is no
research on persons; the categories are those of L1121-1."""


def doubts(dossier: Dossier) -> dict[str, str]:
    """A sentence for each field that looks wrong."""
    return dict(_doubts(dossier))


def _doubts(dossier: Dossier) -> Iterator[tuple[str, str]]:
    for name, shape in SHAPES.items():
        text = getattr(dossier, name)
        if text and not shape.fullmatch(text):
            yield (
                name,
                _(
                    "Ce numéro n’a pas la forme attendue, par exemple %(text)s.",
                    text=EXAMPLES[name],
                ),
            )
    if dossier.cpp and not dossier.id_rcb and dossier.category in _ON_PERSONS:
        yield "id_rcb", _("Un numéro ID-RCB est demandé avant le dépôt au CPP.")
    if dossier.category is Category.NOT_RIPH and dossier.cpp:
        yield "cpp", _("Une recherche hors RIPH ne passe pas devant un CPP.")
    if dossier.methodology is None:
        return
    if dossier.category and dossier.methodology not in EXPECTED[dossier.category]:
        yield "methodology", _("Cette méthodologie ne va pas d’ordinaire avec cette catégorie.")
    newest = UPDATED.get(dossier.methodology)
    if newest and dossier.methodology_on and dossier.methodology_on < newest:
        yield (
            "methodology_on",
            _("Une version plus récente est en vigueur, du %(day)s.", day=show_date(newest)),
        )


_ON_PERSONS = {Category.RIPH1, Category.RIPH2, Category.RIPH3}
