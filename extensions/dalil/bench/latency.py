"""How long one small notebook takes from nothing asked to nothing left, warm and cold.

The cold kernel is measured three times: by nbconvert's way of executing a notebook (nbclient with
its defaults, which is nbgrader's way, too), by jupyter_client without nbclient's own waits, and the
same with the kernel killed instead of shut down.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager
from nbconvert.preprocessors import ExecutePreprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from dalil.bench.engine import IMPORTS, warm
from dalil.bench.meter import spent
from dalil.bench.programs import Step, serve
from dalil.grading.runner import Job, Runner, runner_of
from dalil.settings import load_settings

SOURCE = f"{IMPORTS}\nprint(int(np.arange(100).sum()))"
PRINTED = "4950\n"
TIMEOUT = 60.0


def latency(request: dict[str, Any], step: Step) -> dict[str, Any]:
    """Run the notebook ``repeats`` times each way, in turn; ``seconds`` by way.

    ``warm``: the runner of the academy ``academy`` in ``root``; ``nbclient``, ``client`` and
    ``killed``: a cold kernel.
    """
    runner = runner_of(load_settings(Path(request["root"]), Path(request["academy"])))
    warm(runner)
    ways: dict[str, Callable[[], list[Any]]] = {
        "warm": partial(_warm, runner),
        "nbclient": _nbclient,
        "client": _client,
        "killed": partial(_client, at_once=True),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    with spent() as used:
        for number in range(1, request["repeats"] + 1):
            for name, way in ways.items():
                begun = time.perf_counter()
                printed = way()
                seconds[name].append(time.perf_counter() - begun)
                if printed != [PRINTED]:
                    raise RuntimeError(f"{name}: put out {printed!r} instead of {PRINTED!r}")
            step(number, request["repeats"])
    runner.close()
    return {"seconds": seconds, "others": used.others}


def _warm(runner: Runner) -> list[Any]:
    run = runner.run(Job(_notebook(), {}, {}, {}))
    return [output.get("text") for output in run.outputs["cell"]]


def _nbclient() -> list[Any]:
    notebook = _notebook()
    ExecutePreprocessor(kernel_name="python3").preprocess(notebook)
    return [output.get("text") for output in notebook.cells[0].outputs]


def _client(*, at_once: bool = False) -> list[Any]:
    printed: list[Any] = []

    def keep(message: dict[str, Any]) -> None:
        if message["header"]["msg_type"] == "stream":
            printed.append(message["content"]["text"])

    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=TIMEOUT)
    client.execute_interactive(SOURCE, output_hook=keep, timeout=TIMEOUT)
    client.stop_channels()
    manager.shutdown_kernel(now=at_once)
    return printed


def _notebook() -> NotebookNode:
    notebook: NotebookNode = new_notebook(cells=[new_code_cell(SOURCE, id="cell")])
    return notebook


if __name__ == "__main__":
    serve(latency)
