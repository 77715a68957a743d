"""The curated French and English vocabulary of immunology: what a text is about, in either language.

The words are data, one file a category in ``curated``: a key, the French names, the English
names (the first of each is the label) and the broader concepts. Names meet the text under the keys
of the index (see ``analysis``), so accents, plurals, hyphens and "IL6" for "IL-6" need no entry.

A name of three letters or fewer in capitals ("PR", "LED"), or one marked ``!``, counts only when
the text writes it in capitals too: "led" is an English verb and "ici" a French adverb.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from exchange.vocabulary.analysis import STOP_WORDS, Token, tokens

CURATED = Path(__file__).parent / "curated"
GENERAL = "clinical"
"""The category of everyday clinical words: they bridge the languages, and make no tag."""

_LINKS = frozenset(
    {"au", "aux", "d", "de", "des", "du", "l", "la", "le", "les", "of", "the", "un", "une"}
)
_LONGEST_NAME = 8
MOST_TAGS = 8


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing the field has names for; the first name of each language is its label."""

    key: str
    category: str
    french: tuple[str, ...]
    english: tuple[str, ...]
    broader: tuple[str, ...] = ()

    @property
    def fr(self) -> str:
        return self.french[0].lstrip("!")

    @property
    def en(self) -> str:
        return self.english[0].lstrip("!")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.french + self.english))

    def label(self, lang: str) -> str:
        """Its label in French ("fr") or English ("en")."""
        return self.en if lang == "en" else self.fr


@dataclass(frozen=True, slots=True)
class Mention:
    """A place where a text names concepts: code points ``start`` to ``end``."""

    start: int
    end: int
    concepts: tuple[Concept, ...]


def read(directory: Path = CURATED) -> Iterator[Concept]:
    """The concepts of every ``*.tsv`` of the directory; the file's name is the category."""
    for path in sorted(directory.glob("*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            key, french, english, broader = (line.split("\t") + [""] * 3)[:4]
            yield Concept(
                key=key,
                category=path.stem,
                french=tuple(french.split(" | ")),
                english=tuple(english.split(" | ")),
                broader=tuple(broader.split()),
            )


class Vocabulary:
    """Concepts that can be found in a text by any of their names.

    Build a new one when the concepts change; an instance never does, so threads may share it.
    """

    def __init__(self, concepts: Iterable[Concept]) -> None:
        self.concepts = {concept.key: concept for concept in concepts}

    @cached_property
    def _inflected(self) -> dict[str, tuple[Concept, ...]]:
        """Concepts by the joined keys of a name: plurals and feminines are found as well."""
        found: dict[str, tuple[Concept, ...]] = {}
        for concept, words, _ in self._names:
            joined = "".join(token.key for token in words)
            if not _is_short(words) and concept not in found.get(joined, ()):
                found[joined] = (*found.get(joined, ()), concept)
        return found

    @cached_property
    def _literal(self) -> dict[str, list[tuple[Concept, str]]]:
        """Concepts by the joined words of a name too short to inflect, with how it must be written
        ("" for any case)."""
        found: dict[str, list[tuple[Concept, str]]] = {}
        for concept, words, name in self._names:
            if _is_short(words) or name.startswith("!"):
                bare = name.lstrip("!")
                joined = "".join(token.word for token in words)
                written = _letters(bare) if _needs_capitals(name) else ""
                found.setdefault(joined, []).append((concept, written))
        return found

    @property
    def _names(self) -> Iterator[tuple[Concept, list[Token], str]]:
        for concept in self.concepts.values():
            for name in concept.names:
                yield concept, _naming(name), name

    @cached_property
    def spellings(self) -> frozenset[str]:
        """Every word of every name, in lower case as written: what a typo may have meant."""
        return frozenset(
            name[token.start : token.end].lower()
            for concept in self.concepts.values()
            for name in concept.names
            for token in tokens(name)
            if len(token.word) > 3
        )

    def mentions(self, text: str) -> list[Mention]:
        """Every place that names a concept, nested ones included ("lupus" in "lupus nephritis")."""
        shouted = text.upper() == text
        words = _naming(text, shouted=shouted)
        found = []
        for first in range(len(words)):
            joined = plain = ""
            for last in range(first, min(first + _LONGEST_NAME, len(words))):
                joined += words[last].key
                plain += words[last].word
                concepts = self._inflected.get(joined, ())
                if plain in self._literal and not (shouted and plain in STOP_WORDS):
                    written = _letters(text[words[first].start : words[last].end])
                    concepts += tuple(
                        concept
                        for concept, name in self._literal[plain]
                        if name in ("", written) or written.isupper()
                    )
                if concepts:
                    found.append(Mention(words[first].start, words[last].end, concepts))
        return found

    def concepts_in(self, text: str) -> list[Concept]:
        """What the text names, in order of first mention; only the longest name at each place."""
        found: dict[str, Concept] = {}
        reached = -1
        for mention in sorted(self.mentions(text), key=lambda m: (m.start, -m.end)):
            if mention.end > reached:
                reached = mention.end
                found |= {concept.key: concept for concept in mention.concepts}
        return list(found.values())

    @lru_cache(maxsize=4096)  # noqa: B019 - a vocabulary lives as long as its index
    def with_broader(self, key: str) -> tuple[str, ...]:
        """The key and those of all broader concepts, nearest first."""
        keys = {key: None}
        for broader in self.concepts[key].broader if key in self.concepts else ():
            keys |= dict.fromkeys(self.with_broader(broader))
        return tuple(keys)

    def sequences(self, key: str) -> list[tuple[str, ...]]:
        """The names of the concept and of what is narrower, each as the keys of its words; without
        those that only count in capitals."""
        return [
            tuple(token.key for token in tokens(name))
            for concept in self.concepts.values()
            if key in self.with_broader(concept.key)
            for name in concept.names
            if not _needs_capitals(name)
        ]

    @lru_cache(maxsize=4096)  # noqa: B019 - as above
    def with_narrower(self, key: str) -> tuple[str, ...]:
        """The key and those of everything it is broader than: who hears of cancer hears of
        melanoma."""
        narrower = (other for other in self.concepts if key in self.with_broader(other))
        return tuple(dict.fromkeys([key, *narrower]))

    def about(self, text: str) -> list[Concept]:
        """What a text is about, to be proposed as its tags: the most specific only, at most
        eight."""
        found = [c for c in self.concepts_in(text) if c.category != GENERAL]
        implied = {key for concept in found for key in self.with_broader(concept.key)[1:]}
        said = {c.fr: c for c in reversed(found) if c.key not in implied}
        return list(reversed(said.values()))[:MOST_TAGS]

    def named(self, name: str) -> Concept | None:
        """The concept a person means by this name, in any of its spellings; None when there is
        none that can be a tag."""
        wanted = name.strip()
        if wanted in self.concepts and self.concepts[wanted].category != GENERAL:
            return self.concepts[wanted]
        found = [*self._whole(wanted), *self._whole(wanted.upper())]
        labelled = [c for c in found if wanted.lower() in {c.fr.lower(), c.en.lower()}]
        return next(iter(labelled + found), None)

    def _whole(self, name: str) -> Iterator[Concept]:
        """The concepts of which all of the text is a name."""
        words = _naming(name)
        for mention in self.mentions(name) if words else ():
            if (mention.start, mention.end) == (words[0].start, words[-1].end):
                yield from (c for c in mention.concepts if c.category != GENERAL)

    def labels(self, keys: Iterable[str], lang: str) -> list[tuple[str, str]]:
        """The concepts that are in force, each with its label, in its order."""
        return [(key, self.concepts[key].label(lang)) for key in keys if key in self.concepts]


def _needs_capitals(name: str) -> bool:
    """Whether the name is marked so, or an abbreviation as short as an ordinary word."""
    short = len(name) <= 3 and name.isalpha() and sum(map(str.isupper, name)) >= 2
    return short or name.startswith("!")


def _is_short(words: list[Token]) -> bool:
    """Whether so little is left of a name that inflecting it would make it another word."""
    return sum(len(token.key) for token in words) <= 3


def _letters(written: str) -> str:
    return "".join(filter(str.isalnum, written))


def _naming(text: str, *, shouted: bool = False) -> list[Token]:
    """The words of a name or text without the small ones names do with or without ("de", "the").

    A linking word in capitals stays, as it may be an abbreviation ("LES"), unless all is capitals.
    """
    return [
        token
        for token in tokens(text)
        if token.word not in _LINKS or (not shouted and text[token.start : token.end].isupper())
    ]


@lru_cache(maxsize=1)
def curated() -> Vocabulary:
    """The vocabulary this version ships, read once."""
    return Vocabulary(read())
