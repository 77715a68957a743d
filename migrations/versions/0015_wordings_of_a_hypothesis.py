"""wordings of a hypothesis, and what a verdict rests on

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TEXTS = ("statement", "rationale", "prediction", "refutation", "plan")


def upgrade() -> None:
    wording = op.create_table(
        "wording",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hypothesis_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("direction", sa.String(length=32), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("html", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["user.id"], name=op.f("fk_wording_author_id_user")),
        sa.ForeignKeyConstraint(
            ["hypothesis_id"], ["hypothesis.id"], name=op.f("fk_wording_hypothesis_id_hypothesis")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wording")),
        sa.UniqueConstraint(
            "hypothesis_id", "number", name=op.f("uq_wording_hypothesis_id_number")
        ),
    )
    _keep_what_they_say(wording)
    with op.batch_alter_table("hypothesis", schema=None) as batch_op:
        batch_op.add_column(sa.Column("superseded_by_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_hypothesis_superseded_by_id_hypothesis"),
            "hypothesis",
            ["superseded_by_id"],
            ["id"],
        )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("decisive", sa.Boolean(), nullable=False, server_default=sa.false())
        )


def _keep_what_they_say(wording: sa.Table) -> None:
    """The first wording of every hypothesis there is."""
    hypothesis = sa.table(
        "hypothesis",
        *(sa.column(name) for name in ("id", "author_id", *TEXTS)),
        sa.column("direction", sa.String()),
        sa.column("at", sa.DateTime(timezone=True)),
        sa.column("html", sa.JSON()),
    )
    connection = op.get_bind()
    rows = connection.execute(sa.select(hypothesis).order_by(hypothesis.c.id)).mappings().all()
    if rows:
        connection.execute(
            wording.insert(),
            [
                {
                    "hypothesis_id": row["id"],
                    "number": 1,
                    "author_id": row["author_id"],
                    "at": row["at"],
                    "direction": row["direction"],
                    "texts": {name: row[name] for name in TEXTS},
                    "html": row["html"],
                }
                for row in rows
            ],
        )


def downgrade() -> None:
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_column("decisive")
    with op.batch_alter_table("hypothesis", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_hypothesis_superseded_by_id_hypothesis"), type_="foreignkey"
        )
        batch_op.drop_column("superseded_by_id")
    op.drop_table("wording")
