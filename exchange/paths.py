"""Where templates, static files and migrations are: beside the package in a checkout, inside it
in an installed wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_ROOT = _PACKAGE if (_PACKAGE / "templates").is_dir() else _PACKAGE.parent

TEMPLATES = _ROOT / "templates"
STATIC = _ROOT / "static"
MIGRATIONS = _ROOT / "migrations"
LOCALES = _PACKAGE / "locales"
DEMO = _PACKAGE / "demo"
