"""The academy's record of events, and the database and keys that it shares with the exchange."""

from dalil.ledger.database import Database
from dalil.ledger.events import KINDS, Checkpoint, Event, canonical, now
from dalil.ledger.keys import Signer
from dalil.ledger.ledger import Batch, Ledger
from dalil.ledger.verify import Problem, Report

__all__ = [
    "KINDS",
    "Batch",
    "Checkpoint",
    "Database",
    "Event",
    "Ledger",
    "Problem",
    "Report",
    "Signer",
    "canonical",
    "now",
]
