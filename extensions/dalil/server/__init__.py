"""The academy in a person's own Jupyter Server, behind the hub: `/user/<id>/dalil/api/…`.

Questions to the academy's service are passed on by an allow-list, with the server's own token;
what touches the person's files is done here, with the person's rights. ``dalil.configuration``
switches the extension on where the environment names a service.
"""

from __future__ import annotations

from typing import Any

from dalil.server.refusals import Refusal

__all__ = ["Refusal"]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "dalil.server"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Add the addresses, and set up Lab for the person. *server* is a ServerApp."""
    from dalil.server.handlers import routes
    from dalil.server.lab import arrange
    from dalil.server.teaching import show_curriculum

    web = server.web_app
    # Lab's page says whether there is an academy, so that no panel has to ask in vain.
    web.settings.setdefault("page_config_data", {})["dalilAcademy"] = "1"
    web.add_handlers(".*$", routes(web.settings["base_url"]))
    arrange()
    show_curriculum()
