"""The triage desk: every decision of a moderator."""
