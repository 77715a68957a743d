"""HTTP of the research half: claims, hypotheses, projects."""

from exchange.research.views import claims, hypotheses, projects
from exchange.research.views.shared import bp

__all__ = ["bp", "claims", "hypotheses", "projects"]
