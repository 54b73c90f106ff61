"""``python -m dalil.apps``: show the apps until told to stop; the hub starts it."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
from urllib.parse import urlsplit

from jupyterhub.services.auth import HubOAuth
from tornado.httpserver import HTTPServer

from dalil.apps import NAME
from dalil.apps.application import application
from dalil.apps.state import State
from dalil.errors import UsageError
from dalil.settings import load_settings

IDENTITY_SECONDS = 60  # how long an answer of the hub holds
log = logging.getLogger("dalil.apps")


def main() -> None:
    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s", level=logging.INFO)
    # These say which cookies came, and a line for each request.
    logging.getLogger("tornado.application").setLevel(logging.ERROR)
    logging.getLogger("tornado.access").setLevel(logging.WARNING)
    asyncio.run(serve())


async def serve() -> None:
    """Serve at the address in JUPYTERHUB_SERVICE_URL until SIGTERM or SIGINT. Raises UsageError."""
    place = urlsplit(os.environ.get("JUPYTERHUB_SERVICE_URL", ""))
    if not place.port or not place.hostname:
        raise UsageError("JUPYTERHUB_SERVICE_URL: no address; the hub starts this service")
    prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX", f"/services/{NAME}/")
    known = HubOAuth.instance(cache_max_age=IDENTITY_SECONDS)
    state = State(load_settings(), prefix, known.hub_prefix)
    # A cookie of before a restart is asked for anew at the hub, which nobody notices.
    server = HTTPServer(application(state, prefix, secrets.token_bytes(32)), xheaders=True)
    server.listen(place.port, place.hostname)
    log.info("the apps answer at %s%s", place.geturl().rstrip("/"), prefix)
    state.make_ahead()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    server.stop()
    state.close()
    await server.close_all_connections()


main()
