"""A client of the academy's service, for people's servers and nbgrader's commands there."""

from dalil.client.client import TOKEN_VARIABLE, Client, from_environment
from dalil.configuration import SERVICE_VARIABLE

__all__ = ["SERVICE_VARIABLE", "TOKEN_VARIABLE", "Client", "from_environment"]
