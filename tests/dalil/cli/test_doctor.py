"""``dalil doctor``: a table or JSON, the verdict last, its status the verdict's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dalil.cli import dalil
from dalil.cli import doctor as command
from dalil.errors import RunnerError, UsageError
from dalil.grading.runner import Job, Run, runner_of
from dalil.sandbox.doctor import Finding, can_grade, examine

GOOD = Finding("network", "ok", "no network", "other machines", "", needed=True)
WEAK = Finding("memory of all", "weaker", "a watchdog", "all memory", "use a group", needed=False)
BAD = Finding("mounts", "missing", "[Errno 1] not [b]permitted[/b]", "others", "allow", needed=True)


@pytest.mark.parametrize(
    ("found", "status", "verdict"),
    [
        ([GOOD], 0, "Untrusted work can be graded on this machine."),
        ([GOOD, WEAK], 0, "Untrusted work can be graded on this machine."),
        ([GOOD, BAD], 1, "Untrusted work cannot be graded on this machine: mounts"),
    ],
)
def test_verdict(
    monkeypatch: pytest.MonkeyPatch, found: list[Finding], status: int, verdict: str
) -> None:
    monkeypatch.setattr(command, "examine", lambda: found[:-1])
    monkeypatch.setattr(command, "try_submission", lambda: found[-1])
    plain = CliRunner().invoke(dalil, ["doctor"])
    assert plain.exit_code == status
    assert plain.output.splitlines()[-1] == verdict
    for line in found:
        assert all(text in plain.output for text in (line.state, line.name, line.found))
        assert line.advice in plain.output
    said: dict[str, Any] = json.loads(CliRunner().invoke(dalil, ["doctor", "--json"]).output)
    assert said["can_grade"] is (status == 0)
    assert said["verdict"] == verdict
    assert [line["state"] for line in said["layers"]] == [line.state for line in found]


def at_home(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    (root / "courses").mkdir()
    monkeypatch.chdir(root)


def test_a_submission_that_is_confined(
    monkeypatch: pytest.MonkeyPatch, make_curriculum: Callable[..., Path], tmp_path: Path
) -> None:
    if not can_grade(examine()):
        pytest.skip("NOT TESTED: this machine allows no sandbox; see dalil doctor")
    at_home(monkeypatch, make_curriculum(tmp_path))
    line = command.try_submission()
    assert line.state == "ok", line
    assert "could not read a file of the machine, nor write" in line.found


def test_a_submission_that_is_not(
    monkeypatch: pytest.MonkeyPatch, make_curriculum: Callable[..., Path], tmp_path: Path
) -> None:
    at_home(monkeypatch, make_curriculum(tmp_path, lines="c.Dalil.isolation = 'off'"))
    monkeypatch.setattr(command, "runner_of", lambda settings: runner_of(settings, unsafe=True))
    line = command.try_submission()
    assert (line.state, line.needed) == ("missing", True)
    for done in ("read a file", "write beside it", "reach a port", "see a process"):
        assert done in line.found
    assert line.advice


def test_without_a_curriculum_it_is_not_tried(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "load_settings", raise_it(UsageError("no curriculum")))
    line = command.try_submission()
    assert (line.state, line.needed, line.found) == ("weaker", False, "not tried: no curriculum")


class Odd:
    """A runner that does as it was told."""

    def __init__(self, result: Run | Exception) -> None:
        self.result, self.closed = result, False

    def run(self, job: Job) -> Run:
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("result", "found"),
    [
        (RunnerError("no namespaces here"), "no namespaces here"),
        (Run({}, [], {"trial": "it hung"}, 1.0), "it hung"),
        (Run({}, [], {}, 1.0), "it ran, but said nothing that could be read"),
        (Run({"trial": [{"text": "{"}]}, [], {}, 1.0), "it ran, but said nothing"),
        (Run({"trial": [{"text": '{"write to /usr": true}'}]}, [], {}, 1.0), "could write to /usr"),
    ],
)
def test_a_submission_that_fails_is_no_leave(
    monkeypatch: pytest.MonkeyPatch,
    make_curriculum: Callable[..., Path],
    tmp_path: Path,
    result: Any,
    found: str,
) -> None:
    at_home(monkeypatch, make_curriculum(tmp_path))
    runner = Odd(result)
    monkeypatch.setattr(command, "runner_of", lambda settings: runner)
    line = command.try_submission()
    assert (line.state, line.needed) == ("missing", True)
    assert found in line.found
    assert runner.closed


def raise_it(error: Exception) -> Callable[..., Any]:
    def function(*_: Any) -> Any:
        raise error

    return function
