"""joining

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("institution", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("mail_domains", sa.JSON(), nullable=False, server_default="[]")
        )

    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "standing",
                sa.Enum(
                    "member",
                    "invited",
                    "applying",
                    "candidate",
                    "turned_away",
                    name="standing",
                    native_enum=False,
                    length=32,
                ),
                nullable=False,
                server_default="member",
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.drop_column("standing")

    with op.batch_alter_table("institution", schema=None) as batch_op:
        batch_op.drop_column("mail_domains")
