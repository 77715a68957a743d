"""Facts: what can happen. Frozen, in the past tense, ids and small values only, never prose.

A domain declares its own facts in its `facts.py`; the registry here reads them back from rows.
"""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

_KINDS: dict[str, type["Fact"]] = {}


@dataclass(frozen=True, kw_only=True)
class Fact:
    """The base of all facts. `kind` is the stable name under which it is stored."""

    kind: ClassVar[str]

    def __init_subclass__(cls, *, kind: str) -> None:
        if kind in _KINDS:
            raise TypeError(f"two facts of kind {kind}")
        cls.kind = kind
        _KINDS[kind] = cls

    def data(self) -> dict[str, Any]:
        """The values as they are stored."""
        return asdict(self)


def kinds() -> dict[str, type[Fact]]:
    """Every kind of fact, by its stable name."""
    return dict(_KINDS)


def fact_of(kind: str, data: dict[str, Any]) -> Fact:
    """The fact that a row of the log holds. Raises `KeyError` for an unknown kind."""
    values = {name: tuple(v) if isinstance(v, list) else v for name, v in data.items()}
    return _KINDS[kind](**values)
