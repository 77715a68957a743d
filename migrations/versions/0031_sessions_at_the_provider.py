"""sessions at the identity provider, so that ours end with them

Revision ID: 0031
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outer_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("sid", sa.String(length=255), nullable=False),
        sa.Column("sealed_token", sa.LargeBinary(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outer_session")),
    )
    with op.batch_alter_table("outer_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outer_session_sid"), ["sid"], unique=False)
        batch_op.create_index(batch_op.f("ix_outer_session_subject"), ["subject"], unique=False)
    with op.batch_alter_table("open_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("outer_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_open_session_outer_id"), ["outer_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_open_session_outer_id_outer_session"),
            "outer_session",
            ["outer_id"],
            ["id"],
            ondelete="SET NULL",
        )


def downgrade() -> None:
    with op.batch_alter_table("open_session", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_open_session_outer_id_outer_session"), type_="foreignkey"
        )
        batch_op.drop_index(batch_op.f("ix_open_session_outer_id"))
        batch_op.drop_column("outer_id")
    op.drop_table("outer_session")
