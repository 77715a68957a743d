"""Questions: unmet clinical needs, one thread each."""
