"""Staging a fictive case, for lessons and apps as well as for the forge.

It is public: what is secret about a trainee's case is the seed alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np

from dalil.courses.custody.methods.digests import sha256_bytes
from dalil.courses.custody.methods.log import LOCKED, LOG_COLUMNS, Row, chained
from dalil.courses.custody.methods.seizure import alter, choose_altered, seized_files
from dalil.courses.custody.methods.tables import MANIFEST_COLUMNS
from dalil.forging import Seed, officers, towns, write_csv, write_zip, zip_bytes

KINDS = ("hash", "gap", "signature", "seal")
PACK, MANIFEST, LOG = "evidence_pack.zip", "manifest.csv", "handover_log.csv"

# Nights in which Morocco put its clocks forward from UTC+0 to UTC+1, at 02:00 UTC.
_CHANGES = (date(2023, 4, 23), date(2024, 4, 14), date(2025, 4, 6), date(2026, 3, 22))


@dataclass(frozen=True)
class Staged:
    """A fictive case and what was planted in it.

    ``breaks`` are (entry, kind) in the order of the log, ``altered`` the files that were changed
    after the seizure, ``seals`` the numbers in the order of their use, ``transit`` the minutes of
    the night transport, ``entries`` the log as written.
    """

    breaks: tuple[tuple[int, str], ...]
    altered: tuple[str, ...]
    seals: tuple[str, ...]
    transit: int
    entries: tuple[Row, ...]


@dataclass(frozen=True)
class _Step:
    """One line of the script: who receives, where, how it is kept, after how many minutes.

    ``day`` counts from the Sunday of the clock change; None: ``wait`` follows the step before.
    """

    to: int
    town: int
    room: str
    keeping: str
    purpose: str
    wait: tuple[int, int]
    day: int | None = None
    reseal: bool = False


def _morning(day: int, to: int, town: int, purpose: str) -> _Step:
    return _Step(to, town, "Evidence room, hatch", "in hand", purpose, (510, 560), day)


_RELAY = _Step(3, 1, "Relay post", "in hand", "relay of carriers on the road", (20, 60))
_SCRIPT = (
    _Step(0, 0, "Scene", "in hand", "seized and sealed", (840, 930), -4),
    _Step(1, 0, "Evidence room 2", LOCKED, "put under lock", (35, 110)),
    _morning(-3, 2, 0, "transport to the imaging bench"),
    _Step(4, 1, "Digital laboratory", "on the bench", "received for imaging", (30, 100)),
    _Step(5, 1, "Laboratory store", LOCKED, "imaged, opened and re-sealed", (45, 110), reseal=True),
    _morning(-2, 2, 1, "transport to the court"),
    _Step(6, 0, "Court, room 4", "on the bench", "shown to the magistrate", (30, 100)),
    _Step(1, 0, "Evidence room 2", LOCKED, "viewed, opened and re-sealed", (40, 105), reseal=True),
    _Step(7, 0, "Evidence room, hatch", "in hand", "night transport", (45, 85), 0),
    _Step(8, 2, "Central laboratory store", LOCKED, "received by night", (80, 115)),
    _morning(1, 9, 2, "second examination"),
    _Step(
        8, 2, "Central laboratory store", LOCKED, "examined and re-sealed", (45, 110), None, True
    ),
    _morning(2, 2, 2, "transport to the registry"),
    _Step(10, 0, "Registry of the court", LOCKED, "deposited at the registry", (30, 100)),
)
_RELAYED = (3, 6, 13)  # a carrier may be relieved before these steps
_NIGHT = 9  # the step that the clock change falls into
_ROOMS = (1, 4, 7, 9, 11)  # steps after which the exhibit lies in a locked room


def stage(seed: Seed, folder: Path, kinds: Sequence[str], *, retouched: bool = False) -> Staged:
    """Write a fictive case into *folder*: evidence pack, manifest and hand-over log.

    *kinds* are the breaks to plant (of ``KINDS``; ``hash`` and ``seal`` at most once), each at an
    entry of its own. *retouched*: one entry of the log was changed after it had been chained.
    Whatever is planted, the log holds the same harmless oddities: nights in a locked room, three
    re-sealings, a correction, a stock check, a deputy's signature, digests in upper case and the
    night in which clocks were put forward.
    """
    steps, marks = _script(seed.rng("script"))
    breaks = _place(seed.rng("breaks"), kinds, steps, marks)
    times = _times(seed.rng("times"), steps, {n for n, kind in breaks if kind == "gap"})
    seals = _seals(seed.rng("seals"), steps, {n for n, kind in breaks if kind == "seal"})
    files = seized_files(seed.child("files"))
    changed = next((n for n, kind in breaks if kind == "hash"), None)
    altered = choose_altered(seed.rng("altered"), files) if changed is not None else ()
    received = {name: alter(data) if name in altered else data for name, data in files.items()}
    sealed_at = times[0].replace(second=0)
    digests = [
        sha256_bytes(zip_bytes(files, sealed_at)),
        sha256_bytes(zip_bytes(received, sealed_at)),
    ]
    rows = _rows(seed, steps, times, seals)
    for number, row in enumerate(rows):
        row["pack_sha256"] = digests[changed is not None and number >= changed]
    _finish(seed.rng("signatures"), rows, marks, breaks)
    log = chained(rows)
    if retouched:
        _retouch(seed.rng("retouched"), log, steps)
    write_zip(folder / PACK, received, sealed_at)
    _write_manifest(seed.rng("manifest"), folder / MANIFEST, files, altered, seals[0])
    write_csv(folder / LOG, LOG_COLUMNS, [[row[column] for column in LOG_COLUMNS] for row in log])
    night = next(n for n, step in enumerate(steps) if step is _SCRIPT[_NIGHT])
    return Staged(
        breaks=tuple((n + 1, kind) for n, kind in breaks),
        altered=altered,
        seals=(seals[0], *(seals[n] for n, step in enumerate(steps) if step.reseal)),
        transit=int((times[night] - times[night - 1]).total_seconds()) // 60,
        entries=tuple(log),
    )


def _script(rng: np.random.Generator) -> tuple[list[_Step], dict[str, int]]:
    """The steps with a relay, a correction and a stock check; and where the latter two are."""
    relayed = int(rng.choice(_RELAYED))
    corrected, checked = (int(room) for room in rng.choice(_ROOMS, size=2, replace=False))
    steps: list[_Step] = []
    marks: dict[str, int] = {}
    for number, step in enumerate(_SCRIPT):
        if number == relayed:
            steps.append(_RELAY)
        steps.append(step)
        purposes = {corrected: ("correction", "correction"), checked: ("stock check", "check")}
        if number in purposes:
            purpose, mark = purposes[number]
            marks[mark] = len(steps)
            steps.append(_Step(step.to, step.town, step.room, LOCKED, purpose, (30, 90)))
    return steps, marks


def _place(
    rng: np.random.Generator, kinds: Sequence[str], steps: Sequence[_Step], marks: Mapping[str, int]
) -> list[tuple[int, str]]:
    """(index of the entry, kind) for each of *kinds*, rising, no entry twice."""
    if unknown := set(kinds) - set(KINDS):
        raise ValueError(f"kinds of breaks are {', '.join(KINDS)}, not {sorted(unknown)}")
    idle = set(marks.values())
    night = next(n for n, step in enumerate(steps) if step is _SCRIPT[_NIGHT])
    moves = [n for n in range(1, len(steps)) if n not in idle]
    places = {
        "hash": moves,
        "signature": moves,
        "gap": [n for n in moves if steps[n - 1].keeping != LOCKED and n != night],
        "seal": [n for n, step in enumerate(steps) if step.reseal][1:],
    }
    taken: dict[int, str] = {}
    for kind in sorted(kinds, key=lambda kind: len(places[kind])):  # the pickiest kind first
        taken[int(rng.choice([n for n in places[kind] if n not in taken]))] = kind
    return sorted(taken.items())


def _times(rng: np.random.Generator, steps: Sequence[_Step], gaps: set[int]) -> list[datetime]:
    """When each step happens, UTC, whole minutes; the entries *gaps* follow 150 to 330 min late."""
    change = _CHANGES[int(rng.integers(len(_CHANGES)))]
    sunday = datetime.combine(change, time(0), UTC)
    times: list[datetime] = []
    for number, step in enumerate(steps):
        wait = int(rng.integers(step.wait[0], step.wait[1], endpoint=True))
        late = int(rng.integers(150, 330, endpoint=True))
        if step.day is not None:
            # Before the change local time is UTC, after it UTC + 1 h: offices open by local time.
            ahead = 60 if step.day > 0 else 0
            times.append(sunday + timedelta(days=step.day, minutes=wait - ahead))
        else:
            times.append(times[-1] + timedelta(minutes=late if number in gaps else wait))
    return times


def _seals(rng: np.random.Generator, steps: Sequence[_Step], reused: set[int]) -> list[str]:
    """The seal number on the pack after each step."""
    numbers = [f"S-{n}" for n in rng.choice(np.arange(200_000, 900_000), size=4, replace=False)]
    current, after = 0, []
    worn = [numbers[0]]
    for number, step in enumerate(steps):
        if step.reseal:
            current += 1
            old = worn[int(rng.integers(len(worn) - 1))] if number in reused else None
            worn.append(old or numbers[current])
        after.append(worn[-1])
    return after


def _rows(
    seed: Seed, steps: Sequence[_Step], times: Sequence[datetime], seals: Sequence[str]
) -> list[Row]:
    """The entries without signatures, digest and chain."""
    rng = seed.rng("people")
    cast = officers(rng, 11)
    names = [
        p.arabic if flip else p.french for p, flip in zip(cast, rng.random(11) < 0.4, strict=True)
    ]
    places = [town.french for town in towns(seed.rng("places"), 3)]
    sunday = next(t for t, s in zip(times, steps, strict=True) if s.day == 0).date()
    change = datetime.combine(sunday, time(2), UTC)
    rows: list[Row] = []
    for number, (step, when) in enumerate(zip(steps, times, strict=True)):
        ahead = int(when >= change)
        local = when.replace(tzinfo=None) + timedelta(hours=ahead)
        rows.append(
            {
                "entry": str(number + 1),
                "local_time": local.isoformat(" ", "minutes"),
                "utc_offset": f"+0{ahead}:00",
                "from": rows[-1]["to"] if rows else "found at the scene",
                "to": names[step.to],
                "place": f"{step.room}, {places[step.town]}",
                "keeping": step.keeping,
                "seal_before": seals[number - 1] if number else "none",
                "seal_after": seals[number],
                "purpose": step.purpose,
                "signature": f"sig. {cast[step.to].badge}",
            }
        )
    return rows


def _finish(
    rng: np.random.Generator,
    rows: list[Row],
    marks: Mapping[str, int],
    breaks: Sequence[tuple[int, str]],
) -> None:
    """Missing signatures, and the oddities that are none: correction, deputy, upper case."""
    broken = dict(breaks)
    for number, kind in breaks:
        if kind == "signature":
            rows[number]["signature"] = ""
    corrected = int(rng.integers(1, marks["correction"]))
    rows[marks["correction"]]["purpose"] = (
        f"correction of entry {corrected + 1}: read 'ground floor' after the place; nothing moved"
    )
    signed = [n for n in range(1, len(rows)) if rows[n]["signature"] and n not in marks.values()]
    rows[int(rng.choice(signed))]["signature"] = f"p.o. {int(rng.integers(1000, 10_000))}"
    calm = [n for n in range(1, len(rows) - 1) if "hash" not in (broken.get(n), broken.get(n + 1))]
    upper = rows[int(rng.choice(calm))]
    upper["pack_sha256"] = upper["pack_sha256"].upper()


def _retouch(rng: np.random.Generator, log: list[Row], steps: Sequence[_Step]) -> None:
    """Move the written time of one morning's first entry by some minutes, and leave its hash."""
    mornings = [
        n for n, step in enumerate(steps) if step.day is not None and step.day not in (-4, 0)
    ]
    row = log[int(rng.choice(mornings))]
    moved = datetime.fromisoformat(row["local_time"]) + timedelta(minutes=int(rng.integers(7, 16)))
    row["local_time"] = moved.isoformat(" ", "minutes")


def _write_manifest(
    rng: np.random.Generator,
    path: Path,
    files: Mapping[str, bytes],
    altered: Sequence[str],
    seal: str,
) -> None:
    upper = str(rng.choice([name for name in sorted(files) if name not in altered]))
    rows = []
    for name in sorted(files):
        digest = sha256_bytes(files[name])
        rows.append([name, len(files[name]), digest.upper() if name == upper else digest, seal])
    write_csv(path, MANIFEST_COLUMNS, rows)
