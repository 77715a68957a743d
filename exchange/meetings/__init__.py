"""Meetings: a visit or a call between who asked and who works on it."""
