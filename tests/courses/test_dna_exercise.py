"""The exercise of the module dna: its reference and its simulations earn what they must."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dalil.courses.dna import methods
from dalil.forging import practice
from tests.courses.course import BLANK, Course

DNA = Course("dna")
EVIDENCE, CHECKS = DNA.evidence, DNA.checks
ARGUMENTS = "seen, genotypes, dropouts, dropin, frequencies"
WAYS = DNA.ways({"solve_probability": f"def probability({ARGUMENTS}):\n    {BLANK}\n"})
QUICK, MANY = 1, 40


@pytest.fixture
def _undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The picture is not drawn again for each way of answering."""
    monkeypatch.setattr(methods, "draw_dye", lambda *_: None)


@pytest.mark.usefixtures("_undrawn")
@pytest.mark.parametrize("number", range(QUICK))
def test_each_way_earns_exactly_its_share(number: int, tmp_path: Path) -> None:
    DNA.assert_earned(DNA.forge(f"dna exercise {number}", tmp_path), WAYS)


@pytest.mark.acceptance
@pytest.mark.usefixtures("_undrawn")
@pytest.mark.parametrize("number", range(QUICK, MANY))
def test_each_way_earns_exactly_its_share_in_many_cases(number: int, tmp_path: Path) -> None:
    DNA.assert_earned(DNA.forge(f"dna exercise {number}", tmp_path), WAYS)


def named(kind: str) -> Iterator[str]:
    for number in range(300):
        if EVIDENCE._plan(practice(f"dna way {number}"))[0] == kind:
            yield f"dna way {number}"


_BY_THE_PEAK = """\
best = float(question.ratio(methods.GRID).log10.max())
decision = {"opinion": "supports Hp" if best > 0 else "supports Hd", "strength": "strong"}
"""
_AS_REQUESTED = """\
contributors = {"least": 2, "likely": 3}
total = locus_lr["total"]
decision = {"opinion": "supports Hp", "strength": strength_of(max(total, 1))}
"""


@pytest.mark.usefixtures("_undrawn")
def test_the_best_pr_d_and_blind_trust_in_the_request_are_no_support(tmp_path: Path) -> None:
    case = DNA.forge(next(named("crowd")), tmp_path)
    for source in (_BY_THE_PEAK, _AS_REQUESTED):
        full = f"def strength_of(value):\n    return 'strong'\n\n\n{source}"
        earned = DNA.shares(DNA.solve(case.folder, {"solve_decision": full}), case.evidence)
        assert earned["decision"] < 1.0


_RIGHT_LR = """\
model = methods.Model(frequencies, float(request["dropin"]), float(request["theta"]))
known = []
if request["known"] == "complainant":
    known = [methods.Known(persons["complainant"], float(request["dropout_known"]))]
question = methods.Question(
    evidence, persons["person of interest"], known, int(request["unknowns_hp"]), model
)
d = float(request["dropout"])
sides = [
    [methods.evidence_probability(runs, side, locus, model, question.typed)[0]
     for locus, runs in evidence.items()]
    for side in (question.hp(d), question.hd(d))
]
locus_lr = {n: float(np.log(a / b) / np.log(10)) for n, a, b in zip(evidence, *sides)}
locus_lr["total"] = sum(locus_lr.values())
"""
_OTHER_LR = {
    "one run": ("evidence.items()", "methods.call_replicates({'1': stain['run 1']}, kit).items()"),
    "no theta": ('float(request["theta"])', "0.0"),
    "no drop-out": ('float(request["dropout"])', "0.001"),
    "the complainant for the person": ('"person of interest"', '"complainant"'),
    "an unknown too many": ('int(request["unknowns_hp"])', '1 + int(request["unknowns_hp"])'),
    "natural logarithms": (" / np.log(10)", ""),
    "the other way round": ("np.log(a / b)", "np.log(b / a)"),
}


@pytest.mark.usefixtures("_undrawn")
def test_another_right_way_to_the_ratio_is_full_and_plausible_slips_are_not(
    tmp_path: Path,
) -> None:
    case = DNA.forge(next(named("source")), tmp_path)

    def share(source: str) -> float:
        return DNA.shares(DNA.solve(case.folder, {"solve_locus_lr": source}), case.evidence)[
            "locus_lr"
        ]

    assert share(_RIGHT_LR) == 1.0
    for slip, (right, wrong) in _OTHER_LR.items():
        assert right in _RIGHT_LR
        assert share(_RIGHT_LR.replace(right, wrong)) < 0.5, slip


_SIMULATED = """\
draws = np.random.default_rng(3)
total = sum(len(run) for runs in evidence.values() for run in runs)
kept = []
sides = [[k.profile for k in known] + [question.person], [k.profile for k in known]]
for fixed, extra in zip(sides, (question.unknowns, question.unknowns + 1)):
    accepted = []
    for _draw in range(9000):
        d = draws.uniform(0.005, 0.995)
        seen = 0
        for locus, runs in evidence.items():
            table = frequencies.table[locus]
            p = np.array(list(table.values()))
            unknown = draws.choice(list(table), 2 * extra, p=p / p.sum())
            lost = {}
            for number, profile in enumerate(fixed):
                drop = known[number].dropout if number < len(known) else d
                for allele in profile[locus]:
                    lost[allele] = lost.get(allele, 1.0) * drop
            for allele in unknown:
                lost[allele] = lost.get(allele, 1.0) * d
            chances = 1 - np.array(list(lost.values()))
            for _run in runs:
                seen += int((draws.random(len(chances)) < chances).sum())
                seen += int(draws.random() < model.dropin)
        if seen == total:
            accepted.append(d)
    kept.append(np.quantile(accepted, [0.05, 0.95]))
low, high = min(k[0] for k in kept), max(k[1] for k in kept)
least, most = methods.log10_range(question, low, high)
sensitivity = {"low": low, "high": high, "least": least, "most": most}
"""


@pytest.mark.acceptance
@pytest.mark.usefixtures("_undrawn")
def test_drop_out_by_simulation_is_as_right(tmp_path: Path) -> None:
    """The published way draws samples; it must earn nearly what the exact one does."""
    case = DNA.forge(next(named("source")), tmp_path)
    earned = DNA.shares(DNA.solve(case.folder, {"solve_sensitivity": _SIMULATED}), case.evidence)
    assert earned["sensitivity"] >= 0.75


_ONE_BY_ONE = """\
draws = np.random.default_rng(5)
values = []
for _person in range(1000):
    stranger = {}
    for locus, table in frequencies.table.items():
        p = np.array(list(table.values()))
        one, two = draws.choice(list(table), 2, p=p / p.sum())
        stranger[locus] = methods.genotype(str(one), str(two))
    other = methods.Question(evidence, stranger, known, question.unknowns, model)
    values.append(float(other.ratio(float(request["dropout"])).log10[0]))
strangers = float(np.percentile(values, 95))
"""


@pytest.mark.acceptance
@pytest.mark.usefixtures("_undrawn")
def test_strangers_one_by_one_are_as_right(tmp_path: Path) -> None:
    case = DNA.forge(next(named("source")), tmp_path)
    earned = DNA.shares(DNA.solve(case.folder, {"solve_strangers": _ONE_BY_ONE}), case.evidence)
    assert earned["strangers"] == 1.0


def test_the_picture_is_drawn_and_the_untouched_reference_is_full(tmp_path: Path) -> None:
    case = DNA.forge("dna drawn", tmp_path)
    earned = DNA.shares(DNA.solve(case.folder), case.evidence)
    assert earned == dict.fromkeys(DNA.forms, 1.0)


def test_points_add_up_and_tables_agree() -> None:
    points = DNA.points
    assert set(points) == {question["id"] for question in DNA.table["questions"]}
    assert sum(points.values()) == 32
    written = {question["id"] for question in DNA.table["questions"] if question.get("written")}
    assert sum(points[question] for question in written) == 5
    sources = {cell["id"]: "".join(cell["source"]) for cell in DNA.notebook["cells"]}
    for question in DNA.table["questions"]:
        row = f"| {question['title']} | {points[question['id']]} |"
        assert row in sources["working"]
        assert question["title"] in sources[f"about_{question['id']}"]
    assert EVIDENCE.LR_TOLERANCE == CHECKS.LR_TOLERANCE
    assert EVIDENCE.DROPOUT_TOLERANCE == CHECKS.DROPOUT_TOLERANCE
    assert f"above **{EVIDENCE.MOST_PEOPLE}**" in sources["policy"]
    assert [name for _, name in EVIDENCE.STRENGTHS] == CHECKS.ORDER[1:]
