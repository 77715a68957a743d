"""claims age, and what teams need from clinicians

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.add_column(sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("silence", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("silence_on", sa.Date(), nullable=True))
    op.execute("UPDATE claim SET heard_at = updated_at, silence = 'none'")
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.alter_column("heard_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.alter_column("silence", existing_type=sa.String(length=32), nullable=False)
    op.create_table(
        "claim_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("reply", sa.String(length=32), nullable=True),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user.id"], name=op.f("fk_claim_request_author_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claim.id"], name=op.f("fk_claim_request_claim_id_claim")
        ),
        sa.ForeignKeyConstraint(
            ["note_id"], ["note.id"], name=op.f("fk_claim_request_note_id_note")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_request")),
    )
    with op.batch_alter_table("claim_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_claim_request_claim_id"), ["claim_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("claim_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_claim_request_claim_id"))
    op.drop_table("claim_request")
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.drop_column("silence_on")
        batch_op.drop_column("silence")
        batch_op.drop_column("heard_at")
