"""the queue of the desk

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "assignment",
        sa.Column("item", sa.String(length=120), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_assignment_by_id_user")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_assignment_user_id_user")),
        sa.PrimaryKeyConstraint("item", name=op.f("pk_assignment")),
    )
    op.create_table(
        "reading",
        sa.Column("item", sa.String(length=120), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_reading_user_id_user")),
        sa.PrimaryKeyConstraint("item", "user_id", name=op.f("pk_reading")),
    )
    op.create_table(
        "doubt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_doubt_event_id_event")),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_doubt_question_id_question")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["user.id"], name=op.f("fk_doubt_settled_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_doubt")),
        sa.UniqueConstraint("event_id", name=op.f("uq_doubt_event_id")),
    )
    with op.batch_alter_table("doubt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_doubt_question_id"), ["question_id"], unique=False)
        batch_op.create_index("ix_doubt_waiting", ["settled_at", "found_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("doubt", schema=None) as batch_op:
        batch_op.drop_index("ix_doubt_waiting")
        batch_op.drop_index(batch_op.f("ix_doubt_question_id"))

    op.drop_table("doubt")
    op.drop_table("reading")
    op.drop_table("assignment")
