"""What is imported is declared in pyproject.toml, and what is declared is used."""

from __future__ import annotations

import ast
import json
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PLATFORM = ("extensions", "courses", "exercises", "graders")
OWN = {"dalil", "checks", "evidence", "tests"}
OWN |= {path.stem for path in (ROOT / "tests").rglob("*.py")}

STARTED_AS_PROGRAMS = {
    "ipykernel": "runs every notebook",
    "jupyterlab": "what trainees work in",
    "jupyterlab-language-pack-ar-sa": "Lab in Arabic",
    "jupyterlab-language-pack-fr-fr": "Lab in French",
    "pandas": "what trainees read tables with; warm kernels import it by name",
    "pytest": "the tests, which an academy runs on its own modules",
    "voila": "shows the apps",
}


def declared(lines: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in lines}


MAIN = declared(PROJECT["dependencies"])
SCALE = declared(PROJECT["optional-dependencies"]["scale"])
ACCOUNTS = declared(PROJECT["optional-dependencies"]["accounts"])
DEV = declared(PROJECT["optional-dependencies"]["dev"])
BESIDE = {"lir"}  # for tests; where it is installed, dalil.validate compares with it


def sources(folder: str) -> Iterator[tuple[Path, str]]:
    """Each Python file below a folder, and each code cell of its notebooks."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        if "node_modules" not in path.parts:
            yield path, path.read_text(encoding="utf-8")
    for path in sorted((ROOT / folder).rglob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                lines = "".join(cell["source"]).splitlines()
                yield path, "\n".join(line for line in lines if line[:1] not in ("%", "!"))


def imported(source: str) -> set[str]:
    """Top-level names of what a source imports anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return {name.split(".")[0] for name in names} - OWN - sys.stdlib_module_names


def distributions(folders: tuple[str, ...]) -> dict[str, str]:
    """Each distribution imported in some folders, with one file that does."""
    known = packages_distributions()
    found: dict[str, str] = {}
    for folder in folders:
        for path, source in sources(folder):
            for name in imported(source):
                for one in known.get(name, [name]):
                    found[canonicalize_name(one)] = str(path.relative_to(ROOT))
    return found


def test_the_platform_imports_only_main_dependencies_and_those_of_optional_parts() -> None:
    used = distributions(PLATFORM)
    known = MAIN | SCALE | ACCOUNTS | BESIDE
    assert {name: file for name, file in used.items() if name not in known} == {}
    compared = {name: file for name, file in used.items() if name in BESIDE}
    assert all("/validate/" in file for file in compared.values()), compared
    accounts = {name: file for name, file in used.items() if name in ACCOUNTS}
    assert all("/hub/" in file for file in accounts.values()), accounts
    remote = {name: file for name, file in used.items() if name in SCALE}
    assert all("/grading/remote" in file for file in remote.values()), remote


def test_the_tests_import_only_declared_dependencies() -> None:
    used = distributions(("tests",))
    assert {name: file for name, file in used.items() if name not in MAIN | DEV} == {}


def test_every_main_dependency_is_used() -> None:
    assert MAIN - distributions(PLATFORM).keys() - STARTED_AS_PROGRAMS.keys() == set()


def test_imports_are_found_wherever_they_stand() -> None:
    source = (
        "import os, numpy.linalg\nfrom . import x\ndef f():\n    from skimage.io import imread\n"
    )
    assert imported(source) == {"numpy", "skimage"}
