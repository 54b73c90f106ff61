"""Checks in processes of their own: followed, shared, begun anew, ended, killed."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from dalil.errors import CurriculumError
from dalil.models import ModuleId
from dalil.service.teaching_checks import Check, Checks, refused, surroundings
from dalil.service.teaching_files import stamp
from dalil.settings import Settings
from tests.dalil.service.teaching_room import (
    EXERCISE,
    GLASS,
    change_cells,
    no_points,
    settings,
)

__all__ = ["settings"]

ENDLESS = "import time\n\nwhile True:\n    time.sleep(0.1)\n"


def _with(settings: Settings, work: Callable[[Checks], Awaitable[Any]], **options: Any) -> Any:
    """The result of *work* with checks, in an event loop of its own."""

    async def run() -> Any:
        return await work(Checks(settings, **options))

    return asyncio.run(run())


def _children(settings: Settings) -> list[psutil.Process]:
    """Processes that check a module of this curriculum."""
    return [
        child
        for child in psutil.Process().children(recursive=True)
        if "dalil.contract" in child.cmdline()
    ]


async def _at_work(checks: Checks) -> psutil.Process:
    """The process of the one check, once it has told of a rule."""
    check = checks.of(GLASS)
    while not check.done:
        check = await checks.news(GLASS, check.serial, 60)
        assert check.state in ("waiting", "running"), check
    (process,) = (p for p in psutil.Process().children() if "dalil.contract" in p.cmdline())
    return process


def test_a_breach_is_found_and_told_with_its_cell(settings: Settings) -> None:
    change_cells(settings.root, no_points)
    before = stamp(settings, GLASS)

    async def work(checks: Checks) -> tuple[list[dict[str, Any]], Check]:
        told = [(await checks.start(GLASS, "samira", before)).as_dict(before)]
        while told[-1]["state"] in ("waiting", "running"):
            check = await checks.news(GLASS, told[-1]["serial"], 60)
            told.append(check.as_dict(before))
        return told, checks.of(GLASS)

    told, check = _with(settings, work)
    assert told[0]["state"] == "waiting"
    assert [step["serial"] for step in told] == sorted({step["serial"] for step in told})
    last = told[-1]
    assert (last["state"], last["errors"], last["by"]) == ("done", 1, "samira")
    assert 0 < last["done"] < last["total"]  # the rest waits until this is mended
    (finding,) = last["findings"]
    assert finding["cell"] == f"{EXERCISE}#middle"
    assert not last["outdated"]
    assert check.as_dict("other files")["outdated"]
    assert not check.clean(before)
    assert str(refused(check)).startswith("glass is not released: exercises/glass/glass.ipynb: ")


def test_two_who_ask_at_once_share_a_check(settings: Settings) -> None:
    change_cells(settings.root, no_points)
    present = stamp(settings, GLASS)

    async def work(checks: Checks) -> tuple[Check, Check]:
        return await asyncio.gather(
            checks.start(GLASS, "samira", present), checks.start(GLASS, "karim", present)
        )

    first, second = _with(settings, work)
    assert first is second
    assert first.by == "samira"


def test_files_that_changed_meanwhile_are_checked_anew(settings: Settings) -> None:
    (settings.root / "graders/glass/checks.py").write_text(ENDLESS, encoding="utf-8")

    async def work(checks: Checks) -> tuple[Check, Check]:
        old = await checks.start(GLASS, "samira", stamp(settings, GLASS))
        await _at_work(checks)
        (settings.root / "graders/glass/checks.py").write_text("nothing", encoding="utf-8")
        starts = [checks.start(GLASS, name, stamp(settings, GLASS)) for name in ("a", "b")]
        new, same = await asyncio.gather(*starts)
        assert new is same is not old
        return old, await checks.result(GLASS)

    old, new = _with(settings, work)
    assert (old.state, old.error) == ("failed", "glass: the check was ended")
    assert new.state == "done", new.error
    assert {finding["file"] for finding in new.findings} == {"graders/glass/checks.py"}


def test_a_check_that_never_ends_is_ended_with_all_its_processes(settings: Settings) -> None:
    (settings.root / "graders/glass/checks.py").write_text(ENDLESS, encoding="utf-8")

    async def work(checks: Checks) -> Check:
        await checks.start(GLASS, "samira", stamp(settings, GLASS))
        return await checks.result(GLASS)

    check = _with(settings, work, seconds=6.0)
    assert (check.state, check.error) == ("failed", "glass: the check took longer than 6 s")
    assert _children(settings) == []


def test_a_check_that_is_killed_says_so(settings: Settings) -> None:
    (settings.root / "graders/glass/checks.py").write_text(ENDLESS, encoding="utf-8")
    folders: list[Path] = []

    async def work(checks: Checks) -> Check:
        await checks.start(GLASS, "samira", stamp(settings, GLASS))
        process = await _at_work(checks)
        folders.append(Path(process.cwd()))
        os.kill(process.pid, signal.SIGKILL)
        return await checks.result(GLASS)

    check = _with(settings, work)
    assert check.state == "failed"
    assert check.error.startswith("glass: the check ended without a result")
    assert not folders[0].exists()
    with pytest.raises(CurriculumError, match="ended without a result"):
        raise refused(check)


@pytest.mark.acceptance
def test_leaving_the_loop_ends_what_is_at_work(settings: Settings) -> None:
    (settings.root / "graders/glass/checks.py").write_text(ENDLESS, encoding="utf-8")

    async def work(checks: Checks) -> psutil.Process:
        await checks.start(GLASS, "samira", stamp(settings, GLASS))
        return await _at_work(checks)

    process = _with(settings, work)
    assert not process.is_running()


@pytest.mark.acceptance
def test_what_cannot_be_checked_is_told_in_one_line(settings: Settings) -> None:
    (settings.root / "jupyter_config.py").write_text("1 / 0", encoding="utf-8")

    async def work(checks: Checks) -> Check:
        await checks.start(GLASS, "samira", "")
        return await checks.result(GLASS)

    check = _with(settings, work)
    assert check.state == "failed"
    assert "ZeroDivisionError" in check.error
    assert "\n" not in check.error


def test_nobody_waits_for_a_module_that_is_not_checked(settings: Settings) -> None:
    async def work(checks: Checks) -> Check:
        return await checks.result(ModuleId("other"))

    assert _with(settings, work).state == "none"


def test_a_modules_own_code_does_not_see_the_hubs_secrets(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "secret")
    around = surroundings(settings)
    assert "secret" not in around.values()
    assert around["DALIL_ROOT"] == str(settings.root)
