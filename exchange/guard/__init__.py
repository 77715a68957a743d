"""The patient-identity guard: pure functions from a text to what may tell who a patient is.

It blocks what is sure, asks about what is probable, and promises nothing: the moderator is the
guarantee. It imports nothing of the rest of the house and never keeps or logs a text.
"""

from exchange.guard.finder import find, reword
from exchange.guard.finding import KINDS, SOURCES, Finding
from exchange.guard.gate import IdentityFound, check, mark
from exchange.guard.measure import measure_lines
from exchange.guard.patterns import FilePattern, parse_patterns

__all__ = [
    "KINDS",
    "SOURCES",
    "FilePattern",
    "Finding",
    "IdentityFound",
    "check",
    "find",
    "mark",
    "measure_lines",
    "parse_patterns",
    "reword",
]
