"""``dalil.courses`` is the curriculum's ``courses/``, wherever one works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "extensions"


@pytest.fixture
def curriculum(tmp_path: Path) -> Path:
    (tmp_path / "courses" / "glass").mkdir(parents=True)
    (tmp_path / "jupyter_config.py").touch()
    (tmp_path / "courses" / "glass" / "methods.py").write_text("NAME = __name__\n")
    (tmp_path / "desks" / "amina").mkdir(parents=True)
    return tmp_path


def imported(name: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DALIL_")}
    return subprocess.run(
        [
            sys.executable,
            "-c",
            f"from dalil.courses.{name} import methods; print(methods.__file__)",
        ],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(PACKAGE), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_is_found_upwards_from_the_working_folder(curriculum: Path) -> None:
    done = imported("glass", curriculum / "desks" / "amina")
    assert done.stdout.strip() == str(curriculum / "courses" / "glass" / "methods.py")


def test_the_variable_decides(curriculum: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    done = imported("glass", elsewhere, DALIL_ROOT=str(curriculum))
    assert done.stdout.strip() == str(curriculum / "courses" / "glass" / "methods.py")


def test_else_it_is_the_checkout(tmp_path_factory: pytest.TempPathFactory) -> None:
    done = imported("custody", tmp_path_factory.mktemp("elsewhere"))
    custody = PACKAGE.parent / "courses" / "custody"
    assert done.stdout.strip() == str(custody / "methods" / "__init__.py")


def test_a_root_without_courses_is_told(tmp_path: Path) -> None:
    done = imported("glass", tmp_path, DALIL_ROOT=str(tmp_path))
    assert "no curriculum found" in done.stderr
    assert "DALIL_ROOT" in done.stderr
