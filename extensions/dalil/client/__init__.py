"""A client of the academy's service, for people's servers and nbgrader's commands there."""

from dalil.client.client import SERVICE_VARIABLE, TOKEN_VARIABLE, Client, from_environment

__all__ = ["SERVICE_VARIABLE", "TOKEN_VARIABLE", "Client", "from_environment"]
