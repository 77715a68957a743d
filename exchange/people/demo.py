"""The demo story's one password: known to everybody, for accounts under demo.invalid only."""

DEMO_PASSWORD = "marseille-immuno-2026"  # noqa: S105
DEMO_DOMAIN = "@demo.invalid"
