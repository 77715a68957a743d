"""Tables of the desk."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from exchange.db import Base, Id, Prose, Short


class CannedReply(Base):
    """A reason written once and offered where it fits (`use`: the name of a move)."""

    __tablename__ = "canned_reply"

    id: Mapped[Id]
    use: Mapped[str] = mapped_column(String(32), index=True)
    locale: Mapped[str] = mapped_column(String(8), default="fr")
    title: Mapped[Short]
    text: Mapped[Prose]
