"""The home page, the header, health, help."""
