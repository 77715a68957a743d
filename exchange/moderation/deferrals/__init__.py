"""Putting an entry of the queue aside until a day, with a reason; it comes back by itself."""
