"""Issuing cases and receiving work: pure logic that knows neither nbgrader nor a server."""

from dalil.exchange.cases import Exhibit, Issued
from dalil.exchange.receipts import Receipt
from dalil.exchange.service import Exchange
from dalil.exchange.submissions import Submission

__all__ = ["Exchange", "Exhibit", "Issued", "Receipt", "Submission"]
