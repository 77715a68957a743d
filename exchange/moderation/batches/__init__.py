"""One decision on several questions at once, which can be undone for ten minutes."""
