"""The thread page: the whole story of a question on one page."""
