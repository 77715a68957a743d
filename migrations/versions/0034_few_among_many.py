"""the few questions contested and messages hidden are found without reading all

Revision ID: 0034
Revises: 0033
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_CONTESTED = sa.text("contested_at IS NOT NULL")
_HIDDEN = sa.text("hidden_at IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_question_contested",
        "question",
        ["contested_at"],
        postgresql_where=_CONTESTED,
        sqlite_where=_CONTESTED,
    )
    op.create_index(
        "ix_comment_hidden",
        "comment",
        ["hidden_at"],
        postgresql_where=_HIDDEN,
        sqlite_where=_HIDDEN,
    )


def downgrade() -> None:
    op.drop_index("ix_comment_hidden", "comment")
    op.drop_index("ix_question_contested", "question")
