"""What several parts of the tests share: an academy of one's own in a temporary folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The checkout that is tested."""
    return ROOT


@pytest.fixture(scope="session")
def make_curriculum() -> Callable[..., Path]:
    """Return a function that copies modules of the checkout into a curriculum of its own."""

    def make(folder: Path, *modules: str, lines: str = "") -> Path:
        for part in ("courses", "exercises", "graders"):
            for module in modules:
                shutil.copytree(
                    ROOT / part / module,
                    folder / part / module,
                    ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"),
                )
        text = (ROOT / "jupyter_config.py").read_text(encoding="utf-8")
        text = text.replace("apply(c, __file__)", f"{lines}\napply(c, __file__)")
        (folder / "jupyter_config.py").write_text(text, encoding="utf-8")
        return folder

    return make
