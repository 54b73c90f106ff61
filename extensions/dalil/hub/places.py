"""Where a person's server lives: the home, the user number, and what of the academy it sees."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from dalil.errors import RecordsError
from dalil.models import trainee_id
from dalil.sandbox.plan import Plan, visible_paths
from dalil.settings import CONFIG_NAME, Settings

# Numbers of people's users where the hub runs as root: far above any account's, below those of
# submissions. Who instructs is also in a group that may change the curriculum.
FIRST_USER = 0x60000000
LAST_USER = 0x6FFFFFFF
INSTRUCTORS = 0x5FFFFFFF
_SCRATCH = 512 * 1024**2  # bytes of a person's /tmp, in memory


@dataclass(frozen=True)
class Place:
    """A person's home, and the number of the user that it belongs to."""

    home: Path
    user: int


def take_place(settings: Settings, name: str, *, as_root: bool) -> Place:
    """Make the home of that person if there is none, 0700. Raises RecordsError, UsageError."""
    home = settings.homes / trainee_id(name)
    try:
        settings.homes.mkdir(parents=True, exist_ok=True, mode=0o711)
        home.mkdir(exist_ok=True, mode=0o700)
        home.chmod(0o700)
        if not as_root:
            return Place(home, os.geteuid())
        settings.homes.chmod(0o711)
        user = home.stat().st_uid
        if not FIRST_USER <= user <= LAST_USER:
            user = _free_number(settings.homes)
            _give(home, user)
    except OSError as error:
        raise RecordsError(f"{home}: {error.strerror}; whose is it?") from error
    return Place(home, user)


def _free_number(homes: Path) -> int:
    taken = [entry.stat(follow_symlinks=False).st_uid for entry in os.scandir(homes)]
    return max([FIRST_USER - 1, *(n for n in taken if FIRST_USER <= n < LAST_USER)]) + 1


def _give(home: Path, user: int) -> None:
    """Let *home* and all in it belong to *user*; links are not followed."""
    for folder, _, files, handle in os.fwalk(home, follow_symlinks=False):
        for name in files:
            os.chown(name, user, user, dir_fd=handle, follow_symlinks=False)
        os.chown(folder, user, user, follow_symlinks=False)


def open_curriculum(settings: Settings) -> None:
    """Let instructors' users change the curriculum's files, where the hub runs as root.

    The files keep their owner and get the group of instructors. Raises RecordsError.
    """
    try:
        for top in curriculum(settings):
            for _, _, files, handle in os.fwalk(top, follow_symlinks=False):
                _share(handle, 0o2070)
                for name in files:
                    _share_file(name, handle)
    except OSError as error:
        raise RecordsError(f"{error.filename}: {error.strerror}; instructors need it") from error


def _share_file(name: str, folder: int) -> None:
    """Let instructors change that file; what is no regular one, or gone by now, is left alone."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        handle = os.open(name, flags, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOENT, errno.ENXIO, errno.ENODEV):
            return
        raise
    try:
        if stat.S_ISREG(os.fstat(handle).st_mode):
            _share(handle, 0o060)
    finally:
        os.close(handle)


def _share(handle: int, mode: int) -> None:
    """By its handle: a name could lead elsewhere a moment later."""
    os.fchown(handle, -1, INSTRUCTORS)
    os.fchmod(handle, stat.S_IMODE(os.fstat(handle).st_mode) | mode)


def curriculum(settings: Settings) -> list[Path]:
    """The folders that instructors work on, as far as there are any yet."""
    folders = (settings.courses, settings.exercises, settings.graders)
    return [folder for folder in folders if folder.is_dir()]


def plan_of(settings: Settings, place: Place, role: str, *, as_root: bool) -> Plan:
    """What a person's server sees: system, environment, lessons, the home, and nothing else.

    An instructor's sees the curriculum's sources too, and may change them.
    """
    own = [str(folder) for folder in curriculum(settings)] if role == "instructor" else []
    return Plan(
        kind="root" if as_root else "user",
        warm=False,
        purpose="server",
        preload=(),
        visible=(*visible_paths(settings.root), str(settings.root / CONFIG_NAME)),
        writable=(*own, str(place.home)),
        first_uid=place.user,
        network=True,
        scratch=_SCRATCH,
        user=place.user if as_root else 1000,
        home=str(place.home),
    )
