"""One hub for all tests of what people may do."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from dalil.curriculum import load_module
from dalil.hub import demonstration
from dalil.hub.spawner import why_not_separate
from dalil.models import module_id
from dalil.nbgrader.course import Course
from dalil.settings import load_settings
from tests.dalil.hub.room import Hub, start_hub


@pytest.fixture(scope="session")
def separated(checkout: Path) -> None:
    """Skip where this machine allows no namespaces."""
    if why := why_not_separate(load_settings(checkout)):
        pytest.skip(f"NOT TESTED: people's servers cannot be kept apart here: {why}")


@pytest.fixture(scope="session")
def hub(
    separated: None, tmp_path_factory: pytest.TempPathFactory, make_curriculum: Callable[..., Path]
) -> Iterator[Hub]:
    """A hub with the demonstration's people and one module, released."""
    root = make_curriculum(
        tmp_path_factory.mktemp("academy"), "custody", lines='c.Dalil.accounts = "demonstration"'
    )
    settings = load_settings(root)
    settings.prepare()
    demonstration.enrol(settings)
    Course(settings).release(load_module(settings, module_id("custody")))
    running = start_hub(root)
    try:
        yield running
    finally:
        started = running.processes()
        running.stop(signal.SIGKILL)
        _, alive = psutil.wait_procs(started, timeout=30)
        assert alive == [], "the hub's end ends its services and people's servers"
