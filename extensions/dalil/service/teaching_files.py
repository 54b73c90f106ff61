"""The files of a module as they are now, however broken, and whether a release is behind them."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dalil.curriculum import Module
from dalil.errors import CurriculumError, UsageError
from dalil.ledger import Event, Ledger
from dalil.models import ModuleId, module_id
from dalil.nbgrader.release import release_path
from dalil.settings import Settings

RELEASED = "released"
PARTS = ("courses", "exercises", "graders")
_LEFT_BY_TOOLS = frozenset({"__pycache__", ".ipynb_checkpoints", ".DS_Store"})


def names(settings: Settings) -> tuple[list[ModuleId], list[str]]:
    """Ids of all modules of the curriculum that have some folder, and names that are none."""
    good: set[ModuleId] = set()
    odd: set[str] = set()
    for part in PARTS:
        for path in _listed(settings.root / part):
            try:
                good.add(module_id(path.name))
            except UsageError:
                odd.add(f"{part}/{path.name}")
    return sorted(good), sorted(odd)


def _listed(folder: Path) -> Iterator[Path]:
    try:
        found = list(folder.iterdir())
    except OSError as error:
        raise CurriculumError(f"{folder.name}/: cannot be read ({error.strerror})") from None
    for path in found:
        if not path.name.startswith((".", "_")) and path.is_dir():
            yield path


def known(settings: Settings, name: str) -> ModuleId | None:
    """*name* as the id of a module that has some folder; None if there is none."""
    try:
        found = module_id(name)
    except UsageError:
        return None
    return found if any((settings.root / part / found).is_dir() for part in PARTS) else None


def stamp(settings: Settings, module: ModuleId) -> str:
    """What changes whenever a file of *module* does."""
    digest = hashlib.sha256()
    for part in PARTS:
        for place, folders, files in os.walk(settings.root / part / module):
            folders[:] = sorted(name for name in folders if name not in _LEFT_BY_TOOLS)
            for name in sorted(files):
                path = Path(place, name)
                try:
                    status = path.lstat()
                except OSError:  # gone meanwhile
                    continue
                digest.update(f"{path}\0{status.st_mtime_ns}\0{status.st_size}\0".encode())
    return digest.hexdigest()


@dataclass(frozen=True)
class Release:
    """When a module was last released and by whom (empty where the record does not say).

    ``changed``: its exercise is not the one that was released.
    """

    at: datetime
    by: str
    changed: bool


def release_of(settings: Settings, ledger: Ledger, module: Module) -> Release | None:
    """The release that trainees get now; None if there is none.

    A release made on the command line is not on record: then the newer of the two files tells.
    """
    path = release_path(settings, module)
    try:
        made = path.stat().st_mtime
        source = module.notebook.stat().st_mtime
    except OSError:
        return None
    at = datetime.fromtimestamp(made, UTC)
    event = _newest(ledger, module.id)
    ours = event is not None and abs((event.at - at).total_seconds()) < _SAME_SECONDS
    same = event is not None and event.what.get("source") == digest_of(module.notebook)
    return Release(at, event.who if event and ours else "", source > made and not same)


_SAME_SECONDS = 60.0  # between the release's file and its event


def _newest(ledger: Ledger, module: ModuleId) -> Event | None:
    events = ledger.events(kind=RELEASED, module=module)
    return events[-1] if events else None


def open_to_group(settings: Settings, module: ModuleId) -> None:
    """Let whoever may change the curriculum's folders change *module* too.

    Files that the service makes belong to its account; the folders above say which group works on
    the curriculum, if one does.
    """
    for part in PARTS:
        above = (settings.root / part).stat().st_mode
        if not above & stat.S_IWGRP:
            continue
        for place, _, files in os.walk(settings.root / part / module):
            for path in (Path(place), *(Path(place, name) for name in files)):
                mode = path.lstat().st_mode
                if not stat.S_ISLNK(mode) and not mode & stat.S_IWGRP:
                    with suppress(PermissionError):  # somebody else's, who decides
                        path.chmod(stat.S_IMODE(mode) | stat.S_IWGRP)


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
