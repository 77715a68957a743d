"""The append-only log: what happened, in order. Everything else follows it."""
