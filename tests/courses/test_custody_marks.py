"""The module custody: its exercise, evidence and checks, over hundreds of seeds."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from dalil.courses.custody import methods
from tests.courses.course import BLANK, Case, Course, Way
from tests.courses.leaks import features_of, told_by

CUSTODY = Course("custody")
FORMS, FILES, CHECKS = CUSTODY.forms, CUSTODY.files, CUSTODY.checks
SEEDS = 300


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    return [
        CUSTODY.forge(f"custody test {number}", tmp_path_factory.mktemp(f"case{number}"))
        for number in range(SEEDS)
    ]


@pytest.fixture
def _quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Notebook cells are compiled in the test's process; tables need no display."""
    monkeypatch.setattr(methods, "table", lambda *_: None)
    return


@pytest.mark.usefixtures("_quiet")
@pytest.mark.parametrize(
    "way",
    CUSTODY.ways({"solve_verify": f"def verify(entries):\n    {BLANK}\n"}),
    ids=lambda way: way.name,
)
def test_each_way_earns_exactly_its_share(way: Way, cases: list[Case]) -> None:
    for case in cases:
        CUSTODY.assert_earned(case, [way])


def test_every_number_and_kind_of_break_occurs(cases: list[Case]) -> None:
    numbers: Counter[int] = Counter()
    kinds: Counter[str] = Counter()
    decisions: Counter[str] = Counter()
    for case in cases:
        breaks = case.truth["breaks"]
        numbers[len(breaks)] += 1
        kinds.update(item["kind"] for item in breaks)
        decisions[str(case.truth["decision"])] += 1
    assert set(numbers) == {0, 1, 2, 3}
    assert set(kinds) == set(methods.KINDS)
    assert set(decisions) == {"intact", "broken", "undetermined"}
    assert min(numbers.values()) > SEEDS * 0.1
    assert min(kinds.values()) > SEEDS * 0.1


def test_oddities_are_in_every_log_and_never_among_the_breaks(
    cases: list[Case],
) -> None:
    for case in cases:
        truth = case.truth
        log = methods.read_log(case.folder / methods.LOG)
        accused = {item["entry"] for item in truth["breaks"]}
        assert len(log) == 17
        assert 80 <= truth["transit"] <= 115
        nights = [e for b, e in pairwise(log) if methods.minutes_between(b, e) > 400]
        assert len(nights) >= 5
        oddities = {
            "correction": [e for e in log if e["purpose"].startswith("correction of entry")],
            "check": [e for e in log if e["purpose"] == "stock check"],
            "deputy": [e for e in log if e["signature"].startswith("p.o.")],
            "capitals": [e for e in log if e["pack_sha256"].isupper()],
        }
        assert {name: len(found) for name, found in oddities.items()} == dict.fromkeys(oddities, 1)
        assert not accused & {int(oddities[name][0]["entry"]) for name in ("correction", "check")}
        reseals = [e for e in log[1:] if e["seal_before"] != e["seal_after"]]
        reused = [item["entry"] for item in truth["breaks"] if item["kind"] == "seal"]
        assert len(reseals) == 3
        assert len(set(truth["seals"])) == 4 - len(reused)


def test_truth_agrees_with_an_independent_reading(cases: list[Case]) -> None:
    for case in cases:
        truth = case.truth
        log = methods.read_log(case.folder / methods.LOG)
        pack = methods.open_pack(case.folder / methods.PACK)
        manifest = methods.read_manifest(case.folder / methods.MANIFEST)
        assert methods.same_digest(
            log[-1]["pack_sha256"], methods.sha256_file(case.folder / methods.PACK)
        )
        changed = [
            row["file"]
            for row in manifest
            if row["sha256"].lower() != methods.sha256_bytes(pack[row["file"]])
        ]
        assert sorted(changed) == truth["mismatched"]
        hashed = [item for item in truth["breaks"] if item["kind"] == "hash"]
        assert bool(changed) == bool(hashed)
        gaps = [gap.entry for gap in methods.find_gaps(log)]
        assert gaps == [item["entry"] for item in truth["breaks"] if item["kind"] == "gap"]
        sound = methods.chained(log) == log
        assert sound == (truth["decision"] != "undetermined")


def test_gaps_and_regular_stretches_stay_in_their_bands(
    cases: list[Case],
) -> None:
    for case in cases:
        log = methods.read_log(case.folder / methods.LOG)
        truth = case.truth
        late = {item["entry"] for item in truth["breaks"] if item["kind"] == "gap"}
        for before, entry in pairwise(log):
            minutes = methods.minutes_between(before, entry)
            assert minutes > 0
            if before["keeping"] != methods.LOCKED:
                low, high = (150, 330) if int(entry["entry"]) in late else (5, 115)
                assert low <= minutes <= high


def test_metadata_tells_nothing(cases: list[Case]) -> None:
    """Names, order, times, attributes and sizes are the same with and without a break."""
    layouts, sizes = set(), set()
    for case in cases:
        assert {path.name for path in case.folder.iterdir()} == set(FILES.values())
        manifest = methods.read_manifest(case.folder / methods.MANIFEST)
        with zipfile.ZipFile(case.folder / methods.PACK) as archive:
            members = archive.infolist()
        assert len({member.date_time for member in members}) == 1
        layouts.add(
            tuple(
                (m.filename, m.compress_type, m.external_attr, m.extra, m.comment, m.create_system)
                for m in members
            )
        )
        by_name = {member.filename: member.file_size for member in members}
        sizes.update(by_name[row["file"]] - int(row["size_bytes"]) for row in manifest)
        assert [row["file"] for row in manifest] == [member.filename for member in members]
    assert len(layouts) == 1
    assert sizes == {0}


def test_probes_hold_no_result(cases: list[Case]) -> None:
    for case in cases[:50]:
        expected = case.truth["verify"]
        logs = [arguments[0] for arguments in case.evidence.probes["verify"]]
        assert len(logs) == len(expected) == 12
        assert sorted(map(bool, expected)) == [False] * 4 + [True] * 8
        assert all(set(row) == set(methods.LOG_COLUMNS) for log in logs for row in log)
    assert len({tuple(case.truth["verify"]) for case in cases[:50]}) > 40


def test_the_layout_does_not_tell_the_truth(cases: list[Case]) -> None:
    """Altered files are found by their digests alone; whatever else a folder shows is chance.

    A pack that changed has two digests, and the log that records both compresses less: to read it
    is what the exercise asks for.
    """
    features = [features_of(case.folder) for case in cases]
    altered = {name for case in cases for name in case.truth["mismatched"]}
    assert len(altered) == 8
    for label in (
        [str(case.truth["decision"]) for case in cases],
        [len(case.truth["breaks"]) for case in cases],
        [float(case.truth["transit"]) for case in cases],
        *([name in case.truth["mismatched"] for case in cases] for name in sorted(altered)),
    ):
        assert told_by(features, label, without=["handover_log.csv: size compressed"]) == []


def test_trainees_get_different_exhibits(cases: list[Case]) -> None:
    for file in FILES.values():
        assert len({(case.folder / file).read_bytes() for case in cases}) == SEEDS


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    return {
        "seals": ["S-1", "S-2", "S-1", "S-3"],
        "digests": {"façade.png": "ab" * 32, "محضر.txt": "cd" * 32},
        "mismatched": ["محضر.txt"],
        "transit": 97,
        "breaks": [{"entry": 4, "kind": "gap"}, {"entry": 9, "kind": "seal"}],
        "verify": [0, 3, 9],
        "decision": "broken",
    }


GAP, SEAL = {"entry": 4, "kind": "gap"}, {"entry": 9, "kind": "seal"}


@pytest.mark.parametrize(
    ("question", "answer", "share"),
    [
        ("breaks", [SEAL, GAP, GAP], 1.0),
        ("breaks", [{"entry": np.int64(4), "kind": "GAP"}, SEAL], 1.0),
        ("breaks", [GAP, {"entry": 9, "kind": "hash"}], 0.75),
        ("breaks", [GAP], 0.5),
        ("breaks", [GAP, SEAL, {"entry": 5, "kind": "gap"}], 0.5),
        ("breaks", [GAP, SEAL, {"entry": 4, "kind": "seal"}], 0.5),
        ("breaks", [], 0.0),
        ("digests", {"محضر.txt": "CD" * 32, "façade.png": "AB" * 32}, 1.0),
        ("digests", {"fac\u0327ade.png": "ab" * 32, "pack/محضر.txt": "cd" * 32}, 1.0),
        ("digests", {"façade.png": "ab" * 32}, 0.5),
        ("digests", {"façade.png": "ab" * 32, "other": "ab" * 32}, 0.0),
        ("mismatched", ("محضر.txt",), 1.0),
        ("mismatched", ["محضر.txt", "façade.png"], 0.5),
        ("mismatched", [], 0.0),
        ("seals", ["s-1 ", "S-2", "S-1", "S-3"], 1.0),
        ("seals", ["S-1", "S-2", "S-3"], 0.5),
        ("seals", ["S-1", "S-2"], 0.0),
        ("transit", "97,0", 1.0),
        ("transit", np.float64(98), 1.0),
        ("transit", 98.5, 0.0),
        ("verify", [0, 3, 9], 1.0),
        ("verify", [0, 3, 8], 0.75),
        ("verify", [1, 3, 9], 0.5),
        ("verify", [0, 0, 0], 0.0),
        ("verify", [None, None, None], 0.0),
        ("decision", "Broken", 1.0),
        ("decision", "intact", 0.0),
    ],
)
def test_checks_take_other_right_answers_and_price_wrong_ones(
    question: str, answer: Any, share: float, truth: dict[str, Any]
) -> None:
    read = FORMS[question].read(answer)
    assert CHECKS.CHECKS[question](read, truth).share == pytest.approx(share)


@pytest.mark.parametrize(
    ("question", "answer", "share"),
    [("breaks", [], 1.0), ("breaks", [GAP], 0.5), ("mismatched", [], 1.0)],
)
def test_nothing_to_find_is_an_answer(
    question: str, answer: Any, share: float, truth: dict[str, Any]
) -> None:
    none = truth | {"breaks": [], "mismatched": []}
    assert CHECKS.CHECKS[question](FORMS[question].read(answer), none).share == share


def test_explanations_fill_their_places_and_keep_the_truth(truth: dict[str, Any]) -> None:
    wrong = SimpleNamespace(
        seals=["S-9"],
        digests={"x": "0" * 64},
        mismatched=["x"],
        transit=0.0,
        breaks=[{"entry": 1, "kind": "hash"}],
        verify=[None, None, None],
        decision="intact",
    )
    secrets = ("S-1", "S-2", "façade", "محضر", "97", "cdcd", "abab")
    for question, check in CHECKS.CHECKS.items():
        verdict = check(getattr(wrong, question), truth)
        said = verdict.message.format(**verdict.values)
        assert verdict.share == 0.0
        assert len(said) > 60
        assert not any(secret in said for secret in secrets)
