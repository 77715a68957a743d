"""The table of attachments. The files themselves are in a store, under a random key."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from exchange import clock
from exchange.db import Base, Id, Prose, Short, choice


class FileKind(enum.StrEnum):
    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"
    PDF = "pdf"
    CSV = "csv"
    XLSX = "xlsx"


IMAGES = frozenset({FileKind.PNG, FileKind.JPEG, FileKind.WEBP})


class Attachment(Base):
    """A file joined to the thread of a question. Once removed, the row says that there was one,
    and neither its name nor what it held; `stored` until the worker has dropped the file. `text`:
    the words of the file, for the guard's second reading and for redaction. Sizes in bytes and
    pixels."""

    __tablename__ = "attachment"

    id: Mapped[Id]
    question_id: Mapped[int] = mapped_column(
        ForeignKey("question.id", ondelete="CASCADE"), index=True
    )
    """A draft that is deleted takes its files with it: the worker drops what no row names."""
    uploader_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[Short]
    caption: Mapped[Prose]
    text: Mapped[Prose]
    kind: Mapped[FileKind] = mapped_column(choice(FileKind))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    width: Mapped[int | None]
    height: Mapped[int | None]
    removed_at: Mapped[datetime | None]
    hidden_at: Mapped[datetime | None]
    """Out of sight since then, for everyone but moderators: somebody reported that a patient could
    be recognised."""
    stored: Mapped[bool] = mapped_column(default=True)
