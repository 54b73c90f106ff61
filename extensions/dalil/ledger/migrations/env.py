"""What Alembic runs: the connection comes from dalil.ledger.database, never from a file."""

from alembic import context

from dalil.ledger.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
