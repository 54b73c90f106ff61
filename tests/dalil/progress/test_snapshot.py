"""Standings that are brought up to date say what the whole ledger says, whatever happened."""

from __future__ import annotations

import logging
import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dalil.progress.attainment import Attainment
from dalil.progress.snapshot import NAME, Snapshot
from dalil.progress.standings import Standings, microseconds, moment_of
from tests.dalil.ledger.test_postgresql import server, url
from tests.dalil.progress.ledgers import CUSTODY, FIREARMS, MODULES, Academy, academy, now

__all__ = ["server", "url"]


@pytest.fixture
def lived(tmp_path: Path) -> Academy:
    found = academy(tmp_path, 11)
    found.enrol(9)
    found.live(40)
    return found


def snapshot(found: Academy) -> Snapshot:
    return Snapshot(found.ledger, found.places.records, found.booked)


def said(standings: Standings) -> dict[tuple[str, str], tuple[Any, ...]]:
    """What the rows say, by trainee and module."""
    names = [name for name in standings.rows.dtype.names or () if name not in ("trainee", "module")]
    parts: dict[tuple[str, str], set[tuple[Any, ...]]] = {}
    for part in standings.parts:
        key = standings.trainees[part["trainee"]], standings.modules[part["module"]]
        values = (float(part["points"]), float(part["worth"]), int(part["waits"]))
        parts.setdefault(key, set()).add((standings.competencies[part["competency"]], *values))
    return {
        key: (*(row[name].item() for name in names), frozenset(parts[key]))
        for row in standings.rows
        for key in [(standings.trainees[row["trainee"]], standings.modules[row["module"]])]
    }


def expected(rows: list[Attainment]) -> dict[tuple[str, str], tuple[Any, ...]]:
    found: dict[tuple[str, str], tuple[Any, ...]] = {}
    for row in rows:
        times = (row.issued, row.submitted, row.graded, row.pending, row.idle)
        skills: dict[str, list[float]] = {}
        for mark in row.questions:
            skill = skills.setdefault(mark.competency, [0.0, 0.0, 0])
            if mark.points is not None:
                skill[0] += mark.points
                skill[1] += mark.max_points or 0.0
            skill[2] += mark.waits
        found[row.trainee, row.module] = (
            *(row.attempt, row.attempts, *map(microseconds, times)),
            *(row.points or 0.0, row.max_points or 0.0, row.flags, row.waits),
            frozenset((name, *values) for name, values in skills.items()),
        )
    return found


def agrees(standings: Standings, found: Academy, modules: Any = MODULES) -> bool:
    return said(standings) == expected(found.attained(modules))


@pytest.mark.parametrize("seed", range(4))
def test_step_by_step_it_says_what_the_whole_ledger_says(seed: int, tmp_path: Path) -> None:
    found = academy(tmp_path, seed)
    found.enrol(9)
    kept = snapshot(found)
    for _ in range(8):
        found.live(found.rng.randint(0, 12))
        assert agrees(kept.now(MODULES), found)
    assert agrees(snapshot(found).now(MODULES), found)


def test_on_postgresql_too(url: str, tmp_path: Path) -> None:
    found = academy(tmp_path, 3, url)
    found.enrol(9)
    kept = snapshot(found)
    for _ in range(3):
        found.live(15)
        assert agrees(kept.now(MODULES), found)
    assert agrees(snapshot(found).now(MODULES), found)


def test_the_file_spares_reading_the_ledger_again(
    lived: Academy, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot(lived).now(MODULES)
    asked: list[tuple[str, str | None]] = []
    stream = lived.ledger.stream

    def noted(kinds: Any, *, module: str, trainee: str | None = None) -> Any:
        asked.append((module, trainee))
        return stream(kinds, module=module, trainee=trainee)

    monkeypatch.setattr(lived.ledger, "stream", noted)
    assert agrees(snapshot(lived).now(MODULES), lived)
    assert asked == []
    lived.ledger.append("issued", who="amina", trainee="amina", module="custody", attempt=7)
    assert snapshot(lived).now(MODULES).seq == lived.ledger.events()[-1].seq
    assert asked == [("custody", "amina")]


def test_many_at_once_are_read_by_module(lived: Academy) -> None:
    kept = snapshot(lived)
    kept.now(MODULES)
    with lived.ledger.writing() as batch:
        for at in range(300):
            about: dict[str, Any] = {"who": "x", "trainee": f"new{at}", "module": "custody"}
            batch.append("issued", **about, attempt=1)
    lived.live(5)
    assert agrees(kept.now(MODULES), lived)


def test_modules_come_go_and_change(lived: Academy) -> None:
    kept = snapshot(lived)
    assert agrees(kept.now([FIREARMS]), lived, [FIREARMS])
    lived.live(20)
    assert agrees(kept.now(MODULES), lived)
    other = replace(
        CUSTODY,
        questions=tuple(replace(q, competency="say", written=False) for q in CUSTODY.questions),
    )
    assert agrees(kept.now([other, FIREARMS]), lived, [other, FIREARMS])
    # asked about one module only, the other is brought up to date when it is asked for
    lived.live(20)
    kept.now([FIREARMS])
    assert agrees(kept.now([other, FIREARMS]), lived, [other, FIREARMS])


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: content[:200] + bytes([content[200] ^ 255]) + content[201:],
        lambda content: content.replace(b"standings-1", b"standings-0"),
        lambda content: b"\0" * 4096,
        lambda content: content[-100:] + content,
    ],
    ids=["empty", "half", "a bit", "another version", "zeros", "something before"],
)
def test_a_damaged_file_is_made_anew(damage: Any, lived: Academy) -> None:
    snapshot(lived).now(MODULES)
    file = lived.places.records / NAME
    file.write_bytes(damage(file.read_bytes()))
    assert agrees(snapshot(lived).now(MODULES), lived)
    assert Standings.from_bytes(file.read_bytes()).seq


def test_numbers_without_names_are_refused(lived: Academy) -> None:
    good = snapshot(lived).now(MODULES)
    assert Standings.from_bytes(good.to_bytes()).rows.tolist() == good.rows.tolist()
    for wrong in (
        replace(good, trainees=good.trainees[:1]),
        replace(good, modules=()),
        replace(good, competencies=()),
        replace(good, rows=np.zeros(3, np.int64)),
    ):
        with pytest.raises(ValueError, match="not standings"):
            Standings.from_bytes(wrong.to_bytes())


def test_an_academy_restored_from_a_backup_is_read_anew(lived: Academy, tmp_path: Path) -> None:
    folder, backup = lived.places.records, tmp_path / "backup"
    shutil.copytree(folder, backup, ignore=lambda _, names: {n for n in names if n == "backup"})
    running = snapshot(lived)
    lived.live(30)
    running.now(MODULES)
    for file in backup.glob("dalil.db*"):
        shutil.copy2(file, folder / file.name)
    assert agrees(running.now(MODULES), lived)  # of a service that ran on
    snapshot(lived).now(MODULES)
    lived.rng.seed(99)
    lived.live(60)  # another history, longer than the one that was lost
    assert agrees(running.now(MODULES), lived)
    assert agrees(snapshot(lived).now(MODULES), lived)


def test_many_readers_while_events_come(lived: Academy) -> None:
    kept = [snapshot(lived), snapshot(lived)]  # the command beside the service
    wrong: list[Any] = []
    stop = threading.Event()

    def read(one: Snapshot) -> None:
        while not stop.is_set():
            standings = one.now(MODULES)
            names = {"trainee": standings.trainees, "module": standings.modules}
            pairs = list(zip(standings.rows["trainee"], standings.rows["module"], strict=True))
            if len(set(pairs)) != len(pairs) or any(
                len(standings.rows) and standings.rows[k].max() >= len(v) for k, v in names.items()
            ):
                wrong.append(standings)

    threads = [threading.Thread(target=read, args=(kept[at % 2],)) for at in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(6):
        lived.live(5)
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    for one in kept:
        assert agrees(one.now(MODULES), lived)


def test_a_folder_that_cannot_be_written_only_says_so(
    lived: Academy, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (lived.places.records / NAME).mkdir()  # no file can take its place
    with caplog.at_level(logging.WARNING):
        assert agrees(snapshot(lived).now(MODULES), lived)
    assert NAME in caplog.text


def test_times_keep_their_microseconds() -> None:
    at = now()
    assert moment_of(microseconds(at)) == at
    assert moment_of(microseconds(None)) is None
