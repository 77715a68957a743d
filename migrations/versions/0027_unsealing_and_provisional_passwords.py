"""projects opened to one administrator for a time; passwords that others made

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unsealing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_unsealing_project_id_project")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_unsealing_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unsealing")),
    )
    with op.batch_alter_table("unsealing", schema=None) as batch_op:
        batch_op.create_index(
            "ix_unsealing_reader", ["user_id", "project_id", "ends_at"], unique=False
        )
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("password_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.drop_column("password_until")

    with op.batch_alter_table("unsealing", schema=None) as batch_op:
        batch_op.drop_index("ix_unsealing_reader")

    op.drop_table("unsealing")
