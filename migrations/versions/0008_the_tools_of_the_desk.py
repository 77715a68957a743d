"""the tools of the desk

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_batch_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    op.create_table(
        "desk_habit",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("feed_hash", sa.String(length=64), nullable=True),
        sa.Column("mail_hour", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_desk_habit_user_id_user")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_desk_habit")),
        sa.UniqueConstraint("feed_hash", name=op.f("uq_desk_habit_feed_hash")),
    )
    op.create_table(
        "checked",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("point", sa.String(length=32), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_checked_by_id_user")),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_checked_question_id_question")
        ),
        sa.PrimaryKeyConstraint("question_id", "point", name=op.f("pk_checked")),
    )
    op.create_table(
        "score",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("importance", sa.Integer(), nullable=True),
        sa.Column("uncertainty", sa.Integer(), nullable=True),
        sa.Column("feasibility", sa.Integer(), nullable=True),
        sa.Column("potential", sa.Integer(), nullable=True),
        sa.Column("novelty", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_score_question_id_question")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_score_user_id_user")),
        sa.PrimaryKeyConstraint("question_id", "user_id", name=op.f("pk_score")),
    )
    op.create_table(
        "batch_item",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("waited_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batch.id"], name=op.f("fk_batch_item_batch_id_batch")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_batch_item_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_batch_item_question_id_question")
        ),
        sa.PrimaryKeyConstraint("batch_id", "question_id", name=op.f("pk_batch_item")),
        sa.UniqueConstraint("event_id", name=op.f("uq_batch_item_event_id")),
    )
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.add_column(sa.Column("merit", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.drop_column("merit")

    op.drop_table("batch_item")
    op.drop_table("score")
    op.drop_table("checked")
    op.drop_table("desk_habit")
    op.drop_table("batch")
