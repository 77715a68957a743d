"""What Whoosh keeps on disk, read a whole list of postings at a time.

Whoosh's own readers move one document at a time and open every file anew after each commit. A
segment never changes once written, save for the documents marked as deleted, so what was read of
it is kept for as long as it is part of the index.

The three members with an underscore belong to Whoosh 2.7.4, whose last change was in 2016.
"""

from array import array
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any, TypedDict

from whoosh.codec.whoosh3 import W3Codec
from whoosh.fields import ID, STORED, FieldType, Schema
from whoosh.filedb.filestore import FileStorage
from whoosh.formats import Existence
from whoosh.index import TOC, FileIndex
from whoosh.reading import TermNotFound
from whoosh.writing import SegmentWriter

from exchange.search.spelling import Lexicon

NAME = "MAIN"
CODEC = W3Codec(blocklimit=4096, compression=1)

_MEMORY = 128
"""Megabytes of postings a writer holds before it sorts them out to a file."""

_KEPT_POSTINGS = 1_000_000
"""Postings a segment keeps decoded: 4 bytes each."""

_KEPT_DOCUMENTS = 5_000
"""Documents of which a segment keeps what is stored: some 500 bytes each."""


class Keys(FieldType):  # type: ignore[misc]
    """A field of ready-made keys: which documents hold which, and how many a document holds."""

    def __init__(self) -> None:
        super().__init__(format=Existence(), analyzer=None, scorable=True)

    def index(self, value: Iterable[str], **_: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        """Each key once, as Whoosh asks for them: bytes, frequency, weight and payload."""
        return ((key.encode(), 1, 1.0, b"") for key in sorted(set(value)))


SCHEMA = Schema(
    ref=ID(stored=True, unique=True),
    kind=ID(stored=True),
    id=STORED(),
    words=Keys(),
    roots=Keys(),
    title=Keys(),
    pairs=Keys(),
    concepts=Keys(),
    broader=Keys(),
    more=Keys(),
)


class Kept(TypedDict):
    """What is stored of a document."""

    ref: str
    kind: str
    id: int


class Damaged(Exception):
    """The files of the index are not what they should be."""


def create(folder: Path) -> None:
    """Make an empty index in a new folder."""
    folder.mkdir()
    TOC.create(FileStorage(str(folder)), SCHEMA, NAME)


def generation(folder: Path) -> int:
    """The number of the last commit in the folder, -1 when there is none."""
    try:
        return int(TOC._latest_generation(FileStorage(str(folder)), NAME))
    except FileNotFoundError:
        return -1


@contextmanager
def writer_of(folder: Path, *, optimize: bool = False) -> Iterator[SegmentWriter]:
    """A writer that commits in the end, or leaves no trace of a failure."""
    writer = FileIndex(FileStorage(str(folder)), indexname=NAME).writer(
        codec=CODEC, compound=False, limitmb=_MEMORY
    )
    try:
        yield writer
    except BaseException:
        writer.cancel()
        raise
    writer.commit(optimize=optimize)


@contextmanager
def _reading() -> Iterator[None]:
    """Whatever Whoosh trips over in a broken file, it has no one error for it."""
    try:
        yield
    except Exception as error:
        raise Damaged(repr(error)) from error


class Segment:
    """One immutable part of the index; documents are numbered from 0 within it."""

    def __init__(self, storage: FileStorage, segment: Any) -> None:
        self.name: str = segment.segment_id()
        self.size: int = segment.doc_count_all()
        self.deleted: frozenset[int] = frozenset()
        self._terms = CODEC.terms_reader(storage, segment)
        self._documents = CODEC.per_document_reader(storage, segment)
        self._decoded: OrderedDict[tuple[str, str], array[int]] = OrderedDict()
        self._decoded_size = 0
        self._kinds: dict[str, bytes] = {}
        self.kept = lru_cache(_KEPT_DOCUMENTS)(self._read_kept)

    def frequency(self, field: str, key: str) -> int:
        """How many documents of the segment hold the key, deleted ones included."""
        with _reading():
            try:
                return int(self._terms.doc_frequency(field, key.encode()))
            except (KeyError, TermNotFound):
                return 0

    def postings(self, field: str, key: str) -> "array[int]":
        """The documents that hold the key, in order, deleted ones included."""
        kept = self._decoded.get((field, key))
        if kept is not None:
            self._decoded.move_to_end((field, key))
            return kept
        with _reading():
            found = self._read(field, key)
        self._decoded[field, key] = found
        self._decoded_size += len(found)
        while self._decoded_size > _KEPT_POSTINGS:
            _, oldest = self._decoded.popitem(last=False)
            self._decoded_size -= len(oldest)
        return found

    def _read(self, field: str, key: str) -> "array[int]":
        found = array("I")
        try:
            matcher = self._terms.matcher(field, key.encode(), SCHEMA[field].format)
        except TermNotFound:
            return found
        while matcher.is_active():
            matcher._read_data()
            found.extend(accumulate(matcher._data[0]))
            matcher._next_block()
        return found

    def of_kind(self, kind: str) -> bytes:
        """For each document, 1 if it is of that kind and 0 if not."""
        if kind not in self._kinds:
            mask = bytearray(self.size)
            for number in self.postings("kind", kind):
                mask[number] = 1
            self._kinds[kind] = bytes(mask)
        return self._kinds[kind]

    @cached_property
    def lengths(self) -> "array[int]":
        """How many different words each document holds in title and body, at least 1."""
        length = self._documents.doc_field_length
        with _reading():
            return array("H", (length(number, "words") or 1 for number in range(self.size)))

    @cached_property
    def lexicon(self) -> Lexicon:
        """Every key of the words field."""
        words = []
        with _reading():
            for field, key in self._terms.terms_from("words", b""):
                if field != "words":
                    break
                words.append(key.decode())
        return Lexicon(words)

    def _read_kept(self, number: int) -> Kept:
        """What is stored of the document: it never changes."""
        with _reading():
            stored: Kept = self._documents.stored_fields(number)
            return stored

    def see_deletions(self, segment: Any) -> None:
        """Take over which documents were deleted by now, from the same segment read anew."""
        self.deleted = frozenset(segment.deleted_docs())


class Reading:
    """The segments of one generation of an index, as one collection."""

    def __init__(self, segments: list[Segment], generation: int) -> None:
        self.segments = segments
        self.generation = generation
        self.size = sum(segment.size for segment in segments)

    @classmethod
    def of(cls, folder: Path, before: "Reading | None" = None) -> "Reading":
        """The latest generation; segments that ``before`` has open are taken over from it.

        Raises Damaged.
        """
        storage = FileStorage(str(folder))
        known = {segment.name: segment for segment in before.segments} if before else {}
        segments = []
        with _reading():
            toc = TOC.read(storage, NAME)
            for found in toc.segments:
                segment = known.get(found.segment_id()) or Segment(storage, found)
                segment.see_deletions(found)
                segments.append(segment)
        return cls(segments, toc.generation)

    def frequency(self, field: str, key: str) -> int:
        """How many documents hold the key."""
        return sum(segment.frequency(field, key) for segment in self.segments)

    def near(self, word: str, *, slips: int) -> list[str]:
        """Words of the index that ``word`` may be a misspelling of, the most frequent first."""
        found = {
            near for segment in self.segments for near in segment.lexicon.near(word, slips=slips)
        }
        return sorted(found, key=lambda near: (-self.frequency("words", near), near))

    @cached_property
    def average_length(self) -> float:
        """Different words in title and body of a document, on average; 1 when there are none."""
        total = sum(sum(segment.lengths) for segment in self.segments)
        return max(1.0, total / max(1, self.size))

    def numbers(self, ref: str) -> Iterator[int]:
        """Where the living documents of that reference are, as the writer numbers them."""
        base = 0
        for segment in self.segments:
            for number in segment.postings("ref", ref):
                if number not in segment.deleted:
                    yield base + number
            base += segment.size
