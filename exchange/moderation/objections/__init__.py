"""The asker objects to a moderator's wording; a moderator gives the asker's words back, or says why
not."""
