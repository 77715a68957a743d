"""the document that proves what came of a project

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outcome", schema=None) as batch_op:
        batch_op.add_column(sa.Column("proof_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_outcome_proof_id"), ["proof_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_outcome_proof_id_attachment"), "attachment", ["proof_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("outcome", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_outcome_proof_id_attachment"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_outcome_proof_id"))
        batch_op.drop_column("proof_id")
