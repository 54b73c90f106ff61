"""The disk method on forged disks: planted facts, and The Sleuth Kit's own programs beside it.

Each disk is staged, then examined anew from its exhibits alone. ``fls`` and ``mactime`` (Debian's
package sleuthkit) list the same image; ``fsck.ext4 -n`` (e2fsprogs) says whether it is sound.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from dalil.courses.disk import methods  # type: ignore[import-not-found,import-untyped,unused-ignore]
from dalil.errors import UsageError
from dalil.forging import photographs, practice
from dalil.forging.fat import FatVolume
from dalil.validate.reporting import Report

DISKS = 50
PROGRAMS = ("fls", "mactime", "fsck.ext4")
ZONE = "Africa/Casablanca"
Facts = dict[str, Any]


def add_options(parser: argparse.ArgumentParser) -> None:
    """How many disks."""
    parser.add_argument("--disks", type=int, default=DISKS, metavar="N", help="N forged disks")


def validate(report: Report, options: argparse.Namespace) -> None:
    """Every planted fact is found, and every moment is that of ``fls`` and ``mactime``."""
    if missing := [program for program in PROGRAMS if which(program) is None]:
        raise UsageError(f"no {', '.join(missing)}: apt-get install sleuthkit e2fsprogs")
    total = Counter[str]()
    for number in report.track(range(options.disks), "disk"):
        total.update(measure(number))
    report.at_least("planted facts found", 100 * total["found"] / total["facts"], 100, "%")
    report.at_most("entries unlike fls", total["unlike fls"], 0)
    report.at_most("moments unlike mactime", total["unlike mactime"], 0)
    report.at_most("ext4 volumes that fsck complains of", total["unsound"], 0)
    for name in ("facts", "entries", "moments"):
        report.note(name, total[name])
    report.note("births a second early in The Sleuth Kit", total["a second early"])
    report.note("older than their birth: set back", total["set back"])
    report.note("older than their birth: honest copies", total["copies"])
    one_piece, broken = fragmented()
    report.at_least("pictures in one piece carved", 100 * one_piece, 100, "%")
    report.note("fragmented pictures carved (%)", round(100 * broken, 1))
    report.plot("disk", _figure(total))


def measure(number: int) -> Counter[str]:
    """One disk: facts found, and where it differs from The Sleuth Kit."""
    seed = practice(f"disk validation {number}")
    with TemporaryDirectory() as name:
        folder = Path(name)
        staged = methods.stage(seed, folder, methods.draw_plan(seed.rng("plan")))
        image = methods.open_image(folder / methods.IMAGE)
        found, known = examine(folder, image), planted(staged)
        (folder / "disk.dd").write_bytes(image.data)
        counts = Counter(
            facts=len(known), found=sum(same(found[fact], value) for fact, value in known.items())
        )
        for volume in volumes_of(image).values():
            entries = methods.list_files(volume)
            counts.update(compare(folder, volume, entries))
            counts.update(_older(volume, entries, staged))
        return counts


def planted(staged: methods.Staged) -> Facts:
    """What is true about a staged disk, fact by fact."""
    facts: Facts = {f"layout {name}": value for name, value in staged.layout.items()}
    return facts | {
        "digest": staged.digest,
        "pieces": list(staged.differing),
        "clock": staged.ahead,
        "recovered": staged.recovered,
        "carved": sorted(staged.carved),
        "moment": datetime.fromisoformat(staged.moment),
        "order": list(staged.order),
        "findings": sorted(staged.findings),
        "opened": staged.opened,
        "margin": staged.margin,
    }


def examine(folder: Path, image: methods.Image) -> Facts:
    """The same facts from the exhibits alone."""
    request = methods.read_request(folder / methods.REQUEST)
    table, volumes = methods.read_table_of(image), volumes_of(image)
    hidden = methods.hidden_file_systems(image, table)
    files = [entry for volume in volumes.values() for entry in methods.list_files(volume)]

    def read(place: str) -> bytes:
        return bytes(methods.content(volumes[place.partition(":")[0]], methods.find(files, place)))

    shown = methods.instants(datetime.fromisoformat(request["clock_shown"]))[0]
    ahead = (shown - datetime.fromisoformat(request["clock_true"])).total_seconds()
    pictures = methods.carve_jpegs(image.data, methods.free_runs(volumes["linux"]))
    changed = methods.true_time(methods.find(files, request["moment_file"]).modified, ahead)
    opened, margin = _opened(request, files, read, ahead)
    facts: Facts = {f"layout {name}": volume.first for name, volume in volumes.items()}
    return facts | {
        "layout scheme": table.scheme,
        "layout hidden": hidden[0][0] if hidden else 0,
        "digest": methods.sha256(image.data),
        "pieces": methods.differing(image, methods.read_record(folder / methods.RECORD)),
        "clock": ahead,
        "recovered": methods.sha256(read(request["recover"])),
        "carved": sorted(methods.sha256(one.data) for one in pictures if one.complete),
        "moment": changed,
        "order": _order(methods.read_table(folder / methods.EVENTS, ()), files, read, ahead),
        "findings": sorted(_findings(files, volumes)),
        "opened": opened,
        "margin": margin,
    }


def same(found: Any, known: Any) -> bool:
    """Equal; times within the two seconds that FAT keeps and the second of a clock's reading."""
    if isinstance(known, datetime):
        return bool(abs(found - known) <= timedelta(seconds=3))
    return bool(abs(found - known) <= 3 if isinstance(found, float) else found == known)


def volumes_of(image: methods.Image) -> dict[str, methods.Volume]:
    """The two partitions by name."""
    names = {"ext": "linux", "fat": "exchange"}
    found: dict[str, methods.Volume] = methods.open_partitions(
        image, methods.read_table_of(image), names
    )
    return found


def _opened(
    request: dict[str, str],
    files: list[methods.Entry],
    read: Callable[[str], bytes],
    ahead: float,
) -> tuple[str, float]:
    path = request["sealed_file"].partition(":")[2]
    home = "/".join(path.split("/")[:3])
    recent = methods.recent_documents(read(f"linux:{home}/.local/share/recently-used.xbel"))
    deadline = methods.instants(datetime.fromisoformat(request["deadline"]))[0]
    margin = (methods.true_time(recent[path], ahead) - deadline).total_seconds()
    doubt = float(request["clock_uncertainty_s"])
    gone = methods.find(files, request["sealed_file"]).removed
    if margin > doubt:
        return "yes", margin
    if gone and (methods.true_time(gone, ahead) - deadline).total_seconds() < -doubt:
        return "no", margin
    return "undetermined", margin


def _order(
    events: Sequence[dict[str, str]],
    files: list[methods.Entry],
    read: Callable[[str], bytes],
    ahead: float,
) -> list[str]:
    times = {}
    for event in events:
        place, stamp = event["place"], event["stamp"]
        if stamp == "Received":
            times[event["event"]] = methods.received(read(place))[0]
            continue
        if place.endswith("syslog"):
            lines = methods.log_lines(read(place))
            recorded = next(line.when for line in lines if stamp in line.text)
        else:
            recorded = getattr(methods.find(files, place), stamp)
        times[event["event"]] = methods.true_time(recorded, ahead)
    return sorted(times, key=lambda letter: times[letter])


def _findings(
    files: list[methods.Entry], volumes: dict[str, methods.Volume]
) -> list[tuple[str, str]]:
    found = []
    for entry in files:
        if entry.kind != "file" or not entry.size:
            continue
        data = methods.content(volumes[entry.place.partition(":")[0]], entry)
        signs = {
            "wiped": methods.wiped(entry, data),
            "bidi": not entry.deleted and methods.reordering(entry.name),
            "extension": not entry.deleted and methods.other_kind(entry.name, data),
            "backdated": not entry.deleted and methods.set_back(entry, data),
        }
        found += [(entry.place, kind) for kind, sign in signs.items() if sign]
    return found


def _older(
    volume: methods.Volume, entries: list[methods.Entry], staged: methods.Staged
) -> Counter[str]:
    """Files on ext4 that changed over a day before their birth: set back, or honest copies."""
    counts = Counter[str]()
    planted = {place for place, kind in staged.findings if kind == "backdated"}
    for entry in entries:
        if volume.kind != "ext" or entry.deleted or not entry.created or not entry.modified:
            continue
        if entry.created - entry.modified > timedelta(days=1):
            kind = "set back" if entry.place in planted else "copies"
            later = methods.set_back(entry, methods.content(volume, entry)) is not None
            counts.update({kind: 1, f"{kind}, later inside": int(later)})
    return counts


# ----------------------------------------------------------------------- The Sleuth Kit's programs


def which(program: str) -> str | None:
    """Where a program lies, also in the folders of the system's administrator."""
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")


def compare(folder: Path, volume: methods.Volume, entries: list[methods.Entry]) -> Counter[str]:
    """How many entries and moments there are, and how many are unlike fls and mactime.

    *folder* holds the image as ``disk.dd``. A time that is not set is no moment here; mactime
    writes it as the year 0.
    """
    theirs = body_file(folder, volume)
    early = [as_sleuthkit(volume, entry) for entry in entries]
    shifted = sum(one is not entry for one, entry in zip(early, entries, strict=True))
    entries = early
    mine = Counter(methods.body_line(entry) for entry in entries)
    moments = Counter(
        (f"{m.when:%Y-%m-%dT%H:%M:%SZ}", m.macb, methods.body_line(m.entry).split("|")[1])
        for m in methods.timeline(entries)
    )
    listed = Counter(row for row in mactime(folder, theirs) if not row[0].startswith("0000"))
    counts = Counter(
        {
            "entries": mine.total(),
            "moments": moments.total(),
            "a second early": shifted,
            "unlike fls": (mine - Counter(theirs)).total() + (Counter(theirs) - mine).total(),
            "unlike mactime": (moments - listed).total() + (listed - moments).total(),
        }
    )
    if volume.kind == "ext":
        part = folder / "part.dd"
        size = volume.system.info.block_count * volume.system.info.block_size
        part.write_bytes(volume.image.data[volume.start : volume.start + size])
        checked = subprocess.run(
            [str(which("fsck.ext4")), "-fn", str(part)], capture_output=True, check=False
        )
        counts["unsound"] = int(checked.returncode != 0)
    return counts


def as_sleuthkit(volume: methods.Volume, entry: methods.Entry) -> methods.Entry:
    """*entry* with its time of creation as The Sleuth Kit (4.11 to 4.14) reads it.

    It adds the odd second where FAT's hundredths are *over* 100; by the specification it also
    belongs to exactly 100. Such a time is one second early there.
    """
    raw = methods.fat_entry(volume, entry.inode) if volume.kind == "fat" else None
    if raw is None or raw[13] != 100 or entry.created is None:
        return entry
    return replace(entry, created=entry.created - timedelta(seconds=1))


def body_file(folder: Path, volume: methods.Volume) -> list[str]:
    """The lines that ``fls -r -m`` writes of a volume, in legal time's zone."""
    done = subprocess.run(
        [
            *("fls", "-r", "-m", f"{volume.name}:/", "-z", ZONE),
            *("-o", str(volume.first), str(folder / "disk.dd")),
        ],
        capture_output=True,
        check=True,
    )
    return done.stdout.decode().splitlines()


def mactime(folder: Path, body: Sequence[str]) -> list[tuple[str, str, str]]:
    """(moment in UTC, macb, name) of each line that ``mactime`` writes of a body file."""
    (folder / "body").write_text("\n".join(body) + "\n", encoding="utf-8")
    done = subprocess.run(
        ["mactime", "-b", str(folder / "body"), "-d", "-y", "-z", "UTC"],
        capture_output=True,
        check=True,
    )
    rows = []
    for line in done.stdout.decode().splitlines()[1:]:
        when, _, macb, rest = line.split(",", 3)
        rows.append((when, macb, rest.rsplit(",", 1)[1].strip('"')))
    return rows


# ------------------------------------------------------------------------------------- carving


def fragmented(pictures: int = 40) -> tuple[float, float]:
    """Shares of deleted pictures that carving brings back: in one piece, and in two or more."""
    rng = np.random.Generator(np.random.PCG64(7))
    when = datetime(2026, 2, 3, 10)
    volume = FatVolume(24_576, cluster=4, serial=7, label="PIECES", when=when)
    volume.mkdir("/A", when)
    for number in range(5 * pictures):  # every second one is freed, so that holes are left
        volume.write(f"/A/F{number}.BIN", rng.bytes(5000), when)
    for number in range(0, 5 * pictures, 2):
        volume.delete(f"/A/F{number}.BIN")
    kept: list[tuple[bytes, bool]] = []
    for number in range(pictures):
        data = photographs.jpeg(photographs.scene(rng), when)
        if number == pictures // 2:
            volume.rewind()
        path = f"/A/P{number}.JPG"
        volume.write(path, data, when)
        clusters = volume.clusters_of(path)
        kept.append((data, clusters[-1] - clusters[0] == len(clusters) - 1))
    for number in range(pictures):
        volume.delete(f"/A/P{number}.JPG")
    runs = [(0, len(volume.image))]
    found = {one.data for one in methods.carve_jpegs(bytes(volume.image), runs) if one.complete}
    shares = []
    for whole in (True, False):
        group = [data for data, one_piece in kept if one_piece == whole]
        shares.append(sum(data in found for data in group) / len(group))
    return shares[0], shares[1]


def _figure(total: Counter[str]) -> Figure:
    """What would be accused by age alone, and what an inner date leaves of it."""
    figure = Figure(figsize=(7, 2.6), layout="constrained")
    axes = figure.subplots()
    names = ["changed before birth", "and a later date inside"]
    back, copies = (
        [total[kind], total[f"{kind}, later inside"]] for kind in ("set back", "copies")
    )
    axes.barh(names, back, color="#D55E00", label="set back")
    axes.barh(names, copies, left=back, color="#56B4E9", hatch="//", label="honest copies")
    axes.set(xlabel="files on the forged disks", title="Signs of a date that was set back")
    axes.invert_yaxis()
    axes.legend()
    return figure
