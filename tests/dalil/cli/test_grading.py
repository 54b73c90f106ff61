"""``dalil grade`` and ``regrade``: what they print, what they refuse, what the ledger then says."""

from __future__ import annotations

import getpass
import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dalil.cli import dalil
from dalil.errors import GradingError
from dalil.nbgrader import context
from dalil.nbgrader.context import grader_of, unsafe_grader_of
from tests.dalil.grading.scales import MODULE, Academy, academy, make_academy, template

__all__ = ["academy", "make_academy", "template"]


@pytest.fixture
def invoke(academy: Academy, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run ``dalil`` in this process, notebooks with the trusting runner."""
    monkeypatch.setenv("DALIL_ROOT", str(academy.settings.root))
    monkeypatch.setattr(context, "runner_of", lambda settings, unsafe: academy.runner)

    def run(*words: str, ok: bool = True) -> Result:
        result = CliRunner().invoke(dalil, list(words))
        assert (result.exception is None) == ok, result.output
        return result

    yield run
    grader_of.cache_clear()
    unsafe_grader_of.cache_clear()


def rows(result: Result) -> dict[str, dict[str, Any]]:
    return {row["trainee"]: row for row in json.loads(result.stdout)}


def test_grading_prints_what_machines_need(academy: Academy, invoke: Any) -> None:
    academy.submit("kilos", solve_unit="unit = 'kg'")
    first = rows(invoke("grade", MODULE, "--json"))["kilos"]
    assert (first["points"], first["max_points"], first["already"]) == (3.0, 4.0, False)
    assert first["seconds"] == 0.25
    assert first["questions"]["unit"] == {"points": 1.0, "max_points": 2.0, "flag": None}
    assert rows(invoke("grade", "--json"))["kilos"]["already"]
    assert "1 were graded before" in invoke("grade").stdout


def test_marking_again_says_who_and_why(academy: Academy, invoke: Any) -> None:
    academy.submit("kilos", solve_unit="unit = 'kg'")
    academy.submit("right")
    invoke("grade")
    academy.change_checks("0.5 if", "0.25 if")
    printed = invoke("regrade", MODULE, "--reason", "too generous", "--who", "Zineb").stdout
    assert "3 → 2.5" in printed
    assert "1 of 2 have the same marks as before" in printed
    assert "right" not in printed
    event = academy.events("kilos")[-1]
    assert (event.who, event.what["reason"]) == ("Zineb", "too generous")
    academy.change_checks("0.25 if", "1.0 if")
    row = rows(invoke("regrade", MODULE, "--json", "--trainee", "kilos"))["kilos"]
    assert (row["changed"], row["before"], row["points"]) == (True, 2.5, 4.0)
    assert academy.events("kilos")[-1].who == getpass.getuser()


def test_reasons_are_printed_once(academy: Academy, invoke: Any) -> None:
    for n in range(3):
        academy.submit(f"unlucky {n}", solve_total="FAIL")
    academy.submit("lucky")
    result = invoke("grade", ok=False)
    assert isinstance(result.exception, GradingError)
    assert "3 of 4 submissions could not be graded" in str(result.exception)
    assert result.stderr.count("the machine is on fire; put it out (3 submissions)") == 1
    assert academy.points("lucky")["total"] == 2.0


def test_without_a_sandbox_it_takes_a_word(
    academy: Academy, monkeypatch: pytest.MonkeyPatch, invoke: Any
) -> None:
    asked: list[bool] = []

    def runner_of(settings: Any, unsafe: bool) -> Any:
        asked.append(unsafe)
        return academy.runner

    monkeypatch.setattr(context, "runner_of", runner_of)
    invoke("grade")
    invoke("grade", "--unsafe")
    assert asked == [False, True]


def test_a_module_that_is_not_there_is_told(invoke: Any) -> None:
    assert "nothing" in str(invoke("regrade", "nothing", ok=False).exception)
    assert invoke("regrade", ok=False).exit_code == 2
