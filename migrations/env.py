"""Alembic's entry: the connection comes from `exchange.migrate`, which runs the migrations."""

from typing import Any, Literal

from alembic import context

from exchange import models
from exchange.db import UtcDateTime


def render_item(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """Own column types are written as plain ones: a migration imports nothing of the exchange."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=models.metadata,
    render_as_batch=True,
    render_item=render_item,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
