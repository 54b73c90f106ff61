"""The evidence of the module iblagh: determined, equal everywhere, telling nothing by itself."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from dalil.courses.iblagh import methods
from dalil.forging import practice
from tests.courses.course import Case, Course
from tests.courses.leaks import features_of, name_features, told_by

IBLAGH = Course("iblagh")
EVIDENCE = IBLAGH.evidence
SECONDS = 3.0  # of the processor for an average case


def rows(case: Case, name: str) -> list[dict[str, str]]:
    with (case.folder / IBLAGH.files[name]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """As kernels and the sandbox have it: threads of BLAS that wait for each other cost time."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return IBLAGH.forge("iblagh evidence", tmp_path_factory.mktemp("case"))


def test_exhibits_and_truth_belong_together(case: Case) -> None:
    queue = rows(case, "queue")
    names = [row["report"] for row in queue]
    assert len(set(names)) == len(names) == len(case.truth["incidents"])
    assert [row["received"] for row in queue] == sorted(row["received"] for row in queue)
    assert set(case.truth["urgent"]) < set(names)
    assert 4 <= len(case.truth["urgent"]) <= 10
    assert {row["report"] for row in rows(case, "named")} == set(case.truth["routing"])
    assert {row["report"] for row in rows(case, "sample")} < set(names)
    assert len(rows(case, "log")) == EVIDENCE.LOG
    request = {row["field"]: row["value"] for row in rows(case, "request")}
    draft = request["draft"].split()
    assert len(draft) == 6
    assert set(case.truth["draft"]) == set(draft) & set("BDFHJL")


def test_templates_of_the_queue_are_in_no_report_of_the_archive() -> None:
    known, unseen = methods.split(practice("iblagh evidence").rng("templates"))
    for kind, held in unseen.allowed.items():
        assert not set(held) & set(known.allowed[kind])


def test_routing_holds_every_trap(case: Case) -> None:
    desks = Counter(case.truth["routing"].values())
    assert sum(desks.values()) == 10
    assert desks["duty"] == 2
    assert desks["attach"] == 2
    assert sum(row["officer"] != "" for row in rows(case, "named")) == 4


def test_probes_hold_numbers_that_are_no_letters(case: Case) -> None:
    probes = [call[0] for call in case.evidence.probes["comparable"]]
    assert len(probes) == len(case.truth["comparable"]) == 13
    assert "" in probes
    changed = sum(methods.arabizi(text) != text for text in probes)
    assert 6 <= changed < 12


def items(case: Case) -> tuple[list[dict[str, float]], list[bool], list[bool]]:
    """What a glance at each report of the queue shows, and whether it is urgent, or fraud."""
    found = []
    for place, row in enumerate(rows(case, "queue")):
        minute = int(row["received"][14:16]) + 60 * int(row["received"][11:13])
        found.append({**name_features(row["report"]), "place": place, "minute": minute})
    urgent = [row["report"] in case.truth["urgent"] for row in rows(case, "queue")]
    alone = Counter(case.truth["incidents"].values())
    repeated = [alone[case.truth["incidents"][row["report"]]] > 1 for row in rows(case, "queue")]
    return found, urgent, repeated


def test_names_places_and_times_of_reports_tell_nothing(case: Case) -> None:
    found, urgent, repeated = items(case)
    assert told_by(found, urgent) == []
    assert told_by(found, repeated) == []


def logs(count: int) -> list[Any]:
    """Logs of drawn kinds, without the queues that cost the time."""
    shares = [share for share, *_ in EVIDENCE._KINDS.values()]
    made = []
    for number in range(count):
        seed = practice(f"iblagh log {number}")
        kind = str(seed.rng("kind").choice(list(EVIDENCE._KINDS), p=shares))
        made.append((kind, EVIDENCE._log(seed.child("log"), kind)))
    return made


def test_logs_are_determined_and_their_thresholds_clear() -> None:
    for kind, log in logs(8):
        urgent = [e for e in log.entries if e.urgent]
        hits = sum(e.urgency >= log.threshold for e in urgent)
        low, high = methods.wilson(hits, len(urgent))
        middle = "yes" if low >= 0.9 else "no" if high < 0.9 else "undetermined"
        expected = "no" if log.truth["fairness"]["clear"] == "yes" else middle
        assert EVIDENCE._DECISIONS[kind] == expected
        assert abs(low - 0.9) > 0.005
        assert abs(high - 0.9) > 0.005
        assert log.truth["matrix"]["recall"] == pytest.approx(hits / len(urgent))
        intervals = log.truth["threshold"]
        assert intervals["full"]
        assert not any(a < 0.5 <= b for a, b in intervals["half"])


def test_every_decision_occurs() -> None:
    assert sum(share for share, *_ in EVIDENCE._KINDS.values()) == pytest.approx(1.0)
    assert set(EVIDENCE._DECISIONS.values()) == {"yes", "no", "undetermined"}


@pytest.mark.acceptance
def test_files_do_not_tell_the_decision(tmp_path_factory: pytest.TempPathFactory) -> None:
    cases = [IBLAGH.forge(f"iblagh leak {n}", tmp_path_factory.mktemp("c")) for n in range(100)]
    features = [features_of(case.folder) for case in cases]
    # How the log compresses follows from how many rows are urgent, which is for everyone to count.
    shown = ["log.csv: size compressed", "log.csv: size"]
    for label in ("decision", "draft"):
        told = [str(case.truth[label]) for case in cases]
        assert told_by(features, told, without=shown) == []
    assert np.mean([case.seconds for case in cases]) < SECONDS
