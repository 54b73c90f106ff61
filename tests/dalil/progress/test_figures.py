"""The figures of random academies, against the same counted one by one from their attainments."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dalil.errors import UsageError
from dalil.progress import LISTS, VIEWS, Attainment, Figures, Progress
from dalil.roster import Person, Rules
from tests.dalil.progress.ledgers import (
    CUSTODY,
    MODULES,
    SKILLS,
    Academy,
    academy,
    now,
    spread,
    stuck,
    summary,
)


@pytest.fixture(scope="module", params=[1, 2, 3])
def lived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Academy:
    found = academy(tmp_path_factory.mktemp("academy"), request.param)
    found.enrol(14)
    found.live(160)
    roster = found.roster
    roster.set_dates("custody", who="tests", rules=Rules(due=now(-1)))
    roster.set_dates("custody", who="tests", cohort="A", rules=Rules(due=now(-2)))
    roster.extend("custody", who="tests", why="ill", trainee="يوسف", due=now(30))
    roster.extend("custody", who="tests", why="far away", cohort="A", due=now(0.5))
    return found


def figures(found: Academy, days: float = 0) -> Figures:
    return Progress(found.places, found.booked).figures(MODULES, now(days))


def cohort_of(found: Academy) -> dict[str, str]:
    return {p.id: p.cohort for p in found.roster.people() if p.role == "trainee"}


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {k: v for k, v in row.items() if k not in (*names, "low", "high", "title")}


@pytest.mark.parametrize("days", [0, 8])
def test_by_module_and_cohort(lived: Academy, days: float) -> None:
    shown, rows, calendar = figures(lived, days), lived.attained(), lived.roster.calendar()
    cohorts = cohort_of(lived)
    for row in shown.by("module")["rows"]:
        expected = summary(rows, list(cohorts), row["module"], calendar, shown.at)
        assert without(row, "module") == expected
    by_cohort = shown.by("cohort")["rows"]
    assert {(r["cohort"], r["module"]) for r in by_cohort} == {
        (cohort, module.id) for cohort in cohorts.values() for module in MODULES
    }
    for row in by_cohort:
        people = [name for name, cohort in cohorts.items() if cohort == row["cohort"]]
        expected = summary(rows, people, row["module"], calendar, shown.at)
        assert without(row, "module", "cohort") == expected
        if row["cohort"]:
            only = shown.by("module", cohort=row["cohort"], module=row["module"])["rows"]
            assert only == [{k: v for k, v in row.items() if k != "cohort"}]


def pooled(rows: list[Attainment], skill: str) -> tuple[dict[str, float], set[str]]:
    """Each trainee's share in a competency, and who waits for a mark in it."""
    points: dict[str, float] = {}
    worth: dict[str, float] = {}
    waits: set[str] = set()
    for row in rows:
        for mark in row.questions:
            if mark.competency == skill and mark.points is not None:
                points[row.trainee] = points.get(row.trainee, 0) + mark.points
                worth[row.trainee] = worth.get(row.trainee, 0) + (mark.max_points or 0)
            if mark.competency == skill and mark.waits:
                waits.add(row.trainee)
    return {name: points[name] / worth[name] for name in points if worth[name]}, waits


def test_by_competency_alone_and_by_cohort_and_module(lived: Academy) -> None:
    shown, cohorts = figures(lived), cohort_of(lived)
    rows = [row for row in lived.attained() if row.trainee in cohorts]
    for view, apart in (("competency", ()), ("skills", ("cohort",)), ("matrix", ("cohort", "m"))):
        found = shown.by(view)["rows"]
        assert found
        for line in found:
            mine = [
                row
                for row in rows
                if ("cohort" not in apart or cohorts[row.trainee] == line["cohort"])
                and ("m" not in apart or row.module == line["module"])
            ]
            shares, waits = pooled(mine, line["competency"])
            expected = {"people": len(shares), "waits": len(waits), **spread([*shares.values()])}
            assert without(line, "competency", "cohort", "module") == expected, line
            assert line["title"] == SKILLS[line["competency"]]
    total = sum(line["people"] for line in shown.by("skills")["rows"])
    assert total == sum(line["people"] for line in shown.by("competency")["rows"])


def test_by_trainee_and_each_trainee(lived: Academy) -> None:
    shown, cohorts = figures(lived), cohort_of(lived)
    rows = lived.attained()
    lines = shown.by("trainee")["rows"]
    assert [line["trainee"] for line in lines] == sorted(cohorts)
    for line in lines:
        mine = {row.module: row for row in rows if row.trainee == line["trainee"]}
        shares = [row.share for row in mine.values() if row.share is not None]
        assert line["graded"] == sum(row.graded is not None for row in mine.values())
        assert line["waits"] == sum(row.waits > 0 for row in mine.values())
        assert line["share"] == (round(sum(shares) / len(shares), 4) if shares else None)
        detail = shown.trainee(line["trainee"])
        assert detail["name"] == line["name"]
        for module in detail["modules"]:
            row = mine[module["module"]]
            assert module["attempt"] == row.attempt
            assert module["graded"] == (row.graded.isoformat() if row.graded else None)
            assert module["share"] == (None if row.share is None else round(row.share, 4))
            skills = {s["competency"]: s["share"] for s in module["competencies"]}
            for skill, share in skills.items():
                found = pooled([row], skill)[0].get(row.trainee)
                assert share == (None if found is None else round(found, 4))


def test_the_queue_and_who_is_stuck_or_late(lived: Academy) -> None:
    shown, cohorts = figures(lived, days=8), cohort_of(lived)
    rows = {(r.trainee, r.module): r for r in lived.attained() if r.trainee in cohorts}
    queue = shown.listed("queue")
    assert {(line["trainee"], line["module"], line["state"]) for line in queue["rows"]} == {
        (*key, "to-grade" if row.pending else "to-mark")
        for key, row in rows.items()
        if row.pending or row.waits
    }
    pending = [line["pending"] for line in queue["rows"] if line["state"] == "to-grade"]
    assert pending == sorted(pending)
    found = shown.listed("stuck")["rows"]
    assert {(line["trainee"], line["module"]) for line in found} == {
        key for key, row in rows.items() if stuck(row, shown.at)
    }
    calendar = lived.roster.calendar()
    late = {
        (name, module.id)
        for name in cohorts
        for module in MODULES
        if (due := calendar.rules(module.id, name).due)
        and ((rows[name, module.id].submitted if (name, module.id) in rows else None) or shown.at)
        > due
    }
    answer = shown.listed("late")
    assert {(line["trainee"], line["module"]) for line in answer["rows"]} == late
    assert answer["total"] == len(late)
    few = shown.listed("late", limit=2)
    assert (few["rows"], few["total"]) == (answer["rows"][:2], len(late))
    only = shown.listed("late", cohort="A", module="custody")["rows"]
    assert only == [
        line for line in answer["rows"] if (line["cohort"], line["module"]) == ("A", "custody")
    ]


def test_json_takes_everything_and_no_answer_or_sex_is_in_it(lived: Academy) -> None:
    shown = figures(lived)
    for name in VIEWS:
        text = json.dumps(shown.by(name))
        assert "points" not in text
        assert ('"sex"' in text) == (name == "sex")
    for name in LISTS:
        assert '"sex"' not in json.dumps(shown.listed(name))
    assert {"sex", "unit", "rank"}.isdisjoint(shown.trainee("amina"))
    assert json.dumps(shown.choices())


def test_instructors_and_strangers_are_not_counted_but_said(lived: Academy) -> None:
    shown = figures(lived)
    assert "teacher" not in shown.members()
    with pytest.raises(UsageError, match="no such trainee"):
        shown.trainee("teacher")
    with pytest.raises(UsageError, match="no such trainee"):
        shown.trainee("nobody")
    work = {event.trainee for event in lived.ledger.events(trainee="stranger")}
    assert shown.by("module")["others"] == len(work)
    if work:
        assert shown.trainee("stranger")["on_roster"] is False


def test_who_left_the_roster_is_not_counted_but_has_a_record(tmp_path: Path) -> None:
    found = academy(tmp_path, 5)
    found.enrol(3)
    found.ledger.append("issued", who="amina", trainee="amina", module="custody", attempt=1)
    before = figures(found).by("module")
    assert (before["rows"][0]["issued"], before["others"]) == (1, 0)
    found.roster.remove("amina", who="tests")
    after = figures(found)
    assert (after.by("module")["rows"][0]["issued"], after.by("module")["others"]) == (0, 1)
    assert after.trainee("amina")["modules"][0]["module"] == "custody"


def test_an_academy_without_a_roster_counts_whoever_has_work(tmp_path: Path) -> None:
    found = academy(tmp_path, 6)
    empty = figures(found)
    for name in VIEWS:
        assert all(not row.get("people") for row in empty.by(name)["rows"])
    for name in LISTS:
        assert empty.listed(name)["rows"] == []
    found.ledger.append("issued", who="يوسف", trainee="يوسف", module="custody", attempt=1)
    assert [row["trainee"] for row in figures(found).by("trainee")["rows"]] == ["يوسف"]
    found.roster.enrol([Person("teacher", role="instructor")], who="tests")
    assert [row["trainee"] for row in figures(found).by("trainee")["rows"]] == ["يوسف"]


def test_what_is_not_there_is_named(lived: Academy) -> None:
    shown = figures(lived)
    for view in VIEWS:
        with pytest.raises(UsageError, match="no such cohort"):
            shown.by(view, cohort="Z")
        with pytest.raises(UsageError, match="no such module"):
            shown.by(view, module="nothing")
    for name in LISTS:
        with pytest.raises(UsageError, match="no such cohort"):
            shown.listed(name, cohort="Z")
    with pytest.raises(UsageError, match="choose one of module"):
        shown.by("answers")
    with pytest.raises(UsageError, match="choose one of queue"):
        shown.listed("answers")


def test_a_retake_waits_in_the_queue_though_the_first_attempt_stands(tmp_path: Path) -> None:
    found = academy(tmp_path, 7)
    found.enrol(1)
    about: dict[str, Any] = {"who": "amina", "trainee": "amina", "module": "custody"}
    score = {"points": 1.0, "max_points": 4.0, "flag": None}
    found.ledger.append("issued", **about, attempt=1)
    found.ledger.append("submitted", **about, attempt=1, what={"submission": "a" * 64})
    what = {"submission": "a" * 64, "questions": {"breaks": score}, "notes": []}
    found.ledger.append("graded", **about, attempt=1, what=what)
    assert [line["state"] for line in figures(found).listed("queue")["rows"]] == ["to-mark"]
    found.ledger.append("issued", **about, attempt=2)
    shown = figures(found, days=8)
    assert [line["state"] for line in shown.listed("stuck")["rows"]] == ["idle"]
    found.ledger.append("submitted", **about, attempt=2, what={"submission": "b" * 64})
    shown = figures(found, days=8)
    (line,) = shown.listed("queue")["rows"]
    assert (line["state"], line["attempt"]) == ("to-grade", 1)
    assert shown.listed("stuck")["rows"] == []
    found.ledger.append("graded", **about, attempt=2, what={**what, "submission": "b" * 64})
    shown = figures(found)
    assert [line["state"] for line in shown.listed("stuck")["rows"]] == ["failing"]
    assert shown.by("trainee")["rows"][0]["stuck"] == 1


def test_a_large_cohort_has_an_interval_too(tmp_path: Path) -> None:
    found = academy(tmp_path, 8)
    found.enrol(8)
    for at, person in enumerate(found.roster.people()):
        score = {"points": float(at % 4), "max_points": 4.0, "flag": None}
        what = {"submission": "a" * 64, "questions": {"breaks": score}, "notes": []}
        about: dict[str, Any] = {"trainee": person.id, "module": CUSTODY.id, "attempt": 1}
        found.ledger.append("graded", who="grader", what=what, **about)
    row = figures(found).by("module", module="custody")["rows"][0]
    assert row["low"] <= row["median"] <= row["high"]
    assert now() - figures(found).at < timedelta(minutes=1)
