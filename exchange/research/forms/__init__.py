"""Forms of the research half, and the filters of its lists: they parse, they never save."""
