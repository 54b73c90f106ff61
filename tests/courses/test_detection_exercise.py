"""The exercise of the module detection: its reference and its simulations earn what they must."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dalil.courses.detection import methods
from dalil.forging import practice
from tests.courses.course import BLANK, Case, Course

DETECTION = Course("detection")
WAYS = DETECTION.ways({"solve_sprayed": f"def sprayed(rows, window, least):\n    {BLANK}\n"})
QUICK, MANY = 2, 120
TECHNIQUES = sorted(set(methods.TECHNIQUES) - set(methods.EXAMPLES))


@pytest.mark.parametrize("number", range(QUICK))
def test_each_way_earns_exactly_its_share(number: int, tmp_path: Path) -> None:
    DETECTION.assert_earned(DETECTION.forge(f"detection exercise {number}", tmp_path), WAYS)


@pytest.mark.acceptance
@pytest.mark.parametrize("number", range(QUICK, MANY))
def test_each_way_earns_exactly_its_share_in_many_cases(number: int, tmp_path: Path) -> None:
    DETECTION.assert_earned(DETECTION.forge(f"detection exercise {number}", tmp_path), WAYS)


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Case, dict[str, Any]]]:
    """A case of each technique, and what the reference hands over on it."""
    ids = [name for name in methods.TECHNIQUES if name not in methods.EXAMPLES]
    found: dict[str, tuple[Case, dict[str, Any]]] = {}
    for name in (f"detection rules {number}" for number in range(200)):
        drawn = str(practice(name).rng("plan").choice(ids))  # the forge's first draw
        if drawn not in found:
            case = DETECTION.forge(name, tmp_path_factory.mktemp("case"))
            assert (case.folder / "draft.yml").read_text("utf-8").split()[3] == drawn
            found[drawn] = (case, DETECTION.solve(case.folder))
    assert sorted(found) == TECHNIQUES
    return found


def share(case: Case, rule: str) -> float:
    read = DETECTION.forms["rule"].read(rule)
    return float(DETECTION.checks.CHECKS["rule"](read, case.truth).share)


def head(name: str) -> str:
    category = methods.TECHNIQUES[name].category
    return f"title: x\nlogsource:\n  product: windows\n  category: {category}\ndetection:\n"


@pytest.mark.parametrize("name", TECHNIQUES)
def test_the_draft_and_the_rule_learned_by_heart_fail(
    name: str, cases: dict[str, tuple[Case, dict[str, Any]]]
) -> None:
    case, answers = cases[name]
    assert share(case, answers["rule"]) == 1.0
    assert share(case, (case.folder / "draft.yml").read_text(encoding="utf-8")) < 0.5
    trial = list(methods.read_log(case.folder / "trial.jsonl"))
    labels = (case.folder / "labels.csv").read_text(encoding="utf-8").splitlines()[1:]
    field = "Details" if methods.TECHNIQUES[name].category == "registry_set" else "CommandLine"
    seen = {e.named[field] for e, row in zip(trial, labels, strict=True) if row.endswith("yes")}
    values = "".join(f"      - '{value.replace(chr(39), chr(39) * 2)}'\n" for value in sorted(seen))
    by_heart = f"{head(name)}  selection:\n    {field}:\n{values}  condition: selection\n"
    assert share(case, by_heart) < 0.75


@pytest.mark.parametrize("name", TECHNIQUES)
def test_a_filter_that_hides_and_a_rule_without_filter_cost(
    name: str, cases: dict[str, tuple[Case, dict[str, Any]]]
) -> None:
    case, answers = cases[name]
    start, _, _ = answers["rule"].partition("  filter_")
    bare = f"{start}  condition: all of selection_*\n"
    assert share(case, bare) < 1.0
    user = "TargetObject" if methods.TECHNIQUES[name].category == "registry_set" else "Image"
    hiding = f"{start}  filter_all:\n    {user}|contains: '\\'\n"
    assert share(case, f"{hiding}  condition: all of selection_* and not 1 of filter_*\n") == 0.0


# Other right ways: regular expressions, lists of selections, keywords, other names and orders.
OTHER_WAYS = {
    "T1059.001": r"""
  a:
    CommandLine|re: '(?i)powershell.*\s[/-]e\w{0,14}\s+\S{20,}'
  b:
    ParentImage|endswith: ['\agent.exe', '\deploy.exe']
    IntegrityLevel: System
  condition: a and not b
""",
    "T1053.005": r"""
  make:
    CommandLine|re|i: '[/-]create\b'
  place:
    CommandLine|re|i: '(users|programdata|appdata)'
  own:
    - CommandLine|contains: 'Sahel Agent'
  condition: make and place and not own
""",
    "T1105": r"""
  one:
    CommandLine|contains|all: ['urlcache', '://']
  two:
    CommandLine|contains|all: ['verifyctl', '://']
  own:
    ParentImage|endswith: '\Sahel Agent\agent.exe'
  condition: (one or two) and not own
""",
    "T1547.001": r"""
  key:
    TargetObject|re|i: 'currentversion\\run(once)?\\'
  place:
    Details|re|i: '(appdata|programdata|users\\public)'
  own:
    Details|re: '\\Sahel (Drive|Web|Kiosk)\\'
  condition: key and place and not own
""",
    "T1036.005": r"""
  name:
    Image|re|i: '\\(svchost|lsass|taskhostw)\.exe$'
  right:
    Image|re|i: '^c:\\windows\\(system32|syswow64|winsxs|softwaredistribution)\\'
  condition: name and not right
""",
    "T1685.005": r"""
  clear:
    CommandLine|re|i: 'wevtutil.*\s(cl|clear-log)\s'
  own:
    CommandLine|contains: ' Sahel-'
  condition: clear and not own
""",
}


@pytest.mark.parametrize("name", TECHNIQUES)
def test_another_right_rule_earns_everything(
    name: str, cases: dict[str, tuple[Case, dict[str, Any]]]
) -> None:
    case, _ = cases[name]
    assert share(case, head(name) + OTHER_WAYS[name].lstrip("\n")) == 1.0


def test_points_add_up_and_tables_agree() -> None:
    points = DETECTION.points
    assert set(points) == {question["id"] for question in DETECTION.table["questions"]}
    assert sum(points.values()) == 30
    sources = {cell["id"]: "".join(cell["source"]) for cell in DETECTION.notebook["cells"]}
    for question in DETECTION.table["questions"]:
        assert f"| {question['title']} | {points[question['id']]} |" in sources["working"]
        assert question["title"] in sources[f"about_{question['id']}"]
    policy, asked = sources["policy"], sources["about_rule"]
    assert "**one false alarm a day**" in policy
    assert DETECTION.evidence.BUDGET == 1
    hidden = DETECTION.evidence.EACH * 6, DETECTION.evidence.HIDDEN_DAYS
    assert hidden == (30, 4)
    assert "thirty of the technique" in asked
    assert "four days" in asked
    assert DETECTION.checks.FULL_RECALL == 0.95
    options = next(q for q in DETECTION.table["questions"] if q["id"] == "techniques")["form"]
    assert options["of"]["options"] == list(methods.TECHNIQUES)
