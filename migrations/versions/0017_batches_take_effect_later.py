"""batches take effect later

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("batch", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("cause", sa.String(length=16), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("reason", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("done_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_batch_done_at"), ["done_at"], unique=False)
    op.execute("UPDATE batch SET done_at = at WHERE undone_at IS NULL")
    with op.batch_alter_table("batch", schema=None) as batch_op:
        batch_op.alter_column("cause", server_default=None)
        batch_op.alter_column("reason", server_default=None)

    with op.batch_alter_table("batch_item", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("seen_event", sa.BigInteger(), nullable=False, server_default="0")
        )
    op.execute("UPDATE batch_item SET seen_event = event_id WHERE event_id IS NOT NULL")
    with op.batch_alter_table("batch_item", schema=None) as batch_op:
        batch_op.alter_column("seen_event", server_default=None)
        batch_op.drop_column("undone")
        batch_op.drop_column("published_at")
        batch_op.drop_column("waited_since")


def downgrade() -> None:
    with op.batch_alter_table("batch_item", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "waited_since",
                sa.DateTime(timezone=True),
                nullable=False,
                server_default="1970-01-01 00:00:00+00",
            )
        )
        batch_op.add_column(sa.Column("published_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("undone", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.drop_column("seen_event")
    with op.batch_alter_table("batch_item", schema=None) as batch_op:
        batch_op.alter_column("waited_since", server_default=None)
        batch_op.alter_column("undone", server_default=None)

    with op.batch_alter_table("batch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_batch_done_at"))
        batch_op.drop_column("done_at")
        batch_op.drop_column("reason")
        batch_op.drop_column("cause")
