"""Tables of the research half."""

import enum
from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exchange import clock
from exchange.db import Base, Id, Prose, Short, choice
from exchange.i18n import mark as _m
from exchange.people.models import Team, User
from exchange.questions.models import Question


class Silence(enum.StrEnum):
    """How far a claim without news has come."""

    NONE = "none"
    NUDGED = "nudged"
    WARNED = "warned"


class Claim(Base):
    """A team commits to work on a question. The database keeps one leading claim a question and
    one living claim a team.

    `heard_at`: from when silence is counted: the last news, or later when it was put off.
    `silence`, `silence_on`: the last step that was taken since, and its day.
    """

    __tablename__ = "claim"
    __table_args__ = (
        Index(
            "ix_claim_one_lead",
            "question_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL AND lead"),
            postgresql_where=text("ended_at IS NULL AND lead"),
        ),
        Index(
            "ix_claim_one_per_team",
            "question_id",
            "team_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_claim_team", "team_id", "ended_at"),
    )

    id: Mapped[Id]
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    lead: Mapped[bool]
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now)
    heard_at: Mapped[datetime] = mapped_column(default=clock.now)
    silence: Mapped[Silence] = mapped_column(choice(Silence), default=Silence.NONE)
    silence_on: Mapped[date | None]
    why: Mapped[Prose]
    why_html: Mapped[Prose]
    needs: Mapped[Prose]
    needs_html: Mapped[Prose]
    next_step: Mapped[Short] = mapped_column(default="")
    next_step_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]

    question: Mapped[Question] = relationship()
    team: Mapped[Team] = relationship()
    opened_by: Mapped[User] = relationship()


class ClaimUpdate(Base):
    """One dated line of news from a claiming team."""

    __tablename__ = "claim_update"

    id: Mapped[Id]
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    text: Mapped[Prose]
    html: Mapped[Prose]


class RequestKind(enum.StrEnum):
    """What a team needs from the clinician."""

    SAMPLES = "samples"
    DATA = "data"
    TIME = "time"
    ETHICS = "ethics"
    OTHER = "other"


REQUEST_LABELS = {
    RequestKind.SAMPLES: _m("Des prélèvements"),
    RequestKind.DATA: _m("Des données"),
    RequestKind.TIME: _m("Du temps"),
    RequestKind.ETHICS: _m("Un avis éthique ou réglementaire"),
    RequestKind.OTHER: _m("Autre chose"),
}


class Reply(enum.StrEnum):
    """What the asker says of a request."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


REPLY_LABELS = {
    Reply.YES: _m("Oui, c’est possible"),
    Reply.PARTLY: _m("En partie, ou pas tout de suite"),
    Reply.NO: _m("Non, ce n’est pas possible"),
}


class ClaimRequest(Base):
    """One thing that a claiming team needs, which the asker answers. `note`: what they said
    with the answer, if anything."""

    __tablename__ = "claim_request"

    id: Mapped[Id]
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    kind: Mapped[RequestKind] = mapped_column(choice(RequestKind))
    text: Mapped[Prose]
    html: Mapped[Prose]
    reply: Mapped[Reply | None] = mapped_column(choice(Reply))
    replied_at: Mapped[datetime | None]
    note_id: Mapped[int | None] = mapped_column(ForeignKey("note.id"))

    claim: Mapped[Claim] = relationship()


class Direction(enum.StrEnum):
    """Which way a prediction points (OSF preregistration: directional or not)."""

    INCREASE = "increase"
    DECREASE = "decrease"
    NO_CHANGE = "no_change"
    OTHER = "other"


DIRECTION_LABELS = {
    Direction.INCREASE: _m("Augmentation attendue"),
    Direction.DECREASE: _m("Diminution attendue"),
    Direction.NO_CHANGE: _m("Aucun changement attendu"),
    Direction.OTHER: _m("Autre prédiction"),
}


class Verdict(enum.StrEnum):
    PROPOSED = "proposed"
    UNDER_TEST = "under_test"
    SUPPORTED = "supported"
    REFUTED = "refuted"
    INCONCLUSIVE = "inconclusive"
    SUPERSEDED = "superseded"


VERDICT_LABELS = {
    Verdict.PROPOSED: _m("Proposée"),
    Verdict.UNDER_TEST: _m("À l’épreuve"),
    Verdict.SUPPORTED: _m("Étayée"),
    Verdict.REFUTED: _m("Réfutée"),
    Verdict.INCONCLUSIVE: _m("Non concluante"),
    Verdict.SUPERSEDED: _m("Remplacée"),
}

LIVING = (Verdict.PROPOSED, Verdict.UNDER_TEST, Verdict.SUPPORTED)
"""Verdicts that leave a hypothesis standing."""


class Endorsement(enum.StrEnum):
    """What the asker says of a hypothesis."""

    AWAITED = "awaited"
    ENDORSED = "endorsed"
    MISSING = "missing"


ENDORSEMENT_LABELS = {
    Endorsement.AWAITED: _m("Avis du clinicien attendu"),
    Endorsement.ENDORSED: _m("Soutenue par le clinicien"),
    Endorsement.MISSING: _m("Il manque quelque chose pour les patients"),
}

STATEMENT_LIMIT = 825
RATIONALE_LIMIT = 825
PLAN_LIMIT = 1_025
"""Characters; after Halo's one-page proposals (DOMAIN)."""


class Hypothesis(Base):
    """A testable answer to a question, with what would refute it."""

    __tablename__ = "hypothesis"

    id: Mapped[Id]
    ref: Mapped[str] = mapped_column(String(20), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), index=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    confidential: Mapped[bool] = mapped_column(default=False)
    statement: Mapped[Prose]
    rationale: Mapped[Prose]
    prediction: Mapped[Prose]
    direction: Mapped[Direction] = mapped_column(choice(Direction))
    refutation: Mapped[Prose]
    plan: Mapped[Prose]
    html: Mapped[dict[str, str]] = mapped_column(default=dict)
    verdict: Mapped[Verdict] = mapped_column(choice(Verdict), default=Verdict.PROPOSED)
    endorsement: Mapped[Endorsement] = mapped_column(
        choice(Endorsement), default=Endorsement.AWAITED
    )
    endorsed_at: Mapped[datetime | None]
    superseded_by_id: Mapped[int | None] = mapped_column(ForeignKey("hypothesis.id"))

    hidden_at: Mapped[datetime | None]
    """Out of sight since then, for everyone but its author and moderators."""

    question: Mapped[Question] = relationship()
    team: Mapped[Team] = relationship()
    author: Mapped[User] = relationship()
    evidence: Mapped[list["Evidence"]] = relationship(order_by="Evidence.id")

    __mapper_args__ = {"version_id_col": version}


TEXT_LABELS = {
    "statement": _m("L’hypothèse"),
    "rationale": _m("Ce qui y fait croire"),
    "prediction": _m("Ce qu’elle prédit"),
    "refutation": _m("Ce qui la réfuterait"),
    "plan": _m("Comment la mettre à l’épreuve"),
}
HYPOTHESIS_TEXTS = tuple(TEXT_LABELS)


class Wording(Base):
    """One wording of a hypothesis. Number 1 is what was proposed; readable for ever."""

    __tablename__ = "wording"
    __table_args__ = (UniqueConstraint("hypothesis_id", "number"),)

    id: Mapped[Id]
    hypothesis_id: Mapped[int] = mapped_column(ForeignKey("hypothesis.id"))
    number: Mapped[int]
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    direction: Mapped[Direction] = mapped_column(choice(Direction))
    texts: Mapped[dict[str, str]]
    html: Mapped[dict[str, str]]

    author: Mapped[User] = relationship()


class Stance(enum.StrEnum):
    FOR = "for"
    AGAINST = "against"
    NEUTRAL = "neutral"


STANCE_LABELS = {
    Stance.FOR: _m("Pour"),
    Stance.AGAINST: _m("Contre"),
    Stance.NEUTRAL: _m("Sans parti"),
}


class Strength(enum.StrEnum):
    """How much an item of evidence weighs, after the levels that clinicians use."""

    REVIEW = "review"
    TRIAL = "trial"
    COHORT = "cohort"
    LABORATORY = "laboratory"
    OPINION = "opinion"


STRENGTH_LABELS = {
    Strength.REVIEW: _m("Revue systématique"),
    Strength.TRIAL: _m("Essai randomisé"),
    Strength.COHORT: _m("Cohorte ou cas-témoins"),
    Strength.LABORATORY: _m("Laboratoire ou animal"),
    Strength.OPINION: _m("Observation ou avis"),
}


class Evidence(Base):
    """One item for, against, or neutral. `decisive`: the verdict in force rests on it."""

    __tablename__ = "evidence"

    id: Mapped[Id]
    hypothesis_id: Mapped[int] = mapped_column(ForeignKey("hypothesis.id"), index=True)
    stance: Mapped[Stance] = mapped_column(choice(Stance))
    note: Mapped[Prose]
    html: Mapped[Prose]
    identifier: Mapped[Short] = mapped_column(default="")
    strength: Mapped[Strength | None] = mapped_column(choice(Strength))
    searched_on: Mapped[date | None]
    decisive: Mapped[bool] = mapped_column(default=False)
    added_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)

    added_by: Mapped[User] = relationship()


class ProjectState(enum.StrEnum):
    RUNNING = "running"
    STOPPED = "stopped"
    CONCLUDED = "concluded"


PROJECT_STATE_LABELS = {
    ProjectState.RUNNING: _m("En cours"),
    ProjectState.STOPPED: _m("Arrêté"),
    ProjectState.CONCLUDED: _m("Conclu"),
}


class Project(Base):
    """Funded or not, the work that tests endorsed hypotheses with patients in view."""

    __tablename__ = "project"

    id: Mapped[Id]
    ref: Mapped[str] = mapped_column(String(20), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    title: Mapped[Short]
    summary: Mapped[Prose]
    summary_html: Mapped[Prose]
    confidential: Mapped[bool] = mapped_column(default=False)
    lead_team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), index=True)
    investigator_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    colead_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    started_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    state: Mapped[ProjectState] = mapped_column(choice(ProjectState), default=ProjectState.RUNNING)
    ended_at: Mapped[datetime | None]
    asked_on: Mapped[date | None]
    """When it was last asked for news, after a silence."""
    answer: Mapped[Prose]
    answer_html: Mapped[Prose]

    lead_team: Mapped[Team] = relationship()
    investigator: Mapped[User] = relationship(foreign_keys=[investigator_id])
    colead: Mapped[User] = relationship(foreign_keys=[colead_id])
    hypotheses: Mapped[list[Hypothesis]] = relationship(
        secondary="project_hypothesis", order_by=Hypothesis.id
    )
    partners: Mapped[list[Team]] = relationship(secondary="project_partner", order_by=Team.id)
    funding: Mapped[list["Funding"]] = relationship(order_by="Funding.id")
    milestones: Mapped[list["Milestone"]] = relationship(
        order_by="Milestone.planned_on, Milestone.id"
    )
    outcomes: Mapped[list["Outcome"]] = relationship(
        secondary="project_outcome", order_by="Outcome.id", viewonly=True
    )
    unsealings: Mapped[list["Unsealing"]] = relationship(
        back_populates="project", order_by="Unsealing.id"
    )

    __mapper_args__ = {"version_id_col": version}


class Unsealing(Base):
    """A project that an administrator opened to themselves, with a reason that its people read. It
    ends by itself; ending it by hand brings `ends_at` forward."""

    __tablename__ = "unsealing"
    __table_args__ = (Index("ix_unsealing_reader", "user_id", "project_id", "ends_at"),)

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    ends_at: Mapped[datetime]

    project: Mapped[Project] = relationship(back_populates="unsealings")
    user: Mapped[User] = relationship()


class ProjectHypothesis(Base):
    __tablename__ = "project_hypothesis"

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True)
    hypothesis_id: Mapped[int] = mapped_column(
        ForeignKey("hypothesis.id"), primary_key=True, index=True
    )


class ProjectPartner(Base):
    __tablename__ = "project_partner"

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True, index=True)


class Funding(Base):
    """A line of money: source, whole euros, period."""

    __tablename__ = "funding"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    source: Mapped[Short]
    amount: Mapped[int]
    start_on: Mapped[date | None]
    end_on: Mapped[date | None]


class Milestone(Base):
    __tablename__ = "milestone"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    title: Mapped[Short]
    planned_on: Mapped[date]
    done_on: Mapped[date | None]


class OutcomeKind(enum.StrEnum):
    """What became of it. A negative result is a result."""

    ANSWERED = "answered"
    PUBLICATION = "publication"
    TRIAL = "trial"
    PATENT = "patent"
    COMPANY = "company"
    LICENCE = "licence"
    JOBS = "jobs"
    FUNDS = "funds"
    THESIS = "thesis"
    PATIENTS = "patients"
    PRACTICE_CHANGE = "practice_change"
    NEGATIVE = "negative"
    STOPPED = "stopped"


OUTCOME_LABELS = {
    OutcomeKind.ANSWERED: _m("Question répondue"),
    OutcomeKind.PUBLICATION: _m("Publication"),
    OutcomeKind.TRIAL: _m("Essai clinique"),
    OutcomeKind.PATENT: _m("Brevet"),
    OutcomeKind.COMPANY: _m("Entreprise créée"),
    OutcomeKind.LICENCE: _m("Licence accordée"),
    OutcomeKind.JOBS: _m("Emplois créés"),
    OutcomeKind.FUNDS: _m("Fonds levés"),
    OutcomeKind.THESIS: _m("Thèse"),
    OutcomeKind.PATIENTS: _m("Patients inclus, hors essai"),
    OutcomeKind.PRACTICE_CHANGE: _m("Changement de pratique"),
    OutcomeKind.NEGATIVE: _m("Résultat négatif"),
    OutcomeKind.STOPPED: _m("Arrêté"),
}


COUNTED = {
    OutcomeKind.TRIAL: False,
    OutcomeKind.PATIENTS: True,
    OutcomeKind.JOBS: True,
    OutcomeKind.FUNDS: True,
}
"""The kinds that carry a number (patients, jobs, euros), and whether they need it."""


class Phase(enum.StrEnum):
    """Of a trial (ICH E8(R1), and the phases that ClinicalTrials.gov joins)."""

    ONE = "1"
    ONE_TWO = "1-2"
    TWO = "2"
    TWO_THREE = "2-3"
    THREE = "3"
    FOUR = "4"
    NONE = "none"


PHASE_LABELS = {
    Phase.ONE: _m("Phase 1"),
    Phase.ONE_TWO: _m("Phase 1/2"),
    Phase.TWO: _m("Phase 2"),
    Phase.TWO_THREE: _m("Phase 2/3"),
    Phase.THREE: _m("Phase 3"),
    Phase.FOUR: _m("Phase 4"),
    Phase.NONE: _m("Sans phase"),
}


class TrialStatus(enum.StrEnum):
    PLANNED = "planned"
    INCLUDING = "including"
    FOLLOWING = "following"
    COMPLETED = "completed"
    STOPPED = "stopped"


STATUS_LABELS = {
    TrialStatus.PLANNED: _m("En préparation"),
    TrialStatus.INCLUDING: _m("Inclusions ouvertes"),
    TrialStatus.FOLLOWING: _m("Inclusions closes, suivi en cours"),
    TrialStatus.COMPLETED: _m("Terminé"),
    TrialStatus.STOPPED: _m("Arrêté avant terme"),
}


class Outcome(Base):
    """A result with its proof: an identifier or a link (`reference`), a document (`proof_id`, a row
    of `attachment`), or both. `project_id`: where it was first noted;
    `key`: the number under which the world knows it, written one way, so that it counts once."""

    __tablename__ = "outcome"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    kind: Mapped[OutcomeKind] = mapped_column(choice(OutcomeKind))
    summary: Mapped[Prose]
    html: Mapped[Prose]
    reference: Mapped[Short] = mapped_column(default="")
    key: Mapped[Short] = mapped_column(default="", index=True)
    proof_id: Mapped[int | None] = mapped_column(ForeignKey("attachment.id"), index=True)
    phase: Mapped[Phase | None] = mapped_column(choice(Phase))
    status: Mapped[TrialStatus | None] = mapped_column(choice(TrialStatus))
    quantity: Mapped[int | None] = mapped_column(BigInteger)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)


class ProjectOutcome(Base):
    """A result came of a project; `at`: when that was noted."""

    __tablename__ = "project_outcome"

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True)
    outcome_id: Mapped[int] = mapped_column(ForeignKey("outcome.id"), primary_key=True, index=True)
    at: Mapped[datetime] = mapped_column(default=clock.now)
