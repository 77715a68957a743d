"""Tables of questions."""

import enum
from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exchange import clock
from exchange.db import Base, Id, Prose, choice
from exchange.i18n import mark as _m
from exchange.people.models import Area, Institution, Team, User


class Stage(enum.StrEnum):
    """Where a question stands (DESIGN, "Stages and moves")."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    OPEN = "open"
    CLAIMED = "claimed"
    HYPOTHESIS = "hypothesis"
    PROJECT = "project"
    CONCLUDED = "concluded"
    PARKED = "parked"
    MERGED = "merged"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


STAGE_LABELS = {
    Stage.DRAFT: _m("Brouillon"),
    Stage.SUBMITTED: _m("En attente de relecture"),
    Stage.RETURNED: _m("Précision demandée"),
    Stage.OPEN: _m("Ouverte"),
    Stage.CLAIMED: _m("Prise en charge"),
    Stage.HYPOTHESIS: _m("Hypothèse"),
    Stage.PROJECT: _m("Projet"),
    Stage.CONCLUDED: _m("Conclue"),
    Stage.PARKED: _m("En sommeil"),
    Stage.MERGED: _m("Réunie à une autre"),
    Stage.DECLINED: _m("Non retenue"),
    Stage.WITHDRAWN: _m("Retirée"),
}

MAIN_LINE = (
    Stage.SUBMITTED,
    Stage.OPEN,
    Stage.CLAIMED,
    Stage.HYPOTHESIS,
    Stage.PROJECT,
    Stage.CONCLUDED,
)
"""The stages of the stepper, in order."""


class Kind(enum.StrEnum):
    """What sort of question it is."""

    MECHANISM = "mechanism"
    DIAGNOSIS = "diagnosis"
    NON_RESPONSE = "non_response"
    TOXICITY = "toxicity"
    PROGNOSIS = "prognosis"
    PREVENTION = "prevention"
    OTHER = "other"


KIND_LABELS = {
    Kind.MECHANISM: _m("Mécanisme"),
    Kind.DIAGNOSIS: _m("Diagnostic ou biomarqueur"),
    Kind.NON_RESPONSE: _m("Non-réponse au traitement"),
    Kind.TOXICITY: _m("Toxicité"),
    Kind.PROGNOSIS: _m("Pronostic"),
    Kind.PREVENTION: _m("Prévention"),
    Kind.OTHER: _m("Autre question"),
}


class Audience(enum.StrEnum):
    """Who may read (DESIGN, rule 2)."""

    MEMBERS = "members"
    CIRCLE = "circle"


class Band(enum.StrEnum):
    """How many patients a year, as a band: exact small numbers can identify."""

    UP_TO_10 = "1-10"
    UP_TO_50 = "11-50"
    UP_TO_200 = "51-200"
    MORE = "200+"


BAND_LABELS = {
    Band.UP_TO_10: _m("1 à 10 patients par an"),
    Band.UP_TO_50: _m("11 à 50 patients par an"),
    Band.UP_TO_200: _m("51 à 200 patients par an"),
    Band.MORE: _m("plus de 200 patients par an"),
}


class Severity(enum.StrEnum):
    MILD = "mild"
    SERIOUS = "serious"
    LIFE_THREATENING = "life_threatening"


SEVERITY_LABELS = {
    Severity.MILD: _m("Gênante"),
    Severity.SERIOUS: _m("Grave"),
    Severity.LIFE_THREATENING: _m("Menace la vie"),
}

PICO_FIELDS = ("intervention", "comparison", "outcome")
"""With the population, the question as a study would put it; offered, never asked for."""

TEXT_FIELDS = (
    "problem",
    "practice",
    "shortfall",
    "population",
    *PICO_FIELDS,
    "known",
    "resources",
)
"""The Markdown fields of a question, in reading order."""

TEXT_LABELS = {
    "problem": _m("Ce qui ne va pas pour nos patients"),
    "practice": _m("Ce que nous faisons aujourd’hui"),
    "shortfall": _m("Pourquoi cela ne suffit pas"),
    "population": _m("Les patients concernés"),
    "intervention": _m("Intervention ou exposition"),
    "comparison": _m("Comparée à"),
    "outcome": _m("Ce que l’on mesurerait"),
    "known": _m("Ce que l’on sait déjà"),
    "resources": _m("Échantillons, cohorte, moyens disponibles"),
}


class Question(Base):
    """An unmet clinical need. The text here is the wording in force; `Revision` keeps every
    wording, the asker's first. `version` makes two simultaneous changes collide."""

    __tablename__ = "question"
    __table_args__ = (
        Index("ix_question_newest", "published_at", "id"),
        Index("ix_question_supported", "support_count", "id"),
        Index("ix_question_needed", "need", "id"),
        Index("ix_question_waiting", "stage", "stage_since", "id"),
        Index("ix_question_asker", "asker_id", "id"),
        Index("ix_question_area", "area", "published_at", "id"),
        Index(
            "ix_question_contested",
            "contested_at",
            postgresql_where=text("contested_at IS NOT NULL"),
            sqlite_where=text("contested_at IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    ref: Mapped[str | None] = mapped_column(String(20), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    stage: Mapped[Stage] = mapped_column(choice(Stage), default=Stage.DRAFT)
    stage_since: Mapped[datetime] = mapped_column(default=clock.now)
    asker_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"), index=True)
    in_department_name: Mapped[bool] = mapped_column(default=False)
    audience: Mapped[Audience] = mapped_column(choice(Audience), default=Audience.MEMBERS)
    area: Mapped[Area] = mapped_column(choice(Area), default=Area.OTHER)
    kind: Mapped[Kind] = mapped_column(choice(Kind), default=Kind.OTHER)
    language: Mapped[str] = mapped_column(String(8), default="fr")

    title: Mapped[str] = mapped_column(String(200), default="")
    problem: Mapped[Prose]
    practice: Mapped[Prose]
    shortfall: Mapped[Prose]
    population: Mapped[Prose]
    intervention: Mapped[str] = mapped_column(Text, default="", server_default="")
    comparison: Mapped[str] = mapped_column(Text, default="", server_default="")
    outcome: Mapped[str] = mapped_column(Text, default="", server_default="")
    known: Mapped[Prose]
    resources: Mapped[Prose]
    html: Mapped[dict[str, str]] = mapped_column(default=dict)
    known_searched_on: Mapped[date | None]
    patients: Mapped[Band | None] = mapped_column(choice(Band))
    severity: Mapped[Severity | None] = mapped_column(choice(Severity))
    partner: Mapped[bool] = mapped_column(default=False)

    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    edited_at: Mapped[datetime] = mapped_column(default=clock.now)
    draft_told_at: Mapped[datetime | None]
    """When the owner of a draft was last told that it will be deleted; touched since, it will
    not."""
    submitted_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    support_count: Mapped[int] = mapped_column(default=0)
    comment_count: Mapped[int] = mapped_column(default=0)
    merit: Mapped[int] = mapped_column(default=0, server_default="0")
    """What reviewers' grades add up to, in tenths (`moderation.scores`)."""
    need: Mapped[int] = mapped_column(default=0, server_default="0")
    """How much it is needed (`supports.need_of`), kept beside what it is made of: lists are read
    in its order, by an index that needs a column."""
    lead_team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"), index=True)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("question.id"), index=True)
    proposed_into_id: Mapped[int | None] = mapped_column(ForeignKey("question.id"), index=True)
    """The question that a moderator proposes to join it to; the asker has still to answer."""
    contested_at: Mapped[datetime | None]
    """Since when the asker objects to a moderator's wording; a moderator has still to answer."""
    source_id: Mapped[str | None] = mapped_column(String(128), unique=True)
    hidden_at: Mapped[datetime | None]
    """Out of sight since then, for everyone but moderators: somebody reported that a
    patient could be recognised."""
    probable: Mapped[list[str]] = mapped_column(default=list)
    """Kinds of probable identity findings that the asker confirmed: for the moderator."""

    asker: Mapped[User] = relationship(foreign_keys=[asker_id])
    team: Mapped[Team | None] = relationship(foreign_keys=[team_id])
    institution: Mapped[Institution | None] = relationship(foreign_keys=[institution_id])
    lead_team: Mapped[Team | None] = relationship(foreign_keys=[lead_team_id])
    merged_into: Mapped["Question | None"] = relationship(
        foreign_keys=[merged_into_id], remote_side="Question.id"
    )
    circle: Mapped[list["CircleTeam"]] = relationship(cascade="all, delete-orphan")
    tagged: Mapped[list["QuestionTag"]] = relationship(
        cascade="all, delete-orphan", order_by="QuestionTag.place"
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def circle_team_ids(self) -> list[int]:
        return [entry.team_id for entry in self.circle]

    @property
    def tags(self) -> list[str]:
        """Keys of the concepts it is tagged with, in their order."""
        return [tag.concept for tag in self.tagged]


class CircleTeam(Base):
    """A team named in the circle of a question."""

    __tablename__ = "circle_team"

    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True)


class QuestionTag(Base):
    """A concept of the vocabulary that a question is about. One that is retired keeps its row and
    is not shown, so that it can come back."""

    __tablename__ = "question_tag"
    __table_args__ = (Index("ix_question_tag_concept", "concept", "question_id"),)

    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), primary_key=True)
    concept: Mapped[str] = mapped_column(String(64), primary_key=True)
    place: Mapped[int] = mapped_column(default=0)


class RevisionKind(enum.StrEnum):
    ORIGINAL = "original"
    EDIT = "edit"
    REPHRASE = "rephrase"
    RESTORE = "restore"


class Revision(Base):
    """One wording of a question. Number 1 is the asker's own words; readable for ever."""

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("question_id", "number"),)

    id: Mapped[Id]
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    number: Mapped[int]
    kind: Mapped[RevisionKind] = mapped_column(choice(RevisionKind))
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    title: Mapped[str] = mapped_column(String(200))
    texts: Mapped[dict[str, str]]
    html: Mapped[dict[str, str]]

    author: Mapped[User] = relationship()


class Note(Base):
    """The prose of a move: why it was returned, declined, parked… The log holds its id only."""

    __tablename__ = "note"

    id: Mapped[Id]
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    text: Mapped[Prose]
    html: Mapped[Prose]


class Support(Base):
    """«We see this too»: another site's need joins the thread instead of opening a new one."""

    __tablename__ = "support"
    __table_args__ = (UniqueConstraint("question_id", "user_id"),)

    id: Mapped[Id]
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    band: Mapped[Band | None] = mapped_column(choice(Band))
    note: Mapped[Prose]
    at: Mapped[datetime] = mapped_column(default=clock.now)
    from_question_id: Mapped[int | None] = mapped_column(ForeignKey("question.id"), index=True)
    """The question that was joined to this one and brought the need along."""


class FollowLevel(enum.StrEnum):
    FOLLOW = "follow"
    MUTE = "mute"


class Follow(Base):
    """Who follows or mutes a question, and how far they have read its events."""

    __tablename__ = "follow"

    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)
    level: Mapped[FollowLevel | None] = mapped_column(choice(FollowLevel))
    read_event_id: Mapped[int] = mapped_column(default=0)
    from_question_id: Mapped[int | None] = mapped_column(ForeignKey("question.id"), index=True)
    """The question that was joined to this one and brought the follower along."""


class Counter(Base):
    """The last number given in a series: `Q-2026`."""

    __tablename__ = "counter"

    series: Mapped[str] = mapped_column(String(16), primary_key=True)
    value: Mapped[int]
