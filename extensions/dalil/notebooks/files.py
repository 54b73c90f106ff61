"""Reading and writing ``.ipynb`` files.

What a trainee hands in is hostile until read: whatever is wrong with it becomes one NotebookError.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import uuid
import warnings
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from dalil.errors import NotebookError
from dalil.notebooks.repair import repaired

MAX_NOTEBOOK_BYTES = 64 * 1024 * 1024
# One character of hostile JSON can cost 30 bytes of memory; this many lists, tables and commas
# bound a file's objects to some 300 MB whatever its size.
MAX_STRUCTURE = 8_000_000


def read_notebook(
    path: Path, max_bytes: int = MAX_NOTEBOOK_BYTES, *, outputs: bool = True
) -> NotebookNode:
    """Return the notebook at *path* as valid nbformat 4.5, whatever version it was saved in.

    Wrong types are replaced by empty values, missing or repeated cell ids by ``repaired-<n>``, NaN
    by null, lone surrogates by U+FFFD; ``outputs=False`` drops outputs before anything else.
    Raises NotebookError, in one line, for what cannot be read.
    """
    data = _read_bytes(path, max_bytes)
    if sum(data.count(sign) for sign in (b"[", b"{", b",")) > MAX_STRUCTURE:
        raise NotebookError(f"{path.name}: too large to read; clear all outputs and save it again")
    try:
        raw = json.loads(data.decode("utf-8-sig"), parse_constant=lambda _: None)
    except UnicodeDecodeError:
        raise NotebookError(f"{path.name}: not UTF-8 text; save it again as a notebook") from None
    except (ValueError, RecursionError, MemoryError) as error:
        reason = str(error).splitlines()[0][:100] if isinstance(error, ValueError) else "nesting"
        raise NotebookError(f"{path.name}: not a notebook ({reason}); save it again") from None
    try:
        return repaired(_version_4(raw, outputs), outputs)
    except NotebookError as error:
        raise NotebookError(f"{path.name}: {error}") from None
    except RecursionError:
        raise NotebookError(f"{path.name}: nested too deeply; save it again") from None


def _read_bytes(path: Path, max_bytes: int) -> bytes:
    """At most *max_bytes* of a regular file; a pipe or a device would block for ever."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise NotebookError(f"{path.name}: not a file; hand in a notebook")
            data = stream.read(max_bytes + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise NotebookError(f"{path.name}: cannot be read ({reason})") from None
    if len(data) > max_bytes:
        limit = f"{max_bytes / 1024 / 1024:g} MiB"
        raise NotebookError(f"{path.name}: larger than {limit}; clear all outputs and save again")
    return data


def _version_4(raw: Any, outputs: bool) -> dict[str, Any]:
    """*raw* as a table with a list of cells in the manner of nbformat 4."""
    if not isinstance(raw, dict):
        raise NotebookError("not a notebook (no table at the top); save it again")
    major = raw.get("nbformat")
    if isinstance(raw.get("cells"), list):
        # 4.x, something newer whose cells look alike, or a version of a wrong type.
        return raw
    if isinstance(major, int) and major > nbformat.current_nbformat:
        raise NotebookError(f"nbformat {major} is newer than this academy reads; save it as 4.5")
    if not isinstance(raw.get("worksheets"), list):
        raise NotebookError("not a notebook (it has no list of cells); save it again")
    return _upgraded(raw, outputs)


def _upgraded(raw: dict[str, Any], outputs: bool) -> dict[str, Any]:
    """A notebook of nbformat 2 or 3 (cells in worksheets) by nbformat's own upgrade."""
    sheets = [sheet for sheet in raw["worksheets"] if isinstance(sheet, dict)]
    for sheet in sheets:
        found = sheet.get("cells")
        cells = found if isinstance(found, list) else []
        sheet["cells"] = [cell for cell in cells if isinstance(cell, dict)]
        sheet.setdefault("metadata", {})
        for cell in sheet["cells"]:
            if not outputs or not isinstance(cell.get("outputs", []), list):
                cell["outputs"] = []
    version = 2 if raw.get("nbformat") == 2 else 3
    plain = {
        "nbformat": version,
        "nbformat_minor": 0,
        "metadata": raw["metadata"] if isinstance(raw.get("metadata"), dict) else {},
        "worksheets": sheets,
    }
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            node = nbformat.from_dict(plain)
            upgraded = nbformat.convert(node, 4)
    except RecursionError:
        raise
    except Exception as error:  # whatever the old converters raise on hostile tables
        kind = type(error).__name__
        raise NotebookError(f"nbformat {version} that cannot be upgraded ({kind})") from None
    if not isinstance(upgraded, dict) or not isinstance(upgraded.get("cells"), list):
        raise NotebookError(f"nbformat {version} that cannot be upgraded; save it as 4.5")
    return upgraded


def write_notebook(nb: NotebookNode, path: Path) -> None:
    """Write *nb* to *path*: the same notebook always gives the same bytes; all or nothing.

    Raises NotebookError when *nb* is not valid nbformat 4.5 or the folder cannot be written.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            nbformat.validate(nb)
            text = nbformat.writes(nb, nbformat.NO_CONVERT)
            data = (text.rstrip("\n") + "\n").encode("utf-8")
        except (nbformat.ValidationError, ValueError, TypeError, RecursionError) as error:
            line = (str(error).splitlines() or [type(error).__name__])[0][:120]
            raise NotebookError(f"{path.name}: not written, not a valid notebook: {line}") from None
    temporary = path.with_name(f".{path.name[:100]}.{uuid.uuid4().hex[:12]}")
    try:
        # os.open, unlike tempfile, gives the rights that the umask asks for.
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        with open(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(descriptor)
        os.replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise NotebookError(f"{path.name}: cannot be written ({error.strerror})") from None
