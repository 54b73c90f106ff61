"""Putting an academy back from a backup: verified whole before anything is replaced.

What was there is kept aside, never deleted. Until the last step succeeds each one can be undone,
and is undone when the next one fails.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from dalil.backup.archive import DATABASES, GRADEBOOK, PARTS, RECORDS, Archive, Manifest, Step
from dalil.backup.making import database_files, files_of
from dalil.backup.servers import copy_to_server, filled
from dalil.backup.snapshot import whole
from dalil.errors import LedgerError, RecordsError
from dalil.exchange import Exchange
from dalil.ledger import Database, Ledger
from dalil.ledger.files import LOCK, private_folder, told
from dalil.settings import Settings

ASIDE = "replaced"


@dataclass(frozen=True)
class Restored:
    """What is there now; ``aside`` is where the academy lies that was there before, if one was."""

    manifest: Manifest
    aside: Path | None


def inspect(settings: Settings, path: Path, step: Step) -> Manifest:
    """Verify the backup at *path* as ``restore`` does, and replace nothing.

    Raises RecordsError for a damaged file, LedgerError when the ledger in it does not verify.
    """
    with Archive(path) as archive, _staged(settings, archive, step):
        return archive.manifest


def restore(settings: Settings, path: Path, *, force: bool, who: str, step: Step) -> Restored:
    """Put the academy of the backup at *path* in the place that *settings* name.

    An academy that is there is replaced with *force* only, and kept aside. Nothing else may use
    the academy meanwhile. Raises RecordsError, LedgerError; then all is as before.
    """
    taken = occupied(settings)
    if taken and not force:
        raise RecordsError(
            f"{settings.academy}: holds an academy already; restore into another folder "
            "(--academy), or stop this one and add --force, which keeps it aside"
        )
    with Archive(path) as archive, _staged(settings, archive, step) as staged:
        aside = settings.academy / ASIDE / f"{datetime.now(UTC):%Y%m%dt%H%M%S.%fz}"
        with ExitStack() as undo, told(settings.academy):
            _replace_files(settings, staged, aside, undo)
            _replace_servers(settings, staged, aside, undo, step)
            Ledger(settings.database_url, settings.keys).append(
                "restored",
                who=who,
                what={"made": archive.manifest.made, "head": archive.manifest.head},
            )
            undo.pop_all()
        settings.prepare()
        if not taken:
            _prune(aside)
        return Restored(archive.manifest, aside if taken else None)


def occupied(settings: Settings) -> bool:
    """Whether there is an academy in the place that *settings* name."""
    if any(next(files_of(settings.academy / part), None) for part in PARTS):
        return True
    if any(path.exists() for path in database_files(settings)):
        return True
    return any(filled(database, kind) for database, kind in _servers(settings))


@contextmanager
def _staged(settings: Settings, archive: Archive, step: Step) -> Iterator[Settings]:
    """The settings of a whole, verified academy in a private folder that is gone afterwards."""
    private_folder(settings.academy)
    stage = Path(tempfile.mkdtemp(prefix=".restore-", dir=settings.academy))
    try:
        archive.extract(stage, step)
        staged = replace(
            settings,
            academy=stage,
            database_url=f"sqlite:///{stage / RECORDS}",
            gradebook_url=f"sqlite:///{stage / GRADEBOOK}",
        )
        _verify(archive, staged, step)
        yield staged
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _verify(archive: Archive, staged: Settings, step: Step) -> None:
    """Raise unless ledger, cases, receipts and stored files are what they were."""
    step("verify", 0, 1)
    if (gradebook := staged.academy / GRADEBOOK).exists():
        whole(gradebook, f"{archive.path}: {GRADEBOOK}")
    ledger = Ledger(staged.database_url, staged.keys)
    report = Exchange(staged).audit()
    last = ledger.events(after=report.rows - 1, limit=1)
    if not report.ok:
        first = str(report.problems[0])
        raise LedgerError(
            f"{archive.path}: its ledger does not verify: {first} "
            f"({len(report.problems)} problem(s)); nothing was changed: take an earlier backup"
        )
    said = (archive.manifest.rows, archive.manifest.head)
    if said != (report.rows, last[0].hash if last else ""):
        raise LedgerError(f"{archive.path}: its manifest tells of another ledger; take another one")
    step("verify", 1, 1)


def _replace_files(settings: Settings, staged: Settings, aside: Path, undo: ExitStack) -> None:
    moves = [(staged.academy / part, settings.academy / part) for part in PARTS]
    for name, url in ((RECORDS, settings.database_url), (GRADEBOOK, settings.gradebook_url)):
        path, copy = Database(url).path, staged.academy / name
        if path is None or not copy.exists():
            continue
        if path.is_relative_to(settings.records):
            place = staged.records / path.relative_to(settings.records)
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.rename(copy, place)
        else:
            moves.append((copy, path))
    private_folder(aside.parent)
    private_folder(aside)
    outside = [p for p in database_files(settings) if not p.is_relative_to(settings.records)]
    for path in outside:
        if path.exists():
            _move(path, aside / path.name, undo)
    for source, target in moves:
        if target.exists():
            _move(target, aside / target.name, undo)
        if source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            _move(source, target, undo)


def _move(source: Path, target: Path, undo: ExitStack) -> None:
    """Rename; a database may lie on another file system than the academy."""
    shutil.move(source, target)
    undo.callback(shutil.move, target, source)


def _replace_servers(
    settings: Settings, staged: Settings, aside: Path, undo: ExitStack, step: Step
) -> None:
    for database, kind in _servers(settings):
        source = staged.academy / DATABASES / ("dalil.db" if kind == "records" else "gradebook.db")
        if source.exists():
            url = database.url.render_as_string(hide_password=False)
            schema = f"dalil_{aside.name.replace('.', '_')}"
            undo.callback(copy_to_server(source, kind, url, schema, _named(step, kind)))


def _named(step: Step, kind: str) -> Callable[[int, int], None]:
    return lambda done, total: step(kind, done, total)


def _servers(settings: Settings) -> list[tuple[Database, str]]:
    """Databases that a server keeps, each with its kind."""
    named = ((settings.database_url, "records"), (settings.gradebook_url, "gradebook"))
    return [(Database(url), kind) for url, kind in named if Database(url).path is None]


def _prune(folder: Path) -> None:
    """Remove *folder* as far as it is empty: only locks and folders were there."""
    for place, _, names in os.walk(folder, topdown=False):
        with suppress(OSError):
            if LOCK in names:
                Path(place, LOCK).unlink()
            os.rmdir(place)
    with suppress(OSError):
        os.rmdir(folder.parent)
