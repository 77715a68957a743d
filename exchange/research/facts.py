"""What can happen in the research half, beside the moves of `questions.facts`."""

from dataclasses import dataclass

from exchange.log.facts import Fact


@dataclass(frozen=True, kw_only=True)
class ClaimJoined(Fact, kind="claim.joined"):
    claim_id: int
    team_id: int


@dataclass(frozen=True, kw_only=True)
class ClaimUpdated(Fact, kind="claim.updated"):
    claim_id: int
    team_id: int
    update_id: int


@dataclass(frozen=True, kw_only=True)
class ClaimLeft(Fact, kind="claim.left"):
    """A joining team steps back."""

    claim_id: int
    team_id: int
    note_id: int


@dataclass(frozen=True, kw_only=True)
class ClaimNudged(Fact, kind="claim.nudged"):
    """The team is asked for news, after a first silence."""

    claim_id: int
    team_id: int


@dataclass(frozen=True, kw_only=True)
class ClaimWarned(Fact, kind="claim.warned"):
    """The team is told the day on which its claim will lapse (ISO 8601)."""

    claim_id: int
    team_id: int
    lapses_on: str


@dataclass(frozen=True, kw_only=True)
class ClaimDeferred(Fact, kind="claim.deferred"):
    """Nobody is asked for news before a day (ISO 8601)."""

    claim_id: int
    team_id: int
    note_id: int
    until: str


@dataclass(frozen=True, kw_only=True)
class LeadHandedOver(Fact, kind="claim.handed_over"):
    """A joining team leads from now on; the one that led stays beside it."""

    claim_id: int
    from_team_id: int
    team_id: int


@dataclass(frozen=True, kw_only=True)
class RequestMade(Fact, kind="claim.request_made"):
    """The team needs something from the clinician."""

    claim_id: int
    team_id: int
    request_id: int


@dataclass(frozen=True, kw_only=True)
class RequestAnswered(Fact, kind="claim.request_answered"):
    """The asker says yes, in part or no."""

    claim_id: int
    team_id: int
    request_id: int
    reply: str
    note_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class HypothesisProposed(Fact, kind="hypothesis.proposed"):
    hypothesis_id: int
    team_id: int


@dataclass(frozen=True, kw_only=True)
class HypothesisRevised(Fact, kind="hypothesis.revised"):
    """Its team changed what it says; `number` is the new wording's."""

    hypothesis_id: int
    number: int


@dataclass(frozen=True, kw_only=True)
class EvidenceAdded(Fact, kind="hypothesis.evidence_added"):
    hypothesis_id: int
    evidence_id: int


@dataclass(frozen=True, kw_only=True)
class HypothesisEndorsed(Fact, kind="hypothesis.endorsed"):
    hypothesis_id: int
    note_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class HypothesisMissing(Fact, kind="hypothesis.missing"):
    """The asker says what is missing for the patients."""

    hypothesis_id: int
    note_id: int


@dataclass(frozen=True, kw_only=True)
class VerdictGiven(Fact, kind="hypothesis.verdict"):
    """`evidence_ids`: what it rests on; `superseded_by_id`: the hypothesis that replaces it."""

    hypothesis_id: int
    verdict: str
    note_id: int | None = None
    evidence_ids: tuple[int, ...] = ()
    superseded_by_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class HypothesisFrozen(Fact, kind="hypothesis.frozen"):
    """What its wording `number` says was kept as a digest (hexadecimal), for proof of priority."""

    hypothesis_id: int
    sha256: str
    number: int = 1


@dataclass(frozen=True, kw_only=True)
class OpinionAskedAgain(Fact, kind="hypothesis.opinion_asked_again"):
    """The asker has not said their opinion: asked again, once."""

    hypothesis_id: int


@dataclass(frozen=True, kw_only=True)
class ProjectAdded(Fact, kind="project.added"):
    """One more project starts on a question that already has one."""

    project_id: int


@dataclass(frozen=True, kw_only=True)
class ProjectEnded(Fact, kind="project.ended"):
    """A project ends and its question stays where it is: another project goes on there, say."""

    project_id: int
    state: str
    note_id: int


@dataclass(frozen=True, kw_only=True)
class MilestoneReached(Fact, kind="project.milestone_reached"):
    project_id: int
    milestone_id: int


@dataclass(frozen=True, kw_only=True)
class MilestoneAdded(Fact, kind="project.milestone_added"):
    project_id: int
    milestone_id: int


@dataclass(frozen=True, kw_only=True)
class PeopleChanged(Fact, kind="project.people_changed"):
    """Another person answers for it from now on."""

    project_id: int
    investigator_id: int
    colead_id: int


@dataclass(frozen=True, kw_only=True)
class FundingAdded(Fact, kind="project.funding_added"):
    project_id: int
    funding_id: int


@dataclass(frozen=True, kw_only=True)
class OutcomeRecorded(Fact, kind="project.outcome_recorded"):
    """What it counts for is small, and figures are worked out from it; events of before say
    nothing of it."""

    project_id: int
    outcome_id: int
    outcome: str | None = None
    phase: str | None = None
    status: str | None = None
    quantity: int | None = None


@dataclass(frozen=True, kw_only=True)
class OutcomeLinked(Fact, kind="project.outcome_linked"):
    """A result that another project noted came of this one too."""

    project_id: int
    outcome_id: int


@dataclass(frozen=True, kw_only=True)
class OutcomeChanged(Fact, kind="project.outcome_changed"):
    """A trial went on, say, or a proof appeared."""

    project_id: int
    outcome_id: int
    outcome: str | None = None
    phase: str | None = None
    status: str | None = None
    quantity: int | None = None


@dataclass(frozen=True, kw_only=True)
class ProjectNewsAsked(Fact, kind="project.news_asked"):
    """Nothing was heard of the project for a quarter: its people are asked for a line."""

    project_id: int


@dataclass(frozen=True, kw_only=True)
class ProjectUnsealed(Fact, kind="project.unsealed"):
    """An administrator opened the project to themselves, to read it until a day (ISO 8601)."""

    project_id: int
    unsealing_id: int
    until: str
    note_id: int


@dataclass(frozen=True, kw_only=True)
class ProjectSealedAgain(Fact, kind="project.sealed_again"):
    """An administrator's reading of the project was ended before its day."""

    project_id: int
    unsealing_id: int
