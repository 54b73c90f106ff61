"""The module custody: its exercise, evidence and checks, over hundreds of seeds."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

import dalil
from dalil.answers import form_from
from dalil.courses.custody import methods
from dalil.forging import practice
from dalil.models import Evidence

ROOT = Path(__file__).parents[2]
SEEDS = 300


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        f"custody_{name}", ROOT / f"graders/custody/{name}.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


EVIDENCE, CHECKS = load("evidence"), load("checks")
NOTEBOOK = json.loads((ROOT / "exercises/custody/custody.ipynb").read_text(encoding="utf-8"))
MODULE = tomllib.loads((ROOT / "courses/custody/module.toml").read_text(encoding="utf-8"))
FORMS = {q["id"]: form_from(q["form"]) for q in MODULE["questions"] if "form" in q}
FILES = {exhibit["name"]: exhibit["file"] for exhibit in MODULE["exhibits"]}
BLANK = "raise NotImplementedError()"


class Desk:
    """Stands in for ``dalil.case``: hands out the exhibits of a folder and keeps the answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.answers: dict[str, Any] = {}

    def exhibit(self, name: str) -> Path:
        return self.folder / FILES[name]

    def answer(self, question: str, value: Any) -> None:
        self.answers[question] = value


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, Evidence]]:
    found = []
    for number in range(SEEDS):
        folder = tmp_path_factory.mktemp(f"case{number}")
        found.append((folder, EVIDENCE.forge(practice(f"custody test {number}"), folder)))
    return found


@pytest.fixture
def _quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Notebook cells are compiled in the test's process; tables need no display."""
    monkeypatch.setattr(methods, "table", lambda *_: None)
    return


def solve(
    folder: Path, monkeypatch: pytest.MonkeyPatch, cells: dict[str, str | None]
) -> dict[str, Any]:
    """Run the exercise with *cells* in place of its solutions; what raises is skipped."""
    desk = Desk(folder)
    monkeypatch.setattr(dalil, "case", desk, raising=False)
    scope: dict[str, Any] = {}
    for cell in NOTEBOOK["cells"]:
        if cell["cell_type"] != "code":
            continue
        source = cells.get(cell["id"], "".join(cell["source"])) or BLANK
        try:
            exec(compile(source, cell["id"], "exec"), scope)
        except (NameError, NotImplementedError):
            assert cell["id"] in cells or f"solve_{cell['id']}" in cells
    return desk.answers


def shares(answers: dict[str, Any], evidence: Evidence) -> dict[str, float]:
    """What each answer earns, as the grading side would find it."""
    truth = json.loads(json.dumps(evidence.truth))
    earned = dict.fromkeys(FORMS, 0.0)
    for question, answer in answers.items():
        form, value = FORMS[question], answer
        if callable(answer):
            logs = json.loads(json.dumps(evidence.probes[question]))
            value = [called(answer, arguments) for arguments in logs]
        earned[question] = CHECKS.CHECKS[question](form.read(value), truth).share
    return earned


def called(function: Any, arguments: list[Any]) -> Any:
    try:
        return function(*arguments)
    except NotImplementedError:
        return None


@pytest.mark.usefixtures("_quiet")
def test_reference_earns_everything_and_a_blank_release_nothing(
    cases: list[tuple[Path, Evidence]], monkeypatch: pytest.MonkeyPatch
) -> None:
    blank: dict[str, str | None] = dict.fromkeys(f"solve_{question}" for question in FORMS)
    blank["solve_verify"] = f"def verify(entries):\n    {BLANK}\n"
    for folder, evidence in cases:
        assert shares(solve(folder, monkeypatch, {}), evidence) == dict.fromkeys(FORMS, 1.0)
        assert shares(solve(folder, monkeypatch, blank), evidence) == dict.fromkeys(FORMS, 0.0)


@pytest.mark.usefixtures("_quiet")
@pytest.mark.parametrize("simulation", CHECKS.SIMULATIONS, ids=lambda s: s.name)
def test_simulations_earn_exactly_their_shares(
    simulation: Any, cases: list[tuple[Path, Evidence]], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = dict.fromkeys(FORMS, 1.0) | dict(simulation.shares)
    assert sum(expected.values()) < len(FORMS)
    for folder, evidence in cases:
        earned = shares(solve(folder, monkeypatch, dict(simulation.cells)), evidence)
        assert earned == pytest.approx(expected)


def test_every_number_and_kind_of_break_occurs(cases: list[tuple[Path, Evidence]]) -> None:
    numbers: Counter[int] = Counter()
    kinds: Counter[str] = Counter()
    decisions: Counter[str] = Counter()
    for _, evidence in cases:
        breaks: Any = evidence.truth["breaks"]
        numbers[len(breaks)] += 1
        kinds.update(item["kind"] for item in breaks)
        decisions[str(evidence.truth["decision"])] += 1
    assert set(numbers) == {0, 1, 2, 3}
    assert set(kinds) == set(methods.KINDS)
    assert set(decisions) == {"intact", "broken", "undetermined"}
    assert min(numbers.values()) > SEEDS * 0.1
    assert min(kinds.values()) > SEEDS * 0.1


def test_oddities_are_in_every_log_and_never_among_the_breaks(
    cases: list[tuple[Path, Evidence]],
) -> None:
    for folder, evidence in cases:
        truth: Any = evidence.truth
        log = methods.read_log(folder / methods.LOG)
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


def test_truth_agrees_with_an_independent_reading(cases: list[tuple[Path, Evidence]]) -> None:
    for folder, evidence in cases:
        truth: Any = evidence.truth
        log = methods.read_log(folder / methods.LOG)
        pack = methods.open_pack(folder / methods.PACK)
        manifest = methods.read_manifest(folder / methods.MANIFEST)
        assert methods.same_digest(
            log[-1]["pack_sha256"], methods.sha256_file(folder / methods.PACK)
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
    cases: list[tuple[Path, Evidence]],
) -> None:
    for folder, evidence in cases:
        log = methods.read_log(folder / methods.LOG)
        truth: Any = evidence.truth
        late = {item["entry"] for item in truth["breaks"] if item["kind"] == "gap"}
        for before, entry in pairwise(log):
            minutes = methods.minutes_between(before, entry)
            assert minutes > 0
            if before["keeping"] != methods.LOCKED:
                low, high = (150, 330) if int(entry["entry"]) in late else (5, 115)
                assert low <= minutes <= high


def test_metadata_tells_nothing(cases: list[tuple[Path, Evidence]]) -> None:
    """Names, order, times, attributes and sizes are the same with and without a break."""
    layouts, sizes = set(), set()
    for folder, _ in cases:
        assert {path.name for path in folder.iterdir()} == set(FILES.values())
        manifest = methods.read_manifest(folder / methods.MANIFEST)
        with zipfile.ZipFile(folder / methods.PACK) as archive:
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


def test_probes_hold_no_result(cases: list[tuple[Path, Evidence]]) -> None:
    for _, evidence in cases[:50]:
        expected: Any = evidence.truth["verify"]
        logs = [arguments[0] for arguments in evidence.probes["verify"]]
        assert len(logs) == len(expected) == 12
        assert sorted(map(bool, expected)) == [False] * 4 + [True] * 8
        assert all(set(row) == set(methods.LOG_COLUMNS) for log in logs for row in log)
    assert len({tuple(evidence.truth["verify"]) for _, evidence in cases[:50]}) > 40  # type: ignore[arg-type]


def test_bytes_do_not_depend_on_the_machine() -> None:
    script = (
        "import hashlib, importlib.util, json, sys, tempfile; from pathlib import Path\n"
        "from dalil.forging import practice\n"
        "spec = importlib.util.spec_from_file_location('evidence', sys.argv[1])\n"
        "module = importlib.util.module_from_spec(spec); spec.loader.exec_module(module)\n"
        "with tempfile.TemporaryDirectory() as name:\n"
        "    made = module.forge(practice('same everywhere'), Path(name))\n"
        "    files = {p.name: hashlib.sha256(p.read_bytes()).hexdigest()\n"
        "             for p in sorted(Path(name).iterdir())}\n"
        "print(json.dumps([files, made.truth, made.probes]))\n"
    )
    machines = (
        {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "77", "TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8"},
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", script, str(ROOT / "graders/custody/evidence.py")],
            env={**os.environ, **machine},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for machine in machines
    }
    assert len(printed) == 1


def test_trainees_get_different_exhibits(cases: list[tuple[Path, Evidence]]) -> None:
    for file in FILES.values():
        assert len({(folder / file).read_bytes() for folder, _ in cases}) == SEEDS


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
