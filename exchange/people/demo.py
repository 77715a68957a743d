"""The demo story's accounts: one password that everybody knows, for addresses in a domain that
can never exist (RFC 2606 section 2)."""

DEMO_PASSWORD = "marseille-immuno-2026"  # noqa: S105
DEMO_DOMAIN = "@demo.invalid"
DEMO_HANDLES = ("claire.martel", "robin.aubert", "mona.ferrand", "ada.kessler")
"""One of each role: whom the sign-in page offers."""
