"""Answers apart from outputs, so that marking again reads only what it needs."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("answers", sa.Text))
    op.add_column("runs", sa.Column("answers_sha256", sa.Text))


def downgrade() -> None:
    with op.batch_alter_table("runs") as runs:
        runs.drop_column("answers_sha256")
        runs.drop_column("answers")
