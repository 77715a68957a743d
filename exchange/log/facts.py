"""Facts: what can happen. Frozen, in the past tense, ids and small values only, never prose.

A domain declares its own facts in its `facts.py`; the registry here reads them back from rows.
"""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

_KINDS: dict[str, type["Fact"]] = {}


@dataclass(frozen=True, kw_only=True)
class Fact:
    """The base of all facts. `kind` is the stable name under which it is stored; a `quiet` one is
    no news: it has no line on the timeline and makes nothing unread."""

    kind: ClassVar[str]
    quiet: ClassVar[bool]

    def __init_subclass__(cls, *, kind: str, quiet: bool = False) -> None:
        if kind in _KINDS:
            raise TypeError(f"two facts of kind {kind}")
        cls.kind, cls.quiet = kind, quiet
        _KINDS[kind] = cls

    def data(self) -> dict[str, Any]:
        """The values as they are stored."""
        return asdict(self)


def kinds() -> dict[str, type[Fact]]:
    """Every kind of fact, by its stable name."""
    return dict(_KINDS)


def quiet_kinds() -> list[str]:
    """The kinds that are no news."""
    return sorted(kind for kind, fact in _KINDS.items() if fact.quiet)


def fact_of(kind: str, data: dict[str, Any]) -> Fact:
    """The fact that a row of the log holds. Raises `KeyError` for an unknown kind."""
    values = {name: tuple(v) if isinstance(v, list) else v for name, v in data.items()}
    return _KINDS[kind](**values)
