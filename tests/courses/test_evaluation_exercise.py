"""Evidence, checks and exercise of the module evaluation: solvable, determined, telling nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dalil.courses.evaluation import methods
from dalil.forging import practice
from tests.courses.course import BLANK, Case, Course
from tests.courses.leaks import features_of, told_by

EVALUATION = Course("evaluation")
CHECKS, EVIDENCE, FORMS = EVALUATION.checks, EVALUATION.evidence, EVALUATION.forms
MANY = 100
BLANK_FUNCTION = {"solve_evaluate": f"def evaluate(score, same, different):\n    {BLANK}\n"}
NO_PICTURE = {"look": "None"}  # drawn once, in the test of the reference
WAYS = [replace(way, cells={**NO_PICTURE, **way.cells}) for way in EVALUATION.ways(BLANK_FUNCTION)]


@pytest.fixture(scope="module", autouse=True)
def _quick() -> Iterator[None]:
    """Each interval is drawn once, however often a case is forged or answered."""
    drawn: dict[tuple[Any, ...], tuple[float, float]] = {}
    slow = methods.lr_interval

    def quick(score: float, same: Any, different: Any, rng: Any, **rounds: int) -> Any:
        key = score, same.tobytes(), different.tobytes(), *rounds.values()
        if key not in drawn:
            drawn[key] = slow(score, same, different, rng, **rounds)
        return drawn[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(methods, "lr_interval", quick)
        yield


def kinds_of(name: str) -> dict[str, str]:
    return EVIDENCE._plan(practice(name))


def first_with(*kinds: str) -> str:
    """The name of the first case that holds a set-up of each of *kinds*."""
    names = (f"evaluation {number}" for number in range(1000))
    return next(name for name in names if set(kinds) <= set(kinds_of(name).values()))


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return EVALUATION.forge(first_with("drift", "few"), tmp_path_factory.mktemp("few"))


@pytest.fixture(scope="module")
def blurred(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return EVALUATION.forge(first_with("drift", "blur"), tmp_path_factory.mktemp("blur"))


def test_the_reference_earns_everything(blurred: Case) -> None:
    answers = EVALUATION.solve(blurred.folder)
    assert EVALUATION.shares(answers, blurred.evidence) == dict.fromkeys(FORMS, 1.0)
    assert blurred.seconds < 3


def test_each_way_earns_exactly_its_share(case: Case) -> None:
    EVALUATION.assert_earned(case, WAYS)


@pytest.mark.acceptance
@pytest.mark.parametrize("number", range(40))
def test_each_way_earns_exactly_its_share_in_many_cases(number: int, tmp_path: Path) -> None:
    EVALUATION.assert_earned(EVALUATION.forge(f"evaluation exercise {number}", tmp_path), WAYS)


# ------------------------------------------------------------------------------------- mutations


def earned(case: Case, **cells: str) -> dict[str, float]:
    changed = {f"solve_{question}": text for question, text in cells.items()}
    answers = EVALUATION.solve(case.folder, {**NO_PICTURE, **changed})
    return EVALUATION.shares(answers, case.evidence)


ALL_USED = 'decisions = dict.fromkeys(validation, "use")\n'
BY_LOSS = """\
decisions = {
    name: "use" if p["cllr"] - p["cllr_min"] <= 0.1 else "recalibrate"
    for name, p in performance.items()
}
"""
NEUTRAL = """\
log10_lr = {name: 0.0 for name in cuts}
"""
OWN_LINES = """\
log10_lr = {}
for name, cut in cuts.items():
    if decisions[cut["setup"]] != "none":
        own = methods.fit_logistic(training["same"], training["different"])
        limits = methods.elub(*ratios_of(training, own))
        log10_lr[name] = float(methods.within(methods.on_line(cut["score"], own), limits))
"""
WITHOUT_DOUBT = """\
log10_lr = {}
for name, cut in cuts.items():
    decision = decisions[cut["setup"]]
    if decision != "none":
        group = training if decision == "use" else validation[cut["setup"]]
        own = methods.fit_logistic(group["same"], group["different"], doubt=0)
        limits = methods.elub(*ratios_of(group, own))
        value = float(methods.within(methods.on_line(cut["score"], own), limits))
        log10_lr[name] = round(value, 2)
"""
BOUND_OF_H2 = """\
ratios = ratios_of(training, line)
low, high = methods.elub(ratios[1], ratios[0])
bounds = {"low": low, "high": high}
"""
ODDS = """\
def evaluate(score, same, different):
    same, different = same[np.isfinite(same)], different[np.isfinite(different)]
    if min(len(same), len(different)) < 10:
        return 0.0
    own = methods.fit_logistic(same, different)
    sizes = (-np.log10(len(same) + 1), np.log10(len(different) + 1))
    return float(methods.within(methods.on_line(score, own) + PRIOR, sizes))
"""
WHOLE_DOUBT = ODDS.replace(
    "methods.on_line(score, own) + PRIOR", "methods.on_line(score, own)"
).replace("methods.fit_logistic(same, different)", "methods.fit_logistic(same, different, doubt=1)")
NORMALS = """\
def evaluate(score, same, different):
    same, different = same[np.isfinite(same)], different[np.isfinite(different)]
    if min(len(same), len(different)) < 10:
        return 0.0
    spread = np.sqrt((same.var() + different.var()) / 2)
    line = methods.line_of(same.mean(), different.mean(), spread)
    sizes = (-np.log10(len(same) + 1), np.log10(len(different) + 1))
    return float(methods.within(methods.on_line(score, line), sizes))
"""


def test_plausible_wrong_ways_fail(case: Case, blurred: Case) -> None:
    for one in (case, blurred):
        assert earned(one, decisions=ALL_USED)["decisions"] == 0
        assert earned(one, decisions=BY_LOSS)["decisions"] == 0
        assert earned(one, log10_lr=NEUTRAL)["log10_lr"] == 0  # "not known" is not LR = 1
        assert earned(one, log10_lr=OWN_LINES)["log10_lr"] < 1  # drift not noticed
        assert earned(one, bounds=BOUND_OF_H2)["bounds"] < 0.5
    prior = ODDS.replace("PRIOR", "np.log10(len(same) / len(different))")
    assert earned(case, evaluate=prior)["evaluate"] < 0.6
    assert earned(case, evaluate=ODDS.replace("PRIOR", "0.6"))["evaluate"] < 0.6
    assert earned(case, evaluate="def evaluate(s, a, b):\n    return 0.0")["evaluate"] == 0
    natural = ODDS.replace("+ PRIOR", "* np.log(10)")
    assert earned(case, evaluate=natural)["evaluate"] < 0.6


def test_other_right_ways_pass(case: Case) -> None:
    assert earned(case, log10_lr=WITHOUT_DOUBT)["log10_lr"] == 1
    for other in (WHOLE_DOUBT, NORMALS):
        assert earned(case, evaluate=other)["evaluate"] == 1
    by_hand = f'prior = "{case.truth["prior"]:.2f}".replace(".", ",")'
    assert earned(case, prior=by_hand)["prior"] == 1
    truth = {name: np.mean(pair) for name, pair in case.truth["log10_lr"].items()}
    answer = FORMS["log10_lr"].read({f" {name.lower()} ": value for name, value in truth.items()})
    assert CHECKS.CHECKS["log10_lr"](answer, case.truth).share == 1


def test_explanations_fill_their_places_and_keep_the_truth(case: Case) -> None:
    wrong: dict[str, Any] = {
        "propositions": {"h1": case.truth["propositions"]["h2"], "h2": "A"},
        "performance": {},
        "bounds": {"low": 0, "high": 0},
        "decisions": dict.fromkeys("PQR", "use"),
        "log10_lr": dict.fromkeys(case.truth["words"], 9),
        "interval": {"low": 0, "high": 0},
        "words": {},
        "statements": {},
        "prior": 1,
        "evaluate": [None] * len(case.truth["evaluate"]),
    }
    assert set(wrong) == set(FORMS) == set(CHECKS.CHECKS)
    for question, answer in wrong.items():
        verdict = CHECKS.CHECKS[question](FORMS[question].read(answer), case.truth)
        said = verdict.message.format(**verdict.values)
        assert verdict.share == 0
        assert len(said) > 60
        assert "lesson, section" in said.lower()
        numbers = [*case.truth["interval"].values(), *case.truth["bounds"]["low"]]
        assert not any(str(number) in said for number in numbers)


# -------------------------------------------------------------------------------------- evidence


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    """Many cases, without what costs the most and leaves no trace in the files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EVIDENCE, "_probes", lambda seed: ([], []))
        patch.setattr(EVIDENCE, "_interval", lambda seed, case: {"low": 0.0, "high": 0.0})
        place = tmp_path_factory.mktemp("many")
        found = []
        for number in range(MANY):
            folder = place / str(number)
            folder.mkdir()
            found.append(EVALUATION.forge(f"evaluation {number}", folder))
        return found


def test_every_case_is_determined(cases: list[Case]) -> None:
    for one in cases:
        kinds, truth = kinds_of(one.name), one.truth
        wanted = {"fit": "use", "drift": "recalibrate", "few": "none", "blur": "none"}
        assert truth["decisions"] == {setup: wanted[kind] for setup, kind in kinds.items()}
        for low, high in truth["log10_lr"].values():
            assert high - low <= 0.35
            assert methods.verbal(low) == methods.verbal(high)
        limits = truth["limits"]
        at_bound = [n for n, (_, high) in truth["log10_lr"].items() if high == limits[n][1]]
        assert at_bound  # in each case the bound matters
        assert Counter(truth["statements"].values()) == {
            "sound": 3,
            "transposed": 3,
            "overstated": 2,
        }
        assert 0.01 < truth["prior"] < 0.9
    assert len({tuple(sorted(kinds_of(one.name).values())) for one in cases}) == 6
    declined = sum("none" in one.truth["decisions"].values() for one in cases)
    assert 0.5 * MANY < declined < 0.95 * MANY  # no ratio is often right, and not always


def test_the_true_ratio_is_the_one_of_the_closed_form() -> None:
    name = first_with("drift")
    kinds = kinds_of(name)
    tries = (EVIDENCE._attempt(practice(name).child(f"draw {n}"), kinds) for n in range(200))
    staged = next(one for one in tries if one is not None)
    for item, one in staged.stated.items():
        setup, score = staged.items[item]
        law = staged.validation[setup].population
        (m1, m0), s = (law.same.mean(), law.different.mean()), law.same.std()
        true = float(methods.on_line(score, methods.line_of(m1, m0, s)))
        inside = one.bounds[0] + 0.4 < true < one.bounds[1] - 0.4
        assert abs(one.reference - true) < 0.35 or not inside
        assert one.true == pytest.approx(true) or not inside


def test_nothing_but_the_scores_tells_the_truth(cases: list[Case]) -> None:
    features = [features_of(one.folder) for one in cases]
    sizes = [name for name in features[0] if name.startswith("validation.csv")]
    # How many validation pairs there are is what the first rule of the policy asks for.
    for label in (
        [one.truth["decisions"]["P"] for one in cases],
        [one.truth["propositions"]["h1"] for one in cases],
        [one.truth["statements"]["1"] for one in cases],
        [one.truth["words"]["K1"]["supports"] for one in cases],
        [float(one.truth["bounds"]["high"][0]) for one in cases],
    ):
        assert (
            told_by(
                features,
                label,
                without=[
                    *sizes,
                    "training.csv: size",
                    "training.csv: size compressed",
                    "training.csv: lines",
                ],
            )
            == []
        )


def test_places_tell_nothing(cases: list[Case]) -> None:
    """Which letter, number or name holds what is drawn, not given."""
    letters = Counter(one.truth["propositions"]["h1"] for one in cases)
    assert set(letters) == set("ABCDEFGH")
    assert max(letters.values()) < 0.3 * MANY
    numbers = Counter(
        number
        for one in cases
        for number, kind in one.truth["statements"].items()
        if kind == "sound"
    )
    assert min(numbers.values()) > 0.2 * MANY
    drifted = Counter(
        s for one in cases for s, kind in kinds_of(one.name).items() if kind == "drift"
    )
    assert min(drifted.values()) > 0.15 * MANY


def test_points_and_tables_agree() -> None:
    points = EVALUATION.points
    assert sum(points.values()) == 28
    assert points["report"] == 5
    sources = {c["id"]: "".join(c["source"]) for c in EVALUATION.notebook["cells"]}
    for question in EVALUATION.table["questions"]:
        assert f"| {question['title']} | {points[question['id']]} |" in sources["working"]
        assert question["title"] in sources[f"about_{question['id']}"]
    for bound in (EVIDENCE.LEAST_SAME, EVIDENCE.LEAST_DIFFERENT):
        assert f"**{bound}**" in sources["policy"]
    for bound in (EVIDENCE.MOST_CLLR_MIN, EVIDENCE.MOST_LOSS):
        assert f"**{bound:.2f}**" in sources["policy"]
