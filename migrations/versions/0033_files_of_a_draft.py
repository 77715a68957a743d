"""a draft that is deleted takes its files with it

Revision ID: 0033
Revises: 0032
"""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

NAME = "fk_attachment_question_id_question"


def upgrade() -> None:
    _refer(ondelete="CASCADE")


def downgrade() -> None:
    _refer(ondelete=None)


def _refer(*, ondelete: str | None) -> None:
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_constraint(NAME, type_="foreignkey")
        batch_op.create_foreign_key(NAME, "question", ["question_id"], ["id"], ondelete=ondelete)
