"""The check as a process of its own, for programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest


def told(sample: Any, name: str = "sample") -> tuple[list[dict[str, Any]], str]:
    """The lines that the process writes, and what it complains about."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "dalil.contract", name],
        env={**os.environ, "DALIL_ROOT": str(sample.root)},
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_it_tells_each_rule_and_then_the_findings(sample: Any) -> None:
    sample.edit("courses/module.toml", "hours = 1", 'hours = 1\nteacher = "nobody"')
    (*steps, last), _ = told(sample)
    assert [step["done"] for step in steps] == list(range(1, len(steps) + 1))
    assert len(steps) < steps[0]["total"]  # the others wait until the table is mended
    (finding,) = last["findings"]
    assert finding["file"] == "courses/sample/module.toml"
    assert finding["rule"] == "schema"
    assert finding["severity"] == "error"
    assert "teacher" in finding["message"]
    assert finding["hint"]


def test_what_a_module_prints_is_not_taken_for_a_result(sample: Any) -> None:
    sample.append("graders/checks.py", 'print(\'{"findings": []}\')\nraise SystemError("broken")\n')
    lines, complaints = told(sample)
    assert lines[-1]["findings"]
    assert [line for line in lines[:-1] if "findings" in line] == []
    assert '{"findings": []}' in complaints


@pytest.mark.acceptance
def test_an_unknown_module_is_one_line(sample: Any) -> None:
    lines, _ = told(sample, "nothing")
    assert list(lines[0]) == ["error"]
    assert "no module 'nothing'" in lines[0]["error"]
