"""Chain of custody: digests, hand-over logs, the hash chain that binds a log, and gaps.

Tables are lists of ``dict[str, str]``, one per row, each field exactly as it was written: a reader
that tidies up evidence changes it. Digests are SHA-256 (FIPS 180-4) as 64 hexadecimal digits.

Sources: FIPS 180-4 for SHA-256; ISO/IEC 27037:2012 for what a custody record holds (unique item,
who, when, where, why, and changes made); ISO 21043-5:2025 for how item integrity is reported.

The second half stages fictive cases, for lessons and apps as well as for the forge. It is public:
what is secret about a trainee's case is the seed alone.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from PIL import Image

from dalil.errors import ExhibitError
from dalil.forging import Seed, officers, towns, write_csv, write_zip, zip_bytes

Row = dict[str, str]

MANIFEST_COLUMNS = ("file", "size_bytes", "sha256", "seal")
LOG_COLUMNS = (
    "entry",
    "local_time",
    "utc_offset",
    "from",
    "to",
    "place",
    "keeping",
    "seal_before",
    "seal_after",
    "purpose",
    "signature",
    "pack_sha256",
    "entry_hash",
)
FIRST = "0" * 64
"""What stands for "the hash of the entry before" in the first entry of a log."""
LOCKED = "locked"
"""``keeping`` of an entry after which the exhibit lies in a locked evidence room."""
MAX_MINUTES = 120
"""The service's rule: out of a locked room, the next entry follows within two hours."""

_CHUNK = 1 << 20
_MAX_TABLE = 5_000_000
_MAX_PACK = 200_000_000
_OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})")


# -- digests ----------------------------------------------------------------------------------


def sha256_bytes(data: bytes) -> str:
    """The SHA-256 digest of *data*: 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """The SHA-256 digest of the file's bytes, read in pieces of 1 MiB so that any size fits.

    Raises ExhibitError if the file cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with Path(path).open("rb") as stream:
            while piece := stream.read(_CHUNK):
                digest.update(piece)
    except OSError as error:
        raise _unreadable(path, error) from None
    return digest.hexdigest()


def same_digest(one: str, other: str) -> bool:
    """Tell whether two written digests are the same number: ``AB…`` and ``ab…`` are."""
    return one.strip().lower() == other.strip().lower()


def open_pack(path: Path) -> dict[str, bytes]:
    """The files in an evidence pack, name → bytes, read in memory and never unpacked to disk.

    Raises ExhibitError if it is no zip archive, is damaged, or unpacks to over 200 MB.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if sum(member.file_size for member in members) > _MAX_PACK:
                raise ExhibitError(f"{Path(path).name}: unpacks to over 200 MB; split the pack")
            return {member.filename: archive.read(member) for member in members}
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise _unreadable(path, error) from None


# -- tables -----------------------------------------------------------------------------------


def read_manifest(path: Path) -> list[Row]:
    """The manifest's rows: ``file``, ``size_bytes``, ``sha256`` (at seizure), ``seal``.

    Raises ExhibitError naming the row for a missing column, a digest that is none, or a file that
    is listed twice.
    """
    rows = _read_table(path, MANIFEST_COLUMNS)
    seen: set[str] = set()
    for number, row in enumerate(rows, 1):
        if not re.fullmatch(r"[0-9a-fA-F]{64}", row["sha256"]):
            raise ExhibitError(f"{Path(path).name}: row {number}: sha256 is not 64 hex digits")
        if row["file"] in seen:
            raise ExhibitError(f"{Path(path).name}: row {number}: {row['file']!r} is listed twice")
        seen.add(row["file"])
    return rows


def read_log(path: Path) -> list[Row]:
    """The log's entries in the order of the file, with the columns of ``LOG_COLUMNS``.

    Raises ExhibitError naming the row for a missing column or a time that cannot be read.
    """
    rows = _read_table(path, LOG_COLUMNS)
    for number, row in enumerate(rows, 1):
        try:
            instant(row)
        except ExhibitError as error:
            raise ExhibitError(f"{Path(path).name}: row {number}: {error}") from None
    return rows


def _read_table(path: Path, columns: Sequence[str]) -> list[Row]:
    name = Path(path).name
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from None
    if len(data) > _MAX_TABLE:
        raise ExhibitError(f"{name}: over 5 MB; this is not a table of the case")
    try:
        # "utf-8-sig" also takes the mark that spreadsheets put in front of UTF-8.
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise ExhibitError(f"{name}: not a UTF-8 CSV table ({error}); fetch it again") from None
    if missing := [column for column in columns if column not in (reader.fieldnames or ())]:
        raise ExhibitError(f"{name}: columns missing: {', '.join(missing)}; fetch it again")
    for number, row in enumerate(rows, 1):
        if None in row or None in row.values():
            raise ExhibitError(f"{name}: row {number} has too many or too few fields")
    return rows


def _unreadable(path: Path, error: BaseException) -> ExhibitError:
    reason = getattr(error, "strerror", None) or str(error)
    return ExhibitError(f"{Path(path).name}: cannot be read ({reason}); fetch the exhibits again")


# -- times ------------------------------------------------------------------------------------


def instant(entry: Mapping[str, str]) -> datetime:
    """The moment of an entry as aware UTC: ``local_time`` minus ``utc_offset``.

    ``local_time`` is ``2025-04-06 03:40`` (seconds allowed), ``utc_offset`` is ``+01:00``.
    Raises ExhibitError if either is something else.
    """
    local, offset = entry.get("local_time", ""), entry.get("utc_offset", "")
    match = _OFFSET.fullmatch(offset)
    try:
        wall = datetime.fromisoformat(local)
    except ValueError:
        raise ExhibitError(f"local_time {local!r} is not like 2025-04-06 03:40") from None
    if match is None or wall.tzinfo is not None:
        raise ExhibitError(f"utc_offset {offset!r} is not like +01:00")
    ahead = timedelta(hours=int(match[2]), minutes=int(match[3]))
    try:
        return (wall - ahead if match[1] == "+" else wall + ahead).replace(tzinfo=UTC)
    except OverflowError:
        raise ExhibitError(f"local_time {local!r} is out of range") from None


def minutes_between(earlier: Mapping[str, str], later: Mapping[str, str]) -> float:
    """Elapsed minutes from one entry to another; negative if *later* came first."""
    return (instant(later) - instant(earlier)).total_seconds() / 60


@dataclass(frozen=True)
class Gap:
    """Time out of a locked room that nobody accounts for.

    ``entry`` is the number of the entry that ends it, ``minutes`` the time since the one before.
    """

    entry: int
    start: datetime
    end: datetime
    minutes: float


def find_gaps(log: Sequence[Mapping[str, str]], max_minutes: float = MAX_MINUTES) -> list[Gap]:
    """Each stretch of more than *max_minutes* between two entries while not in a locked room.

    A night in a locked room is no gap: ``keeping`` of the entry before says where the exhibit lay.
    Raises ValueError unless ``max_minutes`` is 0 or more.
    """
    if not max_minutes >= 0:
        raise ValueError(f"max_minutes must be 0 or more, not {max_minutes}")
    gaps = []
    for before, entry in pairwise(log):
        minutes = minutes_between(before, entry)
        if before["keeping"] != LOCKED and minutes > max_minutes:
            gaps.append(Gap(int(entry["entry"]), instant(before), instant(entry), minutes))
    return gaps


# -- the chain of hashes ----------------------------------------------------------------------


def chain_hash(previous: str, entry: Mapping[str, str]) -> str:
    """What ``entry_hash`` of *entry* must be when ``entry_hash`` of the entry before is *previous*.

    SHA-256 of the UTF-8 text ``previous|entry|local_time|…|pack_sha256``: the hash before, then the
    fields in the order of ``LOG_COLUMNS``, joined by ``|``. For the first entry *previous* is
    ``FIRST``. Raises ExhibitError if a field is missing, or holds ``|`` or a line break, because
    two different entries could then read the same.
    """
    fields = [previous]
    for column in LOG_COLUMNS[:-1]:
        field = entry.get(column)
        if not isinstance(field, str) or set(field) & set("|\r\n"):
            raise ExhibitError(f"{column} {field!r}: must be text without '|' and line breaks")
        fields.append(field)
    return sha256_bytes("|".join(fields).encode("utf-8"))


def chained(entries: Iterable[Mapping[str, str]]) -> list[Row]:
    """Copies of *entries* with ``entry_hash`` written anew from the first to the last."""
    previous, rows = FIRST, []
    for entry in entries:
        previous = chain_hash(previous, entry)
        rows.append({**entry, "entry_hash": previous})
    return rows


# -- showing ----------------------------------------------------------------------------------


def table(rows: Sequence[Mapping[str, object]], columns: Sequence[str] = ()) -> HTML:
    """*rows* as an HTML table of *columns* (default: those of the first row).

    The table runs from left to right in every language; each field keeps its own direction.
    """
    names = list(columns) or list(rows[0] if rows else ())
    head = "".join(_cell("th", name) for name in names)
    lines = ["".join(_cell("td", str(row.get(name, ""))) for name in names) for row in rows]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return HTML(
        '<div dir="ltr" style="overflow-x:auto" tabindex="0"><table style="font-size:12px">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(tag: str, text: str) -> str:
    """Short text stays on one line, so that a time or a digest is never torn in two."""
    wrap = "nowrap" if len(text) <= 20 else "normal"
    scope = ' scope="col"' if tag == "th" else ""
    style = f"padding:3px 8px;text-align:left;white-space:{wrap}"
    return f'<{tag}{scope} style="{style}"><bdi>{escape(text)}</bdi></{tag}>'


def picture(figure: Figure, alt: str) -> HTML:
    """*figure* as an image with the text alternative *alt*; the figure itself is closed."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, bbox_inches="tight")
    plt.close(figure)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    return HTML(
        f'<img alt="{escape(alt)}" src="data:image/png;base64,{data}" style="max-width:100%">'
    )


LABELS = {
    "title": "Where the pack was, day by day",
    "hours": "Hour of the day (UTC)",
    "days": "Date (UTC)",
    "locked": "in a locked room",
    "out": "outside",
    "gap": "gap",
    "seal": "new seal",
    "minutes": "min",
}


def timeline(
    log: Sequence[Mapping[str, str]],
    gaps: Sequence[Gap] = (),
    labels: Mapping[str, str] = LABELS,
) -> Figure:
    """A calendar of the custody: one row a day, 0 to 24 h UTC.

    Locked rooms are pale, time out of them is dark; *gaps* are hatched, outlined and lettered, so
    that they do not rest on colour. ``labels`` (keys of ``LABELS``) are drawn as they are given.
    """
    times = [instant(entry) for entry in log]
    ends = {gap.end: gap for gap in gaps}
    days = sorted({t.date() for t in times})
    first = days[0] if days else date(2000, 1, 1)
    count = (days[-1] - first).days + 1 if days else 1
    figure, axes = plt.subplots(figsize=(9, 1.6 + 0.62 * count))
    styles: dict[str, dict[str, Any]] = {
        "locked": {"facecolor": "#cfe3f2", "edgecolor": "#7a9cb8"},
        "out": {"facecolor": "#1f4e79", "edgecolor": "#1f4e79"},
        "gap": {"facecolor": "#ffd9b3", "edgecolor": "#b33c00", "hatch": "////", "linewidth": 1.5},
    }
    for entry, start, end in zip(log, times, times[1:], strict=False):
        kind = "gap" if end in ends else "locked" if entry["keeping"] == LOCKED else "out"
        for row, left, right in _by_day(first, start, end):
            axes.broken_barh([(left, right - left)], (row - 0.25, 0.5), **styles[kind])
        if end in ends:
            row, left, right = _by_day(first, start, end)[0]
            text = f"{ends[end].minutes:.0f} {labels['minutes']}"
            box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
            middle = (left + right) / 2
            axes.text(middle, row, text, fontsize=7, ha="center", va="center", bbox=box)
    for entry, when in zip(log, times, strict=True):
        row, hour, _ = _by_day(first, when, when)[0]
        axes.text(hour, row - 0.38, entry["entry"], fontsize=7, ha="center", va="center")
        if entry["seal_before"] != entry["seal_after"]:
            axes.plot(
                hour, row, "D", color="white", markeredgecolor="black", markersize=6, zorder=6
            )
    handles: list[Artist] = [Patch(**style, label=labels[kind]) for kind, style in styles.items()]
    seal = Line2D([], [], marker="D", color="none", markerfacecolor="white", label=labels["seal"])
    seal.set_markeredgecolor("black")
    handles.append(seal)
    axes.legend(handles=handles, ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.75 / count))
    axes.set(xlim=(0, 24), ylim=(count - 0.3, -0.7), xlabel=labels["hours"], ylabel=labels["days"])
    axes.set_title(labels["title"])
    axes.set_xticks(range(0, 25, 3))
    axes.set_yticks(range(count), [str(first + timedelta(days=n)) for n in range(count)])
    return figure


def _by_day(first: date, start: datetime, end: datetime) -> list[tuple[int, float, float]]:
    """(row, hour, hour) of each day that [start, end] touches, row 0 being the day *first*."""
    rows = []
    for row in range((start.date() - first).days, (end.date() - first).days + 1):
        midnight = datetime.combine(first + timedelta(days=row), time(0), UTC)
        hours = [(when - midnight).total_seconds() / 3600 for when in (start, end)]
        rows.append((row, max(0.0, hours[0]), min(24.0, hours[1])))
    return rows


# -- staging a fictive case -------------------------------------------------------------------

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
    altered = _choose_altered(seed.rng("altered"), files) if changed is not None else ()
    received = {name: _alter(data) if name in altered else data for name, data in files.items()}
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


# -- the seized files -------------------------------------------------------------------------


def seized_files(seed: Seed) -> dict[str, bytes]:
    """Eight fictive files: three photographs (PNG) and five texts in UTF-8 with ``\\r\\n``."""
    first, second = officers(seed.rng("people"), 2)
    (town,) = towns(seed.rng("town"), 1)
    rng = seed.rng("moments")
    clock = [
        f"{h:02d}:{m:02d}"
        for h, m in zip(rng.integers(19, 23, 12), rng.integers(0, 50, 12), strict=True)
    ]
    texts = {
        "journal_accès.log": [f"{at} badge {rng.integers(1000, 9999)} porte B" for at in clock[:6]],
        "mémo_équipe.txt": [f"Équipe de {town.french}", f"Passage de {first.french} à {clock[6]}."],
        "محضر_المعاينة.txt": [
            f"محضر معاينة، {town.arabic}",
            f"عاين {second.arabic} الباب على الساعة {clock[7]}.",
        ],
        "inventaire_clés.csv": ["objet,heure", f"clé USB,{clock[8]}", f"disque,{clock[9]}"],
        "رسائل.json": ["[", f'  {{"من": "{first.arabic}", "الوقت": "{clock[10]}"}}', "]"],
    }
    files = {name: ("\r\n".join(lines) + "\r\n").encode("utf-8") for name, lines in texts.items()}
    for name in ("photo_01_façade.png", "photo_02_entrée.png", "صورة_03_المكتب.png"):
        files[name] = _photograph(seed.rng(name))
    return files


def _photograph(rng: np.random.Generator) -> bytes:
    """A grey picture of 96 x 64 pixels: a lit wall, a door and sensor noise."""
    wall = np.add.outer(np.linspace(90, 170, 64), np.linspace(-20, 20, 96))
    left = int(rng.integers(10, 60))
    wall[20:, left : left + 22] -= 60
    return _png(np.clip(wall + rng.normal(0, 4, wall.shape), 0, 255).astype(np.uint8))


def _png(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=0)
    return buffer.getvalue()


def _choose_altered(rng: np.random.Generator, files: Mapping[str, bytes]) -> tuple[str, ...]:
    count = int(rng.integers(1, 3))
    return tuple(sorted(str(name) for name in rng.choice(sorted(files), size=count, replace=False)))


def _alter(data: bytes) -> bytes:
    """The file with something painted over, or an hour put back, in as many bytes as before."""
    if data.startswith(b"\x89PNG"):
        pixels = np.array(Image.open(io.BytesIO(data)))
        pixels[40:52, 30:50] = pixels[2:14, 30:50]
        return _png(pixels)
    match = list(re.finditer(rb"\d\d:(\d)\d", data))[-1]
    tens = b"%d" % ((int(match[1]) + 1) % 5)
    return data[: match.start(1)] + tens + data[match.end(1) :]
