"""The tables of the records database. Migrations make them; a test compares the two.

Moments are text, ISO 8601 in UTC with microseconds, because they are hashed as they are written.
JSON is text in canonical form for the same reason.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, Text, UniqueConstraint

METADATA = MetaData()

# Without a hidden rowid each byte of a row is part of a column, so that a change shows.
EVENTS = Table(
    "events",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("trainee", Text),
    Column("module", Text),
    Column("attempt", Integer),
    Column("at", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("events_by_trainee", "module", "trainee"),
    sqlite_with_rowid=False,
)

CHECKPOINTS = Table(
    "checkpoints",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("hash", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("signature", Text, nullable=False),
    sqlite_with_rowid=False,
)

CASES = Table(
    "cases",
    METADATA,
    Column("module", Text, primary_key=True),
    Column("trainee", Text, primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("version", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("exhibits", Text, nullable=False),
    Column("questions", Text, nullable=False),
    Column("truth", Text, nullable=False),
    Column("probes", Text, nullable=False),
    Column("salt", Text, nullable=False),
    Column("software", Text, nullable=False),
    Column("issued", Text, nullable=False),
    Column("serial", Integer, nullable=False),
)

SUBMISSIONS = Table(
    "submissions",
    METADATA,
    Column("serial", Integer, primary_key=True, autoincrement=False),
    Column("module", Text, nullable=False),
    Column("trainee", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("received", Text, nullable=False),
    Column("receipt", Text, nullable=False),
    Index("submissions_by_trainee", "module", "trainee"),
)

# What a run left: ``answers`` is what was handed over, all that marking again needs; ``payload``
# the outputs. A row of before migration 0002 has no answers and is as good as none.
RUNS = Table(
    "runs",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("submission", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("saved", Text, nullable=False),
    Column("answers", Text),
    Column("answers_sha256", Text),
    UniqueConstraint("submission", "source", name="runs_once"),
)

# The roster. An empty text stands for "not known", and an empty cohort of DATES for everyone.
PEOPLE = Table(
    "people",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("cohort", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("sex", Text, nullable=False),
    Column("rank", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("role", Text, nullable=False),
    Index("people_by_cohort", "cohort"),
)

DATES = Table(
    "dates",
    METADATA,
    Column("module", Text, primary_key=True),
    Column("cohort", Text, primary_key=True),
    Column("opens", Text),
    Column("due", Text),
    Column("closes", Text),
    Column("attempts", Integer),
)

# Of one cohort or of one trainee: the other of the two is empty.
EXTENSIONS = Table(
    "extensions",
    METADATA,
    Column("module", Text, primary_key=True),
    Column("cohort", Text, primary_key=True),
    Column("trainee", Text, primary_key=True),
    Column("due", Text),
    Column("attempts", Integer),
    Column("why", Text, nullable=False),
    Column("granted_by", Text, nullable=False),
    Column("granted", Text, nullable=False),
)
