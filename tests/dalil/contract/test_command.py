"""``dalil module``: list, show, new and check."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dalil.cli.modules import module
from dalil.contract.findings import RULES
from dalil.errors import CurriculumError, DalilError, UsageError


@pytest.fixture
def run(sample: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("DALIL_ROOT", str(sample.root))
    return lambda *words: CliRunner().invoke(module, list(words))


def failed_with(result: Result, kind: type[DalilError]) -> str:
    assert isinstance(result.exception, kind), result.output
    return str(result.exception)


def test_list_names_every_module_with_its_points(run: Any) -> None:
    result = run("list")
    assert result.exit_code == 0
    assert "sample" in result.stdout
    (plain,) = json.loads(run("list", "--json").stdout)
    assert plain["title"] == "A sample of everything"
    assert {q["id"]: q["points"] for q in plain["questions"]} == {
        "middle": 2.0,
        "deviating": 4.0,
        "conclusion": 4.0,
    }


def test_show_tells_what_is_asked(run: Any) -> None:
    result = run("show", "sample")
    assert result.exit_code == 0
    for words in ("A sample of everything", "Tell the median", "a number from 0", "in writing"):
        assert words in result.stdout
    assert json.loads(run("show", "sample", "--json").stdout)["id"] == "sample"
    failed_with(run("show", "nothing"), CurriculumError)


def test_new_makes_a_module_that_keeps_the_contract(run: Any, sample: Any) -> None:
    result = run("new", "other", "--title", "Traces “of” another kind")
    assert result.exit_code == 0, result.exception
    assert (sample.root / "graders" / "other" / "checks.py").is_file()
    assert run("check", "other", "--fast").exit_code == 0
    failed_with(run("new", "other", "--title", "Again"), CurriculumError)
    failed_with(run("new", "Other", "--title", "Again"), UsageError)


def test_check_names_file_rule_and_remedy(run: Any, sample: Any) -> None:
    sample.edit("courses/module.toml", "hours = 1", 'hours = 1\nteacher = "nobody"')
    result = run("check", "--fast")
    assert "sample: not complete" in failed_with(result, CurriculumError)
    line = result.stdout.splitlines()[0]
    assert line.startswith("courses/sample/module.toml: schema: teacher: unknown key (")
    assert "modules: 1, errors: 1, warnings: 0" in result.stdout


def test_check_as_json(run: Any, sample: Any) -> None:
    assert json.loads(run("check", "sample", "--rule", "files", "--json").stdout) == {"sample": []}
    sample.path("courses/methods.py").unlink()
    found = json.loads(run("check", "sample", "--rule", "files", "--json").stdout)
    assert found["sample"][0]["file"] == "courses/sample/methods.py"


def test_check_lists_its_rules(run: Any) -> None:
    listed = json.loads(run("check", "--rules", "--json").stdout)
    assert {rule["rule"] for rule in listed} == set(RULES)
    assert all(rule["asks"].endswith(".") for rule in listed)
    assert "truth-sealed" in run("check", "--rules").stdout


def test_check_refuses_what_does_not_exist(run: Any) -> None:
    failed_with(run("check", "nothing"), UsageError)
    failed_with(run("check", "sample", "--rule", "taste"), UsageError)


def test_help_says_what_each_command_does(run: Any) -> None:
    for words in (["--help"], *([name, "--help"] for name in ("list", "show", "new", "check"))):
        assert run(*words).exit_code == 0
