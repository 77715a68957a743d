"""Table of what was published at the end of a year."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from exchange import clock
from exchange.db import Base, Id


class Snapshot(Base):
    """The figures at the end of a year: numbers as canonical JSON, and their digest (SHA-256,
    hexadecimal). Never changed, never deleted: a trigger refuses both."""

    __tablename__ = "snapshot"

    id: Mapped[Id]
    year: Mapped[int] = mapped_column(unique=True)
    taken_at: Mapped[datetime] = mapped_column(default=clock.now)
    content: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
