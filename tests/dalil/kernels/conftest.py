"""Kernels as Jupyter's own client starts and asks them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from jupyter_core.utils import ensure_event_loop

SECONDS = 90.0  # imports on a busy machine


class Talk:
    """A running kernel and what it says."""

    def __init__(self, manager: KernelManager) -> None:
        self.manager = manager
        self.client: BlockingKernelClient = manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=SECONDS)

    @property
    def process(self) -> Any:
        return self.manager.provisioner.process

    def messages(self, source: str, **options: Any) -> list[tuple[str, dict[str, Any]]]:
        """Run *source*; return (type, content) of all that was published and of the reply."""
        said: list[tuple[str, dict[str, Any]]] = []
        reply = self.client.execute_interactive(
            source,
            output_hook=lambda message: said.append((message["msg_type"], message["content"])),
            timeout=SECONDS,
            **options,
        )
        return [*said, ("reply", reply["content"])]

    def prints(self, source: str, **options: Any) -> str:
        """Run *source* and return what it printed."""
        said = self.messages(source, **options)
        assert said[-1][1]["status"] == "ok", said[-1]
        return "".join(content["text"] for kind, content in said if kind == "stream")


@contextmanager
def talk(name: str = "dalil", **options: Any) -> Iterator[Talk]:
    manager = KernelManager(kernel_name=name)
    manager.start_kernel(**options)
    try:
        talking = Talk(manager)
        try:
            yield talking
        finally:
            talking.client.stop_channels()
    finally:
        with suppress(RuntimeError):
            manager.shutdown_kernel(now=True)


@pytest.fixture(autouse=True)
def _closed_loop() -> Iterator[None]:
    """Close the event loop that Jupyter's blocking clients make and leave."""
    yield
    ensure_event_loop().close()


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Talk]:
    """A warm kernel in a folder of its own."""
    with talk(cwd=str(tmp_path)) as talking:
        yield talking
