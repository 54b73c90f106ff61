"""Voila apps of the platform itself, in the servers of instructors and admins.

``/user/<id>/dalil/progress`` shows ``progress.ipynb``: its kernel is one of that person's own
server and asks the academy's service with that server's token, so it sees what they may see.
``dalil.configuration`` switches the extension on for these roles.
"""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "dalil.dashboards"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Add the apps' addresses to *server*, a ServerApp that Voila's extension is part of."""
    from dalil.dashboards.page import routes

    server.web_app.add_handlers(".*$", routes(server))
