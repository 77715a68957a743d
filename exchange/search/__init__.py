"""Search and similar questions: an index behind put, drop, find and similar."""
