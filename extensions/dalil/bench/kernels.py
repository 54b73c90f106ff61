"""The memory of idle kernels that have imported what forensic notebooks import."""

from __future__ import annotations

import time
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import NoSuchKernel
from jupyter_client.manager import KernelManager

from dalil.bench.engine import IMPORTS
from dalil.bench.meter import tree_pss
from dalil.bench.programs import Step, serve
from dalil.errors import UsageError
from dalil.sandbox.linux import set_subreaper

LAST = 10  # kernels that "one more" is the mean of
TIMEOUT = 60.0
SETTLE = 2.0  # seconds


def kernels(request: dict[str, Any], step: Step) -> dict[str, Any]:
    """Keep ``count`` kernels of the kernelspec ``kernel`` idle after their imports.

    Returns bytes of PSS: ``each``, everything that was started divided by their number, and
    ``more``, the mean of what each of the last ten added.
    """
    set_subreaper()  # what leaves its parent stays below this process, and is counted
    count, running = request["count"], list[KernelManager]()
    before = 0
    try:
        for number in range(1, count + 1):
            if number == count - LAST + 1:
                before = _idle()
            running.append(_kernel(request["kernel"]))
            step(number, count)
        total = _idle()
    finally:
        for manager in running:
            manager.shutdown_kernel(now=True)
    return {"count": count, "each": total / count, "more": (total - before) / min(LAST, count)}


def _kernel(name: str) -> KernelManager:
    """A kernel that has done its imports and waits."""
    manager = KernelManager(kernel_name=name)
    try:
        manager.start_kernel()
    except NoSuchKernel:
        raise UsageError(f"there is no kernelspec {name!r} here") from None
    client: BlockingKernelClient = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=TIMEOUT)
    reply = client.execute_interactive(IMPORTS, timeout=TIMEOUT)
    client.stop_channels()
    if reply["content"]["status"] != "ok":
        raise RuntimeError(f"{name}: the imports failed: {reply['content']}")
    return manager


def _idle() -> int:
    """PSS of all that was started, once it is quiet."""
    time.sleep(SETTLE)
    return tree_pss(itself=False)


if __name__ == "__main__":
    serve(kernels)
