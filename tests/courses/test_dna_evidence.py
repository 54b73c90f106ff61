"""The evidence of the module dna: solvable, determined, equal everywhere, telling nothing."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dalil.courses.dna import methods
from dalil.forging import practice
from tests.courses.course import Case, Course
from tests.courses.leaks import features_of, told_by

DNA = Course("dna")
EVIDENCE = DNA.evidence
SECONDS = 3.0  # of the processor for an average case
KINDS = {
    "source": {"supports Hp"},
    "stranger": {"supports Hd"},
    "brother": {"supports Hp", "supports Hd", "inconclusive"},
    "trace": {"inconclusive"},
    "crowd": {"inconclusive"},
}


def kind_of(case: Case) -> tuple[str, str]:
    kind, layout = EVIDENCE._plan(practice(case.name))
    return str(kind), str(layout)


def one_of_each_kind() -> Iterator[str]:
    wanted = set(KINDS)
    for number in range(1000):
        kind, _ = EVIDENCE._plan(practice(f"dna {number}"))
        if kind in wanted:
            wanted.remove(kind)
            yield f"dna {number}"


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    return [DNA.forge(name, tmp_path_factory.mktemp("case")) for name in one_of_each_kind()]


def request_of(case: Case) -> dict[str, str]:
    with (case.folder / "request.csv").open(encoding="utf-8", newline="") as file:
        return {row["field"]: row["value"] for row in csv.DictReader(file)}


def asked(case: Case) -> tuple[methods.Question, dict[str, str]]:
    """The question as a trainee reads it off the files."""
    request = request_of(case)
    frequencies = methods.read_frequencies(
        case.folder / "frequencies.csv", float(request["rare_frequency"])
    )
    persons = {
        who: methods.as_profile(loci)
        for who, loci in methods.read_profiles(case.folder / "persons.csv").items()
    }
    runs = methods.read_peaks(case.folder / "stain.csv")
    kit = methods.read_kit(case.folder / "kit.csv")
    known = []
    if request["known"] == "complainant":
        known = [methods.Known(persons["complainant"], float(request["dropout_known"]))]
    question = methods.Question(
        methods.call_replicates(runs, kit), persons["person of interest"], known,
        int(request["unknowns_hp"]),
        methods.Model(frequencies, float(request["dropin"]), float(request["theta"])),
    )  # fmt: skip
    return question, request


def opinion_of(low: float, high: float, question: methods.Question, people: int) -> str:
    least, most = methods.log10_range(question, low, high)
    if people > 3:
        return "inconclusive"
    return "supports Hp" if least >= 1 else "supports Hd" if most <= -1 else "inconclusive"


def assert_determined(case: Case) -> None:
    """The files lead to the truth, and to one opinion whatever interval is within the tolerance."""
    question, request = asked(case)
    truth = case.truth
    ratio = question.ratio(float(request["dropout"]))
    assert math.isclose(ratio.log10[0], truth["locus_lr"]["total"], abs_tol=1e-9)
    low, high = methods.plausible_dropout(question)
    assert (low, high) == (truth["sensitivity"]["low"], truth["sensitivity"]["high"])
    people = max(truth["contributors"].values())
    reach = DNA.checks.DROPOUT_TOLERANCE
    for down, up in ((0, 0), (-reach, reach), (reach, -reach), (-reach, -reach), (reach, reach)):
        ends = (max(low + down, 0.005), min(high + up, 0.995))
        assert opinion_of(*sorted(ends), question, people) == truth["decision"]["opinion"]  # type: ignore[misc]
    assert truth["decision"]["opinion"] in KINDS[kind_of(case)[0]]
    assert 1 <= len(truth["decision"]["strength"]) <= 2
    assert (people > 3) == (kind_of(case)[0] == "crowd")


def test_every_kind_is_determined_by_the_files(cases: list[Case]) -> None:
    assert {kind_of(case)[0] for case in cases} == set(KINDS)
    for case in cases:
        assert_determined(case)


def test_the_range_a_tolerant_interval_leads_to_is_within_the_band(cases: list[Case]) -> None:
    for case in cases:
        question, _ = asked(case)
        band = case.truth["sensitivity"]
        reach = DNA.checks.DROPOUT_TOLERANCE
        for down in (-reach, reach):
            low, high = max(band["low"] + down, 0.005), min(band["high"] - down, 0.995)
            if low >= high:
                continue
            least, most = methods.log10_range(question, low, high)
            slack = DNA.checks.LR_TOLERANCE
            assert band["least"][0] - slack <= least <= band["least"][1] + slack
            assert band["most"][0] - slack <= most <= band["most"][1] + slack


def test_the_single_stain_is_of_one_person_and_the_stain_of_several(cases: list[Case]) -> None:
    for case in cases:
        kit = methods.read_kit(case.folder / "kit.csv")
        single = methods.call(methods.read_peaks(case.folder / "single.csv")["run 1"], kit)
        assert {len(seen) for seen in single.values()} <= {1, 2}
        assert -40 < case.truth["rmp"] < -10
        assert min(case.truth["peaks"].values()) > 0
        assert set(case.truth["alleles"]) == {marker.locus for marker in methods.KIT}


def test_kinds_and_layouts_are_drawn_as_planned() -> None:
    plans = [EVIDENCE._plan(practice(f"plan {number}")) for number in range(600)]
    kinds, layouts = (Counter(plan[place] for plan in plans) for place in (0, 1))
    assert all(abs(kinds[kind] / 600 - share) < 0.06 for kind, share in EVIDENCE._KINDS.items())
    assert math.isclose(sum(EVIDENCE._KINDS.values()), 1.0)
    assert set(layouts) == set(EVIDENCE._LAYOUTS)
    assert min(layouts.values()) > 80


def test_texts_are_dealt_out_evenly_and_their_order_tells_nothing(tmp_path: Path) -> None:
    firsts: dict[str, Counter[str]] = {"I1": Counter(), "S1": Counter()}
    sums: Counter[int] = Counter()
    for number in range(150):
        items = EVIDENCE._write_items(practice(f"items {number}"), tmp_path)
        sentences = EVIDENCE._write_statements(practice(f"items {number}"), tmp_path)
        assert list(items) == ["I1", "I2", "I3", "I4"]
        assert len(sentences) == 6
        firsts["I1"][items["I1"]] += 1
        firsts["S1"][sentences["S1"]] += 1
        sums[list(items.values()).count("condition")] += 1
    assert all(0.3 < count / 150 < 0.7 for first in firsts.values() for count in first.values())
    assert set(sums) == {1, 2, 3}
    for pool in (methods.ITEMS, methods.SENTENCES):
        assert all(text.en and text.fr and text.ar for text in pool.values())
    assert set(methods.ITEMS) > EVIDENCE._EXPECTED
    assert set(methods.SENTENCES) > EVIDENCE._FALLACIES


def slow_probability(seen: list[str], pairs: Any, drops: Any, dropin: float, table: Any) -> float:
    """Over every way in which the copies may drop out, one by one."""
    copies = [(a, d) for pair, d in zip(pairs, drops, strict=True) for a in pair]
    total = 0.0
    for lost in np.ndindex(*(2,) * len(copies)):
        shown = {a for (a, _), gone in zip(copies, lost, strict=True) if not gone}
        extra = set(seen) - {a for a, _ in copies}
        if shown | extra != set(seen):
            continue
        chance = math.prod(d if gone else 1 - d for (_, d), gone in zip(copies, lost, strict=True))
        total += chance * (math.prod(dropin * table[a] for a in extra) if extra else 1 - dropin)
    return total


def test_probes_are_what_they_should_be_and_hold_each_trap() -> None:
    sets = set()
    for number in range(40):
        probes, results = EVIDENCE._probes(practice(f"probes {number}"))
        assert len(probes) == len(results) == 16
        for probe, expected in zip(probes, results, strict=True):
            assert slow_probability(*probe) == pytest.approx(expected)
        assert sum(any(a == b for a, b in probe[1]) for probe in probes) == 4
        assert sum(not probe[0] for probe in probes) == 1
        sets.add(str(probes))
    assert len(sets) == 40


def test_no_case_within_the_bounds_is_an_error_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EVIDENCE, "_attempt", lambda *_: None)
    with pytest.raises(EVIDENCE.ForgingError, match=f"of kind 'trace' in {EVIDENCE._DRAWS} draws"):
        EVIDENCE._draw(practice("x"), "trace", "known")


@pytest.mark.acceptance
def test_cases_are_determined_quickly_forged_and_tell_nothing_unread(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The peak tables are the examination itself: more alleles are more lines. All other files, and
    whether the person of interest is a giver or a stranger, must not show from outside."""
    cases = [DNA.forge(f"dna accepted {n}", tmp_path_factory.mktemp("case")) for n in range(140)]
    for case in cases[:60]:
        assert_determined(case)
    assert np.mean([case.seconds for case in cases]) < SECONDS
    features = [features_of(case.folder) for case in cases]
    stain = [name for name in features[0] if name.startswith("stain.csv: ")]
    numbers = ["request.csv: size compressed"]  # Pr(D) is told, and low where there is much DNA
    opinions = [case.truth["decision"]["opinion"] for case in cases]
    assert told_by(features, opinions, without=[*stain, *numbers]) == []
    assert told_by(features, [float(case.truth["rmp"]) for case in cases]) == []
    decided = [n for n, case in enumerate(cases) if kind_of(case)[0] in ("source", "stranger")]
    assert told_by([features[n] for n in decided], [opinions[n] for n in decided]) == []
