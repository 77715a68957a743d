"""The index of one host: a directory any process may read and one may write.

It holds references and folded words, no text, and can be thrown away at any time: the database is
the truth. Inside the directory, ``current`` names the folder in use, so that a rebuild happens
beside it and is swapped in at once; that folder holds the Whoosh files and the bookmark, the last
event of the log that is in it.
"""

import logging
import os
import secrets
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from threading import RLock, get_ident
from typing import Any
from zlib import crc32

from whoosh.util.filelock import FileLock

from exchange.search import find, similar
from exchange.search.segments import Damaged, Reading, Segment, create, generation, writer_of
from exchange.search.spelling import Lexicon
from exchange.search.terms import terms_of
from exchange.vocabulary import current
from exchange.vocabulary.analysis import STOP_WORDS, fold, tokens
from exchange.vocabulary.concepts import CURATED, Vocabulary

log = logging.getLogger(__name__)

FORMAT = 2
"""Raise it when fields or terms change: together with the curated vocabulary it is part of every
folder's name, so that an index made otherwise is made anew."""

_PROGRESS_EVERY = 500
_ATTEMPTS = 5


class IndexBusyError(Exception):
    """Another process or thread is writing this index; there may be one writer a host."""


@dataclass(frozen=True)
class Document:
    """What can be found: ``more`` (comments and such) counts for searching, not for similarity."""

    ref: str
    kind: str
    id: int
    title: str
    body: str
    more: str
    lang: str
    tags: tuple[str, ...] = ()
    """Keys of concepts it is tagged with, named in its text or not."""


@dataclass(frozen=True)
class Hit:
    """A document found, not yet checked for who may read it. Higher scores are nearer."""

    ref: str
    kind: str
    id: int
    score: float


class Index:
    """One per process, kept for its life; threads may share it."""

    def __init__(self, directory: Path, *, vocabulary: Vocabulary | None = None) -> None:
        self.directory = directory
        self._given = vocabulary
        self._turn = RLock()
        self._writer: int | None = None
        self._reading = Reading([], -1)
        self._opened = ("", 0)  # the folder read, and by which process
        directory.mkdir(parents=True, exist_ok=True)
        self.refresh()

    @property
    def vocabulary(self) -> Vocabulary:
        """The one in force on this host."""
        return self._given or current.of(self.directory)

    # Finding

    def find(
        self,
        text: str,
        *,
        kinds: Collection[str] | None = None,
        limit: int = 200,
        loosely: bool = False,
    ) -> list[Hit]:
        """Documents that say all of ``text`` (words and "phrases"), or else, and at once when
        asked ``loosely``, most of it."""
        wanted = find.wanted(text, self.vocabulary)
        if not wanted:
            return []
        return self._ask(
            lambda reading: find.best(reading, wanted, kinds=kinds, limit=limit, loosely=loosely)
        )

    def similar(
        self, text: str, *, limit: int = 20, title: str = "", exclude: str | None = None
    ) -> list[Hit]:
        """Questions that ask the same, nearest first; ``exclude`` is the reference of the one
        compared. Ask for more than will be shown: some may be hidden or duplicates."""
        query = similar.asked(text, title, self.vocabulary)
        if not query.emphasis:
            return []
        return self._ask(
            lambda reading: similar.nearest(reading, query, limit=limit, exclude=exclude)
        )

    def corrected(self, text: str) -> str | None:
        """Did you mean: the text with the words nobody wrote respelt, None when there are none.

        Spellings come from the vocabulary alone, and what others wrote is not looked at, so that
        neither a suggestion nor its absence betrays a word of a text its reader may not see.
        """
        with self._turn:
            self.refresh()
            spellings, lexicon = _spellings(self.vocabulary)
            unknown = [
                token
                for token in tokens(text)
                if token.word not in spellings and token.word not in STOP_WORDS
            ]
        corrected = text
        for token in reversed(unknown):
            near = lexicon.near(token.word, slips=1 if len(token.word) < 8 else 2)
            if near:
                spelling = spellings[near[0]]
                corrected = corrected[: token.start] + spelling + corrected[token.end :]
        return corrected if corrected != text else None

    def _ask(self, question: Callable[[Reading], list[tuple[float, Segment, int]]]) -> list[Hit]:
        with self._turn:
            self.refresh()
            try:
                return [
                    Hit(**segment.kept(number), score=score)
                    for score, segment, number in question(self._reading)
                ]
            except Damaged as damage:
                self._heal(damage)
                return []

    def naming(self, key: str, names: Iterable[str]) -> list[Hit] | None:
        """Documents that name the concept, or hold all the words of one of `names`; None when a
        name is made of words that are in no index."""
        telling = [
            [token.key for token in tokens(name) if token.word not in STOP_WORDS] for name in names
        ]
        if not all(telling):
            return None
        asked = [find.Wanted(words=words, concepts=[key]) for words in telling]
        return self._ask(
            lambda reading: [
                (0.0, segment, number)
                for segment in reading.segments
                for number in {n for wish in asked for n in wish.documents(segment)}
                - segment.deleted
            ]
        )

    # What is in it

    @property
    def needs_rebuild(self) -> bool:
        """Whether documents may be missing: the index is new, was broken, or of another version."""
        return not (self._folder / "bookmark").exists()

    def bookmark(self) -> int:
        """The last event of the log that is in this host's index; 0 when there is none."""
        try:
            return int((self._folder / "bookmark").read_text())
        except (FileNotFoundError, ValueError):
            return 0

    def refresh(self) -> None:
        """See what was written since. Costs one listing of the folder when nothing was."""
        with self._turn:
            for _ in range(_ATTEMPTS):
                seen = self._state()
                try:
                    return self._look(*seen)
                except Damaged as damage:
                    # A writer may have replaced the files while they were being opened.
                    if self._state() == seen:
                        return self._heal(damage)
            return None

    def _look(self, name: str, latest: int) -> None:
        if latest < 0:
            raise Damaged("there is none of this version")
        opened = (name, os.getpid())  # the position in a file must not be shared after a fork
        before = self._reading if self._opened == opened else None
        if before is None or before.generation != latest:
            self._reading = Reading.of(self.directory / name, before)
            self._opened = opened

    def _state(self) -> tuple[str, int]:
        """The folder in use and its generation; ("", -1) when there is none of this version."""
        try:
            name = (self.directory / "current").read_text()
        except FileNotFoundError:
            return "", -1
        if not name.startswith(f"{_version()}-"):
            return "", -1
        return name, generation(self.directory / name)

    @property
    def _folder(self) -> Path:
        return self.directory / (self._state()[0] or "none")

    def _heal(self, damage: Exception) -> None:
        """Start again from nothing, unless another process is writing: it will mend or replace."""
        self._reading = Reading([], -1)
        self._opened = ("", 0)
        with suppress(IndexBusyError), self._writing():
            if self._state()[0]:
                log.warning("the search index cannot be read and will be rebuilt: %s", damage)
            self._use(self._fresh())
            self._look(*self._state())

    # Writing

    def write(
        self,
        *,
        put: Iterable[Document] = (),
        drop: Iterable[str] = (),
        bookmark: int | None = None,
    ) -> None:
        """Put (or put again) and drop documents, then move the bookmark.

        After a crash in between, the same events are read again, without harm. Raises
        IndexBusyError.
        """
        documents = {document.ref: document for document in put}
        gone = set(drop) | documents.keys()
        with self._turn, self._writing():
            self.refresh()
            if gone:
                with writer_of(self._folder) as writer:
                    for ref in gone:
                        for number in self._reading.numbers(ref):
                            writer.delete_document(number)
                    for document in documents.values():
                        writer.add_document(**self._fields(document))
            if bookmark is not None:
                _replace(self._folder / "bookmark", str(bookmark))
            self.refresh()

    def rebuild(
        self,
        documents: Iterable[Document],
        *,
        bookmark: int,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        """Make the index anew from these documents, beside the old one, then swap them.

        Readers go on with the old one meanwhile; ``progress`` is told how many are done. Raises
        IndexBusyError.
        """
        with self._writing():
            folder = self._fresh()
            try:
                done = 0
                with writer_of(folder) as writer:
                    for done, document in enumerate(documents, 1):
                        writer.add_document(**self._fields(document))
                        if progress and done % _PROGRESS_EVERY == 0:
                            progress(done)
                if progress:
                    progress(done)
                _replace(folder / "bookmark", str(bookmark))
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            self._use(folder)
        self.refresh()

    def compact(self) -> None:
        """Rewrite the files without what was dropped or replaced.

        Until then the words of a dropped document, though never found, are still on the disk.
        Raises IndexBusyError.
        """
        with self._turn, self._writing():
            self.refresh()
            with writer_of(self._folder, optimize=True):
                pass
            self.refresh()

    def _fields(self, document: Document) -> dict[str, Any]:
        main = terms_of(f"{document.title}\n{document.body}", self.vocabulary)
        more = terms_of(document.more, self.vocabulary)
        tagged = self.vocabulary.concepts.keys() & set(document.tags)
        implied = {key for tag in tagged for key in self.vocabulary.with_broader(tag)}
        concepts = main.concepts | tagged
        return {
            "ref": document.ref,
            "kind": document.kind,
            "id": document.id,
            "words": main.words,
            "roots": main.roots,
            "title": terms_of(document.title, self.vocabulary).words,
            "pairs": main.pairs,
            "concepts": concepts,
            "broader": (main.broader | implied) - concepts,
            "more": {
                *more.words,
                *(f"c:{key}" for key in more.concepts | more.broader),
                *(f"2:{pair}" for pair in more.pairs),
            },
        }

    def _fresh(self) -> Path:
        """A new empty folder, not yet in use."""
        folder = self.directory / f"{_version()}-{secrets.token_hex(8)}"
        create(folder)
        return folder

    def _use(self, folder: Path) -> None:
        """Make the folder the one in use, and remove all others. Who reads them keeps the files."""
        _replace(self.directory / "current", folder.name)
        for other in self.directory.glob("v*-*"):
            if other != folder:
                shutil.rmtree(other, ignore_errors=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Be the one writer of the directory; the thread that already is may enter again."""
        if self._writer == get_ident():
            yield
            return
        lock = FileLock(str(self.directory / "lock"))
        if not lock.acquire(blocking=False):
            raise IndexBusyError(f"the search index {self.directory} is being written elsewhere")
        self._writer = get_ident()
        try:
            yield
        finally:
            self._writer = None
            lock.release()


@lru_cache(maxsize=2)
def _spellings(vocabulary: Vocabulary) -> tuple[dict[str, str], Lexicon]:
    """How words of the vocabulary are written, by their folded form."""
    written = {fold(word): word for word in sorted(vocabulary.spellings, reverse=True)}
    return written, Lexicon(written)


@cache
def _version() -> str:
    words = b"".join(path.read_bytes() for path in sorted(CURATED.glob("*.tsv")))
    return f"v{FORMAT}.{crc32(words):08x}"


def _replace(path: Path, text: str) -> None:
    """Write the file at once: nobody reads half of it."""
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    partial.write_text(text)
    partial.replace(path)
