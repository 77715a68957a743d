"""intervention, comparison and outcome of a question; since when its owner knows of an old draft

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

FIELDS = ("intervention", "comparison", "outcome")


def upgrade() -> None:
    with op.batch_alter_table("question", schema=None) as batch_op:
        for name in FIELDS:
            batch_op.add_column(sa.Column(name, sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("draft_told_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.drop_column("draft_told_at")
        for name in reversed(FIELDS):
            batch_op.drop_column(name)
