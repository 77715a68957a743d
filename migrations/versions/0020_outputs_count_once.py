"""outputs that count once, whatever the projects they came from

Revision ID: 0020
Revises: 0019
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

NUMBERS = {
    "doi": re.compile(r"\b(10\.\d{4,9}/[^\s<>\"«»]*[^\s<>\"«».,;:)\]])", re.I),
    "nct": re.compile(r"\b(NCT\d{8})\b"),
}


def upgrade() -> None:
    linked = op.create_table(
        "project_outcome",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("outcome_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["outcome_id"], ["outcome.id"], name=op.f("fk_project_outcome_outcome_id_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_project_outcome_project_id_project")
        ),
        sa.PrimaryKeyConstraint("project_id", "outcome_id", name=op.f("pk_project_outcome")),
    )
    with op.batch_alter_table("project_outcome", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_project_outcome_outcome_id"), ["outcome_id"], unique=False
        )
    with op.batch_alter_table("outcome", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("key", sa.String(length=255), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("phase", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("status", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("quantity", sa.BigInteger(), nullable=True))
        batch_op.create_index(batch_op.f("ix_outcome_key"), ["key"], unique=False)
    _link(linked)


def _link(linked: sa.Table) -> None:
    """Every output to the project that noted it, with the number in its proof."""
    outcome = sa.table(
        "outcome",
        *(sa.column(name) for name in ("id", "project_id", "reference", "key")),
        sa.column("at", sa.DateTime(timezone=True)),
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(outcome)).mappings().all():
        connection.execute(
            linked.insert().values(project_id=row["project_id"], outcome_id=row["id"], at=row["at"])
        )
        for kind, pattern in NUMBERS.items():
            if found := pattern.search(row["reference"]):
                key = f"{kind}:{found[1]}".lower()
                connection.execute(
                    sa.update(outcome).where(outcome.c.id == row["id"]).values(key=key)
                )
                break


def downgrade() -> None:
    with op.batch_alter_table("outcome", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outcome_key"))
        batch_op.drop_column("quantity")
        batch_op.drop_column("status")
        batch_op.drop_column("phase")
        batch_op.drop_column("key")
    op.drop_table("project_outcome")
