"""The exercise of fingerprints: evidence that is determined and tells nothing, and its ways."""

from __future__ import annotations

import csv
import statistics
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dalil.courses.fingerprints import methods
from dalil.courses.fingerprints.methods import records
from dalil.forging import practice
from tests.courses.course import BLANK, Case, Course
from tests.courses.leaks import features_of, told_by

FINGERPRINTS = Course("fingerprints")
EVIDENCE, CHECKS, FORMS = FINGERPRINTS.evidence, FINGERPRINTS.checks, FINGERPRINTS.forms
WAYS = FINGERPRINTS.ways({"solve_rates": f"def rates(same, different, threshold):\n    {BLANK}\n"})
SECONDS = 8.0  # of the processor for an average case
KINDS = {
    "match": {"print", "excluded"},
    "none": {"excluded"},
    "trap": {"inconclusive", "excluded"},
    "both": {"print", "excluded"},
}


def one_of_each_kind() -> Iterator[tuple[str, str]]:
    wanted = set(KINDS)
    for number in range(1000):
        kind, _ = EVIDENCE._plan(practice(f"fingerprints {number}"))
        if kind in wanted:
            wanted.remove(kind)
            yield kind, f"fingerprints {number}"


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    return {
        kind: FINGERPRINTS.forge(name, tmp_path_factory.mktemp("case"))
        for kind, name in one_of_each_kind()
    }


@pytest.fixture
def _remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each image is enhanced once, however often the exercise is run on it."""
    kept: dict[bytes, methods.Enhanced] = {}
    enhance = methods.enhance

    def once(pixels: Any) -> methods.Enhanced:
        key = pixels.tobytes()
        if key not in kept:
            kept[key] = enhance(pixels)
        return kept[key]

    monkeypatch.setattr(methods, "enhance", once)


def test_decisions_are_those_of_the_roles(cases: dict[str, Case]) -> None:
    for kind, case in cases.items():
        _, roles = EVIDENCE._plan(practice(case.name))
        truth = case.truth
        first = truth["decisions"]["mark_1"]
        source = next((name for name, role in roles.items() if role == "source"), None)
        expected = {"none": "excluded", "trap": "inconclusive"}.get(kind, source)
        assert first == expected
        for mark in ("mark_2", "mark_3"):
            refused = truth["suitable"][mark] == "refused"
            assert truth["decisions"][mark] == ("inconclusive" if refused else "excluded")
        assert truth["suitable"]["mark_1"] == "suitable"


def test_the_files_hold_what_the_truth_says(cases: dict[str, Case]) -> None:
    for case in cases.values():
        sent = records.read((case.folder / "transaction.an2").read_bytes())
        assert len(sent) == case.truth["file"]["records"]
        assert set(sent[2][999].value) & set(range(28, 32))  # bytes that look like separators
        shown = {p.stem: methods.read_image(p) for p in case.folder.glob("*.png")}
        assert {pixels.shape for pixels in shown.values()} == {(384, 320)}
        assert 5 <= case.truth["ridges"] <= 20
        assert len(case.truth["minutiae"]["seen"]) >= 20


def test_the_bound_is_that_of_an_identification(cases: dict[str, Case]) -> None:
    """Of the false match rate where log10 LR reaches what the policy asks for, errors counted."""
    for case in cases.values():
        with (case.folder / "scores.csv").open(encoding="utf-8", newline="") as table:
            rows = list(csv.DictReader(table))
        scores = np.array([float(r["score"]) for r in rows if r["comparison"] == "different"])
        errors = int((methods.log10_likelihood_ratio(scores) >= EVIDENCE.IDENTIFICATION).sum())
        expected = methods.upper_bound(errors, scores.size)
        assert case.truth["threshold"]["bound"] == pytest.approx(expected, abs=1e-6)


def test_a_false_match_where_the_policy_identifies_raises_the_bound(tmp_path: Path) -> None:
    bounds = []
    for number in range(40):
        known = EVIDENCE._scores(practice(f"bound {number}"), tmp_path)
        many = sum(line.startswith("different") for line in _lines(tmp_path / "scores.csv"))
        bounds.append(known["bound"] / methods.upper_bound(0, many))
    assert min(bounds) == pytest.approx(1.0, abs=1e-3)
    assert max(bounds) > 1.5


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_average_case_is_quick(cases: dict[str, Case]) -> None:
    assert statistics.mean(case.seconds for case in cases.values()) < SECONDS


@pytest.mark.usefixtures("_remembered")
@pytest.mark.parametrize("kind", ["trap", "both"])
def test_each_way_earns_exactly_its_share(kind: str, cases: dict[str, Case]) -> None:
    FINGERPRINTS.assert_earned(cases[kind], WAYS)


@pytest.mark.acceptance
@pytest.mark.usefixtures("_remembered")
@pytest.mark.parametrize("number", range(40))
def test_each_way_earns_exactly_its_share_in_many_cases(number: int, tmp_path: Path) -> None:
    FINGERPRINTS.assert_earned(FINGERPRINTS.forge(f"fingerprints many {number}", tmp_path), WAYS)


_COUNT_ALONE = """\
decisions = {
    mark: next((n for n, one in comparisons[mark].items() if one.count >= 9), "excluded")
    for mark in MARKS
}
"""
_HIGH_RATIO = """\
decisions = {
    mark: next(
        (n for n, one in comparisons[mark].items()
         if float(methods.log10_likelihood_ratio(one.score)) > -1), "excluded")
    for mark in MARKS
}
"""


@pytest.mark.usefixtures("_remembered")
@pytest.mark.parametrize("way", [_COUNT_ALONE, _HIGH_RATIO])
def test_a_look_alike_is_no_identification(way: str, cases: dict[str, Case]) -> None:
    case = cases["trap"]
    answers = FINGERPRINTS.solve(case.folder, {"solve_decisions": way})
    assert FINGERPRINTS.shares(answers, case.evidence)["decisions"] < 1.0


def test_plans_are_spread() -> None:
    plans = [EVIDENCE._plan(practice(f"plan {number}")) for number in range(400)]
    kinds = Counter(kind for kind, _ in plans)
    assert all(abs(kinds[k] / 400 - share) < 0.08 for k, (share, _) in EVIDENCE._KINDS.items())
    places = Counter(name for _, roles in plans for name, role in roles.items() if role == "source")
    assert min(places.values()) > 0.25 * sum(places.values())
    assert sum(share for share, _ in EVIDENCE._KINDS.values()) == pytest.approx(1.0)


@pytest.mark.acceptance
def test_nothing_is_told_by_names_and_sizes(tmp_path: Path) -> None:
    """The size of a picture when compressed is left out: how much of a finger it shows is what is
    to be examined. Its size as it lies there is the same for all."""
    cases = []
    for number in range(120):
        folder = tmp_path / str(number)
        folder.mkdir()
        cases.append(FINGERPRINTS.forge(f"fingerprints leak {number}", folder))
    features = [features_of(case.folder) for case in cases]
    pictures = [f"{path}.png: {what}" for path in (*EVIDENCE.MARKS, *EVIDENCE.PRINTS)
                for what in ("size compressed", "lines")]  # fmt: skip
    labels = [case.truth["decisions"]["mark_1"] for case in cases]
    assert told_by(features, labels, without=pictures) == []
    assert len({f["mark_1.png: size"] for f in features}) == 1


def named(*values: Any) -> dict[str, Any]:
    return dict(zip(("mark_1", "mark_2", "mark_3"), values, strict=True))


TRUTH: dict[str, Any] = {
    "file": {"records": 6, "finger": 7, "minutiae": 21},
    "patterns": {"print_a": "whorl", "print_b": "arch", "print_c": "left loop"},
    "ridges": 9,
    "minutiae": {
        "seen": [[100, 100, 90, 1], [200, 150, 10, 2], [150, 250, 300, 1], [60, 300, 200, 2]],
        "hidden": [[20, 20, 0, 1]],
        "poles": [[160, 180]],
    },
    "suitable": named("suitable", "refused", "suitable"),
    "rates": [{"fmr": 0.1, "fnmr": 0.2}, {"fmr": 0.0, "fnmr": 1.0}],
    "threshold": {"threshold": 12.5, "below": 12.1, "fnmr": 0.05, "bound": 0.0025},
    "log10_lr": {"print_a": 2.5, "print_b": -1.4, "print_c": -2.3},
    "limits": [-2.303, 3.602],
    "decisions": named("print_a", "inconclusive", "excluded"),
    "record": {"idc": 4, "finger": 2, "minutiae": [[10, 20, 358, 1, 50], [30, 40, 90, 2, 60]]},
}
GOOD = [methods.Minutia(10, 20, 358, 1, 50), methods.Minutia(30, 40, 90, 2, 60)]


def told(minutiae: list[methods.Minutia], idc: int = 4, finger: int = 2) -> str:
    record = records.minutiae_record(idc, minutiae, (384, 320), finger=finger)
    return record.encoded().hex()


def marks(*rows: tuple[float, float, float, str]) -> list[dict[str, Any]]:
    return [dict(zip(("x", "y", "direction", "kind"), row, strict=True)) for row in rows]


FOUR = (
    (103, 98, 80, "ending"), (200, 155, 370 - 360, "bifurcation"),
    (150, 250, -60, "ending"), (62, 300, 210, "bifurcation"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("question", "answer", "share"),
    [
        ("file", {"records": 6, "finger": "7", "minutiae": 21}, 1.0),
        ("file", {"records": 5, "finger": 7, "minutiae": 21}, 2 / 3),
        ("patterns", {" Print_A": "Whorl", "print_b": "arch", "print_c": "left loop"}, 1.0),
        ("patterns", {"print_c": "right loop"}, 0.0),
        ("ridges", 9, 1.0),
        ("ridges", "10", 0.5),
        ("ridges", 11, 0.0),
        ("minutiae", marks(*FOUR), 1.0),
        ("minutiae", marks(*FOUR, (22, 25, 5, "ending"), (163, 178, 0, "ending")), 1.0),
        ("minutiae", marks(*FOUR[:3]), 1.0),
        ("minutiae", marks(*FOUR[:2]), pytest.approx((2 / 3 - 0.4) / 0.4)),
        ("minutiae", marks(*((x, y, d, "ending") for x, y, d, _ in FOUR)), 0.875),
        ("minutiae", marks(*((y, x, d, k) for x, y, d, k in FOUR)), 0.0),
        ("minutiae", [], 0.0),
        ("suitable", named("suitable", "refused", "suitable"), 1.0),
        ("suitable", named("refused", "refused", "refused"), 1 / 3),
        ("rates", [{"fmr": 0.1, "fnmr": 0.2}, {"fmr": 0, "fnmr": 1}], 1.0),
        ("rates", [None, {"fmr": 0, "fnmr": 1}], 0.5),
        ("threshold", {"threshold": "12,3", "fnmr": 0.05, "bound": 0.00251}, 1.0),
        ("threshold", {"threshold": 12.1, "fnmr": 0.05, "bound": 0.0}, 1 / 3),
        ("log10_lr", {"print_a": 2.6, "print_b": -1.3, "print_c": -2.3}, 1.0),
        ("log10_lr", {"print_a": 5, "print_b": -1.4, "print_c": -2.3}, 0.0),
        ("log10_lr", {"print_a": -2.2, "print_b": 1.4, "print_c": 2.3}, 0.0),
        ("decisions", named("print_a", "inconclusive", "excluded"), 1.0),
        ("decisions", named("inconclusive", "inconclusive", "inconclusive"), 1 / 3),
        ("decisions", named("print_a", "print_a", "excluded"), 0.0),
        ("record", told(GOOD), 1.0),
        ("record", told(list(reversed(GOOD))).upper(), 1.0),
        ("record", told(GOOD, idc=5), 0.75),
        ("record", told([methods.Minutia(10, 20, 178, 1), GOOD[1]]), 0.75),
        ("record", told(GOOD[:1]), 0.5),
        ("record", told(GOOD) + "00", 0.0),
        ("record", "abc", 0.0),
    ],
)
def test_checks_take_other_right_answers_and_price_wrong_ones(
    question: str, answer: Any, share: Any
) -> None:
    verdict = CHECKS.CHECKS[question](FORMS[question].read(answer), TRUTH)
    assert verdict.share == pytest.approx(share)
    said = verdict.message.format(**verdict.values)
    if verdict.share == 0.0:
        assert len(said) > 60
    for secret in ("12.5", "0.05", "0.0025", "whorl", "print_a.", "358"):
        assert secret not in said


def test_points_add_up_and_tables_agree() -> None:
    points = FINGERPRINTS.points
    assert set(points) == {question["id"] for question in FINGERPRINTS.table["questions"]}
    assert sum(points.values()) == 29
    assert sum(points[question] for question in set(points) - set(FORMS)) == 5
    sources = {cell["id"]: "".join(cell["source"]) for cell in FINGERPRINTS.notebook["cells"]}
    for question in FINGERPRINTS.table["questions"]:
        row = f"| {question['title']} | {points[question['id']]} |"
        assert row in sources["working"]
        assert question["title"] in sources[f"about_{question['id']}"]
    for bound in (EVIDENCE.LEAST_AREA, EVIDENCE.LEAST_MINUTIAE, EVIDENCE.LEAST_QUALITY,
                  EVIDENCE.LEAST_PAIRS, 100 * EVIDENCE.LEAST_SHARE):  # fmt: skip
        assert f"**{bound:.0f}" in sources["policy"]
    assert f"**{EVIDENCE.IDENTIFICATION}**" in sources["policy"]
    assert set(CHECKS.CHECKS) == set(FORMS)
    missed = {q for simulation in CHECKS.SIMULATIONS for q in simulation.shares}
    assert missed == set(FORMS)


def test_hidden_sets_are_json_and_hold_the_edges() -> None:
    probes, rates = EVIDENCE._probes(practice("fingerprints probes"))
    assert len(probes) == len(rates) == 8
    flat = [score for same, different, _ in probes for score in same + different]
    assert None in flat
    assert all(0 <= one[name] <= 1 for one in rates for name in ("fmr", "fnmr"))
    for (same, different, threshold), one in zip(probes, rates, strict=True):
        low = np.array([-1e9 if s is None else s for s in same])
        high = np.array([-1e9 if s is None else s for s in different])
        assert one["fnmr"] == pytest.approx(float((low < threshold).mean()), abs=1e-6)
        assert one["fmr"] == pytest.approx(float((high >= threshold).mean()), abs=1e-6)
