"""What exhibits hold: files and the members of archives, as bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

MAX_MEMBER_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 2


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield (name, content) of every file below *folder* and of what zip archives hold."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield from _opened(path.relative_to(folder).as_posix(), path.read_bytes(), 0)


def _opened(name: str, data: bytes, depth: int) -> Iterator[tuple[str, bytes]]:
    yield name, data
    if depth >= MAX_DEPTH or not zipfile.is_zipfile(io.BytesIO(data)):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist():
                if not member.is_dir() and member.file_size <= MAX_MEMBER_BYTES:
                    inner = f"{name}/{member.filename}"
                    yield from _opened(inner, archive.read(member), depth + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError):
        return  # an exhibit may well be a damaged or locked archive


def readable(folder: Path) -> str:
    """Return all names and contents below *folder*, read as UTF-8, in lower case."""
    parts = (f"{name}\n{data.decode('utf-8', 'replace')}" for name, data in contents(folder))
    return "\n".join(parts).casefold()
