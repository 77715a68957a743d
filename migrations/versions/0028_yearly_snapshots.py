"""yearly snapshots, which the database refuses to change

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "snapshot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshot")),
        sa.UniqueConstraint("year", name=op.f("uq_snapshot_year")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION snapshot_is_for_ever() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'a snapshot never changes'; END $$"
        )
        op.execute(
            "CREATE TRIGGER snapshot_for_ever BEFORE UPDATE OR DELETE ON snapshot "
            "FOR EACH ROW EXECUTE FUNCTION snapshot_is_for_ever()"
        )
        op.execute(
            "CREATE TRIGGER snapshot_no_truncate BEFORE TRUNCATE ON snapshot "
            "FOR EACH STATEMENT EXECUTE FUNCTION snapshot_is_for_ever()"
        )
    else:
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER snapshot_no_{change.lower()} BEFORE {change} ON snapshot "
                "BEGIN SELECT RAISE(ABORT, 'a snapshot never changes'); END"
            )


def downgrade() -> None:
    op.drop_table("snapshot")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION snapshot_is_for_ever()")
