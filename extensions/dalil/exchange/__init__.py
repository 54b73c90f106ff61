"""Issuing cases and receiving work: pure logic that knows neither nbgrader nor a server."""

from dalil.exchange.cases import Exhibit, Issued
from dalil.exchange.receipts import Receipt
from dalil.exchange.sealed import Forged
from dalil.exchange.service import Exchange
from dalil.exchange.submissions import Saved, Submission

__all__ = ["Exchange", "Exhibit", "Forged", "Issued", "Receipt", "Saved", "Submission"]
