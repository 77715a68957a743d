"""reports, merges and objections

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "flag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("question", "comment", "hypothesis", name="kind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("reporter_id", sa.Integer(), nullable=False),
        sa.Column(
            "ground",
            sa.Enum(
                "identity",
                "confidential",
                "rude",
                "wrong_place",
                "other",
                name="ground",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column(
            "verdict",
            sa.Enum(
                "dismissed", "corrected", "removed", name="verdict", native_enum=False, length=32
            ),
            nullable=True,
        ),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user.id"], name=op.f("fk_flag_decided_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_flag_question_id_question")
        ),
        sa.ForeignKeyConstraint(
            ["reporter_id"], ["user.id"], name=op.f("fk_flag_reporter_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag")),
    )
    with op.batch_alter_table("flag", schema=None) as batch_op:
        batch_op.create_index(
            "ix_flag_once",
            ["reporter_id", "kind", "target_id"],
            unique=True,
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_flag_question_id"), ["question_id"], unique=False)
        batch_op.create_index("ix_flag_waiting", ["decided_at", "at"], unique=False)

    with op.batch_alter_table("comment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("follow", schema=None) as batch_op:
        batch_op.add_column(sa.Column("from_question_id", sa.Integer(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_follow_from_question_id"), ["from_question_id"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_follow_from_question_id_question"),
            "question",
            ["from_question_id"],
            ["id"],
        )

    with op.batch_alter_table("hypothesis", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.add_column(sa.Column("proposed_into_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("contested_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_question_proposed_into_id"), ["proposed_into_id"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_question_proposed_into_id_question"),
            "question",
            ["proposed_into_id"],
            ["id"],
        )

    with op.batch_alter_table("support", schema=None) as batch_op:
        batch_op.add_column(sa.Column("from_question_id", sa.Integer(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_support_from_question_id"), ["from_question_id"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_support_from_question_id_question"),
            "question",
            ["from_question_id"],
            ["id"],
        )


def downgrade() -> None:
    with op.batch_alter_table("support", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_support_from_question_id_question"), type_="foreignkey"
        )
        batch_op.drop_index(batch_op.f("ix_support_from_question_id"))
        batch_op.drop_column("from_question_id")

    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_question_proposed_into_id_question"), type_="foreignkey"
        )
        batch_op.drop_index(batch_op.f("ix_question_proposed_into_id"))
        batch_op.drop_column("hidden_at")
        batch_op.drop_column("contested_at")
        batch_op.drop_column("proposed_into_id")

    with op.batch_alter_table("hypothesis", schema=None) as batch_op:
        batch_op.drop_column("hidden_at")

    with op.batch_alter_table("follow", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_follow_from_question_id_question"), type_="foreignkey"
        )
        batch_op.drop_index(batch_op.f("ix_follow_from_question_id"))
        batch_op.drop_column("from_question_id")

    with op.batch_alter_table("comment", schema=None) as batch_op:
        batch_op.drop_column("hidden_at")

    with op.batch_alter_table("flag", schema=None) as batch_op:
        batch_op.drop_index("ix_flag_waiting")
        batch_op.drop_index(batch_op.f("ix_flag_question_id"))
        batch_op.drop_index(
            "ix_flag_once",
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        )

    op.drop_table("flag")
