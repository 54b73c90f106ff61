"""The service's addresses. There are no others: Voila's own server is not in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jupyter_server_mathjax  # type: ignore[import-untyped]
from jupyterhub.services.auth import HubOAuthCallbackHandler
from tornado.web import Application
from voila.paths import ROOT, collect_static_paths
from voila.static_file_handler import MultiStaticFileHandler

from dalil.apps import handlers
from dalil.apps.handlers import KERNEL
from dalil.apps.pages import STATIC, Pages
from dalil.apps.state import State
from dalil.apps.visits import LARGEST_ASKED

MATHJAX = Path(jupyter_server_mathjax.__file__).parent / "static"


def application(state: State, prefix: str, cookie_secret: bytes) -> Application:
    """Return the service's application; *prefix* begins and ends with a slash."""
    below = re.escape(prefix)
    front = [*collect_static_paths(["voila", "nbconvert"], "lab"), str(Path(ROOT, "static"))]
    rules: list[tuple[Any, ...]] = [
        (f"{below}?", handlers.List),
        (f"{below}([a-z][a-z0-9]+)/?", handlers.App),
        (f"{below}api/kernels/{KERNEL}", handlers.Kernel),
        (f"{below}api/kernels/{KERNEL}/channels", handlers.Channels),
        (f"{below}voila/api/shutdown/{KERNEL}", handlers.Shutdown),
        (f"{below}voila/templates/(.*)", handlers.TemplateFiles),
        (f"{below}voila/static/(.*)", MultiStaticFileHandler, {"paths": front}),
        (
            f"{below}voila/labextensions/(.*)",
            MultiStaticFileHandler,
            {"paths": Pages.extensions()},
        ),
        (f"{below}static/(.*)", handlers.Files, {"path": str(STATIC)}),
        (f"{below}mathjax/(.*)", handlers.Files, {"path": str(MATHJAX)}),
        (f"{below}oauth_callback", HubOAuthCallbackHandler),
        (r"(.*)", handlers.Nothing),
    ]
    return Application(
        rules,
        state=state,
        prefix=prefix,
        cookie_secret=cookie_secret,
        websocket_max_message_size=LARGEST_ASKED,
        websocket_ping_interval=20,
        compress_response=False,
    )
