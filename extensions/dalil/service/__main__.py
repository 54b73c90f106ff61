"""``python -m dalil.service``: serve one academy until told to stop; the hub starts it."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
from urllib.parse import urlsplit

from jupyterhub.services.auth import HubOAuth
from tornado.httpserver import HTTPServer

from dalil.errors import UsageError
from dalil.ledger.files import create_once
from dalil.service import NAME
from dalil.service.application import application
from dalil.service.state import State
from dalil.settings import load_settings

SECRET = "service.cookies"
MAX_BODY_BYTES = 16 * 2**20  # of requests that are held in memory; submissions are streamed
IDENTITY_SECONDS = 60  # how long an answer of the hub holds
log = logging.getLogger("dalil.service")


def main() -> None:
    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s", level=logging.INFO)
    # These say which cookies came, and a line for each request.
    logging.getLogger("tornado.application").setLevel(logging.ERROR)
    asyncio.run(serve())


async def serve() -> None:
    """Serve at the address in JUPYTERHUB_SERVICE_URL until SIGTERM or SIGINT. Raises UsageError."""
    place = urlsplit(os.environ.get("JUPYTERHUB_SERVICE_URL", ""))
    if not place.port or not place.hostname:
        raise UsageError("JUPYTERHUB_SERVICE_URL: no address; the hub starts this service")
    prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX", f"/services/{NAME}/")
    settings = load_settings()
    HubOAuth.instance(cache_max_age=IDENTITY_SECONDS)
    state = State(settings)
    state.overview.warm()
    secret = create_once(settings.keys / SECRET, lambda: secrets.token_bytes(32))
    server = HTTPServer(
        application(state, prefix, secret),
        max_body_size=MAX_BODY_BYTES,
        max_header_size=2**16,
        xheaders=True,
    )
    server.listen(place.port, place.hostname)
    log.info("the academy's service answers at %s%s", place.geturl().rstrip("/"), prefix)
    await state.off(state.exchange.sweep)
    state.grading.start()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    server.stop()
    await state.close()
    await server.close_all_connections()


main()
