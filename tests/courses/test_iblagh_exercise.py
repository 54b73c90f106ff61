"""The exercise of the module iblagh: its reference and its simulations earn what they must."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from threadpoolctl import threadpool_limits

from dalil.courses.iblagh import methods
from tests.courses.course import BLANK, Case, Course

IBLAGH = Course("iblagh")
WAYS = IBLAGH.ways({"solve_comparable": f"def comparable(text):\n    {BLANK}\n"})
MANY = 20
SECONDS = 3.0  # of the processor, for an average case

# Other ways to a right answer, and plausible ways to a wrong one.
_BY_HAND = {
    "solve_comparable": """\
import re


def comparable(text):
    def spell(word):
        if re.search("[A-Za-z]", word[0]):
            return re.sub(
                r"(?<!\\d)\\d(?!\\d)", lambda d: methods.ARABIZI_DIGITS.get(d[0], d[0]), word[0]
            )
        return word[0]

    return methods.fold(re.sub(r"\\w+", spell, text))
""",
    "solve_share": """\
from scipy import stats

panel = {row["report"]: row["class"] for row in sample}
kept = methods.first_of_each(list(panel), incidents)
hits = sum(panel[name] == "fraud" for name in kept)
exact = stats.binomtest(hits, len(kept)).proportion_ci(0.95, "exact")
share = {"share": hits / len(kept), "low": exact.low, "high": exact.high}
""",
    "solve_threshold": """\
def cost(at):
    missed = (urgent_truth & (urgency < at)).sum() * float(request["cost_miss"])
    return missed + weights[~urgent_truth & (urgency >= at)].sum()


threshold = min(np.linspace(0.0005, 1, 2000), key=cost)
""",
    "solve_urgent": """\
order = sorted(texts, key=lambda name: -proposals[name].urgency)
urgent = [name.lower() for name in order[: int(request["capacity"])]]
""",
}
_NOTHING_REPEATS = {"solve_incidents": "incidents = []\n"}
_EVERYTHING_CLEAR = {
    "solve_fairness": """\
truth, proposed = [row["class"] for row in log], [row["proposed"] for row in log]
width, worst = methods.gap(
    methods.by_group(truth, proposed, [row["language"] for row in log], methods.CLASSES)
)
fairness = {"gap": width, "worst": worst, "clear": "yes"}
"""
}


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """As kernels and the sandbox have it: threads of BLAS that wait for each other cost time."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return IBLAGH.forge("iblagh exercise", tmp_path_factory.mktemp("case"))


_KNOWN: dict[str, Any] = {}


@pytest.fixture(autouse=True)
def _remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is slow is done once for equal arguments, however often the exercise is run."""
    for name in ("train", "clusters", "propose"):
        slow = getattr(methods, name)

        def once(*given: Any, name: str = name, slow: Any = slow) -> Any:
            texts = given[-1] if name == "propose" else given  # one model for one case
            key = f"{name} {hash(repr(texts))}"
            if key not in _KNOWN:
                _KNOWN[key] = slow(*given)
            return _KNOWN[key]

        monkeypatch.setattr(methods, name, once)


def test_each_way_earns_exactly_its_share(case: Case) -> None:
    IBLAGH.assert_earned(case, WAYS)


@pytest.mark.acceptance
@pytest.mark.parametrize("number", range(MANY))
def test_each_way_earns_exactly_its_share_in_many_cases(number: int, tmp_path: Path) -> None:
    case = IBLAGH.forge(f"iblagh exercise {number}", tmp_path)
    IBLAGH.assert_earned(case, WAYS)


def test_forging_and_solving_are_quick(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    before = time.process_time()
    IBLAGH.solve(case.folder, {})
    assert time.process_time() - before < SECONDS
    assert case.seconds < 2 * SECONDS  # of one case; the average is an acceptance


def test_other_right_ways_pass_and_other_wrong_ones_do_not(case: Case) -> None:
    right = IBLAGH.shares(IBLAGH.solve(case.folder, _BY_HAND), case.evidence)
    assert right == pytest.approx(dict.fromkeys(IBLAGH.forms, 1.0))
    wrong = {**_NOTHING_REPEATS, **_EVERYTHING_CLEAR, "solve_share": None}
    shares = IBLAGH.shares(IBLAGH.solve(case.folder, wrong), case.evidence)
    assert shares["incidents"] == 0.0
    clear = case.truth["fairness"]["clear"]
    assert shares["fairness"] == pytest.approx(1.0 if clear == "yes" else 2 / 3)


@pytest.mark.parametrize(
    ("answer", "share"),
    [
        ({"decision": "undetermined", "low": 0.86, "high": 1}, 1.0),
        ({"decision": "undetermined", "low": "0,85", "high": 0.995}, 1.0),
        ({"decision": "undetermined", "low": 1, "high": 1}, 0.75),
        ({"decision": "undetermined", "low": 0.08, "high": 0.12}, 0.5),
        ({"decision": "yes", "low": 0.86, "high": 1}, 0.5),
        ({"decision": "yes", "low": 0, "high": 0}, 0.0),
    ],
)
def test_a_decision_is_stated_with_its_uncertainty(answer: Any, share: float) -> None:
    truth = {"decision": {"decision": "undetermined", "low": 0.857, "high": 1.0}}
    canonical = IBLAGH.forms["decision"].read(answer)
    assert IBLAGH.checks.check_decision(canonical, truth).share == share


def test_the_interval_is_that_of_the_recall_in_the_log(case: Case) -> None:
    with (case.folder / "log.csv").open(encoding="utf-8", newline="") as table:
        urgent = [float(row["urgency"]) for row in csv.DictReader(table) if row["urgent"] == "yes"]
    with (case.folder / "request.csv").open(encoding="utf-8", newline="") as table:
        request = {row["field"]: row["value"] for row in csv.DictReader(table)}
    hits = sum(value >= float(request["threshold"]) for value in urgent)
    ends = case.truth["decision"]["low"], case.truth["decision"]["high"]
    assert ends == pytest.approx(methods.wilson(hits, len(urgent)))
