"""mail that was refused is looked at by a moderator; that of before was

Revision ID: 0032
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("received", schema=None) as batch_op:
        batch_op.add_column(sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_received_unseen", ["outcome", "looked_at"])
    op.execute("UPDATE received SET looked_at = at")


def downgrade() -> None:
    with op.batch_alter_table("received", schema=None) as batch_op:
        batch_op.drop_index("ix_received_unseen")
        batch_op.drop_column("looked_at")
