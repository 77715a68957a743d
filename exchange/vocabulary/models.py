"""What administrators changed of the vocabulary that the site ships with."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from exchange import clock
from exchange.db import Base
from exchange.vocabulary.concepts import Concept


class ChangedConcept(Base):
    """A concept that is new, or replaces the one of the same key; a `retired` one no longer
    counts. Nothing is deleted: what was retired can come back."""

    __tablename__ = "concept"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    category: Mapped[str] = mapped_column(String(32))
    french: Mapped[list[str]]
    english: Mapped[list[str]]
    broader: Mapped[list[str]]
    retired: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    @property
    def concept(self) -> Concept:
        return Concept(
            key=self.key,
            category=self.category,
            french=tuple(self.french),
            english=tuple(self.english),
            broader=tuple(self.broader),
        )
