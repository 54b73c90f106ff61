"""Any table that claims to be a notebook → a valid one of nbformat 4.5."""

from __future__ import annotations

import math
import re
from typing import Any

import nbformat
from nbformat import NotebookNode

from dalil.errors import NotebookError

MAX_CELLS = 5_000
MAX_DEPTH = 60
REPAIRED = "repaired-"
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_KINDS = ("code", "markdown", "raw")
_JSON = re.compile(r"application/(.*\+)?json")


def repaired(raw: dict[str, Any], outputs: bool) -> NotebookNode:
    """Return *raw* (nbformat 4 or alike) as a valid notebook; see ``read_notebook``."""
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": _notebook_metadata(raw.get("metadata")),
        "cells": _with_ids([_cell(cell, outputs) for cell in _cells(raw)]),
    }
    node: NotebookNode = nbformat.from_dict(notebook)
    try:
        nbformat.validate(node)
    except nbformat.ValidationError as error:
        where = "/".join(str(part) for part in error.path or ())
        line = error.message.splitlines()[0][:80]
        raise NotebookError(f"not a valid notebook ({where}: {line}); save it again") from None
    return node


def sources(raw: dict[str, Any]) -> NotebookNode:
    """Return of *raw* what ``read_submission`` returns."""
    cells = _with_ids([_answer(cell) for cell in _cells(raw)])
    return NotebookNode(cells=[NotebookNode(cell) for cell in cells])


def _answer(raw: dict[str, Any]) -> dict[str, Any]:
    metadata = raw.get("metadata")
    marked = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return {
        "cell_type": _kind(raw),
        "id": raw.get("id"),
        "metadata": {"nbgrader": marked} if isinstance(marked, dict) else {},
        "source": text(raw.get("source")),
    }


def _cells(raw: dict[str, Any]) -> list[dict[str, Any]]:
    cells = [cell for cell in raw["cells"] if isinstance(cell, dict)]
    if len(cells) > MAX_CELLS:
        raise NotebookError(f"{len(cells)} cells; at most {MAX_CELLS} are read")
    return cells


def text(value: Any) -> str:
    """The text of *value*, a string or a list of them, without lone surrogates; else empty."""
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    if not isinstance(value, str):
        return ""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def plain(value: Any, depth: int = 0) -> Any:
    """*value* as JSON that can be written: finite numbers, whole characters, bounded nesting."""
    if depth > MAX_DEPTH:
        raise NotebookError("nested too deeply; save it again")
    if isinstance(value, str):
        return text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {text(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item, depth + 1) for item in value]
    return value


def _table(value: Any) -> dict[str, Any]:
    return plain(value) if isinstance(value, dict) else {}


def _notebook_metadata(value: Any) -> dict[str, Any]:
    metadata = _table(value)
    kernel, language = metadata.get("kernelspec"), metadata.get("language_info")
    checks = {
        "kernelspec": isinstance(kernel, dict)
        and all(isinstance(kernel.get(key), str) for key in ("name", "display_name")),
        "language_info": isinstance(language, dict)
        and all(isinstance(v, str) for k, v in language.items() if k != "codemirror_mode")
        and "name" in language
        and isinstance(language.get("codemirror_mode", ""), str | dict),
        "title": isinstance(metadata.get("title"), str),
        "authors": isinstance(metadata.get("authors"), list),
        "orig_nbformat": False,  # transient: never to be written
        "orig_nbformat_minor": False,
    }
    return {key: item for key, item in metadata.items() if checks.get(key, True)}


def _cell_metadata(value: Any) -> dict[str, Any]:
    metadata = _table(value)
    tags, jupyter, scrolled = (metadata.get(key) for key in ("tags", "jupyter", "scrolled"))
    if isinstance(tags, list):
        words = [tag for tag in tags if isinstance(tag, str) and tag and "," not in tag]
        metadata["tags"] = list(dict.fromkeys(words))
    checks = {
        "tags": isinstance(tags, list),
        "jupyter": isinstance(jupyter, dict)
        and all(isinstance(v, bool) for k, v in jupyter.items() if k.endswith("_hidden")),
        "name": isinstance(metadata.get("name"), str) and metadata["name"] != "",
        "format": isinstance(metadata.get("format"), str),
        "collapsed": isinstance(metadata.get("collapsed"), bool),
        # 0 and 1 equal False and True in Python, but not in the schema
        "scrolled": scrolled == "auto" or isinstance(scrolled, bool),
        "execution": isinstance(metadata.get("execution"), dict)
        and all(isinstance(item, str) for item in metadata["execution"].values()),
    }
    return {key: item for key, item in metadata.items() if checks.get(key, True)}


def _cell(raw: dict[str, Any], outputs: bool) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "cell_type": _kind(raw),
        "id": raw.get("id"),
        "metadata": _cell_metadata(raw.get("metadata")),
        "source": text(raw.get("source")),
    }
    if cell["cell_type"] == "code":
        cell["execution_count"] = _count(raw.get("execution_count")) if outputs else None
        found = raw.get("outputs") if outputs else []
        made = [_output(item) for item in found] if isinstance(found, list) else []
        cell["outputs"] = [item for item in made if item is not None]
    elif attachments := _attachments(raw.get("attachments")):
        cell["attachments"] = attachments
    return cell


def _kind(raw: dict[str, Any]) -> str:
    kind = raw.get("cell_type")
    return kind if kind in _KINDS else "raw"


def _with_ids(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give each cell an id that is valid and its own; the first holder of an id keeps it."""
    given = {cell["id"] for cell in cells if isinstance(cell["id"], str)}
    seen: set[str] = set()
    for number, cell in enumerate(cells, 1):
        identity = cell["id"]
        if not isinstance(identity, str) or not _ID.fullmatch(identity) or identity in seen:
            identity = f"{REPAIRED}{number}"
            while identity in given:
                identity += "-"
        seen.add(identity)
        given.add(identity)
        cell["id"] = identity
    return cells


def _attachments(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {}
    return {
        text(name): {text(mime): text(data) for mime, data in bundle.items()}
        for name, bundle in value.items()
        if isinstance(bundle, dict)
    }


def _count(value: Any) -> int | None:
    valid = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53
    return value if valid else None


def _output(raw: Any) -> dict[str, Any] | None:
    """One output with exactly the keys of its kind, or None for what is not an output."""
    kind = raw.get("output_type") if isinstance(raw, dict) else None
    if kind == "stream":
        name = raw.get("name") if isinstance(raw.get("name"), str) else "stdout"
        return {"output_type": kind, "name": text(name), "text": text(raw.get("text"))}
    if kind == "error":
        trace = raw.get("traceback")
        lines = [text(line) for line in trace] if isinstance(trace, list) else []
        words = {key: text(raw.get(key)) for key in ("ename", "evalue")}
        return {"output_type": kind, **words, "traceback": lines}
    if kind not in ("display_data", "execute_result"):
        return None
    output = {"output_type": kind, "metadata": _table(raw.get("metadata"))}
    data = raw.get("data") if isinstance(raw.get("data"), dict) else {}
    output["data"] = {text(mime): _datum(text(mime), item) for mime, item in data.items()}
    if kind == "execute_result":
        output["execution_count"] = _count(raw.get("execution_count"))
    return output


def _datum(mime: str, value: Any) -> Any:
    """JSON types carry any value, all others text in one or several parts."""
    return plain(value) if _JSON.fullmatch(mime) else text(value)
