"""Flags: any member reports a text; what may identify a patient is hidden at once, until a moderator
has read it again. Whoever reported it hears what became of it."""
