"""Tables of the dossier of a project."""

import enum
from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exchange import clock
from exchange.db import Base, Id, Prose, Short, choice
from exchange.i18n import mark as _m
from exchange.people.models import User


class Translation(enum.StrEnum):
    """How far from the laboratory to the population (translational science spectrum, NCATS; IOM,
    "The CTSA Program at NIH", 2013)."""

    T0 = "t0"
    T1 = "t1"
    T2 = "t2"
    T3 = "t3"
    T4 = "t4"


TRANSLATION_LABELS = {
    Translation.T0: _m("T0 : comprendre un mécanisme"),
    Translation.T1: _m("T1 : premier passage chez l’humain"),
    Translation.T2: _m("T2 : effet chez des patients"),
    Translation.T3: _m("T3 : mise en pratique"),
    Translation.T4: _m("T4 : effet sur la santé de la population"),
}

TRL_LABELS = {
    1: _m("le principe est observé"),
    2: _m("l’usage est imaginé"),
    3: _m("la preuve de concept est faite au laboratoire"),
    4: _m("la méthode est validée au laboratoire"),
    5: _m("la méthode est validée sur des échantillons de patients"),
    6: _m("un prototype est éprouvé en conditions cliniques"),
    7: _m("un prototype est démontré dans un service"),
    8: _m("le produit est complet et qualifié"),
    9: _m("le produit sert dans les soins"),
}
"""Technology readiness levels, after the scale of Horizon 2020 (General Annex G), told for
biomedical work."""


class Category(enum.StrEnum):
    """Research on persons, or not (Code de la santé publique, L1121-1)."""

    RIPH1 = "riph1"
    RIPH2 = "riph2"
    RIPH3 = "riph3"
    NOT_RIPH = "not_riph"


CATEGORY_LABELS = {
    Category.RIPH1: _m("RIPH 1 : interventionnelle"),
    Category.RIPH2: _m("RIPH 2 : risques et contraintes minimes"),
    Category.RIPH3: _m("RIPH 3 : non interventionnelle"),
    Category.NOT_RIPH: _m("Hors RIPH"),
}


class Methodology(enum.StrEnum):
    """Reference methodologies of the CNIL."""

    MR001 = "mr001"
    MR002 = "mr002"
    MR003 = "mr003"
    MR004 = "mr004"
    MR005 = "mr005"
    MR006 = "mr006"
    MR007 = "mr007"


METHODOLOGY_LABELS = {
    Methodology.MR001: _m("MR-001 : recherche avec consentement"),
    Methodology.MR002: _m("MR-002 : performances d’un diagnostic in vitro, non interventionnelle"),
    Methodology.MR003: _m("MR-003 : recherche sans consentement exprès"),
    Methodology.MR004: _m("MR-004 : réutilisation de données, hors RIPH"),
    Methodology.MR005: "MR-005",
    Methodology.MR006: "MR-006",
    Methodology.MR007: "MR-007",
}


class Rights(enum.StrEnum):
    """Intellectual property."""

    NONE = "none"
    DECLARED = "declared"
    FILED = "filed"
    LICENSED = "licensed"


RIGHTS_LABELS = {
    Rights.NONE: _m("Aucune"),
    Rights.DECLARED: _m("Invention déclarée"),
    Rights.FILED: _m("Brevet déposé"),
    Rights.LICENSED: _m("Concédée en licence"),
}


class Dossier(Base):
    """One a project, made when something is first said in it."""

    __tablename__ = "dossier"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), unique=True)
    sponsor: Mapped[Short] = mapped_column(default="")
    trl: Mapped[int | None]
    translation: Mapped[Translation | None] = mapped_column(choice(Translation))
    category: Mapped[Category | None] = mapped_column(choice(Category))
    cpp: Mapped[Short] = mapped_column(default="")
    ansm: Mapped[Short] = mapped_column(default="")
    id_rcb: Mapped[Short] = mapped_column(default="")
    methodology: Mapped[Methodology | None] = mapped_column(choice(Methodology))
    methodology_on: Mapped[date | None]
    nct: Mapped[Short] = mapped_column(default="")
    eu_ct: Mapped[Short] = mapped_column(default="")
    rights: Mapped[Rights | None] = mapped_column(choice(Rights))
    patent: Mapped[Short] = mapped_column(default="")
    rights_note: Mapped[Short] = mapped_column(default="")


class Degree(enum.StrEnum):
    """How likely a risk is, or how grave."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


LIKELIHOOD_LABELS = {
    Degree.LOW: _m("Peu probable"),
    Degree.MEDIUM: _m("Possible"),
    Degree.HIGH: _m("Probable"),
}
EFFECT_LABELS = {
    Degree.LOW: _m("Gêne"),
    Degree.MEDIUM: _m("Retard"),
    Degree.HIGH: _m("Arrêt du projet"),
}


class Risk(Base):
    """What may go wrong, and the answer to it."""

    __tablename__ = "risk"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    what: Mapped[Prose]
    likelihood: Mapped[Degree] = mapped_column(choice(Degree))
    effect: Mapped[Degree] = mapped_column(choice(Degree))
    answer: Mapped[Prose]
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)


class Decision(Base):
    """One line of the log of decisions; never changed afterwards. `who`: who decided."""

    __tablename__ = "decision"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    taken_on: Mapped[date]
    who: Mapped[Short]
    what: Mapped[Prose]
    why: Mapped[Prose]
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)

    author: Mapped[User] = relationship()
