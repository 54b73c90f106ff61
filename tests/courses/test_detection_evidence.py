"""The evidence of the module detection: what each case holds, and that nothing tells it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from dalil.courses.detection import methods
from tests.courses.course import Case, Course
from tests.courses.leaks import features_of, told_by

DETECTION = Course("detection")
SEEDS, MANY = 8, 150
SECONDS = 3.0


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    return [
        DETECTION.forge(f"detection case {n}", tmp_path_factory.mktemp("case"))
        for n in range(SEEDS)
    ]


def test_forging_is_quick(cases: list[Case]) -> None:
    conclusions = {case.truth["decision"]["conclusion"] for case in cases}
    assert conclusions == {"compromised", "undetermined", "not_shown"}
    assert max(case.seconds for case in cases) < SECONDS
    sizes = [len(case.truth["rule"]["records"]) for case in cases]
    assert max(sizes) < 400_000


def test_truth_is_what_the_exhibits_hold(cases: list[Case]) -> None:
    for case in cases:
        day = methods.read_log(case.folder / "day.jsonl")
        finding, conclusion = case.truth["finding"], case.truth["decision"]["conclusion"]
        lost = methods.holes(day)
        assert len(lost) <= 1
        if conclusion == "compromised":
            (event,) = [
                e
                for e in day
                if (e.host, e.record) == (finding["host"], finding["record"])
                and e.event_id in (1, 13, 4688)
            ]
            assert event.named["User"].endswith(f"\\{finding['user']}")
            assert f"{event.when.astimezone(methods.ZONE):%H:%M}" == finding["local"]
            assert all(hole.host != finding["host"] for hole in lost)
        else:
            assert finding == {"host": "none", "user": "none", "record": 0, "local": "none"}
            assert bool(lost) is (conclusion == "undetermined")
        assert case.truth["logons"]["count"] >= 2
        assert 0.2 < case.truth["measures"]["precision"] < 0.9
        assert case.truth["measures"]["recall"] > 0.3
        assert case.truth["alarms"]["true_share"] < 0.1
        assert case.truth["signatures"]["quoting"] in case.truth["signatures"]["matching"]


def test_a_machine_switched_off_is_silent_without_a_hole(cases: list[Case]) -> None:
    """In some cases somebody goes home at noon: whoever takes silence for a hole is misled."""
    early = 0
    for case in cases:
        day = methods.read_log(case.folder / "day.jsonl")
        if methods.holes(day):
            continue
        last = {e.host: e.when.hour for e in day}
        early += min(last.values()) < 13
    assert early >= 1


def test_the_planted_record_does_not_stand_out_by_its_numbers(cases: list[Case]) -> None:
    """Identifiers rise with time on each host: a record that was staged last would not fit in."""
    for case in cases:
        last: dict[str, int] = {}
        for event in methods.read_log(case.folder / "day.jsonl"):
            if event.event_id == 1:
                number = int(event.fields["ProcessId"])
                assert number > last.get(event.host, 0)
                last[event.host] = number


def brute(rows: list[list[Any]], window: int, least: int) -> list[str]:
    """Every span that ends at a failure, by source: an independent count."""
    found = []
    for source in sorted({row[1] for row in rows}):
        mine = [(second, account) for second, s, account in rows if s == source]
        spans = [{a for t, a in mine if end - window <= t <= end} for end, _ in mine]
        if max(map(len, spans)) >= least:
            found.append(source)
    return found


def test_probes_ask_at_the_edges(cases: list[Case]) -> None:
    for case in cases:
        probes = json.loads(json.dumps(case.evidence.probes["sprayed"]))
        expected = case.truth["sprayed"]
        assert [brute(*probe) for probe in probes] == expected
        assert Counter(map(len, expected)) == {0: 5, 1: 2, 2: 1}
        assert sum(not rows for rows, _, _ in probes) == 1


def test_trial_and_labels_belong_together(cases: list[Case]) -> None:
    for case in cases:
        trial = methods.read_log(case.folder / "trial.jsonl")
        rows = (case.folder / "labels.csv").read_text("utf-8").splitlines()[1:]
        assert len(trial) == len(rows)
        sought = sum(row.endswith(",yes") for row in rows)
        assert 16 <= sought <= 28
        assert len(rows) - sought > 45


@pytest.mark.acceptance
def test_all_kinds_occur_and_metadata_tells_nothing(tmp_path: Path) -> None:
    cases = []
    for number in range(MANY):
        folder = tmp_path / str(number)
        folder.mkdir()
        cases.append(DETECTION.forge(f"detection many {number}", folder))
    assert max(case.seconds for case in cases) < SECONDS
    labels = [case.truth["decision"]["conclusion"] for case in cases]
    assert min(Counter(labels).values()) > 0.12 * MANY
    names = {(case.folder / "draft.yml").read_text("utf-8").split()[3] for case in cases}
    assert names == set(methods.TECHNIQUES) - set(methods.EXAMPLES)
    features = [features_of(case.folder) for case in cases]
    assert told_by(features, labels) == []
    assert told_by(features, [case.truth["finding"]["record"] > 0 for case in cases]) == []
