"""The first tables: events, checkpoints, cases, submissions and runs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("trainee", sa.Text),
        sa.Column("module", sa.Text),
        sa.Column("attempt", sa.Integer),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("events_by_trainee", "events", ["module", "trainee"])
    op.create_table(
        "checkpoints",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("signature", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "cases",
        sa.Column("module", sa.Text, primary_key=True),
        sa.Column("trainee", sa.Text, primary_key=True),
        sa.Column("attempt", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("exhibits", sa.Text, nullable=False),
        sa.Column("questions", sa.Text, nullable=False),
        sa.Column("truth", sa.Text, nullable=False),
        sa.Column("probes", sa.Text, nullable=False),
        sa.Column("salt", sa.Text, nullable=False),
        sa.Column("software", sa.Text, nullable=False),
        sa.Column("issued", sa.Text, nullable=False),
        sa.Column("serial", sa.Integer, nullable=False),
    )
    op.create_table(
        "submissions",
        sa.Column("serial", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("module", sa.Text, nullable=False),
        sa.Column("trainee", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("received", sa.Text, nullable=False),
        sa.Column("receipt", sa.Text, nullable=False),
    )
    op.create_index("submissions_by_trainee", "submissions", ["module", "trainee"])
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("submission", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("saved", sa.Text, nullable=False),
        sa.UniqueConstraint("submission", "source", name="runs_once"),
    )


def downgrade() -> None:
    for table in ("runs", "submissions", "cases", "checkpoints", "events"):
        op.drop_table(table)
