"""Files joined to a thread: looked at, cleaned, kept apart, read by whoever may read the thread."""
