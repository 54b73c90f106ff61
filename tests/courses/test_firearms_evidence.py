"""The evidence of the module firearms: solvable, determined, equal everywhere, telling nothing."""

from __future__ import annotations

import json
import math
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from dalil.answers import decode_array
from dalil.courses.firearms import methods
from dalil.forging import practice
from tests.courses import course

FIREARMS = course.Course("firearms")
FILES, EVIDENCE = FIREARMS.files, FIREARMS.evidence
SCANS = [file for file in FILES.values() if file.endswith(".x3p")]
SECONDS = 3.0  # of the processor for an average case

KINDS = {
    "match": {"identification", "exclusion"},
    "none": {"exclusion"},
    "trap": {"inconclusive", "exclusion"},
    "both": {"identification", "inconclusive", "exclusion"},
    "faint": {"inconclusive", "exclusion"},
    "partial": {"inconclusive"},
    "sliver": {"inconclusive"},
}


@dataclass(frozen=True)
class Case(course.Case):
    """``kind`` is one of ``KINDS``, ``roles`` who made the known marks."""

    kind: str
    roles: dict[str, str]


def forged(name: str, folder: Path) -> Case:
    kind, roles = EVIDENCE._plan(practice(name))
    return Case(**vars(FIREARMS.forge(name, folder)), kind=kind, roles=roles)


def one_of_each_kind() -> Iterator[str]:
    wanted = set(KINDS)
    for number in range(1000):
        kind, _ = EVIDENCE._plan(practice(f"firearms {number}"))
        if kind in wanted:
            wanted.remove(kind)
            yield f"firearms {number}"


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    return [forged(name, tmp_path_factory.mktemp("case")) for name in one_of_each_kind()]


def compared(case: Case) -> tuple[methods.Prepared, dict[str, methods.Comparison]]:
    """The reference method on the files as a trainee gets them."""
    ready = {
        name: methods.prepare(methods.read_x3p(case.folder / FILES[name]))
        for name in ("questioned", *case.roles)
    }
    questioned = ready["questioned"]
    return questioned, {
        name: methods.compare_prepared(ready[name], questioned) for name in case.roles
    }


def assert_determined(case: Case) -> None:
    """Every number is clear of the policy's bounds by more than its tolerance."""
    area, pairs = compared(case)[0].fine.area, compared(case)[1]
    assert abs(area - 1.5) > 0.15
    for name, pair in pairs.items():
        assert pair.cmc == case.truth["cells"][name]
        assert pair.log10_lr == pytest.approx(case.truth["log10_lr"][name], abs=1e-3)
        assert pair.cell_count - pair.cmc >= 2
        decision = case.truth["decisions"][name]
        clear = {
            "identification": pair.cmc >= 8 and pair.log10_lr >= 1.15,
            "exclusion": pair.cmc <= 1 and pair.log10_lr <= -1.1,
            "inconclusive": area < 1.5
            or (pair.log10_lr > 0.15 and (pair.cmc <= 4 or pair.log10_lr < 0.85)),
        }
        assert clear[decision]
        if area >= 1.5:
            expected = {"source": "identification", "twin": "inconclusive", "other": "exclusion"}
            if case.kind == "faint":
                expected["source"] = "inconclusive"
            assert decision == expected[case.roles[name]]
    assert set(case.truth["decisions"].values()) == KINDS[case.kind]


def test_every_kind_is_determined_by_the_files(cases: list[Case]) -> None:
    assert {case.kind for case in cases} == set(KINDS)
    for case in cases:
        assert_determined(case)


def test_reference_method_meets_what_the_forge_knows(cases: list[Case]) -> None:
    for case in cases:
        scan = methods.read_x3p(case.folder / "questioned.x3p")
        y, x = np.indices(scan.heights.shape, dtype=float) * 12.5e-3
        known = np.isfinite(scan.heights)
        design = np.column_stack([np.ones(known.sum()), x[known], y[known]])
        _, right, down = np.linalg.lstsq(design, scan.heights[known], rcond=None)[0]
        assert right == pytest.approx(case.truth["tilt"]["x"], abs=0.5)
        assert down == pytest.approx(case.truth["tilt"]["y"], abs=0.5)
        first, second = (
            methods.prepare(methods.read_x3p(case.folder / name))
            for name in ("known_a.x3p", "control.x3p")
        )
        found, control = methods.register(first, second), case.truth["control"]
        assert found.rotation == pytest.approx(control["rotation"], abs=0.5)
        assert math.hypot(found.dx - control["dx"], found.dy - control["dy"]) < 10


def test_twin_misleads_the_ratio_and_a_faint_mark_the_cells(cases: list[Case]) -> None:
    by_kind = {case.kind: case for case in cases}
    for kind in ("trap", "both"):
        case = by_kind[kind]
        twin = next(name for name, role in case.roles.items() if role == "twin")
        assert case.truth["log10_lr"][twin] > 0
        assert case.truth["decisions"][twin] == "inconclusive"
    faint = by_kind["faint"]
    source = next(name for name, role in faint.roles.items() if role == "source")
    assert 0 < faint.truth["log10_lr"][source] < 1.6


def test_roles_change_places(cases: list[Case]) -> None:
    plans = [EVIDENCE._plan(practice(f"plan {number}")) for number in range(400)]
    kinds = Counter(kind for kind, _ in plans)
    assert set(kinds) == set(KINDS)
    assert all(abs(kinds[kind] / 400 - EVIDENCE._KINDS[kind][0]) < 0.08 for kind in KINDS)
    places = Counter(name for _, roles in plans for name, role in roles.items() if role == "source")
    assert min(places.values()) > 0.25 * sum(places.values())
    assert math.isclose(sum(share for share, _ in EVIDENCE._KINDS.values()), 1.0)
    assert len(cases) == len(KINDS)


def test_apertures_do_not_tell_slides_apart() -> None:
    roles = dict(zip(EVIDENCE.KNOWNS, ("other", "source", "twin"), strict=True))
    case = EVIDENCE._draw(practice("apertures"), "both", roles)
    assert len({known.slide.hole for known in case.knowns.values()}) == 1
    textures = [known.slide.texture for known in case.knowns.values()]
    assert not any(np.allclose(textures[n], textures[n - 1]) for n in range(3))


def test_metadata_tells_nothing(cases: list[Case]) -> None:
    layouts = set()
    for case in cases:
        assert {path.name for path in case.folder.iterdir()} == set(FILES.values())
        assert len({(case.folder / name).stat().st_size for name in SCANS}) == 1
        headers = set()
        for name in SCANS:
            with zipfile.ZipFile(case.folder / name) as archive:
                assert all(m.compress_type == zipfile.ZIP_STORED for m in archive.infolist())
                layouts.add(tuple((m.filename, m.file_size) for m in archive.infolist()))
                text = archive.read("main.xml").decode()
                headers.add(text[: text.index("<MD5ChecksumPointData>")])
        assert len(headers) == 1
        request = (case.folder / "request.csv").read_text(encoding="utf-8")
        assert [line.split(",")[0] for line in request.splitlines()] == [
            "field",
            "case",
            "questioned",
            *("known_a", "known_b", "known_c"),
            "control",
            "earlier_log10_lr",
            "pistols",
        ]
    assert len(layouts) == 1
    for file in FILES.values():
        assert len({(case.folder / file).read_bytes() for case in cases}) == len(cases)


def test_probability_is_far_from_the_fallacy(cases: list[Case], tmp_path: Path) -> None:
    for number in range(200):
        probability = EVIDENCE._request(practice(f"request {number}"), tmp_path)
        lines = (tmp_path / "request.csv").read_text(encoding="utf-8").splitlines()
        fields = dict(line.split(",", 1) for line in lines)
        lr, pistols = 10 ** float(fields["earlier_log10_lr"]), int(fields["pistols"])
        # Bayes over all pistols, one by one
        weights = np.array([lr] + [1.0] * (pistols - 1))
        assert probability == pytest.approx(weights[0] / weights.sum(), abs=1e-3)
        assert 0.15 < probability < 0.75 < lr / (1 + lr)
    assert all(0.15 < case.truth["probability"] < 0.75 for case in cases)


def slow_count(columns: list[list[float]], least: float, turn: float, reach: float) -> int:
    """An independent count, cell by cell."""
    rows = [row for row in zip(*columns, strict=True) if not any(math.isnan(v) for v in row)]
    kept = [row for row in rows if row[0] >= least]
    if not kept:
        return 0
    middle = [sorted(column) for column in zip(*kept, strict=True)]
    half = len(kept) // 2
    _, r, x, y = (m[half] if len(m) % 2 else (m[half - 1] + m[half]) / 2 for m in middle)
    return sum(
        abs(row[1] - r) <= turn and math.sqrt((row[2] - x) ** 2 + (row[3] - y) ** 2) <= reach
        for row in kept
    )


def test_probes_hold_arrays_and_no_result() -> None:
    sets = set()
    for number in range(100):
        probes, counts = EVIDENCE._probes(practice(f"probes {number}"))
        probes = json.loads(json.dumps(probes))
        assert len(probes) == len(counts) == 12
        assert sum(map(bool, counts)) == 8
        lost, empty = 0, 0
        for probe, expected in zip(probes, counts, strict=True):
            columns = [decode_array(column["npy"]).tolist() for column in probe[:4]]
            assert slow_count(columns, *probe[4:]) == expected
            lost += any(math.isnan(value) for column in columns for value in column)
            empty += not columns[0]
        assert (lost, empty) == (4, 1)
        sets.add(json.dumps(probes))
    assert len(sets) == 100


def test_no_case_within_the_bounds_is_an_error_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EVIDENCE, "_attempt", lambda *_: None)
    with pytest.raises(EVIDENCE.ForgingError, match=f"of kind 'none' in {EVIDENCE._DRAWS} draws"):
        EVIDENCE._draw(practice("x"), "none", {})


@pytest.mark.acceptance
def test_sixty_cases_are_determined_and_quickly_forged(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    seconds = []
    for number in range(60):
        case = forged(f"firearms accepted {number}", tmp_path_factory.mktemp("case"))
        assert_determined(case)
        seconds.append(case.seconds)
    assert np.mean(seconds) < SECONDS


@pytest.mark.acceptance
@pytest.mark.parametrize("kind", ["partial", "sliver"])
def test_the_kinds_that_are_redrawn_most_are_drawn_for_everybody(kind: str) -> None:
    evidence = FIREARMS.evidence
    for number in range(40):
        seed = practice(f"firearms {kind} {number}")
        roles = dict(zip(evidence.KNOWNS, evidence._KINDS[kind][1], strict=True))
        assert evidence._draw(seed, kind, roles).questioned.ready.fine.area < evidence.LEAST_AREA
