"""A trainee's folder as the academy must see it: links, pipes and devices in it are traps.

Files are opened relative to a folder that is held open, without following links, so that nothing
that a trainee puts there makes the academy read or write anywhere else.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dalil.errors import ExchangeError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_MODE = 0o644


class Desk:
    """An open folder. Every method raises ExchangeError in one line."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle = handle

    def read(self, name: str, max_bytes: int) -> bytes:
        """The content of the regular file *name*, at most *max_bytes* long."""
        place = self.path / name
        # Without O_NONBLOCK, opening a pipe would wait for ever.
        handle = self._open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise ExchangeError(f"{place}: not a file; put the notebook itself there")
            with open(handle, "rb", closefd=False) as file:
                content = file.read(max_bytes + 1)
        except OSError as error:
            raise ExchangeError(f"{place}: {error.strerror}; save it again") from error
        finally:
            os.close(handle)
        if len(content) > max_bytes:
            raise ExchangeError(
                f"{place}: larger than {max_bytes >> 20} MiB; clear all outputs and save it again"
            )
        return content

    def holds(self, name: str) -> bool:
        """Whether anything is called *name*, be it a broken link."""
        try:
            os.stat(name, dir_fd=self._handle, follow_symlinks=False)
        except OSError:
            return False
        return True

    def is_file(self, name: str, content: bytes) -> bool:
        """Whether *name* is a regular file of just that *content*."""
        try:
            return self.read(name, len(content)) == content
        except ExchangeError:
            return False

    def write(self, name: str, content: bytes, *, replace: bool = True) -> bool:
        """Write *name* whole or not at all; without *replace*, False if anything is there."""
        fresh = f".{name[:80]}.{secrets.token_hex(8)}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        try:
            with open(os.open(fresh, flags, _MODE, dir_fd=self._handle), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if replace:
                os.replace(fresh, name, src_dir_fd=self._handle, dst_dir_fd=self._handle)
                return True
            # A link, unlike a rename, never replaces what came there meanwhile.
            os.link(fresh, name, src_dir_fd=self._handle, dst_dir_fd=self._handle)
            return True
        except FileExistsError:
            return False
        except OSError as error:
            raise ExchangeError(
                f"{self.path / name}: cannot be written ({error.strerror}); make room or access"
            ) from error
        finally:
            with suppress(OSError):
                os.unlink(fresh, dir_fd=self._handle)

    def rename(self, name: str, free: str) -> None:
        """Give *name* the name *free*, which nothing may have."""
        if self.holds(free):
            raise ExchangeError(f"{self.path / free}: something is called so already; move it away")
        try:
            os.rename(name, free, src_dir_fd=self._handle, dst_dir_fd=self._handle)
        except OSError as error:
            raise ExchangeError(
                f"{self.path / name}: cannot be renamed ({error.strerror}); make room or access"
            ) from error

    @contextmanager
    def folder(self, name: str) -> Iterator[Desk]:
        """The folder *name* in this one, made if it is not there."""
        with suppress(FileExistsError):
            try:
                os.mkdir(name, 0o755, dir_fd=self._handle)
            except PermissionError as error:
                raise ExchangeError(f"{self.path / name}: {error.strerror}") from error
        desk = Desk(self.path / name, self._open(name, _FOLDER))
        try:
            yield desk
        finally:
            os.close(desk._handle)

    def _open(self, name: str, flags: int) -> int:
        place = self.path / name
        try:
            return os.open(name, flags, dir_fd=self._handle)
        except FileNotFoundError as error:
            raise ExchangeError(
                f"{place}: missing; the file to submit must lie there under this name"
            ) from error
        except OSError as error:
            raise ExchangeError(
                f"{place}: not a plain {'folder' if flags & os.O_DIRECTORY else 'file'} "
                f"({error.strerror}); a link or another thing in its place must go"
            ) from error


@contextmanager
def open_desk(path: Path, *, make: bool = False) -> Iterator[Desk]:
    """Hold the folder *path* open; *make* it if it is not there."""
    try:
        if make:
            path.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, _FOLDER)
    except OSError as error:
        raise ExchangeError(
            f"{path}: cannot be used as the exercise's folder ({error.strerror}); "
            "fetch the exercise, and let no link stand in for its folder"
        ) from error
    try:
        yield Desk(path, handle)
    finally:
        os.close(handle)
