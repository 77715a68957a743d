"""Antibodies and other drug candidates that came of projects."""
