"""``dalil doctor``: a table or JSON, the verdict last, its status the verdict's."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from dalil.cli import dalil
from dalil.cli import doctor as command
from dalil.sandbox.doctor import Finding

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
    monkeypatch.setattr(command, "examine", lambda: found)
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
