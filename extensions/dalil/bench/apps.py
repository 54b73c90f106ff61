"""Open apps, ours beside Voila's own server: until the widgets are usable, memory, many at once.

Both are asked directly, over HTTP and the page's websocket; of the hub there is only a stand-in,
which knows everybody.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from jupyterhub.utils import random_port

from dalil import apps
from dalil.bench.meter import tree_pss
from dalil.bench.visitor import Visitor, visit
from dalil.errors import DalilError
from dalil.settings import ACADEMY_VARIABLE, ROOT_VARIABLE, load_settings

MODULES = ("custody", "firearms")
OPEN = 5  # apps whose memory is measured
START_SECONDS = 120.0
SETTLE_SECONDS = 2.0
ACCESS = "access:services!service=apps"
Step = Callable[[str], None]


@dataclass
class Server:
    """A running server; ``address`` is what an app's begins with; ``staged`` is how long putting
    the app on stage took, in seconds."""

    process: subprocess.Popen[bytes]
    base: str
    address: Callable[[str], str]
    log: Path
    staged: float = 0.0


async def measure(
    root: Path, folder: Path, *, repeats: int, many: int, step: Step
) -> dict[str, Any]:
    """Return seconds and bytes of both servers by module, for the curriculum at *root*.

    ``first``: seconds until the server's first visit is usable, with those that its stage took;
    ``visits``: those of *repeats* later ones, one after the other, each with a kernel of its own;
    ``each``: bytes that one more open app takes; ``many``: seconds of *many* visits at once.
    """
    found: dict[str, Any] = {}
    for name, start in (("ours", _ours), ("stock", _stock)):
        for module in MODULES:
            place = folder / f"{name}-{module}"
            place.mkdir()
            async with start(root, place, module) as server:
                step(f"{name}, {module}")
                found[f"{name} {module}"] = await _measure(server, module, repeats, many)
    return found


async def _measure(server: Server, module: str, repeats: int, many: int) -> dict[str, Any]:
    async with _Guests(server, module) as guests:
        first = server.staged + (await guests.come()).usable
        visits = [(await guests.come()).usable for _ in range(repeats)]
        await asyncio.sleep(SETTLE_SECONDS)
        before = tree_pss(server.process.pid)
        await asyncio.gather(*(guests.come() for _ in range(OPEN)))
        await asyncio.sleep(SETTLE_SECONDS)
        each = (tree_pss(server.process.pid) - before) / OPEN
    async with _Guests(server, module) as guests:
        crowd = await asyncio.gather(*(guests.come() for _ in range(many)))
    many_seconds = [visitor.usable for visitor in crowd]
    return {"first": first, "visits": visits, "each": each, "many": many_seconds}


class _Guests:
    """Visitors of one app, each somebody else; they leave together."""

    def __init__(self, server: Server, module: str) -> None:
        self._server, self._module = server, module
        self._stack = AsyncExitStack()

    async def come(self) -> Visitor:
        """One more visitor, with the widgets before them."""
        headers = {"Authorization": f"token guest{time.monotonic_ns()}"}
        timeout = aiohttp.ClientTimeout(total=None)
        session = await self._stack.enter_async_context(
            aiohttp.ClientSession(headers=headers, timeout=timeout)
        )
        try:
            visitor = await visit(session, self._server.base, self._server.address(self._module))
        except (aiohttp.ClientError, ConnectionError, TimeoutError, ValueError) as error:
            said = self._server.log.read_text(encoding="utf-8", errors="replace")[-500:]
            raise DalilError(f"{self._module}: not usable ({error}): {said}") from error
        self._stack.push_async_callback(self._leave, session, visitor)
        return visitor

    async def _leave(self, session: aiohttp.ClientSession, visitor: Visitor) -> None:
        await visitor.close()
        with suppress(aiohttp.ClientError):
            address = f"{self._server.base}voila/api/shutdown/{visitor.kernel}"
            await (await session.post(address)).release()

    async def __aenter__(self) -> _Guests:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()


@asynccontextmanager
async def _ours(root: Path, place: Path, module: str) -> AsyncIterator[Server]:
    """Our service, with the app on stage."""
    settings = load_settings(root, academy=place / "academy")
    async with _hub() as hub:
        port = random_port()
        prefix = "/services/apps/"
        variables = {
            **apps.environment(settings),
            "JUPYTERHUB_API_TOKEN": "bench",
            "JUPYTERHUB_API_URL": f"{hub}/hub/api",
            "JUPYTERHUB_BASE_URL": "/",
            "JUPYTERHUB_CLIENT_ID": "service-apps",
            "JUPYTERHUB_OAUTH_ACCESS_SCOPES": json.dumps([ACCESS]),
            "JUPYTERHUB_SERVICE_PREFIX": prefix,
            "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{port}{prefix}",
        }
        base = f"http://127.0.0.1:{port}{prefix}"
        async with _running(apps.command(settings), variables, root, place) as (process, log):
            server = Server(process, base, lambda module: f"{module}?lang=en", log)
            await _wait(server, f"{MODULES[-1]} (en): on stage")
            server.staged = staged(log.read_text(encoding="utf-8"), module)
            yield server


def staged(log: str, module: str) -> float:
    """How long our service took to put *module* on stage in English, by its *log*, in seconds."""
    found = re.search(rf"\b{module} \(en\): on stage after ([0-9.]+) s", log)
    if found is None:
        raise DalilError(f"apps: the service's log does not say when {module} was on stage")
    return float(found[1])


@asynccontextmanager
async def _stock(root: Path, place: Path, module: str) -> AsyncIterator[Server]:
    """Voila's own server as it comes, a cold kernel for each page."""
    port = random_port()
    line = [
        *(sys.executable, "-m", "voila", str(root / "courses" / module / "app.ipynb")),
        *("--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1"),
        "--KernelProvisionerFactory.default_provisioner_name=local-provisioner",
    ]
    variables = {
        **(dict.fromkeys(("DALIL_LANGUAGE",), "en")),
        ROOT_VARIABLE: str(root),
        ACADEMY_VARIABLE: str(place / "academy"),
        "JUPYTER_RUNTIME_DIR": str(place / "runtime"),
        "IPYTHONDIR": str(place / "ipython"),
    }
    async with _running(line, variables, root, place) as (process, log):
        server = Server(process, f"http://127.0.0.1:{port}/", lambda module: "", log)
        await _wait(server, "is running at")
        yield server


@asynccontextmanager
async def _hub() -> AsyncIterator[str]:
    """A stand-in for the hub: whoever asks is who their token says."""

    async def user(request: web.Request) -> web.Response:
        token = request.headers.get("Authorization", "").removeprefix("token ")
        model = {"kind": "user", "name": token, "groups": [], "admin": False, "scopes": [ACCESS]}
        return web.json_response(model)

    application = web.Application()
    application.router.add_get("/hub/api/user", user)
    runner = web.AppRunner(application)
    await runner.setup()
    port = random_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _running(
    line: list[str], variables: dict[str, str], root: Path, place: Path
) -> AsyncIterator[tuple[subprocess.Popen[bytes], Path]]:
    log = place / "server.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            line,
            cwd=root,
            env={**os.environ, **variables},
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    try:
        yield process, log
    finally:
        process.terminate()
        try:
            await asyncio.to_thread(process.wait, 30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def _wait(server: Server, sign: str) -> None:
    """Wait until *sign* is in the log. Raises DalilError."""
    end = time.monotonic() + START_SECONDS
    while sign not in (said := server.log.read_text(encoding="utf-8", errors="replace")):
        if time.monotonic() > end or server.process.poll() is not None:
            raise DalilError(f"a server did not start: {said[-500:]}")
        await asyncio.sleep(0.1)
