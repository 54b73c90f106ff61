"""Handing in behind a real hub while the work is graded: how long each trainee waits for a receipt.

A hub with its proxy, the academy's service and its grader run as an academy runs them. The
trainees, each with a token of the hub, send their notebooks at moments drawn once for all within
one minute. What is measured is the time from the request to the receipt, the hub's check of the
token included.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from jupyterhub.utils import random_port

from dalil.bench.meter import spent
from dalil.bench.programs import Step, serve
from dalil.bench.workload import points, submission, trainee
from dalil.curriculum import Module, load_module
from dalil.errors import DalilError
from dalil.exchange import Exchange, Receipt
from dalil.models import ModuleId
from dalil.nbgrader.context import exchange_of
from dalil.nbgrader.course import Course
from dalil.nbgrader.release import released
from dalil.notebooks import grade_points, notebook_bytes, read_notebook
from dalil.settings import Settings, load_settings

SEED = 20270301
START_SECONDS, GRADE_SECONDS = 120.0, 1800.0

_CONFIGURATION = """
import os
from dalil.service import CUSTOM_SCOPES, NAME, SCOPES, command, environment
from dalil.settings import load_settings

settings = load_settings()
c = get_config()
c.JupyterHub.bind_url = os.environ["BENCH_HUB"]
c.JupyterHub.hub_bind_url = os.environ["BENCH_HUB_API"]
c.JupyterHub.proxy_class = "dalil.hub.proxy.InProcessProxy"
c.JupyterHub.authenticator_class = "null"
c.JupyterHub.db_url = "sqlite:///hub.sqlite"
c.JupyterHub.custom_scopes = CUSTOM_SCOPES
c.JupyterHub.load_groups = {"trainees": {"users": []}}
access = f"access:services!service={NAME}"
c.JupyterHub.load_roles = [
    {"name": "trainees", "groups": ["trainees"], "scopes": [access, SCOPES["learn"]]},
    {"name": "bench", "services": ["bench"], "scopes": ["admin:users", "admin:groups", "tokens"]},
]
c.JupyterHub.services = [
    {
        "name": NAME,
        "url": os.environ["BENCH_SERVICE"],
        "command": command(settings),
        "environment": environment(settings),
        "cwd": str(settings.root),
    },
    {"name": "bench", "api_token": os.environ["BENCH_TOKEN"]},
]
"""


def submits(request: dict[str, Any], step: Step) -> dict[str, Any]:
    """``size`` trainees hand in work on ``module`` within ``seconds``.

    Returns the ``seconds`` of each, what was ``lost`` (no receipt, not on record, no marks or
    wrong ones) and how long after the first the last one was ``graded``.
    """
    settings = load_settings(Path(request["root"]), Path(request["academy"]))
    module = load_module(settings, ModuleId(request["module"]))
    size = request["size"]
    work = _work(settings, module, size)
    with _hub(settings) as (address, token):
        tokens = _tokens(address, token, list(work))
        with spent() as used:
            begun = time.monotonic()
            answers = asyncio.run(_cohort(address, module.id, work, tokens, request["seconds"]))
            handed = time.monotonic() - begun
            _wait(exchange_of(settings), size, step)
            graded = time.monotonic() - begun
    return {
        "seconds": [seconds for _, seconds in answers.values()],
        "lost": _lost(settings, module, work, {name: said for name, (said, _) in answers.items()}),
        "handed": handed,
        "graded": graded,
        "others": used.others,
    }


def _work(settings: Settings, module: Module, size: int) -> dict[str, bytes]:
    """Each trainee's notebook as it is handed in; their cases are on record."""
    Course(settings).release(module)
    source, blank = read_notebook(module.notebook), released(settings, module, "en")
    exchange = exchange_of(settings)
    found = {}
    for number in range(1, size + 1):
        exchange.issue(module, trainee(number), "en")
        found[str(trainee(number))] = notebook_bytes(submission(blank, source, number))
    return found


async def _cohort(
    address: str, module: str, work: Mapping[str, bytes], tokens: Mapping[str, str], within: float
) -> dict[str, tuple[dict[str, Any] | None, float]]:
    """Everybody hands in, each at a moment of their own; (receipt, seconds) by trainee."""
    moments = random.Random(SEED)
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx.AsyncClient(timeout=60, limits=limits, trust_env=False) as client:

        async def one(name: str, at: float) -> tuple[str, dict[str, Any] | None, float]:
            await asyncio.sleep(at)
            begun = time.perf_counter()
            said = None
            with suppress(httpx.HTTPError):
                answer = await client.post(
                    f"{address}/services/dalil/api/modules/{module}/submission",
                    content=work[name],
                    headers={"Authorization": f"token {tokens[name]}"},
                )
                if answer.status_code == 201:
                    said = answer.json()
            return name, said, time.perf_counter() - begun

        everybody = [one(name, moments.uniform(0, within)) for name in work]
        return {name: (said, took) for name, said, took in await asyncio.gather(*everybody)}


def _wait(exchange: Exchange, size: int, step: Step) -> None:
    """Until all are graded. Raises DalilError when nothing more comes."""
    deadline = time.monotonic() + GRADE_SECONDS
    while time.monotonic() < deadline:
        done = len({event.trainee for event in exchange.ledger.events(kind="graded")})
        step(done, size)
        if done == size:
            return
        time.sleep(1)
    raise DalilError("submits: grading has stopped; see the hub's log with --keep")


def _lost(
    settings: Settings,
    module: Module,
    work: Mapping[str, bytes],
    said: Mapping[str, dict[str, Any] | None],
) -> list[str]:
    """Trainees whose receipt, bytes or marks are not what they must be."""
    exchange = exchange_of(settings)
    worth = grade_points(released(settings, module, "en"))
    on_record = {one.trainee: one for one in exchange.submissions(module)}
    marks = {e.trainee: e.what["points"] for e in exchange.ledger.events(kind="graded")}
    lost = []
    for number, (name, content) in enumerate(work.items(), 1):
        receipt = said[name]
        try:
            exchange.verify(Receipt.from_json(json.dumps(receipt)))
            kept = exchange.submission_bytes(on_record[name].digest)
        except (DalilError, KeyError):
            lost.append(name)
            continue
        same = kept == content and receipt == vars(on_record[name].receipt)
        digest = receipt is not None and receipt["sha256"] == hashlib.sha256(content).hexdigest()
        if not (same and digest and marks.get(name) == points(module, number, worth)):
            lost.append(name)
    return lost


@contextmanager
def _hub(settings: Settings) -> Iterator[tuple[str, str]]:
    """A hub with the service; yields its address and a token that may make tokens."""
    folder = settings.academy / "hub"
    folder.mkdir(mode=0o700)
    (folder / "jupyterhub_config.py").write_text(_CONFIGURATION, encoding="utf-8")
    public, inner, service = (f"http://127.0.0.1:{random_port()}" for _ in range(3))
    token = secrets.token_hex(32)
    own = {"BENCH_HUB": public, "BENCH_HUB_API": inner, "BENCH_SERVICE": service}
    own |= {"BENCH_TOKEN": token, "DALIL_ROOT": str(settings.root)}
    own |= {"DALIL_ACADEMY": str(settings.academy)}
    with (folder / "hub.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", "jupyterhub_config.py"],
            cwd=folder,
            env={**os.environ, **own},
            stdout=log,
            stderr=log,
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            with suppress(httpx.HTTPError):
                if httpx.get(f"{public}/services/dalil/health").status_code == 200:
                    break
            time.sleep(0.2)
        else:
            raise DalilError("submits: the hub does not start; see its log with --keep")
        yield public, token
    finally:
        process.terminate()
        process.wait(60)


def _tokens(address: str, token: str, names: list[str]) -> dict[str, str]:
    """A token of the hub for everybody."""
    with httpx.Client(
        base_url=f"{address}/hub/api/", headers={"Authorization": f"token {token}"}, timeout=60
    ) as hub:
        hub.post("users", json={"usernames": names}).raise_for_status()
        hub.post("groups/trainees/users", json={"users": names}).raise_for_status()
        return {name: hub.post(f"users/{name}/tokens", json={}).json()["token"] for name in names}


if __name__ == "__main__":
    serve(submits)
