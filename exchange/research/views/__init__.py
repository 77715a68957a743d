"""HTTP of the research half: claims, hypotheses, projects."""

from exchange.research.views import (
    candidates,
    claims,
    dossier,
    hypotheses,
    outputs,
    projects,
    unsealings,
)
from exchange.research.views.shared import bp

__all__ = [
    "bp",
    "candidates",
    "claims",
    "dossier",
    "hypotheses",
    "outputs",
    "projects",
    "unsealings",
]
