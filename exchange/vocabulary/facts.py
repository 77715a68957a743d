"""What can happen to the vocabulary."""

from dataclasses import dataclass

from exchange.log.facts import Fact


@dataclass(frozen=True, kw_only=True)
class ConceptChanged(Fact, kind="vocabulary.changed", quiet=True):
    """An administrator added, changed, retired or brought back a concept. The index of every host
    reads again what it touches."""

    concept: str
