"""HTTP of questions: the list, asking, drafts, rewording, the asker's moves, support."""

from exchange.questions.views import asking, listing, moves, rewording
from exchange.questions.views.shared import bp

__all__ = ["asking", "bp", "listing", "moves", "rewording"]
