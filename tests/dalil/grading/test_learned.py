"""What a zygote learns to import from a curriculum: notebooks and methods, never graders."""

from __future__ import annotations

import json
from pathlib import Path

from dalil.grading.learned import curriculum_imports
from dalil.settings import load_settings

CONFIG = "from dalil.configuration import apply\n\nc = get_config()\napply(c, __file__)\n"


def test_methods_are_read_whether_module_or_package(tmp_path: Path) -> None:
    (tmp_path / "jupyter_config.py").write_text(CONFIG, encoding="utf-8")
    for place, line in (
        ("courses/one/methods.py", "import scipy.fft"),
        ("courses/two/methods/__init__.py", "from dalil.courses.two.methods.part import found"),
        ("courses/two/methods/part.py", "import networkx"),
        ("graders/two/evidence.py", "import skimage"),
    ):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(f"{line}\n", encoding="utf-8")
    cells = [{"cell_type": "code", "source": ["import pandas\n"]}]
    (tmp_path / "exercises/one").mkdir(parents=True)
    text = json.dumps({"cells": cells})
    (tmp_path / "exercises/one/one.ipynb").write_text(text, encoding="utf-8")
    assert curriculum_imports(load_settings(tmp_path)) == ("networkx", "pandas", "scipy.fft")
