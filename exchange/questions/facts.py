"""What can happen to a question. A fact that is a move stands in the table of moves too."""

from dataclasses import dataclass

from exchange.log.facts import Fact


@dataclass(frozen=True, kw_only=True)
class Submitted(Fact, kind="question.submitted"):
    """`imported` ones are not confirmed by mail one by one."""

    ref: str
    imported: bool = False


@dataclass(frozen=True, kw_only=True)
class Resubmitted(Fact, kind="question.resubmitted"):
    note_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Published(Fact, kind="question.published"):
    pass


@dataclass(frozen=True, kw_only=True)
class Returned(Fact, kind="question.returned"):
    note_id: int


@dataclass(frozen=True, kw_only=True)
class Postponed(Fact, kind="question.postponed"):
    """The asker was told that the decision will come later than they think, and why."""

    note_id: int
    until: str


@dataclass(frozen=True, kw_only=True)
class Declined(Fact, kind="question.declined"):
    """`because`: a word of the closed list of causes, which all members may read; empty on events
    older than the list."""

    note_id: int
    because: str = ""


@dataclass(frozen=True, kw_only=True)
class Recalled(Fact, kind="question.recalled", quiet=True):
    """A decision taken on several questions at once was undone before it took effect: the question
    had not moved, and nobody had heard of it."""


@dataclass(frozen=True, kw_only=True)
class Merged(Fact, kind="question.merged"):
    into_id: int
    note_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class TwinReceived(Fact, kind="question.twin_received"):
    """Written on the question that lives: another one was merged into it."""

    from_id: int


@dataclass(frozen=True, kw_only=True)
class Separated(Fact, kind="question.separated"):
    """A merge was undone: the question is open again."""

    note_id: int


@dataclass(frozen=True, kw_only=True)
class SeparatedUnread(Fact, kind="question.separated_unread"):
    """A merge was undone before the question was ever published: it waits at the desk again."""

    note_id: int


@dataclass(frozen=True, kw_only=True)
class TwinLeft(Fact, kind="question.twin_left"):
    """Written on the question that lives: another one stands for itself again."""

    from_id: int


@dataclass(frozen=True, kw_only=True)
class Withdrawn(Fact, kind="question.withdrawn"):
    note_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Parked(Fact, kind="question.parked"):
    note_id: int


@dataclass(frozen=True, kw_only=True)
class Woken(Fact, kind="question.woken"):
    note_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Reopened(Fact, kind="question.reopened"):
    note_id: int


@dataclass(frozen=True, kw_only=True)
class Reconsidered(Fact, kind="question.reconsidered"):
    """Declined unread by the members, and taken back to the desk."""

    note_id: int


@dataclass(frozen=True, kw_only=True)
class Claimed(Fact, kind="question.claimed"):
    claim_id: int
    team_id: int


@dataclass(frozen=True, kw_only=True)
class Released(Fact, kind="question.released"):
    claim_id: int
    team_id: int
    note_id: int


@dataclass(frozen=True, kw_only=True)
class Lapsed(Fact, kind="question.lapsed"):
    claim_id: int
    team_id: int


@dataclass(frozen=True, kw_only=True)
class HypothesisOpened(Fact, kind="question.hypothesis_opened"):
    """The first living hypothesis: the question moves on."""

    hypothesis_id: int


@dataclass(frozen=True, kw_only=True)
class HypothesesExhausted(Fact, kind="question.hypotheses_exhausted"):
    """The last living hypothesis was refuted or left open: a result, and back to the claim."""

    hypothesis_id: int


@dataclass(frozen=True, kw_only=True)
class ProjectStarted(Fact, kind="question.project_started"):
    project_id: int


@dataclass(frozen=True, kw_only=True)
class ProjectStopped(Fact, kind="question.project_stopped"):
    project_id: int
    note_id: int


@dataclass(frozen=True, kw_only=True)
class Concluded(Fact, kind="question.concluded"):
    project_id: int
    note_id: int


@dataclass(frozen=True, kw_only=True)
class Revised(Fact, kind="question.revised"):
    """The asker changed the wording."""

    revision_id: int


@dataclass(frozen=True, kw_only=True)
class Rephrased(Fact, kind="question.rephrased"):
    """A moderator wrote beside the asker's words."""

    revision_id: int


@dataclass(frozen=True, kw_only=True)
class Contested(Fact, kind="question.contested"):
    """The asker objects to a moderator's wording."""

    note_id: int


@dataclass(frozen=True, kw_only=True)
class Restored(Fact, kind="question.restored"):
    """The asker's words are in force again."""

    note_id: int
    revision_id: int


@dataclass(frozen=True, kw_only=True)
class ObjectionAnswered(Fact, kind="question.objection_answered"):
    """The moderator's wording stays, and why."""

    note_id: int


@dataclass(frozen=True, kw_only=True)
class MergeProposed(Fact, kind="question.merge_proposed"):
    """The asker is asked first."""

    into_id: int
    note_id: int


@dataclass(frozen=True, kw_only=True)
class MergeRefused(Fact, kind="question.merge_refused"):
    into_id: int
    note_id: int


@dataclass(frozen=True, kw_only=True)
class Supported(Fact, kind="question.supported"):
    support_id: int
    institution_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class SupportRemoved(Fact, kind="question.support_removed"):
    institution_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class AreaChanged(Fact, kind="question.area_changed"):
    """A moderator put the question where its readers look for it."""

    area: str


@dataclass(frozen=True, kw_only=True)
class Tagged(Fact, kind="question.tagged"):
    """Somebody chose other tags; keys of the vocabulary."""

    tags: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class AudienceChanged(Fact, kind="question.audience_changed"):
    audience: str
    team_ids: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StillUnclaimed(Fact, kind="question.still_unclaimed"):
    """Nobody took it for so many quarters since it was opened; the site says so itself."""

    quarters: int


@dataclass(frozen=True, kw_only=True)
class Redacted(Fact, kind="question.redacted"):
    """Words were taken out for good, written by `author_ids`; `ground` says why, in a word of a
    closed list. The index of every host is compacted when it reads this."""

    ground: str
    author_ids: tuple[int, ...]
    hypothesis_id: int | None = None
    project_id: int | None = None
