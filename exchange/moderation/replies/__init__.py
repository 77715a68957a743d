"""Reasons that moderators write once, in both languages, and fill in when they need them."""
