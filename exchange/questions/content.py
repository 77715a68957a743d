"""What a person says in a question: the one shape that the form, the import and the demo fill."""

from dataclasses import dataclass
from datetime import date

from exchange.people.models import Area
from exchange.questions.models import TEXT_FIELDS, Audience, Band, Kind, Question, Severity
from exchange.vocabulary import current

TITLE_LIMIT = 120
TEXT_LIMIT = 8_000
"""Characters."""


@dataclass(frozen=True, kw_only=True)
class Content:
    title: str
    problem: str
    area: Area
    kind: Kind = Kind.OTHER
    practice: str = ""
    shortfall: str = ""
    population: str = ""
    intervention: str = ""
    comparison: str = ""
    outcome: str = ""
    known: str = ""
    resources: str = ""
    known_searched_on: date | None = None
    patients: Band | None = None
    severity: Severity | None = None
    partner: bool = False
    in_department_name: bool = False
    audience: Audience = Audience.MEMBERS
    circle_team_ids: tuple[int, ...] = ()
    language: str = "fr"
    tags: tuple[str, ...] = ()
    """Keys of concepts of the vocabulary."""

    def texts(self) -> dict[str, str]:
        """The Markdown fields."""
        return {name: getattr(self, name) for name in TEXT_FIELDS}

    def words(self) -> dict[str, str]:
        """Everything a person typed: what the identity guard reads."""
        return {"title": self.title, **self.texts()}

    @classmethod
    def of(cls, question: Question) -> "Content":
        """What the question says now."""
        names = set(cls.__dataclass_fields__) - {"circle_team_ids", "tags"}
        return cls(
            **{name: getattr(question, name) for name in names},
            circle_team_ids=tuple(question.circle_team_ids),
            tags=tuple(key for key in question.tags if key in current.in_force().concepts),
        )
