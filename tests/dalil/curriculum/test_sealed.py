"""Files of the graders are executed by path."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

from dalil.curriculum.sealed import load_sealed

SOURCE = """
import time
from dataclasses import dataclass

time.sleep(0.02)  # others come while it is executed


@dataclass
class Found:
    what: int = 1


time.sleep(0.02)
"""


def test_several_threads_at_once_each_get_a_module(tmp_path: Path) -> None:
    path = tmp_path / "evidence.py"
    path.write_text(SOURCE, encoding="utf-8")

    def load(_: int) -> ModuleType:
        return load_sealed(path)

    with ThreadPoolExecutor(4) as pool:
        modules = list(pool.map(load, range(8)))
    assert len({id(module) for module in modules}) == 8
    assert all(module.Found() == module.Found(1) for module in modules)
