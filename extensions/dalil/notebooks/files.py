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
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from dalil.errors import NotebookError
from dalil.notebooks.repair import repaired, sources

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
    raw = _loaded(read_bytes(path, max_bytes), path.name)
    with _named(path.name):
        return repaired(_version_4(raw, outputs), outputs)


def read_graded(path: Path) -> NotebookNode:
    """Return the notebook that the grader wrote at *path*, as it is: nothing is mended.

    A quarter of the work of ``read_notebook``. Raises NotebookError for anything else than what
    ``notebook_bytes`` makes.
    """
    data = read_bytes(path)
    try:
        found: NotebookNode = nbformat.v4.reads(data.decode("utf-8"))
        if found.nbformat == 4 and all("source" in cell for cell in found.cells):
            return found
    except (ValueError, AttributeError, TypeError, KeyError, RecursionError):
        pass
    raise NotebookError(f"{path.name}: not as it was written; remove it and run: dalil grade")


def read_submission(data: bytes, name: str) -> NotebookNode:
    """Return of the notebook in *data* what answers are taken from, and nothing else.

    Each cell has its type, id, text and nbgrader's metadata, as ``rebuild`` needs them: a tenth of
    the work of ``read_notebook``, and what is wrong elsewhere costs nothing. Raises NotebookError,
    which calls the notebook *name*.
    """
    raw = _loaded(data, name)
    with _named(name):
        return sources(_version_4(raw, outputs=False))


def _loaded(data: bytes, name: str) -> Any:
    if sum(data.count(sign) for sign in (b"[", b"{", b",")) > MAX_STRUCTURE:
        raise NotebookError(f"{name}: too large to read; clear all outputs and save it again")
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=lambda _: None)
    except UnicodeDecodeError:
        raise NotebookError(f"{name}: not UTF-8 text; save it again as a notebook") from None
    except (ValueError, RecursionError, MemoryError) as error:
        reason = str(error).splitlines()[0][:100] if isinstance(error, ValueError) else "nesting"
        raise NotebookError(f"{name}: not a notebook ({reason}); save it again") from None


@contextlib.contextmanager
def _named(name: str) -> Iterator[None]:
    try:
        yield
    except NotebookError as error:
        raise NotebookError(f"{name}: {error}") from None
    except RecursionError:
        raise NotebookError(f"{name}: nested too deeply; save it again") from None


def read_bytes(path: Path, max_bytes: int = MAX_NOTEBOOK_BYTES) -> bytes:
    """At most *max_bytes* of a regular file; a pipe or a device would block for ever.

    Raises NotebookError, in one line.
    """
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
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            nbformat.validate(nb)
        data = notebook_bytes(nb)
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


def notebook_bytes(nb: NotebookNode) -> bytes:
    """Return what ``nbformat.writes`` gives, and a newline, in a third of its time: no copy is made
    and nothing is validated.

    Raises ValueError or TypeError for what JSON cannot hold.
    """
    metadata = {name: nb.metadata[name] for name in nb.metadata if name not in _TRANSIENT}
    parts = {**nb, "metadata": metadata, "cells": [_on_disk(cell) for cell in nb.cells]}
    text = json.dumps(parts, ensure_ascii=False, indent=1, sort_keys=True)
    return (text.rstrip("\n") + "\n").encode("utf-8")


_TRANSIENT = frozenset({"orig_nbformat", "orig_nbformat_minor", "signature"})
_TEXTS = frozenset({"application/javascript", "image/svg+xml"})


def _on_disk(cell: NotebookNode) -> dict[str, Any]:
    """*cell* with its texts as lists of lines."""
    found = {**cell, "source": _lines(cell.source)}
    if "trusted" in cell.metadata:
        found["metadata"] = {k: v for k, v in cell.metadata.items() if k != "trusted"}
    if "attachments" in cell:
        found["attachments"] = {name: _bundle(b) for name, b in cell.attachments.items()}
    if cell.cell_type == "code":
        found["outputs"] = [_output(output) for output in cell.outputs]
    return found


def _output(output: NotebookNode) -> dict[str, Any]:
    if output.output_type == "stream":
        return {**output, "text": _lines(output.text)}
    if output.output_type in ("execute_result", "display_data"):
        return {**output, "data": _bundle(output.get("data", {}))}
    return output


def _bundle(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        mime: _lines(value) if mime.startswith("text/") or mime in _TEXTS else value
        for mime, value in data.items()
    }


def _lines(text: Any) -> Any:
    return text.splitlines(True) if isinstance(text, str) else text
