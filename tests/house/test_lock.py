"""requirements.lock pins what pyproject.toml asks for, with hashes, and names no index."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
MACHINES = (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"))


def entries() -> list[tuple[Requirement, int]]:
    """Each pinned requirement and the number of its hashes."""
    joined = re.sub(r"\\\n", " ", LOCK)
    lines = [line for line in joined.splitlines() if line and not line.lstrip().startswith("#")]
    return [(Requirement(line.split(" --hash")[0]), line.count("--hash=sha256:")) for line in lines]


def marked(python: str, system: str, machine: str) -> dict[str, str]:
    """What markers of requirements ask about, for one Python on one platform."""
    return {
        **default_environment(),
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": system,
        "platform_machine": machine,
        "platform_system": system.capitalize(),
    }


def pins(python: str, system: str, machine: str) -> dict[str, str]:
    """Name to version, for one Python on one platform."""
    environment = marked(python, system, machine)
    found: dict[str, str] = {}
    for one, _ in entries():
        if one.marker is None or one.marker.evaluate(environment):
            name = canonicalize_name(one.name)
            assert name not in found, f"{name} is pinned twice for {python} on {system} {machine}"
            found[name] = str(one.specifier).removeprefix("==")
    return found


def test_names_no_index_and_no_path() -> None:
    assert not re.search(r"://|--(extra-)?index|--find-links|file:|(^|\s)/\w", LOCK)


def test_every_entry_is_pinned_and_hashed() -> None:
    for one, hashes in entries():
        assert re.fullmatch(r"==[\w.+!]+", str(one.specifier)), one
        assert hashes, f"{one} has no hash"


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(("system", "machine"), MACHINES)
def test_pins_meet_the_bounds(python: str, system: str, machine: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = pins(python, system, machine)
    for line in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
        wanted = Requirement(line)
        name = canonicalize_name(wanted.name)
        if wanted.marker is not None and not wanted.marker.evaluate(
            marked(python, system, machine)
        ):
            assert name not in pinned
            continue
        assert name in pinned, f"{line} is not in requirements.lock: make lock"
        assert wanted.specifier.contains(pinned[name]), f"{line}, but {pinned[name]}: make lock"
