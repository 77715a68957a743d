"""Table of drug candidates."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from exchange import clock
from exchange.db import Base, Id, Short, choice
from exchange.i18n import mark as _m


class Make(enum.StrEnum):
    """What a candidate is made of."""

    ANTIBODY = "antibody"
    BISPECIFIC = "bispecific"
    CONJUGATE = "conjugate"
    CELL = "cell"
    VACCINE = "vaccine"
    PROTEIN = "protein"
    SMALL_MOLECULE = "small_molecule"
    OTHER = "other"


MAKE_LABELS = {
    Make.ANTIBODY: _m("Anticorps monoclonal"),
    Make.BISPECIFIC: _m("Anticorps bispécifique"),
    Make.CONJUGATE: _m("Anticorps conjugué"),
    Make.CELL: _m("Thérapie cellulaire"),
    Make.VACCINE: _m("Vaccin"),
    Make.PROTEIN: _m("Autre protéine"),
    Make.SMALL_MOLECULE: _m("Petite molécule"),
    Make.OTHER: _m("Autre candidat"),
}


class Progress(enum.StrEnum):
    """How far a candidate has come."""

    DISCOVERY = "discovery"
    PRECLINICAL = "preclinical"
    ONE = "1"
    ONE_TWO = "1-2"
    TWO = "2"
    TWO_THREE = "2-3"
    THREE = "3"
    FILED = "filed"
    APPROVED = "approved"
    STOPPED = "stopped"


PROGRESS_LABELS = {
    Progress.DISCOVERY: _m("Découverte"),
    Progress.PRECLINICAL: _m("Préclinique"),
    Progress.ONE: _m("Phase 1"),
    Progress.ONE_TWO: _m("Phase 1/2"),
    Progress.TWO: _m("Phase 2"),
    Progress.TWO_THREE: _m("Phase 2/3"),
    Progress.THREE: _m("Phase 3"),
    Progress.FILED: _m("Demande d’autorisation déposée"),
    Progress.APPROVED: _m("Autorisé"),
    Progress.STOPPED: _m("Développement arrêté"),
}


class Reach(enum.StrEnum):
    """For how many patients."""

    NICHE = "niche"
    BLOCKBUSTER = "blockbuster"


REACH_LABELS = {
    Reach.NICHE: _m("De niche : une maladie rare, ou peu de patients"),
    Reach.BLOCKBUSTER: _m("« Blockbuster » : un très grand marché"),
}


class Candidate(Base):
    """A drug candidate of a project. `question_id`: the question it comes from, one of the
    project's; `reference`: its proof, an identifier or a link."""

    __tablename__ = "candidate"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), index=True)
    name: Mapped[Short]
    target: Mapped[Short]
    make: Mapped[Make] = mapped_column(choice(Make))
    progress: Mapped[Progress] = mapped_column(choice(Progress))
    reach: Mapped[Reach | None] = mapped_column(choice(Reach))
    reference: Mapped[Short] = mapped_column(default="")
    at: Mapped[datetime] = mapped_column(default=clock.now)
