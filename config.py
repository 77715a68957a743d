"""The settings of this deployment, read from the environment (see the README's table)."""

from exchange.settings import Settings

settings = Settings.from_env()
