"""When an app is put on stage anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dalil.apps.stages import _stamp
from dalil.models import ModuleId


@pytest.mark.parametrize(
    ("changed", "anew"),
    [
        ("firearms/app.ipynb", True),
        ("firearms/locale/ar.po", True),
        ("evaluation/methods/lr.py", True),  # firearms may import it
        ("evaluation/app.ipynb", False),
        ("evaluation/.ipynb_checkpoints/lr.py", False),
    ],
)
def test_what_a_change_puts_on_stage_anew(tmp_path: Path, changed: str, anew: bool) -> None:
    for name in ("firearms/app.ipynb", "evaluation/methods/lr.py", changed):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("a")
    before = _stamp(tmp_path, ModuleId("firearms"))
    os.utime(tmp_path / changed, ns=(1, 1))
    assert (_stamp(tmp_path, ModuleId("firearms")) != before) is anew
