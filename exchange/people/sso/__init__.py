"""Doors held by others: an identity provider, the web server in front of us, a directory."""
