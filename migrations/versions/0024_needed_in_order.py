"""how much a question is needed is kept, so that an index gives the order

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.add_column(sa.Column("need", sa.Integer(), server_default="0", nullable=False))
    op.execute(
        "UPDATE question SET need = merit"
        " + 10 * CASE WHEN support_count > 5 THEN 5 ELSE support_count END"
    )
    op.create_index("ix_question_needed", "question", ["need", "id"])


def downgrade() -> None:
    op.drop_index("ix_question_needed", "question")
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.drop_column("need")
