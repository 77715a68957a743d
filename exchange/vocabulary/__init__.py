"""The words of the field in both languages, and what a text is about."""
