"""What another Unix account of the machine can open of an academy: its own home alone."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from dalil.curriculum import load_module
from dalil.demo import cohort, run_demonstration
from dalil.hub.places import take_place
from dalil.models import module_id
from dalil.nbgrader.course import Course
from dalil.settings import Settings, load_settings

AMINA, OMAR = "amina", "omar"


@pytest.fixture(scope="module")
def settings(make_curriculum: Callable[..., Path]) -> Iterator[Settings]:
    """An academy with work done, in a folder that everybody reaches, its folders left open."""
    if os.geteuid() != 0:
        pytest.skip("NOT TESTED: only root becomes another account; run these tests as root too")
    root = Path(tempfile.mkdtemp(prefix="dalil-accounts-"))
    root.chmod(0o755)
    try:
        found = load_settings(make_curriculum(root, "custody"))
        found.prepare()
        module = load_module(found, module_id("custody"))
        done = run_demonstration(found, [module], cohort(1), unsafe=True)
        assert done.feedback
        found.cache.joinpath("service").mkdir(exist_ok=True)
        found.cache.joinpath("service", "kept").touch()
        for name in (AMINA, OMAR):
            place = take_place(found, name, as_root=True)
            file = place.home / "work.ipynb"
            file.touch()
            os.chown(file, place.user, place.user)
        for folder in found.closed:  # as an academy of before would be
            folder.chmod(0o755)
        yield found
    finally:
        shutil.rmtree(root)


def readable(places: list[Path], user: int) -> set[str]:
    """Which of *places* an account of that number reads: a folder's names, a file's bytes."""
    inlet, outlet = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
            seen = []
            for place in places:
                with suppress(OSError):
                    os.listdir(place) if place.is_dir() else place.read_bytes()
                    seen.append(str(place))
            with os.fdopen(outlet, "w") as stream:
                json.dump(seen, stream)
        finally:
            os._exit(0)
    os.close(outlet)
    with os.fdopen(inlet) as stream:
        seen = json.load(stream)
    os.waitpid(child, 0)
    return set(seen)


def test_another_account_reads_its_own_home_alone(settings: Settings) -> None:
    places = [settings.academy, *settings.academy.rglob("*")]
    user = (settings.homes / AMINA).stat().st_uid
    before = readable(places, user)
    parts = {
        settings.academy / place.relative_to(settings.academy).parts[0] for place in places[1:]
    }
    assert {str(part) for part in parts} <= before, "the test itself reads what is open"
    assert parts >= {*settings.closed} - {settings.academy, *settings.records.iterdir()}
    for part in (settings.submitted, settings.autograded, settings.feedback, settings.exchange):
        assert any(name.startswith(f"{part}/") for name in before), part

    settings.prepare()
    Course(settings).release(load_module(settings, module_id("custody")))  # opens nothing again
    home = settings.homes / AMINA
    assert readable(places, user) == {str(home), str(home / "work.ipynb")}
