"""Figures that lead back to their questions."""
