"""The roster: people, dates of modules and extensions."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("cohort", sa.Text, nullable=False),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("sex", sa.Text, nullable=False),
        sa.Column("rank", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
    )
    op.create_index("people_by_cohort", "people", ["cohort"])
    op.create_table(
        "dates",
        sa.Column("module", sa.Text, primary_key=True),
        sa.Column("cohort", sa.Text, primary_key=True),
        sa.Column("opens", sa.Text),
        sa.Column("due", sa.Text),
        sa.Column("closes", sa.Text),
        sa.Column("attempts", sa.Integer),
    )
    op.create_table(
        "extensions",
        sa.Column("module", sa.Text, primary_key=True),
        sa.Column("cohort", sa.Text, primary_key=True),
        sa.Column("trainee", sa.Text, primary_key=True),
        sa.Column("due", sa.Text),
        sa.Column("attempts", sa.Integer),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("granted_by", sa.Text, nullable=False),
        sa.Column("granted", sa.Text, nullable=False),
    )


def downgrade() -> None:
    for table in ("extensions", "dates", "people"):
        op.drop_table(table)
